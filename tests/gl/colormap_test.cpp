// The tables themselves: what makes a colormap honest can be computed.
#include "viz/render/colormap.h"

#include "tests/support/catch.h"
#include "viz/view/palette.h"

#include <cmath>
#include <limits>
#include <string>

using namespace convscope;

namespace {

// Oklab lightness (B. Ottosson, 2020, https://bottosson.github.io/posts/oklab/), 0 black to 1 white.
double lightness(Rgb8 color) {
    const auto linear = [](std::uint8_t channel) {
        const double c = channel / 255.0;
        return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    };
    const double r = linear(color.r);
    const double g = linear(color.g);
    const double b = linear(color.b);
    const double l = std::cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    const double m = std::cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    const double s = std::cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
    return 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s;
}

double lightness(Colormap colormap, int entry) {
    return lightness(colormap_table(colormap)[static_cast<std::size_t>(entry)]);
}

std::string rows(int count) {
    std::string text = "# a comment\n";
    for (int i = 0; i < count; ++i) text += std::to_string(i % 256) + " 0 255\n";
    return text;
}

}  // namespace

TEST_CASE("a larger value is never darker in the sequential colormaps") {
    for (const Colormap colormap : {Colormap::Viridis, Colormap::Magma, Colormap::Grey}) {
        INFO(colormap_name(colormap));
        for (int i = 1; i < 256; ++i) {
            // A step is smaller than what rounding to 8 bits does to lightness near black.
            const double rounding = lightness(colormap, i) < 0.25 ? 0.008 : 0.002;
            CHECK(lightness(colormap, i) > lightness(colormap, i - 1) - rounding);
        }
        CHECK(lightness(colormap, 255) - lightness(colormap, 0) > 0.5);
    }
}

TEST_CASE("the diverging colormap is neutral at zero and equally strong on both sides") {
    const Rgb8 middle = colormap_table(Colormap::Diverging)[128];
    CHECK(std::abs(middle.r - middle.g) <= 2);
    CHECK(std::abs(middle.g - middle.b) <= 2);
    for (int i = 1; i < 128; ++i) {
        CHECK(lightness(Colormap::Diverging, 128 - i) == Approx(lightness(Colormap::Diverging, 128 + i)).margin(0.008));
        CHECK(lightness(Colormap::Diverging, 128 + i) < lightness(Colormap::Diverging, 127 + i));
    }
    const Rgb8 lowest = colormap_table(Colormap::Diverging)[0];
    const Rgb8 highest = colormap_table(Colormap::Diverging)[255];
    CHECK(lowest.b > lowest.r + 80);    // blue
    CHECK(highest.r > highest.b + 80);  // orange: told apart by those who cannot tell red from green
}

TEST_CASE("a value outside the range has the colour of the nearer end") {
    CHECK(rgb(Colormap::Viridis, -3.0F) == rgb(Colormap::Viridis, 0.0F));
    CHECK(rgb(Colormap::Viridis, 7.0F) == rgb(Colormap::Viridis, 1.0F));
    CHECK(rgb(Colormap::Viridis, std::numeric_limits<float>::quiet_NaN()) == rgb(Colormap::Viridis, 0.0F));
    CHECK(rgb(Colormap::Viridis, 0.0F) == Rgb8{68, 1, 84});
    CHECK(rgb(Colormap::Viridis, 1.0F) == Rgb8{253, 231, 37});
}

TEST_CASE("a colormap file with a wrong line is refused with its line") {
    CHECK(parse_colormap(rows(256), "mine.txt").ok());
    for (const char* wrong : {"1 2\n", "1 2 256\n", "1 2 3 4\n", "-1 2 3\n", "a b c\n"}) {
        const auto result = parse_colormap(rows(4) + wrong + rows(251), "mine.txt");
        REQUIRE_FALSE(result.ok());
        CHECK(result.error().code == ErrorCode::Corrupt);
        CHECK(result.error().message.find("mine.txt, line 6") != std::string::npos);
    }
    const auto too_few = parse_colormap(rows(255), "mine.txt");
    REQUIRE_FALSE(too_few.ok());
    CHECK(too_few.error().message.find("255") != std::string::npos);
    CHECK_FALSE(parse_colormap(rows(257), "mine.txt").ok());
    CHECK_FALSE(parse_colormap("", "mine.txt").ok());
}

TEST_CASE("What is drawn of a sign without a colormap has the hue that the colormap of signed values gives it") {
    const Palette& p = palette(GENERATE(ThemeKind::Dark, ThemeKind::Light));
    const auto rgb_of = [](Rgba color) {
        return Rgb8{static_cast<std::uint8_t>(color >> 24), static_cast<std::uint8_t>(color >> 16),
                    static_cast<std::uint8_t>(color >> 8)};
    };
    // In degrees, of the hexagon of HSV.
    const auto hue = [](Rgb8 c) {
        const double a = 2.0 * c.r - c.g - c.b;
        const double b = std::sqrt(3.0) * (c.g - c.b);
        return std::atan2(b, a) * 180.0 / 3.14159265358979;
    };
    const auto apart = [&](Rgb8 a, Rgb8 b) { return std::abs(std::remainder(hue(a) - hue(b), 360.0)); };
    CHECK(apart(rgb_of(sign_color(p, -0.2)), rgb(Colormap::Diverging, 0.0F)) < 12.0);
    CHECK(apart(rgb_of(sign_color(p, 0.2)), rgb(Colormap::Diverging, 1.0F)) < 12.0);
    CHECK(sign_color(p, -0.18) == p.negative);
}
