#include "viz/render/scene_renderer.h"

#include "viz/gfx/framebuffer.h"
#include "viz/gfx/handle.h"
#include "viz/render/color_uniforms.h"
#include "viz/render/texture_cache.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace convscope {

namespace {

constexpr int kValueUnit = 0;
constexpr int kColormapUnit = 1;
constexpr int kRangeUnit = 2;
constexpr std::size_t kMostShades = 64;  // as in scene_ground.frag
constexpr float kGridSpacing = 10.0F;

struct BoxInstance {
    Vec3 center, half, right, down;
    Vec4 color;
};

struct LineInstance {
    Vec3 from, to;
    Vec4 from_color, to_color;
    float width;
};

Vec4 color_vector(Rgba color) {
    const auto channel = [color](int shift) { return static_cast<float>((color >> shift) & 0xFFU) / 255.0F; };
    return {channel(24), channel(16), channel(8), channel(0)};
}

// A vertex array whose attributes, one float vector each, advance once an instance.
struct InstanceBuffer {
    gfx::VertexArray array = gfx::VertexArray::create();
    gfx::Buffer buffer = gfx::Buffer::create();

    explicit InstanceBuffer(std::string_view label) {
        glBindVertexArray(array.id());
        array.label(label);
        glBindBuffer(GL_ARRAY_BUFFER, buffer.id());
        buffer.label(label);
    }
    void describe(GLuint attribute, GLint components, std::size_t stride, std::size_t offset) const {
        glBindVertexArray(array.id());
        glBindBuffer(GL_ARRAY_BUFFER, buffer.id());
        glEnableVertexAttribArray(attribute);
        glVertexAttribDivisor(attribute, 1);
        glVertexAttribPointer(attribute, components, GL_FLOAT, GL_FALSE, static_cast<GLsizei>(stride),
                              reinterpret_cast<const void*>(offset));
    }
    template <typename T>
    void fill(const std::vector<T>& instances) const {
        glBindVertexArray(array.id());
        glBindBuffer(GL_ARRAY_BUFFER, buffer.id());
        glBufferData(GL_ARRAY_BUFFER, static_cast<GLsizeiptr>(instances.size() * sizeof(T)), instances.data(),
                     GL_STREAM_DRAW);
    }
};

struct ScenePrograms {
    const gfx::Program* surface = nullptr;
    const gfx::Program* box = nullptr;
    const gfx::Program* line = nullptr;
    const gfx::Program* ground = nullptr;
};

class GlSceneRenderer final : public SceneRenderer {
public:
    GlSceneRenderer(const ScenePrograms& programs, int samples)
        : programs_(programs),
          samples_(samples),
          cache_(gfx::TextureLimits::of_context()),
          colormaps_(make_colormap_texture()),
          bare_(gfx::VertexArray::create()),
          range_buffer_(gfx::Buffer::create()),
          range_texture_(gfx::Texture::create()) {
        glGetIntegerv(GL_MAX_TEXTURE_BUFFER_SIZE, &most_ranges_);
        constexpr std::size_t kBox = sizeof(BoxInstance);
        boxes_.describe(0, 3, kBox, offsetof(BoxInstance, center));
        boxes_.describe(1, 3, kBox, offsetof(BoxInstance, half));
        boxes_.describe(2, 3, kBox, offsetof(BoxInstance, right));
        boxes_.describe(3, 3, kBox, offsetof(BoxInstance, down));
        boxes_.describe(4, 4, kBox, offsetof(BoxInstance, color));
        constexpr std::size_t kLine = sizeof(LineInstance);
        lines_.describe(0, 3, kLine, offsetof(LineInstance, from));
        lines_.describe(1, 3, kLine, offsetof(LineInstance, to));
        lines_.describe(2, 4, kLine, offsetof(LineInstance, from_color));
        lines_.describe(3, 4, kLine, offsetof(LineInstance, to_color));
        lines_.describe(4, 1, kLine, offsetof(LineInstance, width));
        glBindVertexArray(bare_.id());
        bare_.label("scene: vertices made in the shader");
        glBindVertexArray(0);
        glBindBuffer(GL_ARRAY_BUFFER, 0);
        glBindBuffer(GL_TEXTURE_BUFFER, range_buffer_.id());
        range_buffer_.label("scene: value ranges");
        glBindBuffer(GL_TEXTURE_BUFFER, 0);
        glBindTexture(GL_TEXTURE_BUFFER, range_texture_.id());
        range_texture_.label("scene: value ranges");
        glBindTexture(GL_TEXTURE_BUFFER, 0);
    }

    Result<unsigned int> draw(const ScenePicture& picture, int width, int height) override {
        counters_ = {};
        if (target_.width() != width || target_.height() != height) {
            target_ = {};
            auto made = gfx::SmoothFramebuffer::create(width, height, samples_);
            if (!made) return made.error();
            target_ = std::move(made).value();
        }
        GLint previous = 0;
        glGetIntegerv(GL_DRAW_FRAMEBUFFER_BINDING, &previous);
        cache_.begin_frame();
        target_.bind();
        glDisable(GL_SCISSOR_TEST);
        glDisable(GL_CULL_FACE);
        glDepthMask(GL_TRUE);
        glEnable(GL_DEPTH_TEST);
        glDepthFunc(GL_LEQUAL);
        const Vec4 background = color_vector(picture.colors->background);
        glClearColor(background.x, background.y, background.z, 1.0F);
        glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT);

        draw_blocks(picture);
        for (const SceneValues& values : picture.values) draw_values(picture, values);
        glEnable(GL_BLEND);
        glBlendFuncSeparate(GL_SRC_ALPHA, GL_ONE_MINUS_SRC_ALPHA, GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
        glDepthMask(GL_FALSE);
        draw_ground(picture);
        draw_lines(picture, picture.lines);
        glDisable(GL_DEPTH_TEST);
        draw_lines(picture, picture.marks);
        glDepthMask(GL_TRUE);

        target_.resolve();
        glBindFramebuffer(GL_FRAMEBUFFER, static_cast<GLuint>(previous));
        glBindVertexArray(0);
        cache_.end_frame();
        counters_.bytes_uploaded = cache_.bytes_uploaded();
        counters_.textures = cache_.textures();
        return target_.texture();
    }

    SceneCounters counters() const override { return counters_; }

private:
    void use(const gfx::Program& program, const ScenePicture& picture) const {
        glUseProgram(program.id());
        glUniformMatrix4fv(program.uniform("u_view_projection"), 1, GL_FALSE, &picture.view_projection[0][0]);
    }

    void draw_blocks(const ScenePicture& picture) {
        if (picture.blocks.empty()) return;
        box_instances_.clear();
        for (const SceneBlock& block : picture.blocks)
            box_instances_.push_back(
                {block.slab.center, block.slab.half, block.slab.right, block.slab.down, color_vector(block.color)});
        boxes_.fill(box_instances_);
        use(*programs_.box, picture);
        glDisable(GL_BLEND);
        glDrawArraysInstanced(GL_TRIANGLES, 0, 36, static_cast<GLsizei>(box_instances_.size()));
        ++counters_.draw_calls;
    }

    void draw_lines(const ScenePicture& picture, std::span<const SceneLine> lines) {
        if (lines.empty()) return;
        line_instances_.clear();
        for (const SceneLine& line : lines)
            line_instances_.push_back(
                {line.from, line.to, color_vector(line.from_color), color_vector(line.to_color), line.width});
        lines_.fill(line_instances_);
        use(*programs_.line, picture);
        glUniform2f(programs_.line->uniform("u_viewport"), static_cast<float>(target_.width()),
                    static_cast<float>(target_.height()));
        glUniform1f(programs_.line->uniform("u_near"), picture.near);
        glDrawArraysInstanced(GL_TRIANGLE_STRIP, 0, 4, static_cast<GLsizei>(line_instances_.size()));
        ++counters_.draw_calls;
    }

    void draw_ground(const ScenePicture& picture) {
        if (picture.extent.empty()) return;
        const gfx::Program& program = *programs_.ground;
        use(program, picture);
        const Vec3 center = picture.extent.center();
        const float reach = 1.3F * picture.extent.radius() + 6.0F * kGridSpacing;
        glUniform4f(program.uniform("u_rectangle"), center.x - reach, center.z - reach, center.x + reach,
                    center.z + reach);
        glUniform2f(program.uniform("u_center"), center.x, center.z);
        glUniform2f(program.uniform("u_reach"), reach, reach);
        glUniform1f(program.uniform("u_spacing"), kGridSpacing);
        const Vec4 line = color_vector(picture.colors->line);
        glUniform4f(program.uniform("u_line"), line.x, line.y, line.z, 0.75F);
        glUniform4f(program.uniform("u_shade"), 0.0F, 0.0F, 0.0F, 0.28F);
        const std::size_t count = std::min(picture.shades.size(), kMostShades);
        shades_.clear();
        for (const Box& box : picture.shades.first(count))
            shades_.emplace_back(box.low.x, box.low.z, box.high.x, box.high.z);
        glUniform1i(program.uniform("u_shade_count"), static_cast<GLint>(count));
        if (count > 0) glUniform4fv(program.uniform("u_shades"), static_cast<GLsizei>(count), &shades_[0].x);
        glBindVertexArray(bare_.id());
        glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
        ++counters_.draw_calls;
    }

    // One range for all, or one a tile where the tensor has few enough of them.
    bool upload_ranges(const SceneValues& values) {
        const TensorCapture& capture = *values.capture;
        const bool per_tile = values.range.mode == RangeMode::PerMap && !values.rgb &&
                              capture.plane_count() <= static_cast<std::int64_t>(most_ranges_);
        ranges_.clear();
        if (per_tile)
            for (std::int64_t plane = 0; plane < capture.plane_count(); ++plane)
                ranges_.push_back(plane_range(capture, plane, values.range));
        else if (values.range.mode == RangeMode::PerMap)
            ranges_.push_back(range_of(capture.whole, values.range.symmetric));
        else
            ranges_.push_back(plane_range(capture, 0, values.range));
        glBindBuffer(GL_TEXTURE_BUFFER, range_buffer_.id());
        glBufferData(GL_TEXTURE_BUFFER, static_cast<GLsizeiptr>(ranges_.size() * sizeof(ValueRange)), ranges_.data(),
                     GL_STREAM_DRAW);
        glActiveTexture(GL_TEXTURE0 + kRangeUnit);
        glBindTexture(GL_TEXTURE_BUFFER, range_texture_.id());
        glTexBuffer(GL_TEXTURE_BUFFER, GL_RG32F, range_buffer_.id());
        return per_tile;
    }

    void draw_values(const ScenePicture& picture, const SceneValues& values) {
        const SceneSurface& surface = *values.surface;
        const TensorCapture& capture = *values.capture;
        if (capture.plane_count() != surface.tile_count * surface.planes_per_tile ||
            capture.plane_width() != surface.plane_width || capture.plane_height() != surface.plane_height)
            return;  // of another network than the layout's
        const auto texture = cache_.get(capture, surface.planes_per_tile);
        if (!texture) return;
        const gfx::Program& program = *programs_.surface;
        use(program, picture);
        const bool per_tile = upload_ranges(values);
        glUniform3fv(program.uniform("u_corner"), 1, &surface.corner.x);
        glUniform3fv(program.uniform("u_right"), 1, &surface.right.x);
        glUniform3fv(program.uniform("u_down"), 1, &surface.down.x);
        glUniform2f(program.uniform("u_size"), surface.width(), surface.height());
        glUniform1i(program.uniform("u_tile_columns"), static_cast<GLint>(surface.tile_columns));
        glUniform2i(program.uniform("u_cells"), static_cast<GLint>(surface.cell_columns),
                    static_cast<GLint>(surface.cell_rows));
        glUniform2f(program.uniform("u_cell"), surface.cell_width, surface.cell_height);
        glUniform1f(program.uniform("u_gap"), surface.gap);
        glUniform1i(program.uniform("u_texture_width"), texture.value()->width());
        glUniform1i(program.uniform("u_value_count"), static_cast<GLint>(surface.values_per_tile()));
        glUniform1i(program.uniform("u_range_per_tile"), per_tile);
        glUniform1i(program.uniform("u_rgb"), values.rgb.has_value());
        if (values.rgb) {
            const auto& [red, green, blue] = *values.rgb;
            glUniform3f(program.uniform("u_rgb_none"), red.minimum, green.minimum, blue.minimum);
            glUniform3f(program.uniform("u_rgb_full"), red.maximum, green.maximum, blue.maximum);
        }
        glUniform1i(program.uniform("u_values"), kValueUnit);
        glUniform1i(program.uniform("u_colormaps"), kColormapUnit);
        glUniform1i(program.uniform("u_ranges"), kRangeUnit);
        glUniform1i(program.uniform("u_colormap"), static_cast<GLint>(values.colormap));
        set_color(program.uniform("u_no_data"), picture.colors->no_data);
        set_color(program.uniform("u_no_data_ground"), picture.colors->panel);
        // The slab's own colour in the light that falls on its front: see scene_box.frag.
        const float light =
            0.74F + 0.26F * std::max(0.0F, glm::dot(surface.front(), glm::normalize(Vec3{-0.45F, 0.8F, 0.4F})));
        const Vec4 ground = color_vector(picture.colors->raised) * light;
        glUniform4f(program.uniform("u_ground"), ground.x, ground.y, ground.z, 1.0F);
        glActiveTexture(GL_TEXTURE0 + kColormapUnit);
        glBindTexture(GL_TEXTURE_2D, colormaps_.id());
        glActiveTexture(GL_TEXTURE0 + kValueUnit);
        glBindVertexArray(bare_.id());
        glDisable(GL_BLEND);
        for (int page = 0; page < texture.value()->page_count(); ++page) {
            const int first = page * texture.value()->layers_per_page();
            glUniform1i(program.uniform("u_first_tile"), first);
            glUniform1i(program.uniform("u_page_tiles"),
                        std::min(texture.value()->layers_per_page(), texture.value()->layers() - first));
            glBindTexture(GL_TEXTURE_2D_ARRAY, texture.value()->page(page));
            glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
            ++counters_.draw_calls;
        }
        glBindTexture(GL_TEXTURE_2D_ARRAY, 0);
        glActiveTexture(GL_TEXTURE0 + kColormapUnit);
        glBindTexture(GL_TEXTURE_2D, 0);
        glActiveTexture(GL_TEXTURE0 + kRangeUnit);
        glBindTexture(GL_TEXTURE_BUFFER, 0);
        glActiveTexture(GL_TEXTURE0);
    }

    ScenePrograms programs_;
    int samples_;
    TextureCache cache_;
    gfx::Texture colormaps_;
    gfx::SmoothFramebuffer target_;
    InstanceBuffer boxes_{"scene: boxes"};
    InstanceBuffer lines_{"scene: lines"};
    gfx::VertexArray bare_;  // nothing in it: vertices are made in the shader
    gfx::Buffer range_buffer_;
    gfx::Texture range_texture_;
    GLint most_ranges_ = 0;
    std::vector<BoxInstance> box_instances_;  // reused from picture to picture, as are the next three
    std::vector<LineInstance> line_instances_;
    std::vector<ValueRange> ranges_;
    std::vector<Vec4> shades_;
    SceneCounters counters_;
};

}  // namespace

Result<std::unique_ptr<SceneRenderer>> SceneRenderer::create(gfx::ShaderLibrary& shaders, int samples) {
    ScenePrograms programs;
    const auto load = [&](const char* name, const gfx::Program*& into) -> Result<void> {
        auto program = shaders.program(name);
        if (!program) return program.error();
        into = program.value();
        return {};
    };
    if (auto loaded = load("scene_surface", programs.surface); !loaded) return loaded.error();
    if (auto loaded = load("scene_box", programs.box); !loaded) return loaded.error();
    if (auto loaded = load("scene_line", programs.line); !loaded) return loaded.error();
    if (auto loaded = load("scene_ground", programs.ground); !loaded) return loaded.error();
    return std::unique_ptr<SceneRenderer>(std::make_unique<GlSceneRenderer>(programs, samples));
}

}  // namespace convscope
