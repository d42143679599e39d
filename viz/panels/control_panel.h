// Running, pausing and stepping the session; speed, learning rate, momentum, batch size; how far it is and what it is.
#pragma once

#include "viz/panels/control_rows.h"
#include "viz/panels/learning_controls.h"
#include "viz/panels/number_field.h"
#include "viz/panels/panel.h"
#include "viz/widgets/style.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace convscope {

class ControlPanel final : public Panel {
public:
    std::string_view id() const override { return "control"; }
    std::string_view title() const override { return "Control"; }
    std::string_view help() const override;
    void draw(FrameContext& context) override;

private:
    void draw_twin(FrameContext& context, const Snapshot* snapshot, const WidgetStyle& style);
    void draw_rows(FrameContext& context, const Snapshot* snapshot, const WidgetStyle& style);
    void draw_state(FrameContext& context, const Snapshot* snapshot, const WidgetStyle& style);
    void draw_transport(FrameContext& context, const Snapshot* snapshot, const WidgetStyle& style);
    void draw_steps(FrameContext& context, bool ready, const WidgetStyle& style);
    void draw_seed(FrameContext& context, const Snapshot* snapshot, const WidgetStyle& style);
    void draw_recipe(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_speed(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_sections(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_progress(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_file(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_facts(const RunInfo& info, const WidgetStyle& style);

    bool folded_ = false;  // too low for all sections at once
    int section_ = 0;      // the one that is shown then
    LearningControls learning_;
    std::int64_t steps_ = 10;
    std::optional<std::uint64_t> seed_;     // the user's; none: the run's own
    std::array<char, 1024> resume_path_{};  // as typed
    NumberField steps_field_;
    NumberField seed_field_;
};

}  // namespace convscope
