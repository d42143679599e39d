// Random changes of training pictures.
#include "engine/data/augment.h"

#include "engine/core/random_stream.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

using namespace convscope;

namespace {

using Picture = std::vector<std::uint8_t>;

DatasetInfo info_of(std::int64_t channels, std::int64_t height, std::int64_t width) {
    DatasetInfo info;
    info.channels = channels;
    info.height = height;
    info.width = width;
    return info;
}

// Of exactly the picture's size, so that reading or writing beside it is found by the sanitizer.
Picture noisy_picture(std::size_t bytes, std::uint64_t seed = 1) {
    RandomStream random(seed);
    Picture picture(bytes);
    for (std::uint8_t& pixel : picture) pixel = static_cast<std::uint8_t>(random.below(256));
    return picture;
}

Picture changed(const Augmenter& augmenter, const Picture& picture, std::int64_t epoch, std::int64_t index) {
    Picture out(picture.size());
    augmenter.apply(picture, epoch, index, out);
    return out;
}

// The brightness' centre, in pixels from the left and the top.
std::pair<double, double> centre(const Picture& plane, std::int64_t width) {
    double sum = 0.0, x = 0.0, y = 0.0;
    for (std::size_t i = 0; i < plane.size(); ++i) {
        sum += plane[i];
        x += static_cast<double>(plane[i]) * static_cast<double>(i % static_cast<std::size_t>(width));
        y += static_cast<double>(plane[i]) * static_cast<double>(i / static_cast<std::size_t>(width));
    }
    return {x / sum, y / sum};
}

double brightness(const Picture& plane) {
    double sum = 0.0;
    for (const std::uint8_t pixel : plane) sum += pixel;
    return sum;
}

// A bright square of `side` pixels on black.
Picture square(std::int64_t size, std::int64_t left, std::int64_t top, std::int64_t side) {
    Picture picture(static_cast<std::size_t>(size * size), 0);
    for (std::int64_t y = top; y < top + side; ++y)
        for (std::int64_t x = left; x < left + side; ++x) picture[static_cast<std::size_t>(y * size + x)] = 200;
    return picture;
}

}  // namespace

TEST_CASE("an augmentation of nothing leaves every byte as it is") {
    const Augmenter augmenter({}, info_of(3, 11, 7), 5);
    const Picture picture = noisy_picture(3 * 11 * 7);
    for (std::int64_t index = 0; index < 20; ++index) REQUIRE(changed(augmenter, picture, 1, index) == picture);
}

TEST_CASE("what happens to a picture depends on seed, epoch and index, and on nothing else") {
    const AugmentationSpec spec{.shift = 2.0, .rotate = 15.0, .scale = 0.1, .noise = 0.05};
    const Augmenter augmenter(spec, info_of(1, 28, 28), 5);
    const Picture picture = noisy_picture(28 * 28);
    const Picture first = changed(augmenter, picture, 3, 8);
    changed(augmenter, picture, 3, 9);
    CHECK(changed(augmenter, picture, 3, 8) == first);
    CHECK(changed(Augmenter(spec, info_of(1, 28, 28), 5), picture, 3, 8) == first);
    CHECK(changed(augmenter, picture, 4, 8) != first);
    CHECK(changed(augmenter, picture, 3, 9) != first);
    CHECK(changed(augmenter, picture, 8, 3) != first);
    CHECK(changed(augmenter, picture, 4, 7) != first);
    CHECK(changed(Augmenter(spec, info_of(1, 28, 28), 6), picture, 3, 8) != first);
}

TEST_CASE("a shift moves a picture by up to so many pixels both ways and changes nothing else") {
    constexpr double kShift = 3.0;
    const Augmenter augmenter({.shift = kShift}, info_of(1, 28, 28), 9);
    const Picture picture = square(28, 12, 12, 4);
    double least_x = 99.0, most_x = -99.0, least_y = 99.0, most_y = -99.0;
    for (std::int64_t index = 0; index < 500; ++index) {
        const Picture moved = changed(augmenter, picture, 1, index);
        const auto [x, y] = centre(moved, 28);
        least_x = std::min(least_x, x - 13.5);
        most_x = std::max(most_x, x - 13.5);
        least_y = std::min(least_y, y - 13.5);
        most_y = std::max(most_y, y - 13.5);
        REQUIRE(brightness(moved) == Approx(brightness(picture)).epsilon(0.01));
    }
    for (const double extreme : {-least_x, most_x, -least_y, most_y}) {
        CHECK(extreme < kShift + 0.05);
        CHECK(extreme > kShift - 0.1);
    }
}

TEST_CASE("what a shift moves across the edge is gone, and what comes in is black") {
    const Augmenter augmenter({.shift = 40.0}, info_of(1, 8, 8), 2);
    const Picture white(64, 255);
    std::set<bool> seen;  // pictures that were shifted out altogether, and others
    for (std::int64_t index = 0; index < 200; ++index) {
        const Picture moved = changed(augmenter, white, 1, index);
        seen.insert(brightness(moved) == 0.0);
        REQUIRE(brightness(moved) < brightness(white));
    }
    CHECK(seen.size() == 2);
}

TEST_CASE("a rotation turns about the picture's centre, by up to so many degrees both ways") {
    constexpr double kDegrees = 30.0;
    const Augmenter augmenter({.rotate = kDegrees}, info_of(1, 29, 29), 4);
    const Picture dot = square(29, 22, 13, 3);  // nine pixels to the right of the centre
    double least = 99.0, most = -99.0;
    for (std::int64_t index = 0; index < 500; ++index) {
        const Picture turned = changed(augmenter, dot, 1, index);
        const auto [x, y] = centre(turned, 29);
        REQUIRE(std::hypot(x - 14.0, y - 14.0) == Approx(9.0).margin(0.15));
        const double degrees = std::atan2(y - 14.0, x - 14.0) * 57.29577951308232;
        least = std::min(least, degrees);
        most = std::max(most, degrees);
    }
    CHECK(-least == Approx(kDegrees).margin(1.0));
    CHECK(most == Approx(kDegrees).margin(1.0));
    const Picture middle = square(29, 13, 13, 3);
    const auto [x, y] = centre(changed(augmenter, middle, 1, 7), 29);
    CHECK(x == Approx(14.0).margin(0.05));
    CHECK(y == Approx(14.0).margin(0.05));
}

TEST_CASE("a scale enlarges and shrinks about the centre, by up to so large a share") {
    const Augmenter augmenter({.scale = 0.25}, info_of(1, 28, 28), 4);
    const Picture picture = square(28, 9, 9, 10);
    double least = 99.0, most = 0.0;
    for (std::int64_t index = 0; index < 500; ++index) {
        const Picture scaled = changed(augmenter, picture, 1, index);
        const double side = std::sqrt(brightness(scaled) / brightness(picture));
        least = std::min(least, side);
        most = std::max(most, side);
        const auto [x, y] = centre(scaled, 28);
        REQUIRE(x == Approx(13.5).margin(0.05));
        REQUIRE(y == Approx(13.5).margin(0.05));
    }
    CHECK(least == Approx(0.75).margin(0.03));
    CHECK(most == Approx(1.25).margin(0.03));
}

TEST_CASE("noise has the deviation that was asked for, no bias, and differs from value to value") {
    constexpr double kNoise = 0.1;
    const Augmenter augmenter({.noise = kNoise}, info_of(3, 20, 20), 4);
    const Picture grey(3 * 20 * 20, 128);  // far from both ends, where noise is cut off
    double sum = 0.0, squares = 0.0, count = 0.0;
    bool channels_differ = false;
    for (std::int64_t index = 0; index < 100; ++index) {
        const Picture noisy = changed(augmenter, grey, 1, index);
        for (const std::uint8_t pixel : noisy) {
            const double difference = (pixel - 128.0) / 255.0;
            sum += difference;
            squares += difference * difference;
            count += 1.0;
        }
        channels_differ = channels_differ || !std::equal(noisy.begin(), noisy.begin() + 400, noisy.begin() + 400);
    }
    CHECK(sum / count == Approx(0.0).margin(0.002));  // seven standard deviations of the mean
    CHECK(std::sqrt(squares / count) == Approx(kNoise).epsilon(0.02));
    CHECK(channels_differ);
}

TEST_CASE("noise does not wrap around at black and white") {
    const Augmenter augmenter({.noise = 0.2}, info_of(1, 16, 16), 4);
    for (const int level : {0, 255}) {
        const Picture noisy = changed(augmenter, Picture(256, static_cast<std::uint8_t>(level)), 1, 1);
        for (const std::uint8_t pixel : noisy) REQUIRE(std::abs(pixel - level) < 0.75 * 255.0);
    }
}

TEST_CASE("the channels of a picture move together") {
    const Augmenter augmenter({.shift = 3.0, .rotate = 20.0, .scale = 0.2}, info_of(3, 12, 9), 6);
    const Picture plane = noisy_picture(12 * 9);
    Picture picture;
    for (int channel = 0; channel < 3; ++channel) picture.insert(picture.end(), plane.begin(), plane.end());
    const Picture moved = changed(augmenter, picture, 2, 5);
    CHECK(moved != picture);
    CHECK(std::equal(moved.begin(), moved.begin() + 108, moved.begin() + 108));
    CHECK(std::equal(moved.begin(), moved.begin() + 108, moved.begin() + 216));
}

// The sanitizers are the judge of what is read; here, that a picture of one colour gets no other from outside but
// black.
TEST_CASE("however far a picture is moved, nothing but itself and black is seen, in any size and shape") {
    for (const auto& [height, width] : {std::pair<std::int64_t, std::int64_t>{1, 1}, {1, 9}, {9, 1}, {5, 8}})
        for (const double shift : {0.0, 1.0, 1000.0, 1e30, 1e300})
            for (const double rotate : {720.0, 1e300}) {
                const Augmenter augmenter({.shift = shift, .rotate = rotate, .scale = 0.999}, info_of(2, height, width),
                                          1);
                const Picture flat(static_cast<std::size_t>(2 * height * width), 77);
                for (std::int64_t index = 0; index < 100; ++index)
                    for (const std::uint8_t pixel : changed(augmenter, flat, 1, index)) REQUIRE(pixel <= 77);
            }
}
