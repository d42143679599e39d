#include "viz/view/palette.h"

#include "tests/support/catch.h"

#include <cmath>
#include <string>

using namespace convscope;

namespace {

// Relative luminance and contrast: WCAG 2.1, definitions of the same names.
double luminance(Rgba color) {
    auto channel = [color](int shift) {
        const double c = static_cast<double>(color >> shift & 0xFFU) / 255.0;
        return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * channel(24) + 0.7152 * channel(16) + 0.0722 * channel(8);
}

double contrast(Rgba a, Rgba b) {
    const double light = std::max(luminance(a), luminance(b));
    const double dark = std::min(luminance(a), luminance(b));
    return (light + 0.05) / (dark + 0.05);
}

}  // namespace

TEST_CASE("whatever is written on a panel has a contrast of at least 4.5") {
    const ThemeKind theme = GENERATE(ThemeKind::Dark, ThemeKind::Light);
    const Palette& p = palette(theme);
    for (Rgba ground : {p.panel, p.raised, p.background}) {
        CHECK(contrast(p.text, ground) >= 7.0);
        CHECK(contrast(p.text_secondary, ground) >= 4.5);
    }
    for (Rgba ink : {p.accent, p.second_series, p.twin, p.negative, p.positive, p.warning, p.error, p.success})
        CHECK(contrast(ink, p.panel) >= 4.5);
    CHECK(contrast(p.text, p.accent_dim) >= 4.5);
    CHECK(contrast(p.panel, p.accent) >= 4.5);  // the words on a primary button
}

TEST_CASE("the two series differ in lightness or hue enough for colour-blind viewers") {
    const Palette& p = palette(GENERATE(ThemeKind::Dark, ThemeKind::Light));
    // Blue against orange: their blue channels are far apart, which every common colour blindness keeps.
    const auto blue = [](Rgba color) { return static_cast<int>(color >> 8 & 0xFFU); };
    CHECK(std::abs(blue(p.accent) - blue(p.second_series)) >= 120);
}

TEST_CASE("every colour is opaque") {
    const Palette& p = palette(GENERATE(ThemeKind::Dark, ThemeKind::Light));
    for (Rgba color : {p.background, p.panel, p.raised, p.line, p.text, p.text_secondary, p.accent, p.accent_dim,
                       p.second_series, p.twin, p.negative, p.positive, p.warning, p.error, p.success, p.no_data})
        CHECK((color & 0xFFU) == 0xFFU);
}
