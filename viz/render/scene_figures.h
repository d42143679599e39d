// What the scene draws besides the tensors: slabs, links between the walls, outlines, connections, the pass and the
// bars of the classes. Collected anew for each picture; allocates nothing once it has held as many. Pure.
#pragma once

#include "viz/render/scene_renderer.h"
#include "viz/scene/connections.h"
#include "viz/scene/pass_wave.h"
#include "viz/scene/scene_places.h"
#include "viz/scene/scene_sight.h"
#include "viz/view/palette.h"

#include <optional>
#include <span>
#include <vector>

namespace convscope {

class SceneFigures {
public:
    // Begins a picture of this scene; all three are used until the next begin() and must live as long. `scale`: of
    // widths in pixels.
    void begin(const SceneLayout& layout, const NetworkDescription& network, const Palette& colors, float scale);

    // The slabs that carry a wall and its weights, and the wall's shade on the ground.
    void add_slabs(const SeenWall& seen);
    // The edges of what each layer hands to the next; past other layers it goes in an arc above them.
    void add_links();
    // The plane at which the pass has arrived, in the gradient's colour on the way back.
    void add_wave(const PassWave& wave);
    // A probability is a bar to the right of its class's cell, the largest in the accent colour.
    void add_bars(std::span<const float> probabilities);
    // From the other ends to `of`: in the colours of their signs, the strongest widest.
    void add_connections(const Place& of, std::span<const Connection> connections);

    // Outlines are drawn over everything: a layer's wall, a value or map, the cell and the tile under the mouse.
    void outline_wall(LayerId layer, Rgba color);
    void outline_place(const Place& place, Rgba color, float width);
    void outline_hit(const SceneHit& hit);

    std::span<const SceneBlock> blocks() const { return blocks_; }
    std::span<const SceneLine> lines() const { return lines_; }
    std::span<const SceneLine> marks() const { return marks_; }
    std::span<const Box> shades() const { return shades_; }

private:
    void outline(const SceneSurface& surface, Vec2 corner, Vec2 size, Rgba color, float width);

    const SceneLayout* layout_ = nullptr;
    const NetworkDescription* network_ = nullptr;
    const Palette* colors_ = nullptr;
    float scale_ = 1.0F;
    std::vector<SceneBlock> blocks_;
    std::vector<SceneLine> lines_;
    std::vector<SceneLine> marks_;
    std::vector<Box> shades_;
};

}  // namespace convscope
