// A page in the middle of the window, over everything else. UI thread, inside an ImGui frame.
#pragma once

#include "viz/view/anchors.h"
#include "viz/widgets/style.h"

namespace convscope {

inline constexpr float kOverlayPadding = 24.0F;  // at its left and right

// What is drawn until end() goes into a page below its title. `size` is that of what is drawn and its margins; the page
// is no larger than the window.
class Overlay {
public:
    // What notes itself in it does so below `name` (view/anchors.h). `key` opens and closes it, as the button beside
    // its title says.
    Overlay(const WidgetStyle& style, const char* name, const char* title, const char* key, ImVec2 size);
    // True when it is to be closed: by its button, or by a click beside it.
    [[nodiscard]] bool end();

private:
    const Anchors::Scope scope_;
    bool closed_ = false;
};

}  // namespace convscope
