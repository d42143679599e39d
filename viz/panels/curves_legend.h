// The line that says what the curves panel's lines, bands and dots are. UI thread, inside an ImGui window.
#pragma once

#include "viz/view/metric_history.h"
#include "viz/widgets/style.h"

#include <cstdint>
#include <span>

namespace convscope {

inline constexpr float kCurveBandOpacity = 0.3F;     // of the accent
inline constexpr float kGhostOpacity = 0.75F;        // of the quiet ink
inline constexpr float kKnownFutureOpacity = 0.35F;  // of every curve, beyond the place that is shown

// Puts what comes next beside the last item while there is room for `width` pixels, else on a new line.
void flow(float width);

// What the plots hold besides the training curve's range and the test set's dots.
struct LegendOptions {
    bool smoothed = false;           // the training curve is an average
    bool marked = false;             // there are changes to be explained,
    bool ghosts = false;             // futures that were left behind,
    bool known_future = false;       // and one that lies beyond the place that is shown,
    bool twin = false;               // a run beside this one
    const char* test_word = "test";  // SplitNames::word
};
// Wraps in a narrow panel.
void draw_curves_legend(const WidgetStyle& style, const LegendOptions& options);

// In a tooltip: what was changed within `reach` iterations of one.
void list_changes(const WidgetStyle& style, std::span<const ChangeMark> changes, std::int64_t iteration, double reach);

}  // namespace convscope
