// Small pictures of numbers about one unit: a histogram, and bars that add up. UI thread, inside an ImGui window.
#pragma once

#include "engine/api/histogram.h"
#include "viz/scene/loupe.h"
#include "viz/view/spread_history.h"
#include "viz/widgets/style.h"

#include <imgui.h>

#include <span>

namespace convscope {

// Bars from the least value to the largest, with its name above and its ends below. Under the mouse, how many values
// are where. `histogram` null: `missing` says why.
void histogram_plot(const WidgetStyle& style, const char* name, const Histogram* histogram, const char* missing,
                    float width);
// The same over training: a column for each moment, the earliest first, a row for each bin of the range that all have
// in common, the brighter the more values.
void spread_plot(const WidgetStyle& style, const char* name, std::span<const SpreadMoment> moments, const char* missing,
                 float width);

// What the value is the sum of: a bar for each of the largest input channels, what all others come to, the bias; and
// the total beside what was captured.
void partial_sums(const WidgetStyle& style, const Loupe& loupe, float width);

}  // namespace convscope
