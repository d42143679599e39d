// Draws planes of captured tensors inside an ImGui window: raw values in a texture array, one instanced draw call per
// texture page, range and colormap decided in the fragment shader. What is not a finite number is a hatch, never a
// plausible colour. Pictures of three planes can be drawn in colour. GL thread only; allocates nothing in steady state.
//
// A frame: begin_frame(); ImGui::NewFrame(); any number of draw(); ImGui::Render(); ImGui_ImplOpenGL3_RenderDrawData();
// end_frame(). The order of end_frame() and rendering does not matter.
#pragma once

#include "engine/api/tensor_capture.h"
#include "engine/core/result.h"
#include "viz/gfx/shader_library.h"
#include "viz/render/value_range.h"
#include "viz/view/display_options.h"
#include "viz/view/palette.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

struct ImDrawList;

namespace convscope {

// Where one plane goes, in ImGui's screen coordinates.
struct PlacedTile {
    std::int64_t plane = 0;  // of a colour picture: which picture
    float x = 0.0F;
    float y = 0.0F;
    float width = 0.0F;
    float height = 0.0F;
};

// The values of red, green and blue that are no light and full light.
using RgbRange = std::array<ValueRange, 3>;

struct TileColors {
    Colormap colormap = Colormap::Viridis;
    RangeChoice range{};
    Rgba no_data = 0xFF00FFFF;         // the hatch over values that are not finite
    Rgba no_data_ground = 0x000000FF;  // between its lines
    std::int64_t cell_columns = 0;     // cells in a row of the picture; 0: the plane's width. See TileLayout
    float opacity = 1.0F;              // of all but that hatch, over what lies below
    std::optional<RgbRange> rgb{};     // every three planes are a colour picture; colormap and range do not matter then
};

// Of the frame since begin_frame().
struct TileCounters {
    std::int64_t draw_calls = 0;  // issued to GL, so 0 until ImGui's draw data were rendered
    std::int64_t tiles = 0;
    std::int64_t bytes_uploaded = 0;
    std::int64_t textures = 0;  // tensors resident on the GPU
    std::int64_t texture_bytes = 0;
};

class TileRenderer {
public:
    virtual ~TileRenderer() = default;

    // Fails when the shader does not compile. The library must outlive the renderer, the GL context both.
    static Result<std::unique_ptr<TileRenderer>> create(gfx::ShaderLibrary& shaders);

    virtual void begin_frame() = 0;
    // Adds the tiles to the draw list, clipped by its current clip rectangle. The values are uploaded before this
    // returns, and only when this content is not on the GPU already; the capture need not be kept. Unsupported when a
    // plane is larger than the GPU's textures can be: nothing is drawn then, show the message instead.
    virtual Result<void> draw(ImDrawList* list, const TensorCapture& capture, std::span<const PlacedTile> tiles,
                              const TileColors& colors) = 0;
    // Lets go of every tensor that was not drawn since begin_frame().
    virtual void end_frame() = 0;

    virtual TileCounters counters() const = 0;
    // Of the frame before, which is complete: what a panel can show while it draws.
    virtual TileCounters previous_counters() const = 0;
};

}  // namespace convscope
