#include "viz/render/color_uniforms.h"

#include <array>

namespace convscope {

gfx::Texture make_colormap_texture() {
    std::array<ColormapTable, kColormapCount> tables;
    for (int i = 0; i < kColormapCount; ++i)
        tables[static_cast<std::size_t>(i)] = colormap_table(static_cast<Colormap>(i));
    gfx::Texture texture = gfx::Texture::create();
    glBindTexture(GL_TEXTURE_2D, texture.id());
    glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
    glPixelStorei(GL_UNPACK_ROW_LENGTH, 0);
    glTexImage2D(GL_TEXTURE_2D, 0, GL_RGB8, 256, kColormapCount, 0, GL_RGB, GL_UNSIGNED_BYTE, tables.data());
    glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAX_LEVEL, 0);
    texture.label("colormaps");
    glBindTexture(GL_TEXTURE_2D, 0);
    return texture;
}

void set_color(GLint uniform, Rgba color) {
    const auto channel = [color](int shift) { return static_cast<float>((color >> shift) & 0xFFU) / 255.0F; };
    glUniform4f(uniform, channel(24), channel(16), channel(8), channel(0));
}

}  // namespace convscope
