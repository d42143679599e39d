// What of the scene is seen, and how large: what is not need neither be captured nor drawn. Pure.
#pragma once

#include "viz/scene/camera.h"
#include "viz/scene/scene_layout.h"

#include <cstdint>
#include <vector>

namespace convscope {

struct SeenWall {
    std::size_t wall = 0;
    float pixels = 0.0F;           // of the wall's longer side, about
    float pixels_per_cell = 0.0F;  // of its values
    bool values = false;           // large enough that the values on it can be told from a grey
    bool weights = false;          // likewise for the weights that lead to it
};

// In the layout's order; reuses `out`. Weights by the million are captured only for who is near enough to see them.
void see(const SceneLayout& layout, const Camera& camera, std::vector<SeenWall>& out);

// The cells of a tensor that lie in the viewport, for printing numbers into them.
struct CellRectangle {
    float left = 0.0F, top = 0.0F, right = 0.0F, bottom = 0.0F;  // from the surface's corner
    bool empty() const { return !(right > left && bottom > top); }
};
// Empty when the surface is seen from behind. May be larger than what is seen, never smaller.
CellRectangle seen_part(const SceneSurface& surface, const Camera& camera);

}  // namespace convscope
