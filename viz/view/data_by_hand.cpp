#include "viz/view/data_by_hand.h"

#include "engine/api/dataset.h"

#include <cstddef>
#include <utility>

namespace convscope {
namespace {

constexpr std::size_t kNamedPictures = 3;  // more are one line

}  // namespace

const DataChanges& data_changes(const Snapshot& snapshot) {
    static const DataChanges none;
    return snapshot.restraints ? snapshot.restraints->data : none;
}

int times_choice(int times) {
    int place = 0;
    while (place + 1 < static_cast<int>(kTimesChoices.size()) &&
           kTimesChoices[static_cast<std::size_t>(place)].times < times)
        ++place;
    return place;
}

command::ChangeData with_shuffled_labels(const Snapshot& snapshot, double share) {
    command::ChangeData change{data_changes(snapshot)};
    change.changes.shuffled_labels = share;
    return change;
}

command::ChangeData with_noise(const Snapshot& snapshot, double grey_levels) {
    command::ChangeData change{data_changes(snapshot)};
    change.changes.noise = grey_levels;
    return change;
}

command::ChangeData with_times(const Snapshot& snapshot, int label, int times) {
    command::ChangeData change{data_changes(snapshot)};
    change.changes.set_times(label, times, snapshot.run_info->data.class_names.size());
    return change;
}

command::ChangeData with_label(const Snapshot& snapshot, std::int64_t picture, int label) {
    command::ChangeData change{data_changes(snapshot)};
    change.changes.forget_label(picture);
    const RunInfo& run = *snapshot.run_info;
    if (trained_label(change.changes, *run.dataset, run.seed, picture) != label) change.changes.relabel(picture, label);
    return change;
}

std::vector<DataLine> data_lines(const Snapshot& snapshot) {
    std::vector<DataLine> lines;
    const DataChanges& changes = data_changes(snapshot);
    const auto add = [&](const DataChanges& alone, DataChanges without) {
        lines.push_back({words_of_change({}, alone, snapshot.run_info->data.class_names), {std::move(without)}});
    };
    if (changes.shuffled_labels > 0.0)
        add({.shuffled_labels = changes.shuffled_labels}, with_shuffled_labels(snapshot, 0.0).changes);
    if (changes.noise > 0.0) add({.noise = changes.noise}, with_noise(snapshot, 0.0).changes);
    const std::size_t classes = changes.times.size();
    for (std::size_t i = 0; i < classes; ++i) {
        const int label = static_cast<int>(i);
        if (changes.times_of(label) == 1) continue;
        DataChanges alone;
        alone.set_times(label, changes.times_of(label), classes);
        add(alone, with_times(snapshot, label, 1).changes);
    }
    if (changes.relabelled.size() > kNamedPictures) {
        DataChanges without = changes;
        without.relabelled.clear();
        lines.push_back({std::to_string(changes.relabelled.size()) + " pictures relabelled", {std::move(without)}});
        return lines;
    }
    for (const RelabelledPicture& one : changes.relabelled) {
        DataChanges without = changes;
        without.forget_label(one.index);
        add({.relabelled = {one}}, std::move(without));
    }
    return lines;
}

int label_of(const Snapshot& snapshot, Split split, std::int64_t picture) {
    const RunInfo& run = *snapshot.run_info;
    if (split == Split::Test) return run.dataset->label(split, picture);
    return trained_label(data_changes(snapshot), *run.dataset, run.seed, picture);
}

}  // namespace convscope
