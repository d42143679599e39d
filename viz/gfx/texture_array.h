// A stack of equally large images of raw float values: GL_TEXTURE_2D_ARRAY of R32F, in as many pages as the layer limit
// of the driver asks for. Sampled with texelFetch only. GL thread only.
#pragma once

#include "engine/core/result.h"
#include "viz/gfx/handle.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace convscope::gfx {

struct TextureLimits {
    int size = 0;    // GL_MAX_TEXTURE_SIZE
    int layers = 0;  // GL_MAX_ARRAY_TEXTURE_LAYERS

    static TextureLimits of_context();
};

class TextureArray {
public:
    TextureArray() = default;  // empty: no layers

    // Unsupported when width or height exceeds limits.size; InvalidArgument when a size is not positive. The values are
    // undefined until upload().
    static Result<TextureArray> create(std::int64_t width, std::int64_t height, std::int64_t layers,
                                       const TextureLimits& limits);

    // Every page of it.
    void label(std::string_view name) const {
        for (const Texture& page : pages_) page.label(name);
    }

    int width() const { return width_; }
    int height() const { return height_; }
    int layers() const { return layers_; }
    int layers_per_page() const { return layers_per_page_; }
    int page_count() const { return static_cast<int>(pages_.size()); }
    // Layer i of the stack is layer i % layers_per_page() of page i / layers_per_page().
    GLuint page(int index) const { return pages_[static_cast<std::size_t>(index)].id(); }

    // Replaces the whole content: layers() images one after the other, each row-major without padding. With one layer
    // the last row may be incomplete (a long vector folded into rows); its rest keeps undefined values.
    // `values` is read before this returns.
    void upload(std::span<const float> values);

private:
    std::vector<Texture> pages_;
    int width_ = 0;
    int height_ = 0;
    int layers_ = 0;
    int layers_per_page_ = 1;
};

}  // namespace convscope::gfx
