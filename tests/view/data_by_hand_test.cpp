// What panels say of changed data, and what they ask for.
#include "viz/view/data_by_hand.h"

#include "engine/api/dataset.h"
#include "tests/support/catch.h"
#include "viz/view/by_hand.h"
#include "viz/view/data_index.h"

#include <memory>
#include <variant>

using namespace convscope;

namespace {

class Threes final : public Dataset {
public:
    Threes() {
        info_.train_count = 30;
        info_.test_count = 30;
        info_.class_names = {"cat", "dog", "owl"};
    }
    const DatasetInfo& info() const override { return info_; }
    int label(Split, std::int64_t index) const override { return static_cast<int>(index % 3); }
    std::span<const std::uint8_t> image(Split, std::int64_t) const override { return {}; }

private:
    DatasetInfo info_;
};

Snapshot snapshot_of(const DataChanges& changes) {
    Snapshot snapshot;
    auto run = std::make_shared<RunInfo>();
    run->dataset = std::make_shared<const Threes>();
    run->data = run->dataset->info();
    run->seed = 5;
    snapshot.run_info = run;
    auto restraints = std::make_shared<Restraints>();
    restraints->data = changes;
    if (changes.any()) snapshot.restraints = restraints;
    return snapshot;
}

}  // namespace

TEST_CASE("each kind of change is a line, and taken back alone it leaves the others") {
    DataChanges changes{.shuffled_labels = 0.5, .noise = 20.0, .times = {0, 2, 1}, .relabelled = {{4, 2}}};
    const Snapshot snapshot = snapshot_of(changes);
    const std::vector<DataLine> lines = data_lines(snapshot);
    std::vector<std::string> texts;
    for (const DataLine& line : lines) texts.push_back(line.text);
    CHECK(texts == std::vector<std::string>{"labels 50 % shuffled", "noise of 20 grey levels", "class 'cat' left out",
                                            "class 'dog' twice", "picture 4 taken for 'owl'"});
    CHECK(lines[0].without.changes == DataChanges{.noise = 20.0, .times = {0, 2, 1}, .relabelled = {{4, 2}}});
    CHECK(lines[2].without.changes.times == std::vector<int>{1, 2, 1});
    CHECK(lines[4].without.changes.relabelled.empty());
    CHECK(held_lines(snapshot).size() == 5);
    CHECK(data_lines(snapshot_of({})).empty());
    CHECK(held_lines(snapshot_of({})).empty());
    const auto many = data_lines(snapshot_of({.relabelled = {{1, 0}, {2, 0}, {3, 1}, {5, 1}}}));
    REQUIRE(many.size() == 1);
    CHECK(many[0].text == "4 pictures relabelled");
    CHECK_FALSE(many[0].without.changes.any());
}

TEST_CASE("what is asked for keeps all the rest, and the label of the data is nothing that is changed") {
    const Snapshot snapshot = snapshot_of({.noise = 3.0, .relabelled = {{4, 2}}});
    CHECK(with_times(snapshot, 1, 4).changes == DataChanges{.noise = 3.0, .times = {1, 4, 1}, .relabelled = {{4, 2}}});
    CHECK(with_shuffled_labels(snapshot, 0.25).changes.shuffled_labels == 0.25);
    CHECK(with_noise(snapshot, 0.0).changes == DataChanges{.relabelled = {{4, 2}}});
    CHECK(with_label(snapshot, 4, 1).changes == DataChanges{.noise = 3.0});
    CHECK(with_label(snapshot, 4, 0).changes.relabelled == std::vector<RelabelledPicture>{{4, 0}});
    CHECK(label_of(snapshot, Split::Train, 4) == 2);
    CHECK(label_of(snapshot, Split::Test, 4) == 1);
    CHECK(times_choice(0) == 0);
    CHECK(times_choice(3) == 3);
    CHECK(times_choice(8) == 3);
}

TEST_CASE("the index counts training pictures by what they are taken for, and reads them anew as that changes") {
    DataIndex index;
    index.set_dataset(std::make_shared<const Threes>());
    index.scan(1000);
    CHECK(index.count(Split::Train, 2) == 10);
    index.set_changes({.relabelled = {{4, 2}}}, 5);
    CHECK_FALSE(index.complete());
    index.scan(1000);
    CHECK(index.count(Split::Train, 2) == 11);
    CHECK(index.count(Split::Train, 1) == 9);
    CHECK(index.place_of(Split::Train, 2, 4) == 1);
    CHECK(index.count(Split::Test, 2) == 10);
    index.set_changes({.noise = 5.0, .relabelled = {{4, 2}}}, 5);  // no label
    CHECK(index.complete());
    index.set_changes({}, 5);
    index.scan(1000);
    CHECK(index.count(Split::Train, 2) == 10);
}
