// The page over everything that Ctrl N opens: iterations of the run that have names, to be gone back to. UI thread.
#pragma once

#include "viz/panels/panel.h"

#include <array>
#include <cstdint>

namespace convscope {

class PlacesPage {
public:
    // A click beside it closes it.
    void draw(FrameContext& context);

private:
    void draw_field(FrameContext& context, const WidgetStyle& style, std::int64_t iteration);
    static void draw_list(FrameContext& context, const WidgetStyle& style, std::int64_t iteration);

    std::array<char, 128> typed_{};
};

}  // namespace convscope
