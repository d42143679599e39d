#include "viz/gfx/framebuffer.h"

#include <algorithm>
#include <string>

namespace convscope::gfx {

Result<Framebuffer> Framebuffer::create(int width, int height) {
    Framebuffer framebuffer;
    framebuffer.width_ = width;
    framebuffer.height_ = height;
    framebuffer.color_ = Texture::create();
    glBindTexture(GL_TEXTURE_2D, framebuffer.color_.id());
    glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, width, height, 0, GL_RGBA, GL_UNSIGNED_BYTE, nullptr);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
    glBindTexture(GL_TEXTURE_2D, 0);

    GLint previous = 0;
    glGetIntegerv(GL_FRAMEBUFFER_BINDING, &previous);
    framebuffer.handle_ = FramebufferHandle::create();
    glBindFramebuffer(GL_FRAMEBUFFER, framebuffer.id());
    glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, framebuffer.color_.id(), 0);
    const GLenum status = glCheckFramebufferStatus(GL_FRAMEBUFFER);
    glBindFramebuffer(GL_FRAMEBUFFER, static_cast<GLuint>(previous));
    if (status != GL_FRAMEBUFFER_COMPLETE)
        return Error{ErrorCode::Unsupported, "the graphics driver cannot draw a picture of " + std::to_string(width) +
                                                 " x " + std::to_string(height) + " pixels: ask for a smaller one"};
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
