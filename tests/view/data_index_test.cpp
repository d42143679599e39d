// Which pictures are of which class.
#include "viz/view/data_index.h"

#include "tests/support/catch.h"
#include "tests/support/toy_dataset.h"

#include <set>

using namespace convscope;

namespace {

constexpr int kClasses = 10;

void scan_all(DataIndex& index) {
    while (!index.complete()) index.scan(7);
}

}  // namespace

TEST_CASE("every picture is in the list of its class and in no other") {
    const auto dataset = make_toy_dataset(150, 60);
    DataIndex index;
    index.set_dataset(dataset);
    scan_all(index);
    for (const Split split : {Split::Train, Split::Test}) {
        std::set<std::int64_t> seen;
        for (int label = 0; label < kClasses; ++label)
            for (std::int64_t place = 0; place < index.count(split, label); ++place) {
                const std::int64_t picture = index.picture(split, label, place);
                CHECK(dataset->label(split, picture) == label);
                CHECK(seen.insert(picture).second);
                CHECK(index.place_of(split, label, picture) == place);
                CHECK_FALSE(index.place_of(split, (label + 1) % kClasses, picture));
            }
        CHECK(static_cast<std::int64_t>(seen.size()) == dataset->size(split));
    }
}

TEST_CASE("a list is in the order of the indices") {
    DataIndex index;
    index.set_dataset(make_toy_dataset(150, 60));
    scan_all(index);
    for (int label = 0; label < kClasses; ++label)
        for (std::int64_t place = 1; place < index.count(Split::Train, label); ++place)
            CHECK(index.picture(Split::Train, label, place - 1) < index.picture(Split::Train, label, place));
}

TEST_CASE("a slice reads no more labels than it may, the test set's first") {
    DataIndex index;
    index.set_dataset(make_toy_dataset(150, 60));
    const auto known = [&](Split split) {
        std::int64_t sum = 0;
        for (int label = 0; label < kClasses; ++label) sum += index.count(split, label);
        return sum;
    };
    index.scan(50);
    CHECK(known(Split::Test) == 50);
    CHECK(known(Split::Train) == 0);
    index.scan(50);
    CHECK(known(Split::Test) == 60);
    CHECK(known(Split::Train) == 40);
    CHECK_FALSE(index.complete());
    index.scan(110);
    CHECK(index.complete());
    index.scan(1);
    CHECK(known(Split::Train) == 150);
}

TEST_CASE("all pictures are there before any label is known") {
    DataIndex index;
    index.set_dataset(make_toy_dataset(150, 60));
    CHECK(index.count(Split::Train, DataIndex::kEveryClass) == 150);
    CHECK(index.picture(Split::Train, DataIndex::kEveryClass, 149) == 149);
    CHECK(index.place_of(Split::Test, DataIndex::kEveryClass, 59) == 59);
    CHECK_FALSE(index.place_of(Split::Test, DataIndex::kEveryClass, 60));
    CHECK_FALSE(index.place_of(Split::Test, DataIndex::kEveryClass, -1));
}

TEST_CASE("another data set begins anew, the same one does not") {
    DataIndex index;
    const auto first = make_toy_dataset(20, 10);
    index.set_dataset(first);
    scan_all(index);
    index.set_dataset(first);
    CHECK(index.complete());
    index.set_dataset(make_toy_dataset(30, 5));
    CHECK_FALSE(index.complete());
    CHECK(index.largest_count(Split::Train) == 0);
    scan_all(index);
    CHECK(index.count(Split::Test, DataIndex::kEveryClass) == 5);
    index.set_dataset(nullptr);
    CHECK(index.complete());
    CHECK(index.count(Split::Test, DataIndex::kEveryClass) == 0);
    CHECK(index.count(Split::Test, 3) == 0);
}
