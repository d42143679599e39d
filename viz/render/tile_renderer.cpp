#include "viz/render/tile_renderer.h"

#include "viz/gfx/handle.h"
#include "viz/render/color_uniforms.h"
#include "viz/render/texture_cache.h"

#include <imgui.h>

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace convscope {

namespace {

// What tiles.vert reads per instance.
struct Instance {
    float x, y, width, height;
    float minimum, maximum;
    GLint layer;
};

constexpr int kTileValueUnit = 0;
constexpr int kTileColormapUnit = 1;

class GlTileRenderer final : public TileRenderer {
public:
    explicit GlTileRenderer(const gfx::Program& program)
        : program_(program),
          cache_(gfx::TextureLimits::of_context()),
          colormaps_(make_colormap_texture()),
          instance_buffer_(gfx::Buffer::create()),
          vertex_array_(gfx::VertexArray::create()) {
        glBindVertexArray(vertex_array_.id());
        vertex_array_.label("tiles");
        glBindBuffer(GL_ARRAY_BUFFER, instance_buffer_.id());
        instance_buffer_.label("tiles: places and ranges");
        glBindBuffer(GL_ARRAY_BUFFER, 0);
        for (GLuint attribute = 0; attribute < 3; ++attribute) {
            glEnableVertexAttribArray(attribute);
            glVertexAttribDivisor(attribute, 1);
        }
        glBindVertexArray(0);
    }

    void begin_frame() override {
        previous_counters_ = counters();
        cache_.begin_frame();
        instances_.clear();
        instances_on_gpu_ = 0;
        call_count_ = 0;
        draw_calls_ = 0;
    }

    Result<void> draw(ImDrawList* list, const TensorCapture& capture, std::span<const PlacedTile> tiles,
                      const TileColors& colors) override {
        if (tiles.empty()) return {};
        const auto texture = cache_.get(capture, colors.rgb ? 3 : 1);
        if (!texture) return texture.error();
        for (int page = 0; page < texture.value()->page_count(); ++page)
            add_page(list, capture, *texture.value(), page, tiles, colors);
        list->AddCallback(ImDrawCallback_ResetRenderState, nullptr);
        return {};
    }

    void end_frame() override { cache_.end_frame(); }

    TileCounters counters() const override {
        return {.draw_calls = draw_calls_,
                .tiles = static_cast<std::int64_t>(instances_.size()),
                .bytes_uploaded = cache_.bytes_uploaded(),
                .textures = cache_.textures(),
                .texture_bytes = cache_.bytes()};
    }
    TileCounters previous_counters() const override { return previous_counters_; }

private:
    // One instanced draw call, from draw() to when ImGui's renderer calls it.
    struct Call {
        GlTileRenderer* renderer = nullptr;
        GLuint texture = 0;
        std::size_t first_instance = 0;
        std::size_t instance_count = 0;
        std::array<GLint, 2> cells{};
        GLint texture_width = 0;
        GLint value_count = 0;
        TileColors colors;
    };

    // Places that outlive the frame: ImGui keeps a pointer until it renders.
    Call& next_call() {
        if (call_count_ == calls_.size()) calls_.push_back(std::make_unique<Call>());
        return *calls_[call_count_++];
    }

    void add_page(ImDrawList* list, const TensorCapture& capture, const gfx::TextureArray& texture, int page,
                  std::span<const PlacedTile> tiles, const TileColors& colors) {
        const std::int64_t first_layer = std::int64_t{page} * texture.layers_per_page();
        const std::size_t first_instance = instances_.size();
        for (const PlacedTile& tile : tiles) {
            const std::int64_t layer = tile.plane - first_layer;
            if (layer < 0 || layer >= texture.layers_per_page() || tile.plane >= texture.layers()) continue;
            const ValueRange range = colors.rgb ? ValueRange{} : plane_range(capture, tile.plane, colors.range);
            instances_.push_back({.x = tile.x,
                                  .y = tile.y,
                                  .width = tile.width,
                                  .height = tile.height,
                                  .minimum = range.minimum,
                                  .maximum = range.maximum,
                                  .layer = static_cast<GLint>(layer)});
        }
        if (instances_.size() == first_instance) return;

        const std::int64_t count = capture.plane_width() * capture.plane_height();
        const std::int64_t columns = colors.cell_columns > 0 ? colors.cell_columns : capture.plane_width();
        Call& call = next_call();
        call = {.renderer = this,
                .texture = texture.page(page),
                .first_instance = first_instance,
                .instance_count = instances_.size() - first_instance,
                .cells = {static_cast<GLint>(columns), static_cast<GLint>((count + columns - 1) / columns)},
                .texture_width = texture.width(),
                .value_count = static_cast<GLint>(count),
                .colors = colors};
        list->AddCallback(&GlTileRenderer::run_call, &call);
    }

    static void run_call(const ImDrawList*, const ImDrawCmd* command) {
        const Call& call = *static_cast<const Call*>(command->UserCallbackData);
        call.renderer->run(call, command->ClipRect);
    }

    void run(const Call& call, const ImVec4& clip) {
        const ImDrawData& display = *ImGui::GetDrawData();
        if (!set_scissor(display, clip)) return;
        glUseProgram(program_.id());
        set_uniforms(call, display);
        glActiveTexture(GL_TEXTURE0 + kTileColormapUnit);
        glBindTexture(GL_TEXTURE_2D, colormaps_.id());
        glActiveTexture(GL_TEXTURE0 + kTileValueUnit);
        glBindTexture(GL_TEXTURE_2D_ARRAY, call.texture);
        bind_instances(call.first_instance);
        glDrawArraysInstanced(GL_TRIANGLE_STRIP, 0, 4, static_cast<GLsizei>(call.instance_count));
        ++draw_calls_;
        // ImGui's renderer sets up again what it uses itself; the texture bindings it does not know are ours to undo.
        glBindTexture(GL_TEXTURE_2D_ARRAY, 0);
        glActiveTexture(GL_TEXTURE0 + kTileColormapUnit);
        glBindTexture(GL_TEXTURE_2D, 0);
        glActiveTexture(GL_TEXTURE0);
    }

    // ImGui's clip rectangle has its origin at the upper left in screen units, OpenGL's at the lower left in pixels.
    static bool set_scissor(const ImDrawData& display, const ImVec4& clip) {
        const ImVec2 pixels = display.FramebufferScale;
        const int framebuffer_height = static_cast<int>(display.DisplaySize.y * pixels.y);
        const int left = static_cast<int>((clip.x - display.DisplayPos.x) * pixels.x);
        const int top = static_cast<int>((clip.y - display.DisplayPos.y) * pixels.y);
        const int right = static_cast<int>((clip.z - display.DisplayPos.x) * pixels.x);
        const int bottom = static_cast<int>((clip.w - display.DisplayPos.y) * pixels.y);
        if (right <= left || bottom <= top) return false;
        glEnable(GL_SCISSOR_TEST);
        glScissor(left, framebuffer_height - bottom, right - left, bottom - top);
        return true;
    }

    void set_uniforms(const Call& call, const ImDrawData& display) const {
        glUniform4f(program_.uniform("u_display"), display.DisplayPos.x, display.DisplayPos.y, display.DisplaySize.x,
                    display.DisplaySize.y);
        glUniform2i(program_.uniform("u_cells"), call.cells[0], call.cells[1]);
        glUniform1i(program_.uniform("u_texture_width"), call.texture_width);
        glUniform1i(program_.uniform("u_value_count"), call.value_count);
        glUniform1i(program_.uniform("u_values"), kTileValueUnit);
        glUniform1i(program_.uniform("u_colormaps"), kTileColormapUnit);
        glUniform1i(program_.uniform("u_colormap"), static_cast<GLint>(call.colors.colormap));
        glUniform1i(program_.uniform("u_rgb"), call.colors.rgb.has_value());
        if (call.colors.rgb) {
            const auto& [red, green, blue] = *call.colors.rgb;
            glUniform3f(program_.uniform("u_rgb_none"), red.minimum, green.minimum, blue.minimum);
            glUniform3f(program_.uniform("u_rgb_full"), red.maximum, green.maximum, blue.maximum);
        }
        glUniform1f(program_.uniform("u_opacity"), call.colors.opacity);
        set_color(program_.uniform("u_no_data"), call.colors.no_data);
        set_color(program_.uniform("u_no_data_ground"), call.colors.no_data_ground);
    }

    void bind_instances(std::size_t first) {
        glBindVertexArray(vertex_array_.id());
        glBindBuffer(GL_ARRAY_BUFFER, instance_buffer_.id());
        if (instances_on_gpu_ != instances_.size()) {  // once a frame: all calls share the buffer
            glBufferData(GL_ARRAY_BUFFER, static_cast<GLsizeiptr>(instances_.size() * sizeof(Instance)),
                         instances_.data(), GL_STREAM_DRAW);
            instances_on_gpu_ = instances_.size();
        }
        const auto offset = [first](std::size_t member) {
            return reinterpret_cast<const void*>(first * sizeof(Instance) + member);
        };
        constexpr GLsizei kStride = sizeof(Instance);
        glVertexAttribPointer(0, 4, GL_FLOAT, GL_FALSE, kStride, offset(offsetof(Instance, x)));
        glVertexAttribPointer(1, 2, GL_FLOAT, GL_FALSE, kStride, offset(offsetof(Instance, minimum)));
        glVertexAttribIPointer(2, 1, GL_INT, kStride, offset(offsetof(Instance, layer)));
    }

    const gfx::Program& program_;
    TextureCache cache_;
    gfx::Texture colormaps_;
    gfx::Buffer instance_buffer_;
    gfx::VertexArray vertex_array_;
    std::vector<Instance> instances_;  // of this frame, all calls one after the other
    std::size_t instances_on_gpu_ = 0;
    std::vector<std::unique_ptr<Call>> calls_;
    std::size_t call_count_ = 0;
    std::int64_t draw_calls_ = 0;
    TileCounters previous_counters_;
};

}  // namespace

Result<std::unique_ptr<TileRenderer>> TileRenderer::create(gfx::ShaderLibrary& shaders) {
    auto program = shaders.program("tiles");
    if (!program) return program.error();
    return std::unique_ptr<TileRenderer>(std::make_unique<GlTileRenderer>(*program.value()));
}

}  // namespace convscope
