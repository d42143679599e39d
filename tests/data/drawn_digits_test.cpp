#include "engine/data/drawn_digits.h"

#include "tests/support/catch.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <latch>
#include <thread>
#include <vector>

using namespace convscope;

namespace {

std::vector<std::uint8_t> copy_of(const Dataset& data, Split split, std::int64_t index) {
    const auto image = data.image(split, index);
    return {image.begin(), image.end()};
}

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct InkBox {
    int left = 28, right = -1, top = 28, bottom = -1;  // of the pixels that are not black
    double centre_x = 0.0, centre_y = 0.0;             // of mass
    int brightest = 0;
};

InkBox measure(std::span<const std::uint8_t> image) {
    InkBox box;
    double mass = 0.0;
    for (int y = 0; y < 28; ++y)
        for (int x = 0; x < 28; ++x) {
            const int ink = image[static_cast<std::size_t>(y * 28 + x)];
            if (ink == 0) continue;
            box.left = std::min(box.left, x);
            box.right = std::max(box.right, x);
            box.top = std::min(box.top, y);
            box.bottom = std::max(box.bottom, y);
            box.centre_x += ink * x;
            box.centre_y += ink * y;
            box.brightest = std::max(box.brightest, ink);
            mass += ink;
        }
    box.centre_x /= mass;
    box.centre_y /= mass;
    return box;
}

}  // namespace

TEST_CASE("drawn digits come in MNIST's sizes and say where they are from") {
    const auto data = make_drawn_digits(5);
    CHECK(data->info().name == "drawn digits");
    CHECK(data->info().source == "generated from seed 5");
    CHECK(data->size(Split::Train) == 60'000);
    CHECK(data->size(Split::Test) == 10'000);
    CHECK(data->image_bytes() == 784);
    CHECK(data->info().class_names.size() == 10);
}

TEST_CASE("drawn digits follow MNIST's conventions") {
    const auto data = make_drawn_digits(1, 0, 3000);
    std::array<int, 256> histogram{};
    double sum = 0.0, centre_x = 0.0, centre_y = 0.0;
    for (std::int64_t i = 0; i < 3000; ++i) {
        INFO("image " << i << ", a " << data->label(Split::Test, i));
        const auto image = data->image(Split::Test, i);
        const InkBox box = measure(image);
        const int longest = std::max(box.right - box.left, box.bottom - box.top) + 1;
        REQUIRE(longest >= 19);  // a box of 20, up to a pixel
        REQUIRE(longest <= 21);
        REQUIRE(std::abs(box.centre_x - 14.0) <= 0.52);  // as real MNIST's, counted from the first pixel's middle
        REQUIRE(std::abs(box.centre_y - 14.0) <= 0.52);
        centre_x += box.centre_x / 3000.0;
        centre_y += box.centre_y / 3000.0;
        REQUIRE(box.brightest >= 128);  // the thinnest pen still leaves a line
        for (const std::uint8_t pixel : image) {
            ++histogram[pixel];
            sum += pixel;
        }
    }
    CHECK(centre_x == Approx(14.0).margin(0.05));
    CHECK(centre_y == Approx(14.0).margin(0.05));
    CHECK(histogram[0] > 0);
    CHECK(histogram[255] > 0);
    // Recipes normalise by MNIST's mean, so that of the drawn digits has to be close to it.
    CHECK(sum / 255.0 / (3000.0 * 784.0) == Approx(0.1307).epsilon(0.05));
}

TEST_CASE("a picture is the same in whatever order and by how many threads it is asked for") {
    constexpr std::int64_t kCount = 400;
    const auto reference = make_drawn_digits(3, kCount, 0);
    std::vector<std::vector<std::uint8_t>> expected;
    for (std::int64_t i = 0; i < kCount; ++i) expected.push_back(copy_of(*reference, Split::Train, i));

    const auto data = make_drawn_digits(3, kCount, 0);
    constexpr int kThreads = 4;
    std::latch start(kThreads);
    std::array<int, kThreads> differences{};
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t)
        threads.emplace_back([&, t] {
            start.arrive_and_wait();
            for (std::int64_t k = 0; k < kCount; ++k) {
                const std::int64_t i = (t % 2 == 0 ? k : kCount - 1 - k);  // two meet two, and all meet the background
                const auto image = data->image(Split::Train, i);
                if (!std::ranges::equal(image, expected[static_cast<std::size_t>(i)]))
                    ++differences[static_cast<std::size_t>(t)];
            }
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(differences == std::array<int, kThreads>{});
}

TEST_CASE("a picture stays where it is") {
    const auto data = make_drawn_digits(3, 50, 0);
    const std::uint8_t* first = data->image(Split::Train, 17).data();
    for (std::int64_t i = 0; i < 50; ++i) data->image(Split::Train, i);
    CHECK(data->image(Split::Train, 17).data() == first);
}

TEST_CASE("a picture does not depend on how many there are") {
    const auto few = make_drawn_digits(9, 10, 10);
    const auto many = make_drawn_digits(9, 1000, 1000);
    for (const Split split : {Split::Train, Split::Test})
        for (std::int64_t i = 0; i < 10; ++i) {
            CHECK(few->label(split, i) == many->label(split, i));
            CHECK(copy_of(*few, split, i) == copy_of(*many, split, i));
        }
}

TEST_CASE("seeds, splits and indices give different pictures") {
    const auto one = make_drawn_digits(1, 100, 100);
    const auto two = make_drawn_digits(2, 100, 100);
    int equal_labels = 0;
    for (std::int64_t i = 0; i < 100; ++i) {
        CHECK(copy_of(*one, Split::Train, i) != copy_of(*two, Split::Train, i));
        CHECK(copy_of(*one, Split::Train, i) != copy_of(*one, Split::Test, i));
        CHECK(copy_of(*one, Split::Train, i) != copy_of(*one, Split::Train, (i + 1) % 100));
        equal_labels += one->label(Split::Train, i) == two->label(Split::Train, i);
    }
    CHECK(equal_labels < 40);  // ten are expected
}

TEST_CASE("all ten digits are about equally frequent") {
    const auto data = make_drawn_digits(0);
    for (const Split split : {Split::Train, Split::Test}) {
        std::array<std::int64_t, 10> counts{};
        for (std::int64_t i = 0; i < data->size(split); ++i) ++counts[static_cast<std::size_t>(data->label(split, i))];
        for (const std::int64_t count : counts) {
            CHECK(static_cast<double>(count) > 0.08 * static_cast<double>(data->size(split)));
            CHECK(static_cast<double>(count) < 0.12 * static_cast<double>(data->size(split)));
        }
    }
}

TEST_CASE("drawn digits are there at once and go at once") {
    // Drawing all 70,000 takes about a second. The best of a few tries, because the machine may be busy with others.
    double best_start = 1e9;
    double best_end = 1e9;
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
        auto start = std::chrono::steady_clock::now();
        auto data = make_drawn_digits(seed);
        best_start = std::min(best_start, seconds_since(start));
        start = std::chrono::steady_clock::now();
        data.reset();
        best_end = std::min(best_end, seconds_since(start));
    }
    CHECK(best_start < 0.05);
    CHECK(best_end < 0.25);
}
