// The picture being watched, what the network makes of it, and how that changed.
#pragma once

#include "viz/panels/number_field.h"
#include "viz/panels/panel.h"
#include "viz/view/probability_history.h"
#include "viz/widgets/style.h"
#include "viz/widgets/tile_view.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace convscope {

class ProbePanel final : public Panel {
public:
    std::string_view id() const override { return "probe"; }
    std::string_view title() const override { return "Probe"; }
    std::string_view help() const override;
    void draw(FrameContext& context) override;

private:
    void draw_difference(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_source(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    static void look_at_own(FrameContext& context);
    void draw_browser(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_picture(FrameContext& context, const Snapshot& snapshot, float side, const WidgetStyle& style);
    void draw_label(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_verdict(FrameContext& context, const Snapshot& snapshot, float width, const WidgetStyle& style);
    float draw_classes(FrameContext& context, const Snapshot& snapshot, float width, const WidgetStyle& style);
    void draw_class(FrameContext& context, const Snapshot& snapshot, int label, float names, float room,
                    const WidgetStyle& style);
    // Where the history is drawn, and which samples a column stands for.
    struct Strip {
        ImVec2 low{0.0F, 0.0F};
        ImVec2 high{0.0F, 0.0F};
        float row = 0.0F;
        float column = 0.0F;
        std::int64_t samples = 1;  // in a column
        std::int64_t first = 0;    // column, counted from sample 0
        std::int64_t columns = 0;
    };
    void draw_history_head(const WidgetStyle& style);
    // `row`: the height of a row that another column has given; 0: what fits.
    void draw_history(const Snapshot& snapshot, float row, const WidgetStyle& style);
    void draw_history_row(const Strip& strip, int label, const WidgetStyle& style) const;
    void draw_history_axis(const Strip& strip, const WidgetStyle& style) const;
    void read_history(const Snapshot& snapshot, std::int64_t sample, const WidgetStyle& style) const;

    NumberField index_field_;
    std::int64_t menu_picture_ = -1;  // a training picture that was last given another label
    TileViewState picture_view_;
    ProbabilityHistory history_;
};

}  // namespace convscope
