// What the page of breakpoints decides without drawing. Pure.
#pragma once

#include "engine/api/breakpoint.h"
#include "engine/api/run_info.h"
#include "viz/view/selection.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

// One of that kind to begin with, of a layer and a class that the run has: the selected layer, if it has weights.
// Without a run (null) the table's own.
std::string example_of(BreakpointKind kind, const RunInfo* run, const Selection& selection);

// The list with one more, as it was typed. The error says what is wrong with it, also where it is none for this run
// (null: there is none yet), or is in the list already.
Result<std::vector<Breakpoint>> with_added(std::vector<Breakpoint> list, std::string_view typed, const RunInfo* run);
std::vector<Breakpoint> without(std::vector<Breakpoint> list, std::size_t index);
std::vector<Breakpoint> with_switched(std::vector<Breakpoint> list, std::size_t index, bool on);

}  // namespace convscope
