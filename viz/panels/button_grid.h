// Buttons side by side, all of one width: as many in a row as have room for the longest of their words. UI thread.
#pragma once

#include "viz/widgets/style.h"

#include <imgui.h>

#include <string_view>

namespace convscope {

class ButtonGrid {
public:
    // At most so many in a row. `longest` is what the widest of them says.
    ButtonGrid(const WidgetStyle& style, const char* longest, int most = 3);

    // The next one; `on` is drawn as chosen. True when it was pressed.
    bool button(const char* label, std::string_view anchor, std::string_view tooltip, bool enabled = true,
                bool on = false);

private:
    const WidgetStyle& style_;
    int columns_ = 1;
    int place_ = 0;
    float width_ = 0.0F;
};

}  // namespace convscope
