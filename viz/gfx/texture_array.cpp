#include "viz/gfx/texture_array.h"

#include <algorithm>
#include <cassert>
#include <string>

namespace convscope::gfx {

namespace {

std::string size_text(std::int64_t width, std::int64_t height) {
    return std::to_string(width) + " x " + std::to_string(height);
}

}  // namespace

TextureLimits TextureLimits::of_context() {
    TextureLimits limits;
    glGetIntegerv(GL_MAX_TEXTURE_SIZE, &limits.size);
    glGetIntegerv(GL_MAX_ARRAY_TEXTURE_LAYERS, &limits.layers);
    return limits;
}

Result<TextureArray> TextureArray::create(std::int64_t width, std::int64_t height, std::int64_t layers,
                                          const TextureLimits& limits) {
    if (width < 1 || height < 1 || layers < 1)
        return Error{ErrorCode::InvalidArgument, "a texture needs a size: " + size_text(width, height) + " values in " +
                                                     std::to_string(layers) + " layers were asked for"};
    if (width > limits.size || height > limits.size)
        return Error{ErrorCode::Unsupported, "a plane of " + size_text(width, height) +
                                                 " values is too large for this GPU, whose textures hold " +
                                                 size_text(limits.size, limits.size) +
                                                 ": its numbers are right, only its picture is missing"};

    while (glGetError() != GL_NO_ERROR) {
    }
    TextureArray array;
    array.width_ = static_cast<int>(width);
    array.height_ = static_cast<int>(height);
    array.layers_ = static_cast<int>(layers);
    array.layers_per_page_ = std::min(array.layers_, limits.layers);
    for (int first = 0; first < array.layers_; first += array.layers_per_page_) {
        const int count = std::min(array.layers_per_page_, array.layers_ - first);
        Texture page = Texture::create();
        glBindTexture(GL_TEXTURE_2D_ARRAY, page.id());
        glTexImage3D(GL_TEXTURE_2D_ARRAY, 0, GL_R32F, array.width_, array.height_, count, 0, GL_RED, GL_FLOAT, nullptr);
        glTexParameteri(GL_TEXTURE_2D_ARRAY, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
        glTexParameteri(GL_TEXTURE_2D_ARRAY, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
        glTexParameteri(GL_TEXTURE_2D_ARRAY, GL_TEXTURE_MAX_LEVEL, 0);
        array.pages_.push_back(std::move(page));
    }
    glBindTexture(GL_TEXTURE_2D_ARRAY, 0);
    if (glGetError() == GL_OUT_OF_MEMORY)
        return Error{ErrorCode::Failed, "the GPU has no memory left for " + std::to_string(layers) + " planes of " +
                                            size_text(width, height) + " values: look at fewer tensors at once"};
    return array;
}

void TextureArray::upload(std::span<const float> values) {
    const std::size_t plane = static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_);
    assert(values.size() == plane * static_cast<std::size_t>(layers_) || (layers_ == 1 && values.size() < plane));
    glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
    glPixelStorei(GL_UNPACK_ROW_LENGTH, 0);
    const float* data = values.data();
    if (layers_ == 1) {
        const int full_rows = static_cast<int>(values.size() / static_cast<std::size_t>(width_));
        const int rest = static_cast<int>(values.size() % static_cast<std::size_t>(width_));
        glBindTexture(GL_TEXTURE_2D_ARRAY, page(0));
        glTexSubImage3D(GL_TEXTURE_2D_ARRAY, 0, 0, 0, 0, width_, full_rows, 1, GL_RED, GL_FLOAT, data);
        if (rest > 0)
            glTexSubImage3D(GL_TEXTURE_2D_ARRAY, 0, 0, full_rows, 0, rest, 1, 1, GL_RED, GL_FLOAT,
                            data + values.size() - static_cast<std::size_t>(rest));
    } else {
        for (int index = 0; index < page_count(); ++index) {
            const int first = index * layers_per_page_;
            glBindTexture(GL_TEXTURE_2D_ARRAY, page(index));
            glTexSubImage3D(GL_TEXTURE_2D_ARRAY, 0, 0, 0, 0, width_, height_,
                            std::min(layers_per_page_, layers_ - first), GL_RED, GL_FLOAT,
                            data + plane * static_cast<std::size_t>(first));
        }
    }
    glBindTexture(GL_TEXTURE_2D_ARRAY, 0);
}

}  // namespace convscope::gfx
