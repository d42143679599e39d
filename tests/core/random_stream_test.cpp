#include "engine/core/random_stream.h"

#include "tests/support/catch.h"

#include <array>
#include <cmath>

using namespace convscope;

TEST_CASE("a random stream is SplitMix64") {
    // First numbers of seed 1234567, as listed on rosettacode.org/wiki/Pseudo-random_numbers/Splitmix64.
    struct Reference {
        std::uint64_t state = 1234567;
        std::uint64_t next() { return RandomStream::mix(state += 0x9e3779b97f4a7c15U); }
    } reference;
    CHECK(reference.next() == 6457827717110365317U);
    CHECK(reference.next() == 3203168211198807973U);
}

TEST_CASE("uniform numbers fill their range evenly and never reach its end") {
    RandomStream random(7);
    std::array<int, 10> counts{};
    for (int i = 0; i < 100'000; ++i) {
        const float value = random.uniform();
        REQUIRE(value >= 0.0F);
        REQUIRE(value < 1.0F);
        ++counts[static_cast<std::size_t>(value * 10.0F)];
    }
    for (const int count : counts) CHECK(std::abs(count - 10'000) < 500);  // five standard deviations
}

TEST_CASE("normal numbers have mean 0 and deviation 1") {
    RandomStream random(8);
    double sum = 0.0;
    double squares = 0.0;
    for (int i = 0; i < 100'000; ++i) {
        const double value = random.normal();
        REQUIRE(std::abs(value) <= 3.5);
        sum += value;
        squares += value * value;
    }
    CHECK(sum / 100'000 == Approx(0.0).margin(0.02));
    CHECK(std::sqrt(squares / 100'000) == Approx(1.0).epsilon(0.02));
}

TEST_CASE("neighbouring keys start unrelated streams") {
    int equal_bits = 0;
    for (std::uint64_t key = 0; key < 1000; ++key)
        equal_bits += __builtin_popcountll(~(RandomStream(key).next() ^ RandomStream(key + 1).next()));
    CHECK(equal_bits / 64'000.0 == Approx(0.5).epsilon(0.02));
}
