// A data set's pictures in rows that scroll, however many there are: only those in view are laid out, read and drawn.
// UI thread.
#pragma once

#include "viz/panels/panel.h"
#include "viz/render/tile_renderer.h"
#include "viz/view/picture_sheet.h"
#include "viz/widgets/style.h"

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace convscope {

// The side of a picture's pixel: whole screen pixels where the picture is no larger than `longest`.
float pixel_side(const DatasetInfo& info, float longest);

// A byte is its own brightness.
TileColors byte_colors(std::int64_t channels, const WidgetStyle& style);

// Calls step() until it says that it is done, or for about as long as `time`; once at least. True when done.
template <typename Step>
bool work_for(std::chrono::microseconds time, Step step) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (!step())
        if (std::chrono::steady_clock::now() >= end) return false;
    return true;
}

enum class PictureSize : std::uint8_t { Small, Medium, Large };
// A control to choose it: `short_words` where there is little room.
void choose_size(const WidgetStyle& style, PictureSize& size, bool short_words, float width);

// Where the pictures of a list go in the present window, which scrolls. Each has `below` pixels for what stands below
// it, and is `narrowest` pixels wide at least with that.
struct PictureGrid {
    float left = 0.0F;  // of the view, as the next three
    float top = 0.0F;
    float width = 0.0F;
    float height = 0.0F;
    double scroll = 0.0;
    float tile_width = 0.0F;
    float tile_height = 0.0F;
    float pitch_x = 0.0F;
    float pitch_y = 0.0F;
    std::int64_t columns = 1;
    std::int64_t count = 0;
    std::int64_t first = 0;  // of those in view; they end before `end`
    std::int64_t end = 0;

    static PictureGrid in_window(const DatasetInfo& info, PictureSize size, std::int64_t count,
                                 const WidgetStyle& style, float below = 0.0F, float narrowest = 0.0F);
    ImVec2 corner(std::int64_t place) const;
    // The place of the picture there; -1: none is.
    std::int64_t at(ImVec2 position) const;
    std::int64_t rows() const { return (count + columns - 1) / columns; }
    // The window scrolls as far as all of them need. The last thing that is drawn in it.
    void end_window() const;
};

// Draws those in view.
class PictureTiles {
public:
    // `pictures`: of grid.first to grid.end, one after the other. Those that are still to be read, a few milliseconds'
    // worth in each frame, are plain, and context.unfinished is set. Each is noted as "picture", by its index.
    void draw(FrameContext& context, const Dataset& dataset, Split split, std::span<const std::int64_t> pictures,
              const PictureGrid& grid, const WidgetStyle& style);
    // How many of them are there, from the first on.
    std::int64_t filled() const { return sheet_.filled(); }

private:
    PictureSheet sheet_;
    std::vector<PlacedTile> tiles_;  // keeps its room
};

}  // namespace convscope
