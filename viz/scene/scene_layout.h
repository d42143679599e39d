// Where every layer of a network stands. Pure: computed from the network's description alone.
//
// The network runs along +x, from the input to the classes. Every layer whose output differs from its input is a wall
// across that direction, its front towards the input, standing on the ground (y = 0); the weights that lead to it lie
// between the walls, tilted like a lectern. Where several ways meet, all but one stand on levels above, down to where
// they parted: a residual block's shortcut, the branches of an Inception block.
#pragma once

#include "engine/api/network_description.h"
#include "viz/scene/geometry.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace convscope {

// One value of a tensor by its place in a surface's tiles.
struct SurfaceCell {
    std::int64_t tile = 0;    // the tensor's plane; 0 for a vector or a matrix
    std::int64_t row = 0;     // within the plane
    std::int64_t column = 0;  // within the plane; of a vector: which value
    bool operator==(const SurfaceCell&) const = default;
};

// A tensor's planes as tiles in a grid, in a rectangle somewhere in space. A vector is one tile, folded into rows.
struct SceneSurface {
    TensorKey key;
    std::int64_t tile_count = 1;
    std::int64_t tile_columns = 1;
    std::int64_t plane_width = 1;   // values
    std::int64_t plane_height = 1;  // values
    std::int64_t cell_columns = 1;  // cells in a tile's row: plane_width, unless a vector is folded
    std::int64_t cell_rows = 1;
    std::int64_t planes_per_tile = 1;  // 3: a colour picture
    float cell_width = 1.0F;
    float cell_height = 1.0F;
    float gap = 1.0F;   // between tiles
    Vec3 corner{0.0F};  // of the first cell: upper left, as seen from the front
    Vec3 right{0.0F, 0.0F, 1.0F};
    Vec3 down{0.0F, -1.0F, 0.0F};

    std::int64_t tile_rows() const { return (tile_count + tile_columns - 1) / tile_columns; }
    std::int64_t values_per_tile() const { return plane_width * plane_height; }
    float tile_width() const { return cell_width * static_cast<float>(cell_columns); }
    float tile_height() const { return cell_height * static_cast<float>(cell_rows); }
    float width() const;
    float height() const;
    Vec3 front() const { return glm::cross(down, right); }  // the direction it looks to
    Vec3 at(float x, float y) const { return corner + x * right + y * down; }
    Vec3 center() const { return at(0.5F * width(), 0.5F * height()); }
    Box box() const;
    // A tile's upper left corner, measured from `corner`.
    Vec2 tile_corner(std::int64_t tile) const;
    Vec2 cell_corner(const SurfaceCell& cell) const;
    Vec3 cell_center(const SurfaceCell& cell) const;
    Vec3 tile_center(std::int64_t tile) const;
    // Which cell is at a distance from `corner`; nothing in gaps and past a vector's end.
    std::optional<SurfaceCell> cell_at(Vec2 place) const;
};

// What carries a surface: a slab a little larger than it.
struct SceneSlab {
    Vec3 center{0.0F};
    Vec3 half{0.0F};  // along right, down and front
    Vec3 right{0.0F, 0.0F, 1.0F};
    Vec3 down{0.0F, -1.0F, 0.0F};
};

struct SceneWall {
    LayerId layer;  // kInputLayer: the picture
    SceneSurface values;
    SceneSlab slab;
    int level = 0;                        // 0, or the storeys above the ground of a branch's layers
    std::optional<SceneSurface> weights;  // that lead to it
    std::optional<SceneSlab> weights_slab;
    Box box() const;  // of wall and slab, without the weights
};

// From one wall to another: indices into SceneLayout::walls.
struct SceneLink {
    std::size_t from = 0;
    std::size_t to = 0;
    bool shortcut = false;  // past other layers: an arc
};

struct SceneLayout {
    std::vector<SceneWall> walls;  // the input first, then in forward order
    std::vector<SceneLink> links;
    // By layer: the wall that shows its values. Layers that hand their input on as it is (flatten; dropout, which does
    // nothing in evaluation) share the wall of that input.
    std::vector<std::size_t> wall_of_layer;
    SceneSurface classes;     // one cell per class: the end of the network, where the probabilities stand as bars
    float bar_length = 0.0F;  // of a probability of 1
    Box box;                  // of everything

    std::size_t wall_of(LayerId layer) const {
        return layer == kInputLayer ? 0 : wall_of_layer[static_cast<std::size_t>(layer.index)];
    }
};

SceneLayout layout_scene(const NetworkDescription& network);

// What a ray meets first.
struct SceneHit {
    std::size_t wall = 0;
    bool weights = false;             // of the wall's weights instead of its values
    std::optional<SurfaceCell> cell;  // nothing: the slab's edge or a gap
    float distance = 0.0F;
};
std::optional<SceneHit> pick(const SceneLayout& layout, const Ray& ray);

}  // namespace convscope
