// A validation split: some training pictures, drawn at random, that a run is measured on instead of the test set.
#pragma once

#include "engine/api/dataset.h"

#include <cstdint>
#include <memory>

namespace convscope {

// A view of `data` without copies: Split::Test are `count` of its training pictures, drawn from the seed, Split::Train
// the others in their own order; info().measured_on says "validation". count in [1, training pictures - 1].
std::shared_ptr<const Dataset> hold_out(std::shared_ptr<const Dataset> data, std::int64_t count, std::uint64_t seed);

}  // namespace convscope
