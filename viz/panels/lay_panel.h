// The lay of the data: where test pictures lie by what a layer makes of them.
#pragma once

#include "engine/api/activation_sample.h"
#include "viz/panels/lay_plot.h"
#include "viz/panels/panel.h"
#include "viz/render/tile_renderer.h"
#include "viz/view/lay_of_data.h"
#include "viz/view/picture_sheet.h"
#include "viz/widgets/style.h"

#include <memory>
#include <vector>

namespace convscope {

class LayPanel final : public Panel {
public:
    std::string_view id() const override { return "lay"; }
    std::string_view title() const override { return "Lay of the data"; }
    std::string_view help() const override;
    void draw(FrameContext& context) override;

private:
    void draw_controls(FrameContext& context, const RunInfo& run, const WidgetStyle& style);
    void draw_method(float width, const WidgetStyle& style);
    void draw_view(float width, const WidgetStyle& style);
    void draw_count(const RunInfo& run, float width, const WidgetStyle& style);
    void draw_anew(float width, const WidgetStyle& style);
    // Each class with its colour; under the mouse it alone is bright.
    void draw_legend(const RunInfo& run, ThemeKind theme, const WidgetStyle& style);
    void draw_plot(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style);
    void draw_captions(const Snapshot& snapshot, const WidgetStyle& style);
    void draw_missing(const Snapshot& snapshot, const WidgetStyle& style);
    void draw_chosen(FrameContext& context, const RunInfo& run, const WidgetStyle& style);
    void read_point(FrameContext& context, const RunInfo& run, std::int64_t point, const WidgetStyle& style);
    void color_points(const Lay& lay, const WidgetStyle& style, ThemeKind theme);
    float chosen_height(const RunInfo& run, const WidgetStyle& style) const;

    std::unique_ptr<LayOfData> lay_;
    LayQuestion asked_;
    std::int32_t count_ = 2000;
    bool by_error_ = false;
    int bright_class_ = -1;  // under the mouse in the legend
    LayPlot plot_;
    std::vector<LayMark> marks_;
    std::shared_ptr<const ActivationSample> of_;  // what is chosen, by its places there
    std::vector<std::int64_t> chosen_;
    std::vector<std::int64_t> pictures_;  // of those that are chosen, as many as there is room for
    PictureSheet hovered_sheet_, chosen_sheet_;
    std::vector<PlacedTile> tiles_;
};

}  // namespace convscope
