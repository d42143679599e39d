// A data set small enough for tests: each class is a bright square at a place of its own, with noise.
#pragma once

#include "engine/api/dataset.h"

#include <cstdint>
#include <memory>

namespace convscope {

std::shared_ptr<const Dataset> make_toy_dataset(std::int64_t train_count, std::int64_t test_count,
                                                std::int64_t side = 28);

}  // namespace convscope
