// Which settings a run can be in.
#pragma once

#include "engine/core/result.h"
#include "engine/state/training_state.h"

namespace convscope {

// Of a state that was read: a learning rate that is a number, momentum from 0 to below 1, a batch of at least one.
Result<void> check_settings(const TrainingState& state);

}  // namespace convscope
