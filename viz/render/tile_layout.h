// Where the planes of a tensor go on the screen: n tiles of w x h cells in a region, at a zoom. Pure: no GL, no ImGui.
// All lengths are in ImGui's screen units. Content coordinates have their origin at the upper left of the first tile.
#pragma once

#include <cstdint>
#include <optional>

namespace convscope {

struct TileLayoutOptions {
    std::int64_t tile_count = 0;
    std::int64_t plane_width = 0;
    std::int64_t plane_height = 0;
    float region_width = 0.0F;
    float region_height = 0.0F;
    float zoom = 0.0F;          // TileLayout::cell; 0: as large as lets everything fit
    std::int64_t columns = 0;   // tiles in a row; 0: as many as make the tiles largest
    float label_height = 0.0F;  // wanted above every tile, dropped where there is no room; 0: no labels
    float label_width = 0.0F;   // what the widest label needs
    float scale = 1.0F;         // of the interface: gaps and the largest fitted cell grow with it
    float pixel = 1.0F;         // length of a device pixel: cells of three and more become whole multiples of it
};

struct TileRect {
    float x = 0.0F;
    float y = 0.0F;
    float width = 0.0F;
    float height = 0.0F;
};

struct TileHit {
    std::int64_t tile = 0;
    std::int64_t row = 0;     // within the plane
    std::int64_t column = 0;  // within the plane
};

// A point held still while the zoom changes: a tile's place in the grid, and how far into its cells.
struct TileAnchor {
    std::int64_t tile_column = 0;
    std::int64_t tile_row = 0;
    float cell_x = 0.0F;
    float cell_y = 0.0F;
};

struct TileLayout {
    static constexpr float kLargestFittedCell = 40.0F;     // times scale: a 3x3 kernel is no wall of colour
    static constexpr float kLargestStretchedCell = 16.0F;  // times scale
    static constexpr float kLargestCell = 160.0F;          // times scale

    std::int64_t tile_count = 0;
    std::int64_t plane_width = 0;
    std::int64_t plane_height = 0;
    std::int64_t columns = 0;       // of tiles
    std::int64_t rows = 0;          // of tiles
    std::int64_t cell_columns = 0;  // of cells in a tile: plane_width, unless a lone vector is wrapped into strips
    std::int64_t cell_rows = 0;
    float cell = 0.0F;          // length of a cell's side, as zoomed; of its shorter side when they differ
    float cell_width = 0.0F;    // the same as `cell`, except in a lone plane much longer than wide: such a matrix (10 x
    float cell_height = 0.0F;   // 500, say) would be a thread, so its cells are stretched across it
    float fitted_cell = 0.0F;   // what `cell` is at zoom 0
    float pitch_x = 0.0F;       // from one tile to the next, gap included
    float pitch_y = 0.0F;       // the same downwards, label included
    float label_height = 0.0F;  // above each tile; 0 when there is no room
    float width = 0.0F;         // of everything
    float height = 0.0F;

    float tile_width() const { return cell_width * static_cast<float>(cell_columns); }
    float tile_height() const { return cell_height * static_cast<float>(cell_rows); }
    // Of the tile's cells; its label is above that.
    TileRect tile_rect(std::int64_t tile) const;
    // Of one cell of a tile, given by its place in the plane.
    TileRect cell_rect(std::int64_t tile, std::int64_t row, std::int64_t column) const;
    // Which cell is at a content coordinate; nothing in gaps, labels and the empty end of a wrapped vector.
    std::optional<TileHit> hit(float x, float y) const;
    TileAnchor anchor(float x, float y) const;
    // The inverse of anchor(), possibly in another layout of the same tiles.
    float anchor_x(const TileAnchor& anchor) const;
    float anchor_y(const TileAnchor& anchor) const;
};

TileLayout layout_tiles(const TileLayoutOptions& options);

// The tiles of which some part, its label included, may lie in a content rectangle: rows and columns of the grid, ends
// excluded. Some of the last row may not exist: see tile_count.
struct TileSpan {
    std::int64_t first_row = 0;
    std::int64_t end_row = 0;
    std::int64_t first_column = 0;
    std::int64_t end_column = 0;
};
TileSpan visible_tiles(const TileLayout& layout, const TileRect& view);

}  // namespace convscope
