// Why this answer: which pixels of the probe have to do with a class's score, by several methods side by side.
#pragma once

#include "engine/api/explanation.h"
#include "viz/panels/panel.h"
#include "viz/render/tile_renderer.h"
#include "viz/widgets/style.h"

#include <optional>

namespace convscope {

class WhyPanel final : public Panel {
public:
    std::string_view id() const override { return "why"; }
    std::string_view title() const override { return "Why this answer"; }
    std::string_view help() const override;
    void draw(FrameContext& context) override;

private:
    void draw_class(const RunInfo& run, const Snapshot& snapshot, float width, const WidgetStyle& style);
    void draw_controls(const RunInfo& run, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_layer(const NetworkDescription& network, float width, const WidgetStyle& style);
    ExplanationQuestion question_of(ExplanationMethod method) const;
    void draw_all(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_large(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    // One method in a cell so wide, its picture so wide too.
    void draw_cell(FrameContext& context, const Snapshot& snapshot, ExplanationMethod method, float side,
                   const WidgetStyle& style);
    void draw_map(FrameContext& context, const Snapshot& snapshot, const Explanation& answer, float side,
                  const WidgetStyle& style);
    void draw_foot(const Snapshot& snapshot, const Explanation& answer, float side, const WidgetStyle& style);

    int class_index_ = ExplanationQuestion::kAnswer;
    LayerId layer_ = kInputLayer;  // Grad-CAM's; kInputLayer: the last convolution
    int patch_ = 6;
    int patch_held_ = 6;  // on its slider, whose end is what counts
    bool over_ = true;    // the picture
    float opacity_ = 0.7F;
    std::optional<ExplanationMethod> large_;  // alone; none: all side by side
    RunId run_;
};

}  // namespace convscope
