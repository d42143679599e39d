#include "viz/panels/panel.h"

#include "viz/widgets/style.h"

namespace convscope {

WidgetStyle style_of(const FrameContext& context) {
    return {context.colors, context.fonts, context.scale, context.anchors};
}

// A difference has either sign, whatever the run's own values have.
static void settings_of_difference(const Settings& from, Settings& settings) {
    settings = from;
    settings.activation_colormap = Colormap::Diverging;
    if (settings.activation_range == RangeMode::Fixed) settings.activation_range = RangeMode::PerLayer;
    if (settings.weight_range == RangeMode::Fixed) settings.weight_range = RangeMode::PerLayer;
}

FrameContext context_of(const FrameContext& context, Face face, Settings& settings) {
    if (face == Face::Run) return context;
    TwinLane& twin = *context.twin.lane;
    const bool differs = face == Face::Difference;
    if (differs) settings_of_difference(context.settings, settings);
    // Whoever flies the run's scene flies both.
    const bool alone = context.settings.twin_view != TwinView::Beside;
    return {.lane = differs ? twin.difference : twin.lane,
            .watch = differs ? twin.difference_watch() : twin.lane.watch(),
            .settings = differs ? settings : context.settings,
            .ui = *context.twin.ui,
            .scene_view = *context.twin.scene_view,
            .colors = context.colors,
            .fonts = context.fonts,
            .tiles = context.tiles,
            .anchors = context.anchors,
            .time_seconds = context.time_seconds,
            .scale = context.scale,
            .costs = context.costs,
            .scene = {.renderer = context.twin.renderer,
                      .double_click = context.scene.double_click,
                      .keys = alone ? context.scene.keys : FlyInput{},
                      .pad = alone ? context.scene.pad : FlyInput{}},
            .recipes = context.recipes,
            .fetcher = context.fetcher,
            .can_have_twin = true,
            .twin = context.twin,
            .face = face,
            .errands = context.errands,
            .keys = context.keys};
}

}  // namespace convscope
