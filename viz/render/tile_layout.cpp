#include "viz/render/tile_layout.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace convscope {

namespace {

constexpr float kSmallestCell = 1e-3F;  // where a region has no room at all
// Cells of so many device pixels and more are whole multiples of one; below, rounding down would waste too much room.
constexpr float kSnapFrom = 3.0F;
// A grid without a ragged last row may cost so much of the tiles' size.
constexpr float kFullGridBonus = 1.08F;
// The same for a wrapped vector, whose last strip is seen at once.
constexpr float kFullStripsBonus = 1.25F;
// Vectors longer than this are wrapped after a multiple of ten, so that an index can be read off a row.
constexpr std::int64_t kWrapByTensFrom = 20;

// What surrounds the tiles, from generous to nothing at all.
struct Surround {
    float gap = 0.0F;
    float label_height = 0.0F;
    float least_tile_width = 0.0F;  // for this to look right
    float least_tile_height = 0.0F;
};

std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

float snap(float cell, float pixel) {
    const float in_pixels = cell / pixel;
    return in_pixels >= kSnapFrom ? std::floor(in_pixels + 1e-3F) * pixel : cell;
}

float whole_pixels(float length, float pixel) { return std::max(pixel, std::round(length / pixel) * pixel); }

std::array<Surround, 4> surrounds(const TileLayoutOptions& options) {
    const float wide = whole_pixels(6.0F * options.scale, options.pixel);
    const float narrow = whole_pixels(3.0F * options.scale, options.pixel);
    const float readable = 10.0F * options.scale;
    return {
        Surround{.gap = wide,
                 .label_height = options.label_height,
                 .least_tile_width = std::max(options.label_width, 2.0F * readable),
                 .least_tile_height = std::max(1.2F * options.label_height, 2.0F * readable)},
        Surround{.gap = narrow, .label_height = 0.0F, .least_tile_width = readable, .least_tile_height = readable},
        Surround{.gap = options.pixel,
                 .label_height = 0.0F,
                 .least_tile_width = 3.0F * options.pixel,
                 .least_tile_height = 3.0F * options.pixel},
        Surround{},
    };
}

bool suits(const Surround& surround, const TileLayout& layout, float cell) {
    // What limits a strip is its longer side: a vector's row may be as thin as it likes.
    const float width = cell * static_cast<float>(layout.cell_columns);
    const float height = cell * static_cast<float>(layout.cell_rows);
    if (layout.tile_count == 1) return surround.label_height == 0.0F || width >= surround.least_tile_width;
    return width >= surround.least_tile_width && height >= surround.least_tile_height;
}

// The largest cell with which `columns` tiles in a row, and all the rows they take, fit.
float cell_that_fits(const TileLayoutOptions& options, const Surround& surround, std::int64_t tile_columns,
                     std::int64_t tile_rows, std::int64_t cell_columns, std::int64_t cell_rows) {
    const auto columns = static_cast<float>(tile_columns);
    const auto rows = static_cast<float>(tile_rows);
    const float width = options.region_width - (columns - 1.0F) * surround.gap;
    const float height = options.region_height - (rows - 1.0F) * surround.gap - rows * surround.label_height;
    const float cell =
        std::min(width / (columns * static_cast<float>(cell_columns)), height / (rows * static_cast<float>(cell_rows)));
    const float largest = TileLayout::kLargestFittedCell * options.scale;
    return std::max(snap(std::min(cell, largest), options.pixel), kSmallestCell);
}

// Wraps a lone vector into as large cells as possible.
void fit_vector(const TileLayoutOptions& options, const Surround& surround, TileLayout& layout) {
    const std::int64_t count = options.plane_width;
    const std::int64_t step = count > kWrapByTensFrom ? 10 : 1;
    layout.columns = layout.rows = 1;
    float best = 0.0F;
    for (std::int64_t i = step;; i += step) {
        const std::int64_t columns = std::min(i, count);
        const std::int64_t rows = divide_up(count, columns);
        const float cell = cell_that_fits(options, surround, 1, 1, columns, rows);
        const float score = columns * rows == count ? cell * kFullStripsBonus : cell;
        if (score >= best) {  // of equally large ones, the widest
            best = score;
            layout.fitted_cell = cell;
            layout.cell_columns = columns;
            layout.cell_rows = rows;
        }
        if (columns == count) break;
    }
}

void fit_grid(const TileLayoutOptions& options, const Surround& surround, TileLayout& layout) {
    layout.cell_columns = options.plane_width;
    layout.cell_rows = options.plane_height;
    const std::int64_t first = options.columns > 0 ? std::min(options.columns, options.tile_count) : 1;
    const std::int64_t last = options.columns > 0 ? first : options.tile_count;
    float best = 0.0F;
    for (std::int64_t columns = first; columns <= last; ++columns) {
        const std::int64_t rows = divide_up(options.tile_count, columns);
        const float cell = cell_that_fits(options, surround, columns, rows, layout.cell_columns, layout.cell_rows);
        const float score = columns * rows == options.tile_count ? cell * kFullGridBonus : cell;
        if (score >= best) {  // of equally large ones, the widest
            best = score;
            layout.fitted_cell = cell;
            layout.columns = columns;
            layout.rows = rows;
        }
    }
}

// A lone plane is stretched across its length until it is a quarter as wide as long.
constexpr float kStretchUntil = 4.0F;

// How long a cell's sides are at least, whatever the zoom.
struct CellSize {
    float width = 0.0F;
    float height = 0.0F;
};

CellSize stretched(const TileLayoutOptions& options, const TileLayout& layout) {
    const float cell = layout.fitted_cell;
    CellSize size{cell, cell};
    if (layout.tile_count != 1) return size;
    const auto columns = static_cast<float>(layout.cell_columns);
    const auto rows = static_cast<float>(layout.cell_rows);
    const auto across = [&](float along_count, float across_count, float region) {
        const float wanted = cell * along_count / (kStretchUntil * across_count);
        const float limit = std::min(TileLayout::kLargestStretchedCell * options.scale, region / across_count);
        return std::max(cell, snap(std::min(wanted, limit), options.pixel));
    };
    size.height = across(columns, rows, options.region_height);
    size.width = across(rows, columns, options.region_width);
    return size;
}

void place(const TileLayoutOptions& options, const Surround& surround, TileLayout& layout) {
    layout.label_height = surround.label_height;
    // Tiles start on whole pixels; a gap of nothing leaves nothing to round.
    const auto pitch = [&](float tile) {
        const float wanted = tile + surround.gap;
        return surround.gap > 0.0F ? std::floor(wanted / options.pixel + 1e-3F) * options.pixel : wanted;
    };
    layout.pitch_x = pitch(layout.tile_width());
    layout.pitch_y = pitch(layout.tile_height() + surround.label_height);
    layout.width = static_cast<float>(layout.columns - 1) * layout.pitch_x + layout.tile_width();
    layout.height = static_cast<float>(layout.rows - 1) * layout.pitch_y + layout.tile_height() + layout.label_height;
}

std::int64_t grid_index(float place, float pitch, std::int64_t count) {
    return std::clamp(static_cast<std::int64_t>(std::floor(place / pitch)), std::int64_t{0}, count - 1);
}

}  // namespace

TileLayout layout_tiles(const TileLayoutOptions& options) {
    TileLayout layout;
    if (options.tile_count < 1 || options.plane_width < 1 || options.plane_height < 1) return layout;
    layout.tile_count = options.tile_count;
    layout.plane_width = options.plane_width;
    layout.plane_height = options.plane_height;

    const bool vector = options.tile_count == 1 && options.plane_height == 1;
    const auto candidates = surrounds(options);
    const Surround* surround = nullptr;
    for (const Surround& candidate : candidates) {
        surround = &candidate;
        vector ? fit_vector(options, candidate, layout) : fit_grid(options, candidate, layout);
        if (suits(candidate, layout, layout.fitted_cell)) break;
    }
    layout.cell = layout.fitted_cell;
    if (options.zoom > layout.fitted_cell) {
        const float largest = std::max(TileLayout::kLargestCell * options.scale, layout.fitted_cell);
        layout.cell = snap(std::min(options.zoom, largest), options.pixel);
        // Larger tiles may have room for what the fitted ones had not.
        surround = std::find_if(candidates.begin(), candidates.end() - 1,
                                [&](const Surround& candidate) { return suits(candidate, layout, layout.cell); });
    }
    const CellSize least = stretched(options, layout);
    layout.cell_width = std::max(layout.cell, least.width);
    layout.cell_height = std::max(layout.cell, least.height);
    place(options, *surround, layout);
    return layout;
}

TileRect TileLayout::tile_rect(std::int64_t tile) const {
    return {.x = static_cast<float>(tile % columns) * pitch_x,
            .y = static_cast<float>(tile / columns) * pitch_y + label_height,
            .width = tile_width(),
            .height = tile_height()};
}

TileRect TileLayout::cell_rect(std::int64_t tile, std::int64_t row, std::int64_t column) const {
    const std::int64_t index = row * plane_width + column;
    const TileRect rect = tile_rect(tile);
    return {.x = rect.x + static_cast<float>(index % cell_columns) * cell_width,
            .y = rect.y + static_cast<float>(index / cell_columns) * cell_height,
            .width = cell_width,
            .height = cell_height};
}

std::optional<TileHit> TileLayout::hit(float x, float y) const {
    if (tile_count == 0 || x < 0.0F || y < 0.0F || x >= width || y >= height) return std::nullopt;
    const std::int64_t tile_column = grid_index(x, pitch_x, columns);
    const std::int64_t tile_row = grid_index(y, pitch_y, rows);
    const std::int64_t tile = tile_row * columns + tile_column;
    if (tile >= tile_count) return std::nullopt;
    const TileRect rect = tile_rect(tile);
    const float inside_x = x - rect.x;
    const float inside_y = y - rect.y;
    if (inside_x < 0.0F || inside_y < 0.0F || inside_x >= rect.width || inside_y >= rect.height) return std::nullopt;
    const std::int64_t index =
        grid_index(inside_y, cell_height, cell_rows) * cell_columns + grid_index(inside_x, cell_width, cell_columns);
    if (index >= plane_width * plane_height) return std::nullopt;
    return TileHit{.tile = tile, .row = index / plane_width, .column = index % plane_width};
}

TileAnchor TileLayout::anchor(float x, float y) const {
    if (tile_count == 0) return {};
    TileAnchor anchor{.tile_column = grid_index(x, pitch_x, columns),
                      .tile_row = grid_index(y, pitch_y, rows),
                      .cell_x = 0.0F,
                      .cell_y = 0.0F};
    anchor.cell_x = (x - static_cast<float>(anchor.tile_column) * pitch_x) / cell_width;
    anchor.cell_y = (y - static_cast<float>(anchor.tile_row) * pitch_y - label_height) / cell_height;
    return anchor;
}

float TileLayout::anchor_x(const TileAnchor& anchor) const {
    return static_cast<float>(anchor.tile_column) * pitch_x + anchor.cell_x * cell_width;
}

float TileLayout::anchor_y(const TileAnchor& anchor) const {
    return static_cast<float>(anchor.tile_row) * pitch_y + label_height + anchor.cell_y * cell_height;
}

TileSpan visible_tiles(const TileLayout& layout, const TileRect& view) {
    if (layout.tile_count == 0) return {};
    const auto first = [](float from, float pitch, std::int64_t count) {
        return std::clamp(static_cast<std::int64_t>(std::floor(from / pitch)), std::int64_t{0}, count);
    };
    const auto end = [](float to, float pitch, std::int64_t count) {
        return std::clamp(static_cast<std::int64_t>(std::ceil(to / pitch)), std::int64_t{0}, count);
    };
    return {.first_row = first(view.y, layout.pitch_y, layout.rows),
            .end_row = end(view.y + view.height, layout.pitch_y, layout.rows),
            .first_column = first(view.x, layout.pitch_x, layout.columns),
            .end_column = end(view.x + view.width, layout.pitch_x, layout.columns)};
}

}  // namespace convscope
