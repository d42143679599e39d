#include "viz/gfx/framebuffer.h"

#include <algorithm>
#include <string>

namespace convscope::gfx {

namespace {

Error too_large(int width, int height) {
    return {ErrorCode::Unsupported, "the graphics driver cannot draw a picture of " + std::to_string(width) + " x " +
                                        std::to_string(height) + " pixels: ask for a smaller one"};
}

// Before anything is made that the driver would complain of.
Result<void> check_size(int width, int height) {
    GLint of_textures = 0, of_renderbuffers = 0;
    glGetIntegerv(GL_MAX_TEXTURE_SIZE, &of_textures);
    glGetIntegerv(GL_MAX_RENDERBUFFER_SIZE, &of_renderbuffers);
    if (std::max(width, height) > std::min(of_textures, of_renderbuffers)) return too_large(width, height);
    return {};
}

Result<void> check_complete(int width, int height) {
    if (glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE) return {};
    return too_large(width, height);
}

Texture make_color_texture(int width, int height, GLint filter) {
    Texture texture = Texture::create();
    glBindTexture(GL_TEXTURE_2D, texture.id());
    glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, width, height, 0, GL_RGBA, GL_UNSIGNED_BYTE, nullptr);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, filter);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, filter);
    texture.label("a picture's colours");
    glBindTexture(GL_TEXTURE_2D, 0);
    return texture;
}

}  // namespace

Result<Framebuffer> Framebuffer::create(int width, int height) {
    if (auto fits = check_size(width, height); !fits) return fits.error();
    Framebuffer framebuffer;
    framebuffer.width_ = width;
    framebuffer.height_ = height;
    framebuffer.color_ = make_color_texture(width, height, GL_NEAREST);

    GLint previous = 0;
    glGetIntegerv(GL_FRAMEBUFFER_BINDING, &previous);
    framebuffer.handle_ = FramebufferHandle::create();
    glBindFramebuffer(GL_FRAMEBUFFER, framebuffer.id());
    glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, framebuffer.color_.id(), 0);
    framebuffer.handle_.label("a picture off screen");
    const Result<void> complete = check_complete(width, height);
    glBindFramebuffer(GL_FRAMEBUFFER, static_cast<GLuint>(previous));
    if (!complete) return complete.error();
    return framebuffer;
}

void Framebuffer::bind() const {
    glBindFramebuffer(GL_FRAMEBUFFER, id());
    glViewport(0, 0, width_, height_);
}

Image Framebuffer::read() const {
    GLint previous = 0;
    glGetIntegerv(GL_READ_FRAMEBUFFER_BINDING, &previous);
    glBindFramebuffer(GL_READ_FRAMEBUFFER, id());
    Image image = read_pixels(width_, height_);
    glBindFramebuffer(GL_READ_FRAMEBUFFER, static_cast<GLuint>(previous));
    return image;
}

Result<SmoothFramebuffer> SmoothFramebuffer::create(int width, int height, int samples) {
    if (auto fits = check_size(width, height); !fits) return fits.error();
    SmoothFramebuffer made;
    made.width_ = width;
    made.height_ = height;
    GLint most = 0;
    glGetIntegerv(GL_MAX_SAMPLES, &most);
    made.samples_ = samples > 1 ? std::min<int>(samples, most) : 0;
    made.color_ = make_color_texture(width, height, GL_NEAREST);

    GLint previous = 0;
    glGetIntegerv(GL_FRAMEBUFFER_BINDING, &previous);
    made.depth_ = Renderbuffer::create();
    glBindRenderbuffer(GL_RENDERBUFFER, made.depth_.id());
    made.depth_.label("a smooth picture's depth");
    glRenderbufferStorageMultisample(GL_RENDERBUFFER, made.samples_, GL_DEPTH_COMPONENT24, width, height);
    made.resolved_ = FramebufferHandle::create();
    glBindFramebuffer(GL_FRAMEBUFFER, made.resolved_.id());
    made.resolved_.label("a smooth picture, one sample a pixel");
    glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, made.color_.id(), 0);
    if (made.samples_ > 0) {
        made.drawn_color_ = Renderbuffer::create();
        glBindRenderbuffer(GL_RENDERBUFFER, made.drawn_color_.id());
        made.drawn_color_.label("a smooth picture's samples");
        glRenderbufferStorageMultisample(GL_RENDERBUFFER, made.samples_, GL_RGBA8, width, height);
        made.drawn_ = FramebufferHandle::create();
        glBindFramebuffer(GL_FRAMEBUFFER, made.drawn_.id());
        made.drawn_.label("a smooth picture as it is drawn");
        glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, made.drawn_color_.id());
    }
    glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_DEPTH_ATTACHMENT, GL_RENDERBUFFER, made.depth_.id());
    glBindRenderbuffer(GL_RENDERBUFFER, 0);
    const Result<void> complete = check_complete(width, height);
    glBindFramebuffer(GL_FRAMEBUFFER, static_cast<GLuint>(previous));
    if (!complete && samples > 1) return create(width, height, 0);
    if (!complete) return complete.error();
    return made;
}

void SmoothFramebuffer::bind() const {
    glBindFramebuffer(GL_FRAMEBUFFER, drawn_ ? drawn_.id() : resolved_.id());
    glViewport(0, 0, width_, height_);
}

void SmoothFramebuffer::resolve() const {
    if (drawn_) {
        glBindFramebuffer(GL_READ_FRAMEBUFFER, drawn_.id());
        glBindFramebuffer(GL_DRAW_FRAMEBUFFER, resolved_.id());
        glBlitFramebuffer(0, 0, width_, height_, 0, 0, width_, height_, GL_COLOR_BUFFER_BIT, GL_NEAREST);
    }
    glBindFramebuffer(GL_FRAMEBUFFER, resolved_.id());
}

Image read_pixels(int width, int height) {
    Image image{.width = width, .height = height, .pixels = {}};
    const std::size_t row = static_cast<std::size_t>(width) * 4;
    image.pixels.resize(row * static_cast<std::size_t>(height));
    glPixelStorei(GL_PACK_ALIGNMENT, 4);
    glReadPixels(0, 0, width, height, GL_RGBA, GL_UNSIGNED_BYTE, image.pixels.data());
    // OpenGL's first row is the lowest.
    for (int y = 0; y < height / 2; ++y) {
        std::uint8_t* upper = image.pixels.data() + row * static_cast<std::size_t>(y);
        std::uint8_t* lower = image.pixels.data() + row * static_cast<std::size_t>(height - 1 - y);
        std::swap_ranges(upper, upper + row, lower);
    }
    return image;
}

}  // namespace convscope::gfx
