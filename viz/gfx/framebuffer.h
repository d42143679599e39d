// An off-screen picture to draw into and read back: screenshots and tests. GL thread only.
#pragma once

#include "engine/core/result.h"
#include "viz/gfx/handle.h"

#include <cstdint>
#include <vector>

namespace convscope::gfx {

// 8-bit RGBA, top row first, without padding.
struct Image {
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> pixels;

    const std::uint8_t* at(int x, int y) const {
        return pixels.data() +
               (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)) * 4;
    }
};

class Framebuffer {
public:
    Framebuffer() = default;
    // RGBA8, no depth. Unsupported when the driver cannot make one of this size.
    static Result<Framebuffer> create(int width, int height);

    GLuint id() const { return handle_.id(); }
    int width() const { return width_; }
    int height() const { return height_; }
    // Makes it the target of drawing and sets the viewport; glBindFramebuffer(GL_FRAMEBUFFER, 0) goes back.
    void bind() const;
    Image read() const;

private:
    FramebufferHandle handle_;
    Texture color_;
    int width_ = 0;
    int height_ = 0;
};

// A picture with depth whose edges are smoothed by several samples a pixel, and which ends up in a texture.
class SmoothFramebuffer {
public:
    SmoothFramebuffer() = default;
    // `samples` are a wish: the driver's most are taken where it has fewer, and 0 or 1 means none. Unsupported when the
    // driver cannot make one of this size.
    static Result<SmoothFramebuffer> create(int width, int height, int samples);

    int width() const { return width_; }
    int height() const { return height_; }
    int samples() const { return samples_; }
    void bind() const;     // makes it the target of drawing and sets the viewport
    void resolve() const;  // into texture(); leaves the texture's framebuffer bound for drawing
    GLuint texture() const { return color_.id(); }  // RGBA8; its first row is the lowest

private:
    FramebufferHandle drawn_;  // several samples; empty when there are none
    Renderbuffer drawn_color_;
    Renderbuffer depth_;
    FramebufferHandle resolved_;
    Texture color_;
    int width_ = 0;
    int height_ = 0;
    int samples_ = 0;
};

// What is in the framebuffer that is bound for reading, from its lower left corner; for a window's screenshot.
Image read_pixels(int width, int height);

}  // namespace convscope::gfx
