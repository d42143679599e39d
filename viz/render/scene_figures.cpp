#include "viz/render/scene_figures.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace convscope {

void SceneFigures::begin(const SceneLayout& layout, const NetworkDescription& network, const Palette& colors,
                         float scale) {
    layout_ = &layout;
    network_ = &network;
    colors_ = &colors;
    scale_ = scale;
    blocks_.clear();
    lines_.clear();
    marks_.clear();
    shades_.clear();
}

void SceneFigures::add_slabs(const SeenWall& seen) {
    const SceneWall& wall = layout_->walls[seen.wall];
    if (seen.pixels > 0.0F) {
        blocks_.push_back({wall.slab, colors_->raised});
        if (wall.level == 0) shades_.push_back(wall.box());
    }
    if (wall.weights_slab) blocks_.push_back({*wall.weights_slab, colors_->raised});
}

void SceneFigures::add_links() {
    const Rgba quiet = with_opacity(colors_->text_secondary, 0.35F);
    const Rgba arc = with_opacity(colors_->accent, 0.6F);
    for (const SceneLink& link : layout_->links) {
        const SceneSurface& from = layout_->walls[link.from].values;
        const SceneSurface& to = layout_->walls[link.to].values;
        if (link.shortcut) {
            constexpr int kPieces = 24;
            const Vec3 a = from.at(0.5F * from.width(), 0.0F);
            const Vec3 b = to.at(0.5F * to.width(), 0.0F);
            float top = std::max(a.y, b.y);
            for (std::size_t i = link.from; i <= link.to; ++i) top = std::max(top, layout_->walls[i].box().high.y);
            const float rise = top + 6.0F - 0.5F * (a.y + b.y);
            Vec3 last = a;
            for (int i = 1; i <= kPieces; ++i) {
                const float t = static_cast<float>(i) / kPieces;
                Vec3 point = glm::mix(a, b, t);
                point.y += rise * (1.0F - std::pow(2.0F * t - 1.0F, 4.0F));
                lines_.push_back({last, point, 2.0F, arc, arc});
                last = point;
            }
            continue;
        }
        for (const float x : {0.0F, 1.0F})
            for (const float y : {0.0F, 1.0F})
                lines_.push_back({from.at(x * from.width(), y * from.height()), to.at(x * to.width(), y * to.height()),
                                  1.0F, quiet, quiet});
    }
}

void SceneFigures::add_wave(const PassWave& wave) {
    const std::optional<float> front = wave.front();
    if (!front) return;
    const Rgba color = wave.backward() ? colors_->second_series : colors_->accent;
    const Box& box = layout_->box;
    const float half = 0.5F * box.size().z;
    constexpr int kTrail = 7;
    for (int i = 0; i < kTrail; ++i) {
        const float x = *front - (wave.backward() ? -1.0F : 1.0F) * 0.9F * static_cast<float>(i);
        const Rgba shade = with_opacity(color, 0.85F * std::pow(0.62F, static_cast<float>(i)));
        const float height = box.high.y;
        const Vec3 a{x, 0.1F, box.center().z - half};
        const Vec3 b{x, height, box.center().z - half};
        const Vec3 c{x, height, box.center().z + half};
        const Vec3 d{x, 0.1F, box.center().z + half};
        for (const auto& [from, to] : {std::pair{a, b}, std::pair{b, c}, std::pair{c, d}, std::pair{d, a}})
            lines_.push_back({from, to, i == 0 ? 3.0F : 1.5F, shade, shade});
    }
}

void SceneFigures::add_bars(std::span<const float> probabilities) {
    const SceneSurface& cells = layout_->classes;
    if (static_cast<std::int64_t>(probabilities.size()) != cells.values_per_tile() || cells.cell_columns != 1) return;
    const int best = likeliest(probabilities);
    for (std::size_t i = 0; i < probabilities.size(); ++i) {
        if (!std::isfinite(probabilities[i])) continue;
        const float length = std::max(0.02F, layout_->bar_length * probabilities[i]);
        const Vec3 center = cells.cell_center({0, 0, static_cast<std::int64_t>(i)});
        SceneSlab bar{.center = cells.at(cells.width() + 1.2F + 0.5F * length, 0.0F),
                      .half = {0.5F * length, 0.34F * cells.cell_height, 0.5F},
                      .right = cells.right,
                      .down = cells.down};
        bar.center.y = center.y;
        blocks_.push_back({bar, static_cast<int>(i) == best ? colors_->accent : colors_->no_data});
    }
}

void SceneFigures::add_connections(const Place& of, std::span<const Connection> connections) {
    const Vec3 here = center_of(*layout_, *network_, of);
    float largest = 0.0F;
    for (const Connection& connection : connections)
        if (std::isfinite(connection.strength)) largest = std::max(largest, std::abs(connection.strength));
    for (const Connection& connection : connections) {
        const float share =
            largest > 0.0F && std::isfinite(connection.strength) ? std::abs(connection.strength) / largest : 0.0F;
        const Rgba color = sign_color(*colors_, static_cast<double>(connection.strength));
        const Rgba shade = with_opacity(color, 0.12F + 0.78F * share);
        lines_.push_back(
            {center_of(*layout_, *network_, connection.place), here, (0.7F + 1.8F * share) * scale_, shade, shade});
    }
}

void SceneFigures::outline_wall(LayerId layer, Rgba color) {
    const SceneSurface& values = layout_->walls[layout_->wall_of(layer)].values;
    outline(values, {0.0F, 0.0F}, {values.width(), values.height()}, color, 1.0F);
}

void SceneFigures::outline_place(const Place& place, Rgba color, float width) {
    const SceneSurface& values = layout_->walls[layout_->wall_of(place.layer)].values;
    if (const auto cell = cell_of(*layout_, *network_, place))
        outline(values, values.cell_corner(*cell), {values.cell_width, values.cell_height}, color, width);
    else if (place.is_whole_map())
        outline(values, values.tile_corner(tile_of(*layout_, place)), {values.tile_width(), values.tile_height()},
                color, width);
}

void SceneFigures::outline_hit(const SceneHit& hit) {
    if (!hit.cell) return;
    const SceneWall& wall = layout_->walls[hit.wall];
    const SceneSurface& surface = hit.weights ? *wall.weights : wall.values;
    outline(surface, surface.tile_corner(hit.cell->tile), {surface.tile_width(), surface.tile_height()},
            with_opacity(colors_->text, 0.6F), 1.0F);
    outline(surface, surface.cell_corner(*hit.cell), {surface.cell_width, surface.cell_height}, colors_->text, 1.0F);
}

void SceneFigures::outline(const SceneSurface& surface, Vec2 corner, Vec2 size, Rgba color, float width) {
    const Vec3 nudge = 0.02F * surface.front();
    const Vec3 a = surface.at(corner.x, corner.y) + nudge;
    const Vec3 b = surface.at(corner.x + size.x, corner.y) + nudge;
    const Vec3 c = surface.at(corner.x + size.x, corner.y + size.y) + nudge;
    const Vec3 d = surface.at(corner.x, corner.y + size.y) + nudge;
    for (const auto& [from, to] : {std::pair{a, b}, std::pair{b, c}, std::pair{c, d}, std::pair{d, a}})
        marks_.push_back({from, to, std::max(1.0F, scale_) * width, color, color});
}

}  // namespace convscope
