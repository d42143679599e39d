// The way from pictures to what a network sees: photographs of drawn digits brought to MNIST's form, and pictures in
// that form already that nothing happens to.
#include "engine/data/picture_convention.h"

#include "engine/core/random_stream.h"
#include "engine/data/drawn_digits.h"
#include "engine/data/image_folder.h"
#include "engine/data/plane.h"
#include "engine/data/stroke_box.h"
#include "tests/data/temp_folder.h"
#include "tests/data/test_image.h"
#include "tests/support/catch.h"
#include "tests/support/toy_dataset.h"

#include <algorithm>
#include <cmath>
#include <functional>

using namespace convscope;

namespace {

constexpr PictureFormat kMnist{1, 28, 28, {InvertKind::ToLight, ResizeKind::Stretch, CentreKind::Yes}};
constexpr std::int64_t kCount = 40;

const Dataset& digits() {
    static const auto data = make_drawn_digits(4, kCount, 0);
    return *data;
}

Image digit(std::int64_t index) {
    const auto pixels = digits().image(Split::Train, index);
    return {1, 28, 28, {pixels.begin(), pixels.end()}};
}

Image inverted(Image image) {
    for (std::uint8_t& pixel : image.pixels) pixel = static_cast<std::uint8_t>(255 - pixel);
    return image;
}

// `paper` gives the brightness of paper at (row, column), each from 0 to 1; ink leaves `share` of it. The digit, 20 of
// whose 28 pixels become `size` / 28 each, stands at (top, left).
Image photograph(const Image& digit, std::int64_t height, std::int64_t width, std::int64_t size, std::int64_t top,
                 std::int64_t left, double share, const std::function<double(double, double)>& paper) {
    const Image large = resized(digit, size, size);
    Image page{1, height, width, {}};
    RandomStream noise(7);
    for (std::int64_t row = 0; row < height; ++row)
        for (std::int64_t column = 0; column < width; ++column) {
            double ink = 0.0;
            if (row >= top && row < top + size && column >= left && column < left + size)
                ink = large.pixels[static_cast<std::size_t>((row - top) * size + column - left)] / 255.0;
            const double light = paper(static_cast<double>(row) / static_cast<double>(height),
                                       static_cast<double>(column) / static_cast<double>(width));
            const double value = light * (1.0 - (1.0 - share) * ink) + 2.0 * static_cast<double>(noise.normal());
            page.pixels.push_back(static_cast<std::uint8_t>(std::clamp(value + 0.5, 0.0, 255.0)));
        }
    return page;
}

// The page within something of another lightness, so much of its own height and width beyond each of its sides.
Image lying_on(const Image& page, double level, double above, double left, double below, double right) {
    const auto pixels = [](double share, std::int64_t side) { return std::llround(share * static_cast<double>(side)); };
    const std::int64_t top = pixels(above, page.height), first = pixels(left, page.width);
    Image whole{1, top + page.height + pixels(below, page.height), first + page.width + pixels(right, page.width), {}};
    RandomStream noise(8);
    for (std::int64_t row = 0; row < whole.height; ++row)
        for (std::int64_t column = 0; column < whole.width; ++column) {
            const std::int64_t y = row - top, x = column - first;
            const bool within = y >= 0 && x >= 0 && y < page.height && x < page.width;
            const double desk = std::clamp(level + 2.0 * static_cast<double>(noise.normal()) + 0.5, 0.0, 255.0);
            whole.pixels.push_back(within ? page.pixels[static_cast<std::size_t>(y * page.width + x)]
                                          : static_cast<std::uint8_t>(desk));
        }
    return whole;
}

// What of a page of dark strokes is darker than the paper, and no margin.
Image without_margin(const Image& page) {
    std::int64_t top = page.height, bottom = -1, left = page.width, right = -1;
    for (std::int64_t row = 0; row < page.height; ++row)
        for (std::int64_t column = 0; column < page.width; ++column) {
            if (page.pixels[static_cast<std::size_t>(row * page.width + column)] > 180) continue;
            top = std::min(top, row);
            bottom = std::max(bottom, row);
            left = std::min(left, column);
            right = std::max(right, column);
        }
    Image ink{1, bottom - top + 1, right - left + 1, {}};
    for (std::int64_t row = top; row <= bottom; ++row)
        for (std::int64_t column = left; column <= right; ++column)
            ink.pixels.push_back(page.pixels[static_cast<std::size_t>(row * page.width + column)]);
    return ink;
}

// How alike two pictures are: the cosine between them.
double likeness(const Image& a, const Image& b) {
    REQUIRE(a.pixels.size() == b.pixels.size());
    double both = 0.0, one = 0.0, other = 0.0;
    for (std::size_t i = 0; i < a.pixels.size(); ++i) {
        both += a.pixels[i] * b.pixels[i];
        one += a.pixels[i] * a.pixels[i];
        other += b.pixels[i] * b.pixels[i];
    }
    return both / std::sqrt(one * other);
}

// What photographs of the digits become is like the digits themselves; the paper is cut out of what it lies on, and
// freed from its lines, where it has such and not elsewhere.
void check_photographs(const std::function<Image(const Image&)>& taken, bool on_something = false,
                       bool is_ruled = false) {
    double mean = 0.0;
    std::int64_t cut_out = 0, unruled = 0;
    for (std::int64_t i = 0; i < kCount; ++i) {
        const Image seen = prepare_picture(taken(digit(i)), kMnist);
        INFO("digit " << i << ": " << in_words(seen.done));
        REQUIRE(seen.pixels.size() == 784);
        cut_out += seen.has_been(PictureStep::Sheet) ? 1 : 0;
        unruled += seen.has_been(PictureStep::Unruled) ? 1 : 0;
        const double alike = likeness(seen, digit(i));
        mean += alike / kCount;
        CHECK(alike > 0.85);
    }
    CHECK(mean > 0.95);
    CHECK((on_something ? cut_out >= kCount * 9 / 10 : cut_out == 0));
    CHECK(unruled == (is_ruled ? kCount : 0));
}

// Paper of this brightness with lines two pixels of 300 wide, falling by a fiftieth, that take away a share of it.
std::function<double(double, double)> ruled(double brightness, double share, double pitch, bool squared) {
    return [=](double y, double x) {
        const auto on_line = [&](double place) { return std::fmod(place + 1.0, pitch) < 2.0 / 300.0; };
        const bool line = on_line(y + 0.02 * x) || (squared && on_line(x - 0.02 * y));
        return brightness * (line ? 1.0 - share : 1.0);
    };
}

void punch(Image& page, std::int64_t down, std::int64_t across, std::int64_t radius, std::uint8_t behind) {
    for (std::int64_t row = down - radius; row <= down + radius; ++row)
        for (std::int64_t column = across - radius; column <= across + radius; ++column)
            if ((row - down) * (row - down) + (column - across) * (column - across) <= radius * radius)
                page.pixels[static_cast<std::size_t>(row * page.width + column)] = behind;
}

}  // namespace

TEST_CASE("a photograph of a digit becomes the digit, whatever the paper and the light") {
    SECTION("grey paper") {
        for (const double grey : {250.0, 190.0, 130.0})
            check_photographs([&](const Image& one) {
                return photograph(one, 280, 280, 280, 0, 0, 0.25, [&](double, double) { return grey; });
            });
    }
    SECTION("light from one side") {
        check_photographs([](const Image& one) {
            return photograph(one, 280, 280, 280, 0, 0, 0.25, [](double, double x) { return 230.0 - 120.0 * x; });
        });
    }
    SECTION("dark corners") {
        check_photographs([](const Image& one) {
            return photograph(one, 280, 280, 280, 0, 0, 0.25, [](double y, double x) {
                return 220.0 * (1.0 - 1.2 * ((x - 0.5) * (x - 0.5) + (y - 0.5) * (y - 0.5)));
            });
        });
    }
    SECTION("somewhere on a page that is upright") {
        check_photographs([](const Image& one) {
            return photograph(one, 560, 420, 140, 300, 40, 0.3, [](double, double) { return 200.0; });
        });
    }
    SECTION("chalk on a board") {
        check_photographs([](const Image& one) {
            return inverted(photograph(one, 280, 280, 280, 0, 0, 0.3, [](double, double) { return 190.0; }));
        });
    }
    SECTION("a small picture") {
        check_photographs([](const Image& one) {
            return photograph(one, 50, 50, 50, 0, 0, 0.2, [](double, double) { return 240.0; });
        });
    }
}

TEST_CASE("paper that is a part of the picture is cut out, whatever it lies on") {
    const auto page = [](const Image& one, double paper, double share) {
        return photograph(one, 220, 200, 150, 30, 30, share, [&](double, double) { return paper; });
    };
    SECTION("a dark desk on every side") {
        for (const double margin : {0.05, 0.15, 0.5})
            check_photographs(
                [&](const Image& one) { return lying_on(page(one, 215.0, 0.2), 45.0, margin, margin, margin, margin); },
                true);
    }
    SECTION("a desk on two sides") {
        check_photographs([&](const Image& one) { return lying_on(page(one, 215.0, 0.2), 45.0, 0.0, 0.3, 0.2, 0.0); },
                          true);
    }
    SECTION("a desk between ink and paper") {
        check_photographs([&](const Image& one) { return lying_on(page(one, 225.0, 0.2), 135.0, 0.2, 0.2, 0.2, 0.2); },
                          true);
    }
    SECTION("grey paper on a white table") {
        check_photographs([&](const Image& one) { return lying_on(page(one, 150.0, 0.2), 225.0, 0.2, 0.2, 0.2, 0.2); },
                          true);
    }
    SECTION("a dark sign on a light wall") {
        check_photographs(
            [&](const Image& one) { return inverted(lying_on(page(one, 215.0, 0.15), 50.0, 0.2, 0.2, 0.2, 0.2)); },
            true);
    }
    SECTION("a drawn field of a form") {
        check_photographs(
            [&](const Image& one) {
                return lying_on(lying_on(page(one, 220.0, 0.2), 45.0, 0.03, 0.03, 0.03, 0.03), 220.0, 0.2, 0.2, 0.2,
                                0.2);
            },
            true);
    }
}

TEST_CASE("the lines of ruled and squared paper are no strokes, however dark") {
    const auto written_on = [](const std::function<double(double, double)>& paper) {
        return [paper](const Image& one) { return photograph(one, 300, 300, 240, 30, 30, 0.2, paper); };
    };
    SECTION("dark lines on dark paper") {
        for (const double share : {0.2, 0.5})
            check_photographs(written_on(ruled(115.0, share, 0.1, false)), false, true);
    }
    SECTION("fine squares") { check_photographs(written_on(ruled(225.0, 0.4, 0.05, true)), false, true); }
    SECTION("light lines") { check_photographs(written_on(ruled(115.0, -0.4, 0.1, false)), false, true); }
    SECTION("a board with lines") {
        check_photographs(
            [](const Image& one) {
                return inverted(photograph(one, 300, 300, 240, 30, 30, 0.3, ruled(200.0, 0.3, 0.1, false)));
            },
            false, true);
    }
    SECTION("on a desk") {
        check_photographs(
            [](const Image& one) {
                return lying_on(photograph(one, 220, 220, 160, 30, 30, 0.2, ruled(215.0, 0.3, 0.1, false)), 45.0, 0.2,
                                0.2, 0.2, 0.2);
            },
            true, true);
    }
}

TEST_CASE("holes that paper was punched with are no strokes, whatever lies behind") {
    for (const std::uint8_t behind : {30, 130})
        check_photographs([&](const Image& one) {
            Image page = photograph(one, 300, 280, 200, 60, 70, 0.2, [](double, double) { return 220.0; });
            for (const std::int64_t down : {40, 110, 180, 250}) punch(page, down, 20, 10, behind);
            return page;
        });
    // Nothing else is there: then the disc is what was drawn.
    Image dot{1, 300, 280, std::vector<std::uint8_t>(300 * 280, 220)};
    punch(dot, 100, 100, 12, 30);
    CHECK(prepare_picture(dot, kMnist).has_been(PictureStep::Boxed));
}

TEST_CASE("a felt-tip that leaves little of the paper is as dark in the middle of its strokes as at their edges") {
    for (const bool light : {false, true}) {
        double mean = 0.0;
        for (std::int64_t i = 0; i < kCount; ++i) {
            INFO("digit " << i);
            const Plane wide = highest(Plane(resized(digit(i), 280, 280)), 6);
            Image felt{1, 280, 280, {}};
            for (const float value : wide.values) felt.pixels.push_back(static_cast<std::uint8_t>(value));
            const Image page = photograph(felt, 480, 480, 280, 100, 100, 0.2, [](double, double) { return 220.0; });
            const Image tight = without_margin(page);
            const Image seen = prepare_picture(light ? inverted(tight) : tight, kMnist);
            const double alike = likeness(seen, prepare_picture(page, kMnist));
            CHECK(alike > 0.75);
            mean += alike / kCount;
        }
        CHECK(mean > 0.95);
    }
}

TEST_CASE("digits without any margin are told from their paper by being thin") {
    const auto white = [](double, double) { return 220.0; };
    const auto shaded = [](double, double x) { return 230.0 - 50.0 * x; };
    for (const std::int64_t size : {30, 56, 280})
        for (const auto& paper : {std::function<double(double, double)>(white), {shaded}}) {
            double mean = 0.0;
            for (std::int64_t i = 0; i < kCount; ++i) {
                INFO("digit " << i << ", " << size);
                const Image ink = without_margin(photograph(digit(i), size, size, size, 0, 0, 0.2, paper));
                CHECK(has_dark_strokes(ink));
                CHECK_FALSE(has_dark_strokes(inverted(ink)));
                const Image seen = prepare_picture(ink, kMnist);
                CHECK(seen.has_been(PictureStep::Boxed));
                CHECK_FALSE(seen.has_been(PictureStep::Sheet));
                mean += likeness(seen, digit(i)) / kCount;
            }
            CHECK(mean > 0.93);  // paper is hard to tell where a stroke is as wide as the picture
        }
}

TEST_CASE("what was done to a photograph is said") {
    const auto white = [](double, double) { return 255.0; };
    const Image seen = prepare_picture(photograph(digit(0), 100, 100, 100, 0, 0, 0.0, white), kMnist);
    CHECK(in_words(seen.done) == "inverted, paper evened out, strokes cut out and centred");
    const Image desk = lying_on(photograph(digit(0), 100, 100, 100, 0, 0, 0.2, white), 40.0, 0.2, 0.2, 0.2, 0.2);
    CHECK(in_words(prepare_picture(desk, kMnist).done) ==
          "paper cut out, inverted, paper evened out, strokes cut out and centred");
    const Image lines = photograph(digit(0), 200, 200, 160, 20, 20, 0.2, ruled(200.0, 0.4, 0.1, false));
    CHECK(in_words(prepare_picture(lines, kMnist).done) ==
          "ruling taken out, inverted, paper evened out, strokes cut out and centred");
    const Image colour = prepare_picture(in_colour(inverted(digit(0))), kMnist);
    CHECK(in_words(colour.done) == "made grey, inverted");
    CHECK(in_words({}).empty());
}

TEST_CASE("the strokes' longer side is 20 of 28 and their centre of mass in the middle") {
    for (std::int64_t i = 0; i < kCount; ++i) {
        INFO("digit " << i);
        const auto box = boxed_strokes(
            photograph(digit(i), 300, 400, 140, 20, 230, 0.2, [](double, double) { return 210.0; }), true, 28);
        REQUIRE(box);
        double mass = 0.0, down = 0.0, across = 0.0;
        int top = 28, bottom = -1, left = 28, right = -1;
        for (int y = 0; y < 28; ++y)
            for (int x = 0; x < 28; ++x) {
                const int ink = box->pixels[static_cast<std::size_t>(y * 28 + x)];
                mass += ink;
                down += ink * y;
                across += ink * x;
                if (ink < 25) continue;
                top = std::min(top, y);
                bottom = std::max(bottom, y);
                left = std::min(left, x);
                right = std::max(right, x);
            }
        CHECK(down / mass == Approx(14.0).margin(0.25));
        CHECK(across / mass == Approx(14.0).margin(0.25));
        CHECK(std::abs(std::max(bottom - top, right - left) + 1 - 20) <= 1);
    }
}

TEST_CASE("frames and specks are no strokes") {
    const auto white = [](double, double) { return 220.0; };
    Image page = photograph(digit(3), 280, 280, 200, 40, 40, 0.2, white);
    const Image plain = prepare_picture(page, kMnist);
    for (std::size_t i = 0; i < 280; ++i)
        for (std::size_t j = 0; j < 6; ++j) page.pixels[i * 280 + j] = page.pixels[j * 280 + i] = 30;
    for (std::size_t y = 20; y < 24; ++y)
        for (std::size_t x = 250; x < 254; ++x) page.pixels[y * 280 + x] = 30;
    CHECK(likeness(prepare_picture(page, kMnist), plain) > 0.99);
}

TEST_CASE("an empty page stays one") {
    const Image seen = prepare_picture({1, 60, 80, std::vector<std::uint8_t>(4800, 200)}, kMnist);
    CHECK(seen.pixels.size() == 784);
    CHECK_FALSE(seen.has_been(PictureStep::Boxed));
    for (const auto& [height, width] : {std::pair{1, 1}, {1, 300}, {300, 1}, {2, 3}}) {
        const auto count = static_cast<std::size_t>(height * width);
        std::vector<std::uint8_t> pixels(count, 9);
        pixels[count / 2] = 250;
        CHECK(prepare_picture({1, height, width, pixels}, kMnist).pixels.size() == 784);
    }
}

TEST_CASE("a picture that is in the convention already comes back bit by bit") {
    for (std::int64_t i = 0; i < kCount; ++i) {
        const Image seen = prepare_picture(digit(i), kMnist);
        CHECK(seen.pixels == digit(i).pixels);
        CHECK(seen.done.empty());
        const Image turned = prepare_picture(inverted(digit(i)), kMnist);
        CHECK(turned.pixels == digit(i).pixels);
        CHECK(turned.done == std::vector{PictureStep::Inverted});
        PictureFormat dark = kMnist;
        dark.convention.invert = InvertKind::ToDark;
        CHECK(prepare_picture(inverted(digit(i)), dark).pixels == inverted(digit(i)).pixels);
        CHECK(prepare_picture(digit(i), dark).pixels == inverted(digit(i)).pixels);
    }
    const Image colours{3, 2, 2, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}};
    CHECK(prepare_picture(colours, {3, 2, 2, {}}).pixels == colours.pixels);
}

TEST_CASE("every setting of the convention does what it says") {
    const Image ramp{1, 1, 4, {0, 80, 160, 240}};
    CHECK(prepare_picture(ramp, {1, 1, 4, {InvertKind::Yes}}).pixels == std::vector<std::uint8_t>{255, 175, 95, 15});
    CHECK(prepare_picture(ramp, {1, 1, 4, {InvertKind::No}}).pixels == ramp.pixels);
    CHECK(prepare_picture(ramp, {1, 1, 2, {InvertKind::No, ResizeKind::Crop}}).pixels ==
          std::vector<std::uint8_t>{80, 160});
    CHECK(prepare_picture(ramp, {1, 3, 4, {InvertKind::No, ResizeKind::Fit}}).pixels ==
          std::vector<std::uint8_t>{0, 0, 0, 0, 0, 80, 160, 240, 0, 0, 0, 0});
    const Image stretched = prepare_picture(ramp, {1, 2, 4, {InvertKind::No, ResizeKind::Stretch}});
    REQUIRE(stretched.pixels.size() == 8);
    for (std::size_t i = 0; i < 8; ++i) CHECK(int{stretched.pixels[i]} == Approx(ramp.pixels[i % 4]).margin(5));
    const Image red{3, 1, 1, {200, 0, 0}};
    CHECK(prepare_picture(red, {3, 1, 1, {InvertKind::No, ResizeKind::Stretch, CentreKind::No, true}}).pixels ==
          std::vector<std::uint8_t>{60, 60, 60});
}

TEST_CASE("a picture that nothing is drawn on is known as one, whatever its size, and none other") {
    const PictureFormat as_is{1, 28, 28, {InvertKind::No, ResizeKind::Stretch, CentreKind::No}};
    for (const std::int64_t side : {28, 200}) {
        Image page{1, side, side, std::vector<std::uint8_t>(static_cast<std::size_t>(side * side), 250)};
        for (std::size_t i = 0; i < page.pixels.size(); i += 7) page.pixels[i] = 247;  // a camera's noise
        for (const PictureFormat& wanted : {kMnist, as_is}) CHECK(prepare_picture(page, wanted).blank);
        for (std::int64_t i = side / 4; i < side / 2; ++i)
            for (std::int64_t across = 0; across < side / 20 + 1; ++across)
                page.pixels[static_cast<std::size_t>(i * side + side / 2 + across)] = 20;
        for (const PictureFormat& wanted : {kMnist, as_is}) CHECK_FALSE(prepare_picture(page, wanted).blank);
    }
    for (std::int64_t i = 0; i < 20; ++i) CHECK_FALSE(prepare_picture(digit(i), kMnist).blank);
}

TEST_CASE("what a recipe leaves open is answered by the data") {
    const PictureConvention mnist = settled({}, digits());
    CHECK(mnist == kMnist.convention);
    const PictureConvention toys = settled({}, *make_toy_dataset(60, 20, 28));  // squares anywhere, on dark
    CHECK(toys.invert == InvertKind::ToLight);
    CHECK(toys.centre == CentreKind::No);
    const PictureConvention asked{InvertKind::Yes, ResizeKind::Crop, CentreKind::No, true};
    CHECK(settled(asked, digits()) == asked);
    // Without data: MNIST's where the input is MNIST's.
    CHECK(settled(PictureFormat{}) == kMnist.convention);
    CHECK(settled(PictureFormat{3, 28, 28, {}}).invert == InvertKind::No);
    CHECK(settled(PictureFormat{1, 32, 32, {}}).centre == CentreKind::No);
}

TEST_CASE("folders of digits are recognised, dark or light, and read again by that each is the same") {
    for (const bool dark : {false, true}) {
        const TempFolder folder;
        for (std::int64_t i = 0; i < kCount; ++i)
            write_image(folder.path() / (i % 4 ? "train" : "test") / (i % 3 ? "a" : "b") / (std::to_string(i) + ".png"),
                        28, 28, 1, dark ? inverted(digit(i)).pixels : digit(i).pixels);
        const auto opened = open_image_folder(folder.path(), {});
        REQUIRE(opened.ok());
        CHECK(opened.value()->info().prepared.empty());
        const PictureConvention convention = settled({}, *opened.value());
        CHECK(convention.invert == (dark ? InvertKind::ToDark : InvertKind::ToLight));
        CHECK(convention.centre == CentreKind::Yes);
        const auto measured = open_image_folder(folder.path(), {1, 28, 28, convention, /*only_test=*/true});
        REQUIRE(measured.ok());
        CHECK(measured.value()->size(Split::Train) == 0);
        CHECK(measured.value()->size(Split::Test) == opened.value()->size(Split::Test));
        CHECK(std::ranges::equal(measured.value()->image(Split::Test, 0), opened.value()->image(Split::Test, 0)));
        CHECK(measured.value()->info().class_names == opened.value()->info().class_names);
        const auto again = open_image_folder(folder.path(), {1, 28, 28, convention});
        REQUIRE(again.ok());
        CHECK(again.value()->info().prepared.empty());
        for (const Split split : {Split::Train, Split::Test})
            for (std::int64_t i = 0; i < again.value()->size(split); ++i)
                CHECK(std::ranges::equal(again.value()->image(split, i), opened.value()->image(split, i)));
        // Of another size they have to be changed: others are then changed likewise, to the same strokes.
        const auto small = open_image_folder(folder.path(), {1, 20, 20, {}});
        REQUIRE(small.ok());
        const PictureConvention asked{dark ? InvertKind::ToDark : InvertKind::ToLight, ResizeKind::Stretch,
                                      CentreKind::No};
        CHECK(settled({}, *small.value()) == asked);
        const auto resumed = open_image_folder(folder.path(), {1, 20, 20, asked});
        REQUIRE(resumed.ok());
        for (std::int64_t i = 0; i < small.value()->size(Split::Train); ++i)
            CHECK(std::ranges::equal(resumed.value()->image(Split::Train, i), small.value()->image(Split::Train, i)));
    }
}
