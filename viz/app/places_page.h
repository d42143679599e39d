// The page over everything that Ctrl N opens: iterations of the run that have names, to be gone back to. UI thread.
#pragma once

#include "viz/panels/panel.h"

#include <array>
#include <cstdint>

namespace convscope {

class PlacesPage {
public:
    // A click beside it closes it. `appears`: it did not in the frame before.
    void draw(FrameContext& context, bool appears);

private:
    void draw_field(FrameContext& context, const WidgetStyle& style);
    static void draw_list(FrameContext& context, const WidgetStyle& style, std::int64_t iteration);

    std::int64_t named_ = 0;  // the iteration that was shown when the page was opened, or when the last one was named
    bool focus_ = false;      // on the field, in the next frame
    std::array<char, 256> typed_{};
};

}  // namespace convscope
