#include "viz/render/texture_cache.h"

#include <algorithm>
#include <string>

namespace convscope {

namespace {

// The smallest GL_MAX_TEXTURE_SIZE that OpenGL 3.3 allows.
constexpr std::int64_t kFoldedWidth = 1024;

// For whoever looks at the GPU's objects with a debugger.
std::string label_of(TensorKey key) {
    const char* kind = "weights";
    if (key.kind == TensorKind::Input || key.kind == TensorKind::Activation) kind = "feature maps";
    if (key.kind == TensorKind::PassActivation || key.kind == TensorKind::PassGradient) kind = "a pass";
    if (key.kind == TensorKind::WeightGradient || key.kind == TensorKind::BiasGradient) kind = "gradients";
    if (key.kind == TensorKind::WeightUpdate) kind = "updates";
    const std::string layer = key.layer == kInputLayer ? "the input" : "layer " + std::to_string(key.layer.index);
    return kind + (" of " + layer);
}

}  // namespace

TextureShape texture_shape(const TensorCapture& capture, std::int64_t planes_per_layer) {
    const std::int64_t width = capture.plane_width();
    if (capture.plane_count() == 1 && capture.plane_height() == 1 && width > kFoldedWidth)
        return {.width = kFoldedWidth, .height = (width + kFoldedWidth - 1) / kFoldedWidth, .layers = 1};
    return {.width = width,
            .height = capture.plane_height() * planes_per_layer,
            .layers = capture.plane_count() / planes_per_layer};
}

void TextureCache::begin_frame() {
    bytes_uploaded_ = 0;
    for (Entry& entry : entries_) entry.used = false;
}

Result<const gfx::TextureArray*> TextureCache::get(const TensorCapture& capture, std::int64_t planes_per_layer) {
    const auto count = static_cast<std::size_t>(capture.shape.element_count());
    if (count == 0 || capture.values.size() != count)
        return Error{ErrorCode::InvalidArgument, "a tensor of " + capture.shape.to_string() + " came with " +
                                                     std::to_string(capture.values.size()) +
                                                     " values: it was not captured completely"};
    if (capture.plane_count() % planes_per_layer != 0)
        return Error{ErrorCode::InvalidArgument, "a tensor of " + capture.shape.to_string() +
                                                     " is no row of pictures of " + std::to_string(planes_per_layer) +
                                                     " channels each"};
    const TextureShape shape = texture_shape(capture, planes_per_layer);
    if (Entry* entry = find_content(capture, shape)) {
        entry->used = true;
        return &entry->texture;
    }
    Entry* entry = find_reusable(capture, shape);
    if (!entry) {
        auto texture = gfx::TextureArray::create(shape.width, shape.height, shape.layers, limits_);
        if (!texture) return texture.error();
        texture.value().label(label_of(capture.key));
        entry = &entries_.emplace_back(Entry{.run = capture.run,
                                             .key = capture.key,
                                             .content_id = 0,
                                             .shape = shape,
                                             .texture = std::move(texture).value(),
                                             .used = false});
    }
    entry->texture.upload(capture.values);
    entry->content_id = capture.content_id;
    entry->used = true;
    bytes_uploaded_ += static_cast<std::int64_t>(count * sizeof(float));
    return &entry->texture;
}

void TextureCache::end_frame() {
    std::erase_if(entries_, [](const Entry& entry) { return !entry.used; });
}

std::int64_t TextureCache::bytes() const {
    std::int64_t bytes = 0;
    for (const Entry& entry : entries_)
        bytes += entry.shape.width * entry.shape.height * entry.shape.layers * static_cast<std::int64_t>(sizeof(float));
    return bytes;
}

TextureCache::Entry* TextureCache::find_content(const TensorCapture& capture, const TextureShape& shape) {
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return entry.content_id == capture.content_id && entry.run == capture.run && entry.key == capture.key &&
               entry.shape == shape;
    });
    return found == entries_.end() ? nullptr : &*found;
}

TextureCache::Entry* TextureCache::find_reusable(const TensorCapture& capture, const TextureShape& shape) {
    // One that was used in this frame is still to be drawn with its old content.
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return !entry.used && entry.run == capture.run && entry.key == capture.key && entry.shape == shape;
    });
    return found == entries_.end() ? nullptr : &*found;
}

}  // namespace convscope
