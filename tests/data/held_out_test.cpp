// A validation split.
#include "engine/data/held_out.h"

#include "tests/support/catch.h"
#include "tests/support/toy_dataset.h"

#include <algorithm>
#include <vector>

using namespace convscope;

namespace {

// Which training pictures of the toy set a split consists of, in its order. Their noise makes them all different.
std::vector<std::int64_t> places(const Dataset& part, Split split, const Dataset& whole) {
    std::vector<std::int64_t> found;
    for (std::int64_t i = 0; i < part.size(split); ++i)
        for (std::int64_t place = 0; place < whole.size(Split::Train); ++place) {
            const auto mine = part.image(split, i);
            const auto theirs = whole.image(Split::Train, place);
            if (!std::equal(mine.begin(), mine.end(), theirs.begin(), theirs.end())) continue;
            CHECK(part.label(split, i) == whole.label(Split::Train, place));
            found.push_back(place);
        }
    return found;
}

}  // namespace

TEST_CASE("a validation split and what is left of the training pictures are disjoint and together all of them") {
    const auto whole = make_toy_dataset(100, 20);
    for (const std::int64_t count : {1, 30, 99}) {
        const auto part = hold_out(whole, count, 5);
        CHECK(part->info().train_count == 100 - count);
        CHECK(part->info().test_count == count);
        CHECK(part->info().measured_on == "validation");
        CHECK(part->info().class_names == whole->info().class_names);
        CHECK(whole->info().measured_on != "validation");
        const std::vector<std::int64_t> train = places(*part, Split::Train, *whole);
        std::vector<std::int64_t> all = places(*part, Split::Test, *whole);
        CHECK(static_cast<std::int64_t>(all.size()) == count);
        CHECK(std::is_sorted(train.begin(), train.end()));
        all.insert(all.end(), train.begin(), train.end());
        std::sort(all.begin(), all.end());
        std::vector<std::int64_t> wanted(100);
        for (std::size_t i = 0; i < 100; ++i) wanted[i] = static_cast<std::int64_t>(i);
        CHECK(all == wanted);
    }
}

TEST_CASE("the same seed holds out the same pictures, another seed others") {
    const auto whole = make_toy_dataset(100, 20);
    const auto held = [&](std::uint64_t seed) { return places(*hold_out(whole, 30, seed), Split::Test, *whole); };
    CHECK(held(5) == held(5));
    CHECK(held(5) != held(6));
}

TEST_CASE("every picture is as likely to be held out as any other") {
    const auto whole = make_toy_dataset(20, 1, 8);
    std::vector<int> times(20, 0);
    for (std::uint64_t seed = 0; seed < 1000; ++seed)
        for (const std::int64_t place : places(*hold_out(whole, 5, seed), Split::Test, *whole))
            ++times[static_cast<std::size_t>(place)];
    for (const int each : times) CHECK(std::abs(each - 250) < 70);  // five standard deviations
}
