// A saved run that nobody has trained: everything in it something else than the default, consistent as files must be.
#pragma once

#include "engine/state/run_state.h"

#include <cstdint>

namespace convscope {

// A generator's state as LibTorch would take it.
TensorBlob some_generator(std::uint64_t seed);

// In the middle of its second epoch; the same one for the same recipe.
TrainingState some_training_state(const Recipe& recipe);
RunProgress some_progress();
RunState some_run(const Recipe& recipe);

// The next iteration of a run.
void add_iteration(RunProgress& progress, const IterationMetrics& metrics);

}  // namespace convscope
