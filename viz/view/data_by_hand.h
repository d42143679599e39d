// What is done by hand to the data that a run learns from, and what can be: the same in every panel. Pure.
#pragma once

#include "engine/api/command.h"
#include "engine/api/snapshot.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace convscope {

// Those in effect; of a run whose data are as they were given, none.
const DataChanges& data_changes(const Snapshot& snapshot);

// How often a class may be said to come, and what a button says.
struct TimesChoice {
    int times = 1;
    const char* label = "";  // "Leave out"
    const char* brief = "";  // "out"
};
inline constexpr std::array<TimesChoice, 4> kTimesChoices{
    {{0, "Leave out", "out"}, {1, "Once, as it was", "once"}, {2, "Twice", "2 x"}, {4, "Four times", "4 x"}}};
// The place of the nearest that is not below; of one that the command line or a file has set otherwise.
int times_choice(int times);

// Of all that is changed, with this said otherwise.
command::ChangeData with_shuffled_labels(const Snapshot& snapshot, double share);
command::ChangeData with_noise(const Snapshot& snapshot, double grey_levels);
command::ChangeData with_times(const Snapshot& snapshot, int label, int times);
// The label of the data takes back what was said.
command::ChangeData with_label(const Snapshot& snapshot, std::int64_t picture, int label);

// One kind of change each, in words, and what takes it back alone.
struct DataLine {
    std::string text;
    command::ChangeData without;
};
std::vector<DataLine> data_lines(const Snapshot& snapshot);

// What a picture of the run's data set is taken for: there is one.
int label_of(const Snapshot& snapshot, Split split, std::int64_t picture);

}  // namespace convscope
