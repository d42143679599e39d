// Running, pausing and stepping the session; speed, learning rate, momentum, batch size; how far it is and what it is.
#pragma once

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
    // What was asked for, shown as pending until the session has acknowledged it.
    template <typename Value>
    struct Request {
        CommandId id;
        Value value{};
    };

    void draw_rows(FrameContext& context, const Snapshot* snapshot, const WidgetStyle& style);
    void draw_state(FrameContext& context, const Snapshot* snapshot, const WidgetStyle& style);
    void draw_transport(FrameContext& context, const Snapshot* snapshot, const WidgetStyle& style);
    void draw_steps(FrameContext& context, bool ready, const WidgetStyle& style);
    void draw_seed(FrameContext& context, const Snapshot* snapshot, const WidgetStyle& style);
    void draw_recipe(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_speed(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_sections(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_learning(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_learning_rate(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_schedule(const Snapshot& snapshot, const WidgetStyle& style);
    void draw_momentum(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_batch_size(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_progress(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_file(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_facts(const RunInfo& info, const WidgetStyle& style);

    bool folded_ = false;    // too low for all sections at once
    int section_ = 0;        // the one that is shown then
    Request<bool> running_;  // true: Run, false: Pause
    CommandId step_;
    CommandId reset_;
    CommandId save_;
    CommandId resume_;
    Request<std::string> recipe_;  // its name
    Request<double> speed_;
    Request<double> learning_rate_;
    Request<double> momentum_;
    Request<std::int64_t> batch_size_;
    std::optional<double> dragged_learning_rate_;  // while the slider is held
    std::optional<double> dragged_momentum_;
    std::int64_t steps_ = 10;
    std::optional<std::uint64_t> seed_;     // the user's; none: the run's own
    std::array<char, 1024> resume_path_{};  // as typed
    NumberField steps_field_;
    NumberField seed_field_;
    NumberField learning_rate_field_;
    NumberField momentum_field_;
    NumberField batch_size_field_;
};

}  // namespace convscope
