// How values become colours, as the user chooses it: the colormap, what its ends stand for, and the two numbers when
// they are fixed. Shared by the feature maps and the filters. UI thread.
#pragma once

#include "viz/view/display_options.h"
#include "viz/widgets/style.h"

namespace convscope {

// Points at copies of the user's settings; what is null is not offered.
struct ColorControls {
    Colormap* colormap = nullptr;
    RangeMode* mode = nullptr;
    float* minimum = nullptr;  // of RangeMode::Fixed; null: the range is from -maximum to maximum
    float* maximum = nullptr;
    const char* plane = "map";  // what one picture is called: "map", "kernel"
};

// A button that shows the colormap and opens a list of all of them. True when another one was chosen.
bool colormap_picker(const WidgetStyle& style, const char* id, Colormap& colormap);

// What color_controls() takes on one line: comfortably, and at the least.
struct ColorControlsWidth {
    float full = 0.0F;
    float least = 0.0F;
};
ColorControlsWidth color_controls_width(const WidgetStyle& style, const ColorControls& controls);

// Colormap, range mode and, when it is fixed, its ends, on one line; on more when there is less room than the least.
// True when something changed. Ends are kept finite and apart.
bool color_controls(const WidgetStyle& style, const char* id, const ColorControls& controls);

}  // namespace convscope
