#include "viz/scene/scene_layout.h"

#include "engine/api/layer_kinds.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace convscope {
namespace {

constexpr float kSlabMargin = 0.9F;
constexpr float kSlabThickness = 0.8F;
constexpr float kAboveGround = 1.2F;
constexpr float kLeastGap = 12.0F;      // between walls
constexpr float kGapOfWidth = 0.62F;    // of the wider of two neighbours: at the home view they barely overlap
constexpr float kWeightsOfGap = 0.62F;  // what the weights may take of the way between two walls
constexpr float kStoreyGap = 6.0F;
constexpr float kTallestVectorTile = 3.0F;  // of a vector folded into rows: height over width
constexpr std::int64_t kLongestStrip = 16;  // a vector this long is one column
constexpr float kTileGap = 0.12F;           // of a tile's side
constexpr float kBarLength = 16.0F;

// Walls of very different sizes stand side by side: the side of a wall grows with the square root of its values' own.
float wall_side(float natural_side) { return 12.0F * std::sqrt(natural_side / 8.0F); }

// As square as can be, with few empty places.
std::int64_t choose_columns(std::int64_t count, float tile_width, float tile_height) {
    const double fair = std::sqrt(static_cast<double>(count) * tile_height / tile_width);
    std::int64_t best = 1;
    double least = 1e30;
    const auto first = std::max<std::int64_t>(1, static_cast<std::int64_t>(fair / 2.0));
    const auto last = std::min(count, static_cast<std::int64_t>(fair * 2.0) + 1);
    for (std::int64_t columns = first; columns <= last; ++columns) {
        const std::int64_t rows = (count + columns - 1) / columns;
        const double aspect = static_cast<double>(columns) * tile_width / (static_cast<double>(rows) * tile_height);
        const double empty = 1.0 - static_cast<double>(count) / static_cast<double>(rows * columns);
        const double price = std::abs(std::log(aspect)) + empty;
        if (price < least) {
            least = price;
            best = columns;
        }
    }
    return best;
}

SceneSurface maps_surface(TensorKey key, const Shape& shape, bool color) {
    SceneSurface surface;
    surface.key = key;
    surface.planes_per_tile = color ? 3 : 1;
    surface.tile_count = color ? 1 : shape[0];
    surface.plane_height = surface.cell_rows = shape[1];
    surface.plane_width = surface.cell_columns = shape[2];
    const auto width = static_cast<float>(shape[2]);
    const auto height = static_cast<float>(shape[1]);
    surface.gap = std::max(0.2F, kTileGap * std::max(width, height));
    surface.tile_columns = choose_columns(surface.tile_count, width + surface.gap, height + surface.gap);
    const float natural = std::max(surface.width(), surface.height());
    const float cell = wall_side(natural) / natural;
    surface.cell_width = surface.cell_height = cell;
    surface.gap *= cell;
    return surface;
}

SceneSurface vector_surface(TensorKey key, std::int64_t count) {
    SceneSurface surface;
    surface.key = key;
    surface.plane_width = count;
    const double columns =
        count <= kLongestStrip ? 1.0 : std::ceil(std::sqrt(static_cast<double>(count) / kTallestVectorTile));
    surface.cell_columns = static_cast<std::int64_t>(columns);
    surface.cell_rows = (count + surface.cell_columns - 1) / surface.cell_columns;
    const float cell = wall_side(static_cast<float>(surface.cell_rows)) / static_cast<float>(surface.cell_rows);
    surface.cell_width = surface.cell_height = cell;
    surface.gap = 0.0F;
    return surface;
}

// Kernels: an input channel's row, an output channel's column. A matrix is one tile.
SceneSurface weights_surface(const LayerDescription& layer, float most_width, float most_height) {
    SceneSurface surface;
    surface.key = {TensorKind::Weight, layer.id};
    const Shape& shape = layer.weight_shape;
    if (shape.rank() == 4) {
        surface.tile_count = shape[0] * shape[1];
        surface.plane_height = surface.cell_rows = shape[2];
        surface.plane_width = surface.cell_columns = shape[3];
        surface.gap = std::max(0.4F, 0.2F * static_cast<float>(shape[3]));
        const float aspect = most_width / most_height;
        const float width = static_cast<float>(shape[3]) + surface.gap;
        const float height = (static_cast<float>(shape[2]) + surface.gap) * aspect;
        surface.tile_columns = choose_columns(surface.tile_count, width, height);
    } else {
        surface.plane_width = surface.cell_columns = shape.rank() == 1 ? shape[0] : shape[1];
        surface.plane_height = surface.cell_rows = shape.rank() == 1 ? 1 : shape[0];
        surface.gap = 0.0F;
    }
    // A lone matrix much longer than wide is stretched across, so that it is no thread.
    float stretch = 1.0F;
    if (shape.rank() != 4) stretch = std::clamp(surface.width() / (4.0F * surface.height()), 1.0F, 64.0F);
    surface.cell_height = stretch;
    const float cell = std::min({most_width / surface.width(), most_height / surface.height(), 1.0F});
    surface.cell_width = cell;
    surface.cell_height = stretch * cell;
    surface.gap *= cell;
    return surface;
}

SceneSlab slab_behind(const SceneSurface& surface, float thickness) {
    SceneSlab slab;
    slab.right = surface.right;
    slab.down = surface.down;
    slab.half = {0.5F * surface.width() + kSlabMargin, 0.5F * surface.height() + kSlabMargin, 0.5F * thickness};
    slab.center = surface.center() - surface.front() * (0.5F * thickness + 0.05F);
    return slab;
}

Box box_of(const SceneSlab& slab) {
    Box box;
    const Vec3 front = glm::cross(slab.down, slab.right);
    for (int i = 0; i < 8; ++i)
        box.add(slab.center + slab.right * (i & 1 ? slab.half.x : -slab.half.x) +
                slab.down * (i & 2 ? slab.half.y : -slab.half.y) + front * (i & 4 ? slab.half.z : -slab.half.z));
    return box;
}

// Marks the layer and all that it is computed from.
void mark_back(const NetworkDescription& network, LayerId from, std::vector<char>& marked) {
    if (from == kInputLayer || marked[static_cast<std::size_t>(from.index)]) return;
    marked[static_cast<std::size_t>(from.index)] = 1;
    for (const LayerId input : network.layers[static_cast<std::size_t>(from.index)].inputs)
        mark_back(network, input, marked);
}

// Where several ways meet, one stays on the ground: of a residual layer its layers, else the one with the most of them
// one behind the other, the first of equals. Those of the others are raised, back to where they parted, each way a
// storey above the one before.
std::vector<int> levels_of(const NetworkDescription& network) {
    const std::size_t count = network.layers.size();
    std::vector<int> levels(count, 0);
    std::vector<int> depths(count, 0);  // layers one behind the other, up to this one
    const auto depth_of = [&](LayerId layer) {
        return layer == kInputLayer ? 0 : depths[static_cast<std::size_t>(layer.index)];
    };
    std::vector<char> below(count), branch(count);
    for (const LayerDescription& layer : network.layers) {
        if (layer.inputs.empty()) continue;
        std::size_t ground = 0;
        for (std::size_t k = 0; k < layer.inputs.size(); ++k)
            if (depth_of(layer.inputs[k]) > depth_of(layer.inputs[ground])) ground = k;
        depths[static_cast<std::size_t>(layer.id.index)] = depth_of(layer.inputs[ground]) + 1;
        if (layer.inputs.size() < 2) continue;
        if (layer.spec.kind == LayerKind::Residual) ground = 0;
        std::fill(below.begin(), below.end(), char{0});
        mark_back(network, layer.inputs[ground], below);
        int storey = 0;
        for (std::size_t k = 0; k < layer.inputs.size(); ++k) {
            if (k == ground) continue;
            branch = below;
            mark_back(network, layer.inputs[k], branch);
            if (branch == below) continue;  // it parted there
            ++storey;
            for (std::size_t i = 0; i < count; ++i)
                if (branch[i] != below[i]) levels[i] += storey;
            below = branch;
        }
    }
    return levels;
}

// Stands the wall upright with its middle at z = 0, its feet at `floor`.
void stand(SceneWall& wall, float x, float floor) {
    wall.values.corner = {x, floor + kAboveGround + kSlabMargin + wall.values.height(), -0.5F * wall.values.width()};
    wall.slab = slab_behind(wall.values, kSlabThickness);
}

void lay_weights(SceneWall& wall, const LayerDescription& layer, float begin, float end, float floor) {
    const float room = (end - begin) * kWeightsOfGap;
    SceneSurface surface = weights_surface(layer, std::max(8.0F, 0.8F * wall.values.width()), room * 1.2F);
    const float slope = std::sqrt(0.5F);  // 45 degrees
    surface.down = {-slope, -slope, 0.0F};
    const float middle = 0.5F * (begin + end);
    surface.corner = {middle + 0.5F * slope * surface.height(),
                      floor + kAboveGround + kSlabMargin + slope * surface.height(), -0.5F * surface.width()};
    wall.weights_slab = slab_behind(surface, 0.5F * kSlabThickness);
    wall.weights = surface;
}

// Distance along the ray to the plane of a rectangle; nothing when it looks away or is behind.
std::optional<float> distance_to_plane(const Ray& ray, const Vec3& point, const Vec3& normal) {
    const float slant = glm::dot(ray.direction, normal);
    if (std::abs(slant) < 1e-6F) return std::nullopt;
    const float distance = glm::dot(point - ray.origin, normal) / slant;
    if (!(distance > 0.0F)) return std::nullopt;
    return distance;
}

std::optional<float> distance_to_slab(const Ray& ray, const SceneSlab& slab) {
    const Vec3 front = glm::cross(slab.down, slab.right);
    const std::array<Vec3, 3> axes{slab.right, slab.down, front};
    float enter = 0.0F;
    float leave = std::numeric_limits<float>::max();
    for (int i = 0; i < 3; ++i) {
        const float origin = glm::dot(ray.origin - slab.center, axes[static_cast<std::size_t>(i)]);
        const float direction = glm::dot(ray.direction, axes[static_cast<std::size_t>(i)]);
        if (std::abs(direction) < 1e-9F) {
            if (std::abs(origin) > slab.half[i]) return std::nullopt;
            continue;
        }
        const float a = (-slab.half[i] - origin) / direction;
        const float b = (slab.half[i] - origin) / direction;
        enter = std::max(enter, std::min(a, b));
        leave = std::min(leave, std::max(a, b));
    }
    if (enter > leave || leave <= 0.0F) return std::nullopt;
    return enter;
}

void pick_surface(const SceneSurface& surface, const SceneSlab& slab, const Ray& ray, std::size_t wall, bool weights,
                  std::optional<SceneHit>& nearest) {
    const std::optional<float> solid = distance_to_slab(ray, slab);
    if (!solid) return;
    SceneHit hit{.wall = wall, .weights = weights, .cell = std::nullopt, .distance = *solid};
    if (glm::dot(ray.direction, surface.front()) < 0.0F) {
        if (const auto distance = distance_to_plane(ray, surface.corner, surface.front())) {
            const Vec3 place = ray.at(*distance) - surface.corner;
            hit.cell = surface.cell_at({glm::dot(place, surface.right), glm::dot(place, surface.down)});
            if (hit.cell) hit.distance = *distance;
        }
    }
    if (!nearest || hit.distance < nearest->distance) nearest = hit;
}

}  // namespace

float SceneSurface::width() const {
    const auto columns = static_cast<float>(std::min(tile_columns, tile_count));
    return columns * tile_width() + std::max(0.0F, columns - 1.0F) * gap;
}

float SceneSurface::height() const {
    const auto rows = static_cast<float>(tile_rows());
    return rows * tile_height() + std::max(0.0F, rows - 1.0F) * gap;
}

Box SceneSurface::box() const {
    Box box;
    for (const float x : {0.0F, width()})
        for (const float y : {0.0F, height()}) box.add(at(x, y));
    return box;
}

Vec2 SceneSurface::tile_corner(std::int64_t tile) const {
    const auto column = static_cast<float>(tile % tile_columns);
    const auto row = static_cast<float>(tile / tile_columns);
    return {column * (tile_width() + gap), row * (tile_height() + gap)};
}

Vec2 SceneSurface::cell_corner(const SurfaceCell& cell) const {
    const std::int64_t index = cell.row * plane_width + cell.column;
    return tile_corner(cell.tile) + Vec2{static_cast<float>(index % cell_columns) * cell_width,
                                         static_cast<float>(index / cell_columns) * cell_height};
}

Vec3 SceneSurface::cell_center(const SurfaceCell& cell) const {
    const Vec2 place = cell_corner(cell) + 0.5F * Vec2{cell_width, cell_height};
    return at(place.x, place.y);
}

Vec3 SceneSurface::tile_center(std::int64_t tile) const {
    const Vec2 place = tile_corner(tile) + 0.5F * Vec2{tile_width(), tile_height()};
    return at(place.x, place.y);
}

std::optional<SurfaceCell> SceneSurface::cell_at(Vec2 place) const {
    if (place.x < 0.0F || place.y < 0.0F) return std::nullopt;
    const auto tile_column = static_cast<std::int64_t>(place.x / (tile_width() + gap));
    const auto tile_row = static_cast<std::int64_t>(place.y / (tile_height() + gap));
    if (tile_column >= tile_columns) return std::nullopt;
    const std::int64_t tile = tile_row * tile_columns + tile_column;
    if (tile >= tile_count) return std::nullopt;
    const Vec2 within = place - tile_corner(tile);
    const auto column = static_cast<std::int64_t>(within.x / cell_width);
    const auto row = static_cast<std::int64_t>(within.y / cell_height);
    if (within.x < 0.0F || within.y < 0.0F || column >= cell_columns || row >= cell_rows) return std::nullopt;
    const std::int64_t index = row * cell_columns + column;
    if (index >= values_per_tile()) return std::nullopt;
    return SurfaceCell{tile, index / plane_width, index % plane_width};
}

Box SceneWall::box() const { return box_of(slab); }

SceneLayout layout_scene(const NetworkDescription& network) {
    SceneLayout layout;
    layout.walls.reserve(network.layers.size() + 1);
    const Shape& picture = network.input_shape;
    SceneWall input;
    input.layer = kInputLayer;
    input.values = maps_surface({TensorKind::Input, kInputLayer}, picture, picture[0] == 3);
    stand(input, 0.0F, 0.0F);
    layout.walls.push_back(input);

    const std::vector<int> levels = levels_of(network);
    // How high the ground's walls reach decides where a storey begins.
    float tallest = input.values.height();
    std::vector<SceneSurface> surfaces(network.layers.size());
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        const LayerDescription& layer = network.layers[i];
        const TensorKey key{TensorKind::Activation, layer.id};
        surfaces[i] = layer.has_maps() ? maps_surface(key, layer.output_shape, false)
                                       : vector_surface(key, layer.output_shape.element_count());
        tallest = std::max(tallest, surfaces[i].height());
    }
    const float storey = tallest + 2.0F * kSlabMargin + kAboveGround + kStoreyGap;

    layout.wall_of_layer.resize(network.layers.size(), 0);
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        const LayerDescription& layer = network.layers[i];
        const LayerId first = layer.inputs.empty() ? kInputLayer : layer.inputs.front();
        if (role_of(layer.spec.kind) == LayerRole::HandsOn) {
            layout.wall_of_layer[i] = layout.wall_of(first);
            continue;
        }
        SceneWall wall;
        wall.layer = layer.id;
        wall.values = surfaces[i];
        wall.level = levels[i];
        float begin = 0.0F;
        float neighbour = 0.0F;
        const auto stand_behind = [&](const SceneWall& from) {
            if (from.values.corner.x < begin) return;
            begin = from.values.corner.x;
            neighbour = from.values.width();
        };
        for (const LayerId source : layer.inputs) stand_behind(layout.walls[layout.wall_of(source)]);
        for (const SceneWall& other : layout.walls)
            if (other.level == wall.level) stand_behind(other);
        float gap = std::max(kLeastGap, kGapOfWidth * std::max(neighbour, wall.values.width()));
        const bool lectern = role_of(layer.spec.kind) == LayerRole::Weighs;
        if (lectern) gap *= 1.2F;
        const float floor = static_cast<float>(wall.level) * storey;
        stand(wall, begin + gap, floor);
        if (lectern) lay_weights(wall, layer, begin, begin + gap, floor);
        const std::size_t index = layout.walls.size();
        layout.wall_of_layer[i] = index;
        for (const LayerId source : layer.inputs) {
            const std::size_t from = layout.wall_of(source);
            const bool past_others =
                layout.walls[from].level == wall.level &&
                std::any_of(layout.walls.begin() + static_cast<std::ptrdiff_t>(from) + 1, layout.walls.end(),
                            [&](const SceneWall& other) { return other.level == wall.level; });
            layout.links.push_back({from, index, past_others});
        }
        layout.walls.push_back(std::move(wall));
    }

    for (const SceneWall& wall : layout.walls) {
        layout.box.add(wall.box());
        if (wall.weights_slab) layout.box.add(box_of(*wall.weights_slab));
    }
    const SceneWall& last = layout.walls.back();
    layout.classes = last.values;
    layout.bar_length = kBarLength;
    Box bars = last.values.box();
    bars.add(bars.high + Vec3{0.0F, 0.0F, kBarLength});
    layout.box.add(bars);
    return layout;
}

std::optional<SceneHit> pick(const SceneLayout& layout, const Ray& ray) {
    std::optional<SceneHit> nearest;
    for (std::size_t i = 0; i < layout.walls.size(); ++i) {
        const SceneWall& wall = layout.walls[i];
        pick_surface(wall.values, wall.slab, ray, i, false, nearest);
        if (wall.weights) pick_surface(*wall.weights, *wall.weights_slab, ray, i, true, nearest);
    }
    return nearest;
}

}  // namespace convscope
