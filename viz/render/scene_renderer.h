// Draws the scene into a texture: walls with live values on them, slabs, lines, the ground. A wall is one draw call per
// texture page however many maps it shows; all slabs are one call, all lines another. GL thread only; allocates nothing
// in steady state.
#pragma once

#include "engine/api/tensor_capture.h"
#include "engine/core/result.h"
#include "viz/gfx/shader_library.h"
#include "viz/render/tile_renderer.h"
#include "viz/scene/scene_layout.h"

#include <cstdint>
#include <memory>
#include <span>

namespace convscope {

// A tensor on a surface; the capture must be that of the surface's key.
struct SceneValues {
    const SceneSurface* surface = nullptr;
    const TensorCapture* capture = nullptr;
    Colormap colormap = Colormap::Viridis;
    RangeChoice range{};
    std::optional<RgbRange> rgb{};  // for a surface of colour pictures
};

struct SceneBlock {
    SceneSlab slab;
    Rgba color = 0;
};

struct SceneLine {
    Vec3 from{0.0F};
    Vec3 to{0.0F};
    float width = 1.0F;  // pixels
    Rgba from_color = 0;
    Rgba to_color = 0;
};

struct ScenePicture {
    Mat4 view_projection{1.0F};
    float near = 0.1F;  // distance of the near plane
    std::span<const SceneValues> values;
    std::span<const SceneBlock> blocks;
    std::span<const SceneLine> lines;  // behind walls they are hidden
    std::span<const SceneLine> marks;  // drawn over everything: outlines of what is selected
    std::span<const Box> shades;       // what throws a shade on the ground; the first 64
    Box extent;                        // of everything: where the ground is
    const Palette* colors = nullptr;
};

struct SceneCounters {
    std::int64_t draw_calls = 0;
    std::int64_t bytes_uploaded = 0;
    std::int64_t textures = 0;  // tensors on the GPU
};

class SceneRenderer {
public:
    virtual ~SceneRenderer() = default;

    // Fails when a shader does not compile. The library must outlive the renderer, the GL context both. `samples` a
    // pixel, as far as the driver has them.
    static Result<std::unique_ptr<SceneRenderer>> create(gfx::ShaderLibrary& shaders, int samples);

    // The picture as an OpenGL texture, lowest row first, valid until the next call. Lets go of every tensor that is
    // not in it. A tensor too large for the GPU is left out: its wall stays bare. Unsupported when there can be no
    // picture of this size. The framebuffer that was bound is bound again.
    virtual Result<unsigned int> draw(const ScenePicture& picture, int width, int height) = 0;

    virtual SceneCounters counters() const = 0;  // of the last picture
};

}  // namespace convscope
