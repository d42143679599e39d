// Text files that travel inside the program; made at build time by assets/embed.cmake.
#pragma once

#include <span>
#include <string_view>

namespace convscope::gfx {

struct EmbeddedFile {
    std::string_view name;  // without folders: "tiles.vert"
    std::string_view text;
};

// shaders/*.vert, *.frag, *.glsl
std::span<const EmbeddedFile> embedded_shaders();

}  // namespace convscope::gfx
