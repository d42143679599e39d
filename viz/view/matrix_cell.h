// The way from picture to picture in the selected cell of the confusion matrix: those of one class that the latest
// sweep took for another. Pure. UI thread.
#pragma once

#include "engine/api/snapshot.h"
#include "viz/view/selection.h"

#include <cstdint>
#include <optional>

namespace convscope {

// Whether it is told which pictures are in the cell: one is selected, and a sweep has said what it took each for.
bool knows_cell(const Snapshot& snapshot, const Selection& selection);

// The next one behind `from` (ahead of it, where `direction` is negative), around the ends; -1 comes before the first.
std::optional<std::int64_t> next_in_cell(const Snapshot& snapshot, const Selection& selection, std::int64_t from,
                                         int direction);

}  // namespace convscope
