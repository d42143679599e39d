// The planes of one captured tensor as a grid of pictures that can be zoomed, panned and read out exactly: feature
// maps, kernels, matrices, vectors, the input. UI thread, inside an ImGui window.
#pragma once

#include "engine/api/tensor_capture.h"
#include "viz/render/colormap.h"
#include "viz/render/tile_renderer.h"
#include "viz/view/palette.h"
#include "viz/widgets/tile_read_out.h"

#include <imgui.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace convscope {

// What a view remembers from frame to frame; one per view, kept by its panel.
struct TileViewState {
    float zoom = 0.0F;              // length of a cell's side in pixels; 0: everything fits
    ImVec2 scroll{0.0F, 0.0F};      // content coordinate at the view's upper left corner
    std::vector<PlacedTile> tiles;  // reused from frame to frame
};

struct TileViewOptions {
    Colormap colormap = Colormap::Viridis;
    RangeChoice range{};
    std::span<const std::int64_t> planes{};  // which, in which order; empty: all. Read before tile_view() returns
    std::int64_t columns = 0;                // tiles in a row; 0: as many as make them largest
    bool labels = true;                      // plane numbers above the tiles, where there is room
    bool mark_dead = false;                  // planes that are 0 everywhere get a sign
    // Planes that say so, instead of whether they are dead: somebody holds them. In any order; as for `planes`.
    std::span<const std::int64_t> by_hand{};
    std::int64_t highlighted_plane = -1;  // outlined in the accent colour
    std::int64_t highlighted_count = 1;   // so many planes from that one on; more than one: in a row or a column
    std::int64_t highlighted_step = 1;    // between two of them
    std::int64_t highlighted_unit = -1;   // likewise a cell of a vector, a row of a matrix
    std::int64_t marked_plane = -1;       // outlined like the one under the mouse: where the mouse is in another view
    bool centered = false;                // in its region; otherwise at its upper left
    std::optional<RgbRange> rgb{};        // see TileColors; what is said of planes is then said of pictures
};

struct TileViewResult {
    std::optional<TileHover> hover;
    std::int64_t clicked_plane = -1;  // clicked (not dragged) in this frame; -1: none
};

// Takes `size` (as for ImGui::BeginChild: 0 is what is left, negative is less than that). Everything fits by default;
// the wheel zooms around the mouse, dragging pans, a double click fits again. From 28 px per cell on (times scale) the
// numbers are printed into the cells. `scale` is FrameContext::scale.
TileViewResult tile_view(const char* id, const TensorCapture& capture, TileViewState& state,
                         const TileViewOptions& options, TileRenderer& renderer, const Palette& palette, float scale,
                         ImVec2 size);

}  // namespace convscope
