// Where a value stands in the scene's space, and which value is selected. Pure.
#pragma once

#include "viz/scene/place.h"
#include "viz/scene/scene_layout.h"
#include "viz/view/selection.h"

#include <optional>

namespace convscope {

// What is selected within the selected layer: a value, or a map as a whole (Place::kWholeMap); a vector's unit is a
// value. Nothing when only the layer is selected, or when it has no such channel or value.
std::optional<Place> selected_place(const NetworkDescription& network, const Selection& selection);

// The cell that shows the value, on the wall of its layer; a flattened layer's value stands on the wall of the maps
// that it was flattened from. Nothing for a whole map.
std::optional<SurfaceCell> cell_of(const SceneLayout& layout, const NetworkDescription& network, const Place& place);

// The tile that shows the place's map; the last one when there are fewer.
std::int64_t tile_of(const SceneLayout& layout, const Place& place);

// The middle of the value's cell, or of the map's tile.
Vec3 center_of(const SceneLayout& layout, const NetworkDescription& network, const Place& place);

// What to look at when it is selected: a value with the cells around it, a map, or a whole wall.
Box focus_box(const SceneLayout& layout, const NetworkDescription& network, LayerId layer,
              const std::optional<Place>& place);

}  // namespace convscope
