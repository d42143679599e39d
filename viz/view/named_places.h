// The iterations of the present lane that have a name. Pure.
#pragma once

#include "engine/api/run_line.h"

#include <span>

namespace convscope {

// Ascending; they live as long as `line` does.
std::span<const NamedPlace> named_places(const RunLine& line);

// The one that is meant where somebody points at `iteration`: the nearest that is no farther than `reach`; null where
// there is none.
const NamedPlace* place_near(std::span<const NamedPlace> places, std::int64_t iteration, double reach);

}  // namespace convscope
