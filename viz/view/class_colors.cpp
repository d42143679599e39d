#include "viz/view/class_colors.h"

#include <array>

namespace convscope {

Rgba class_color(int index, ThemeKind theme) {
    static constexpr std::array<Rgba, kClassColors> kDark{0x4F9DFFFF, 0xFF9F45FF, 0x5DD39EFF, 0xFF6B6BFF, 0xB48CFFFF,
                                                          0xC79A6BFF, 0xFF8AD0FF, 0xC4CAD4FF, 0xE0DC4AFF, 0x3FD0DBFF};
    static constexpr std::array<Rgba, kClassColors> kLight{0x1F66D1FF, 0xC25E00FF, 0x1B8A57FF, 0xC62F2FFF, 0x7443D6FF,
                                                           0x7D5430FF, 0xC02A8BFF, 0x5A6472FF, 0x7A7A00FF, 0x00808CFF};
    if (index < 0) return palette(theme).no_data;
    return (theme == ThemeKind::Dark ? kDark : kLight)[static_cast<std::size_t>(index % kClassColors)];
}

}  // namespace convscope
