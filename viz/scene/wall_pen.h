// Drawing on the wall that shows the network's input. Pure.
#pragma once

#include "viz/scene/scene_layout.h"

#include <optional>

namespace convscope {

// Where a ray meets the plane of the input's picture: shares of its width and height from the upper left, less than 0
// or more than 1 beside it. Nothing where the ray passes the plane by, or where the input is not one picture.
std::optional<Vec2> place_on_picture(const SceneLayout& layout, const Ray& ray);

}  // namespace convscope
