#include "viz/view/palette.h"

namespace convscope {

// Greys with a breath of blue, a blue accent and an orange second series: the pair that every common kind of colour
// blindness tells apart; a reddish purple, which it tells apart from both, is the twin's. tests/view holds every text
// colour to a contrast of 4.5 on the panel (WCAG 2.1, 1.4.3).
const Palette& palette(ThemeKind theme) {
    static constexpr Palette kDark{
        .background = 0x0C0F13FF,
        .panel = 0x161A20FF,
        .raised = 0x222831FF,
        .line = 0x323A46FF,
        .text = 0xE7EBF0FF,
        .text_secondary = 0x9CA7B5FF,
        .accent = 0x5AA9FFFF,
        .accent_dim = 0x1C3A5CFF,
        .second_series = 0xFF9F45FF,
        .twin = 0xF08CC8FF,
        .negative = 0x6FA8DCFF,
        .positive = 0xE08A3EFF,
        .warning = 0xF2CC4DFF,
        .error = 0xFF7A75FF,
        .success = 0x5CCB90FF,
        .no_data = 0x5C6675FF,
    };
    static constexpr Palette kLight{
        .background = 0xE3E7ECFF,
        .panel = 0xFCFDFEFF,
        .raised = 0xEDF0F4FF,
        .line = 0xCFD5DDFF,
        .text = 0x1A2028FF,
        .text_secondary = 0x55606EFF,
        .accent = 0x0A62BDFF,
        .accent_dim = 0xCFE3F8FF,
        .second_series = 0xB85500FF,
        .twin = 0xA82F7CFF,
        .negative = 0x2C6496FF,
        .positive = 0xA8520FFF,
        .warning = 0x856000FF,
        .error = 0xBE2424FF,
        .success = 0x17733FFF,
        .no_data = 0xA3ACB8FF,
    };
    return theme == ThemeKind::Dark ? kDark : kLight;
}

}  // namespace convscope
