#include "viz/scene/scene_places.h"

#include <algorithm>

namespace convscope {

namespace {

constexpr float kCellFocus = 14.0F;  // cells across when one is looked at

const SceneSurface& values_of(const SceneLayout& layout, const Place& place) {
    return layout.walls[layout.wall_of(place.layer)].values;
}

}  // namespace

std::optional<Place> selected_place(const NetworkDescription& network, const Selection& selection) {
    if (selection.channel < 0) return std::nullopt;
    Place place{selection.layer, selection.channel, Place::kWholeMap, Place::kWholeMap};
    const Shape shape = output_shape(network, selection.layer);
    if (shape.rank() == 1)
        place.row = place.column = 0;
    else if (selection.row >= 0) {
        place.row = selection.row;
        place.column = selection.column;
    }
    if (place.is_whole_map() ? place.channel >= shape[0] : !contains(shape, place)) return std::nullopt;
    return place;
}

std::optional<SurfaceCell> cell_of(const SceneLayout& layout, const NetworkDescription& network, const Place& place) {
    if (place.is_whole_map()) return std::nullopt;
    const SceneSurface& values = values_of(layout, place);
    const std::int64_t index = index_of(output_shape(network, place.layer), place);
    if (values.plane_height == 1 && values.tile_count == 1) return SurfaceCell{0, 0, index};
    const std::int64_t plane = index / values.values_per_tile();
    const std::int64_t within = index % values.values_per_tile();
    const std::int64_t tile = plane / values.planes_per_tile;
    if (tile >= values.tile_count) return std::nullopt;
    return SurfaceCell{tile, within / values.plane_width, within % values.plane_width};
}

std::int64_t tile_of(const SceneLayout& layout, const Place& place) {
    const SceneSurface& values = values_of(layout, place);
    return std::min(place.channel / values.planes_per_tile, values.tile_count - 1);
}

Vec3 center_of(const SceneLayout& layout, const NetworkDescription& network, const Place& place) {
    const SceneSurface& values = values_of(layout, place);
    const std::optional<SurfaceCell> cell = cell_of(layout, network, place);
    return cell ? values.cell_center(*cell) : values.tile_center(tile_of(layout, place));
}

Box focus_box(const SceneLayout& layout, const NetworkDescription& network, LayerId layer,
              const std::optional<Place>& place) {
    const SceneWall& wall = layout.walls[layout.wall_of(layer)];
    if (!place) return wall.box();
    const SceneSurface& values = wall.values;
    Box box;
    if (const auto cell = cell_of(layout, network, *place)) {
        const Vec3 center = values.cell_center(*cell);
        const float reach = 0.5F * kCellFocus * values.cell_width;
        box.add(center - reach * (values.right + values.down));
        box.add(center + reach * (values.right + values.down));
        return box;
    }
    const Vec2 corner = values.tile_corner(tile_of(layout, *place));
    box.add(values.at(corner.x, corner.y));
    box.add(values.at(corner.x + values.tile_width(), corner.y + values.tile_height()));
    return box;
}

}  // namespace convscope
