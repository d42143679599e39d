#include "engine/api/data_changes.h"

#include "engine/api/dataset.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <cmath>

using namespace convscope;

namespace {

class Tens final : public Dataset {
public:
    Tens() {
        info_.train_count = 5000;
        info_.test_count = 10;
        for (int i = 0; i < 10; ++i) info_.class_names.push_back(std::to_string(i));
    }
    const DatasetInfo& info() const override { return info_; }
    int label(Split, std::int64_t index) const override { return static_cast<int>(index % 10); }
    std::span<const std::uint8_t> image(Split, std::int64_t) const override { return {}; }

private:
    DatasetInfo info_;
};

}  // namespace

TEST_CASE("As many labels are shuffled as was said, those of a smaller share among them, and classes stay even") {
    const Tens data;
    std::vector<bool> before(5000);
    for (const double share : {0.1, 0.3, 0.7, 1.0}) {
        std::int64_t shuffled = 0;
        for (std::int64_t i = 0; i < 5000; ++i) {
            const bool is_shuffled = label_source(share, 7, i, 5000) != i;
            if (before[static_cast<std::size_t>(i)]) CHECK(is_shuffled);
            before[static_cast<std::size_t>(i)] = is_shuffled;
            shuffled += is_shuffled ? 1 : 0;
        }
        CHECK(std::abs(static_cast<double>(shuffled) / 5000.0 - share) < 0.02);
    }
    for (const std::int64_t count : trained_counts({.shuffled_labels = 1.0}, data, 7))
        CHECK(std::abs(count - 500) < 90);
    CHECK(label_source(0.5, 7, 3, 5000) == label_source(0.5, 7, 3, 5000));
    int same = 0;
    for (std::int64_t i = 0; i < 100; ++i) same += label_source(1.0, 7, i, 5000) == label_source(1.0, 8, i, 5000);
    CHECK(same < 5);
}

TEST_CASE("What somebody says of a picture holds, whatever is shuffled, until it is forgotten") {
    const Tens data;
    DataChanges changes{.shuffled_labels = 1.0};
    changes.relabel(8, 3);
    changes.relabel(2, 4);
    changes.relabel(8, 5);
    CHECK(changes.relabelled == std::vector<RelabelledPicture>{{2, 4}, {8, 5}});
    CHECK(trained_label(changes, data, 7, 8) == 5);
    changes.forget_label(8);
    changes.forget_label(9);
    CHECK(changes.relabelled == std::vector<RelabelledPicture>{{2, 4}});
    CHECK(trained_label(changes, data, 7, 8) == static_cast<int>(label_source(1.0, 7, 8, 5000) % 10));
}

TEST_CASE("Classes that all come once are as if nothing was said of them") {
    DataChanges changes;
    changes.set_times(3, 0, 10);
    CHECK(changes.times == std::vector<int>{1, 1, 1, 0, 1, 1, 1, 1, 1, 1});
    CHECK(pictures_per_epoch(changes, trained_counts(changes, Tens(), 1)) == 4500);
    changes.set_times(4, 3, 10);
    CHECK(changes.most_times() == 3);
    CHECK(pictures_per_epoch(changes, trained_counts(changes, Tens(), 1)) == 5500);
    changes.set_times(3, 1, 10);
    changes.set_times(4, 1, 10);
    CHECK_FALSE(changes.any());
}

TEST_CASE("Noise has the deviation that was said, and differs from epoch to epoch and picture to picture") {
    std::vector<std::uint8_t> grey(4000, 128), other = grey, later = grey, again = grey;
    add_noise(20.0, 1, 1, 5, grey);
    add_noise(20.0, 1, 1, 6, other);
    add_noise(20.0, 1, 2, 5, later);
    add_noise(20.0, 1, 1, 5, again);
    CHECK(grey == again);
    CHECK(grey != other);
    CHECK(grey != later);
    double sum = 0.0, squares = 0.0;
    for (const std::uint8_t value : grey) {
        sum += value;
        squares += (value - 128.0) * (value - 128.0);
    }
    CHECK(std::abs(sum / 4000.0 - 128.0) < 1.0);
    CHECK(std::abs(std::sqrt(squares / 4000.0) - 20.0) < 1.0);
    std::vector<std::uint8_t> black(400, 0);
    add_noise(20.0, 1, 1, 5, black);
    CHECK(*std::max_element(black.begin(), black.end()) < 90);
    CHECK(std::count(black.begin(), black.end(), 0) > 150);
}

TEST_CASE("What cannot be done to data is said in a sentence") {
    const Tens data;
    const auto refusal = [&](const DataChanges& changes) {
        const Result<void> checked = check_learnable(changes, data, 1);
        return checked.ok() ? "" : checked.error().message;
    };
    CHECK(refusal({}).empty());
    CHECK(refusal({.shuffled_labels = 1.0, .noise = 128.0, .relabelled = {{4999, 9}}}).empty());
    CHECK(refusal({.shuffled_labels = -0.1}) ==
          "The share of the labels that is shuffled must be from 0 to 1; -0.1 was not applied");
    CHECK(refusal({.noise = 129.0}) == "The noise must be from 0 to 128 grey levels; 129 was not applied");
    CHECK(refusal({.relabelled = {{5000, 9}}}) ==
          "There is no picture 5000 among the 5000 training pictures: name another");
    CHECK(refusal({.times = std::vector<int>(10, 0)}) ==
          "With every class left out there is nothing to learn from: bring one back");
    CHECK_FALSE(refusal({.times = std::vector<int>(10, 1)}).empty());
    CHECK_FALSE(refusal({.relabelled = std::vector<RelabelledPicture>(1025)}).empty());
    DataChanges changes;  // all are a 1, which is left out
    class Ones final : public Dataset {
    public:
        Ones() {
            info_.train_count = 20;
            info_.class_names = {"0", "1"};
        }
        const DatasetInfo& info() const override { return info_; }
        int label(Split, std::int64_t) const override { return 1; }
        std::span<const std::uint8_t> image(Split, std::int64_t) const override { return {}; }

    private:
        DatasetInfo info_;
    };
    changes.set_times(1, 0, 2);
    CHECK(check_learnable(changes, Ones(), 1).error().message ==
          "No picture is left to learn from: bring a class back that has some");
}

TEST_CASE("Changes of data are told in a few words, whichever way they go") {
    const std::vector<std::string> names{"cat", "dog"};
    DataChanges changes{.shuffled_labels = 0.25, .noise = 12.5};
    CHECK(words_of_change({}, changes, names) == "labels 25 % shuffled, noise of 12.5 grey levels");
    CHECK(words_of_change(changes, {}, names) == "labels no longer shuffled, no noise");
    CHECK(words_of_change(changes, changes, names).empty());
    changes = {.times = {0, 3}, .relabelled = {{7, 1}, {9, 0}}};
    CHECK(words_of_change({}, changes, names) ==
          "class 'cat' left out, class 'dog' 3 times, picture 7 taken for 'dog' and 1 more");
    CHECK(words_of_change(changes, {.relabelled = {{7, 0}}}, names) ==
          "class 'cat' once again, class 'dog' once again, picture 7 taken for 'cat' and 1 more");
}
