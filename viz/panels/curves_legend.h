// The line that says what the curves panel's lines, bands and dots are. UI thread, inside an ImGui window.
#pragma once

#include "viz/widgets/style.h"

namespace convscope {

inline constexpr float kCurveBandOpacity = 0.3F;  // of the accent

// Puts what comes next beside the last item while there is room for `width` pixels, else on a new line.
void flow(float width);

// `smoothed`: the training curve is an average; `marked`: there are changes to be explained. `test_word`:
// SplitNames::word. Wraps in a narrow panel.
void draw_curves_legend(const WidgetStyle& style, bool smoothed, bool marked, const char* test_word);

}  // namespace convscope
