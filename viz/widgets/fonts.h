// The type sizes of the window: Roboto, embedded at build time from Debian's fonts-roboto-unhinted, or ImGui's own font
// when the build had none; what Roboto lacks comes from fonts-droid-fallback. Roboto's digits are all of one width, so
// numbers that change do not wobble.
#pragma once

#include <span>
#include <string>
#include <string_view>

struct ImFont;

namespace convscope {

struct Fonts {
    ImFont* body = nullptr;     // 15 px at scale 1: what is read
    ImFont* medium = nullptr;   // 15 px, half bold: what is stressed, active controls
    ImFont* title = nullptr;    // 14 px, half bold: a panel's title
    ImFont* small = nullptr;    // 13 px: axis labels, hints, units
    ImFont* numbers = nullptr;  // 22 px: the one number a panel is about
    float scale = 0.0F;         // the atlas was built for; 0: not built
};

// Fills the atlas of the current ImGui context anew, `body` as its default font. The renderer's font texture must be
// made anew afterwards; fonts handed out before are gone. Not between NewFrame() and Render(). Latin, Greek and
// Cyrillic letters are always in it; of other scripts those characters that are in `others`.
Fonts build_fonts(float scale, std::string_view others = {});

// The characters of these names, as UTF-8, each once, that build_fonts() has to be asked for; mostly empty.
std::string other_characters(std::span<const std::string> names);

}  // namespace convscope
