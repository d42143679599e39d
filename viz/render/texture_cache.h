// Which tensors are on the GPU. One texture array per tensor and run, uploaded again only when its content changed, let
// go when a frame passes in which nobody asked for it. GL thread only.
#pragma once

#include "engine/api/tensor_capture.h"
#include "engine/core/result.h"
#include "viz/gfx/texture_array.h"

#include <cstdint>
#include <vector>

namespace convscope {

// How a tensor's planes lie in a texture: as they are, but a lone vector longer than any texture need be wide is folded
// into rows, and the planes of a colour picture (`planes_per_layer` of them) lie one below the other.
struct TextureShape {
    std::int64_t width = 0;
    std::int64_t height = 0;
    std::int64_t layers = 0;
    bool operator==(const TextureShape&) const = default;
};
TextureShape texture_shape(const TensorCapture& capture, std::int64_t planes_per_layer = 1);

class TextureCache {
public:
    explicit TextureCache(const gfx::TextureLimits& limits) : limits_(limits) {}

    void begin_frame();
    // The texture that holds this very content; valid until the next get() or end_frame(). Two contents of one tensor
    // asked for in the same frame (two iterations side by side) get a texture each; so does one content asked for in
    // two shapes. InvalidArgument when the planes are not a multiple of `planes_per_layer`.
    Result<const gfx::TextureArray*> get(const TensorCapture& capture, std::int64_t planes_per_layer = 1);
    void end_frame();

    std::int64_t bytes_uploaded() const { return bytes_uploaded_; }  // since begin_frame()
    std::int64_t textures() const { return static_cast<std::int64_t>(entries_.size()); }
    std::int64_t bytes() const;

private:
    struct Entry {
        RunId run;
        TensorKey key;
        std::uint64_t content_id = 0;
        TextureShape shape;
        gfx::TextureArray texture;
        bool used = false;  // in this frame
    };

    Entry* find_content(const TensorCapture& capture, const TextureShape& shape);
    Entry* find_reusable(const TensorCapture& capture, const TextureShape& shape);

    gfx::TextureLimits limits_;
    std::vector<Entry> entries_;
    std::int64_t bytes_uploaded_ = 0;
};

}  // namespace convscope
