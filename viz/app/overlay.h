// A page in the middle of the window, over everything else. UI thread, inside an ImGui frame.
#pragma once

#include "viz/widgets/style.h"

namespace convscope {

inline constexpr float kOverlayPadding = 24.0F;  // at its left and right

// What is drawn until end_overlay() goes into a page of `size`, or of what the window has.
void begin_overlay(const WidgetStyle& style, const char* id, ImVec2 size);
// True when something beside the page was clicked, which closes it.
bool end_overlay();

}  // namespace convscope
