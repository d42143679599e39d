// How the learning rate goes through a run: a factor for each iteration.
#pragma once

#include "engine/api/recipe.h"

#include <cstdint>

namespace convscope {

// Where an iteration stands in its run.
struct RunPosition {
    std::int64_t iteration = 0;  // iterations done before this one
    std::int64_t iterations_per_epoch = 1;
    std::int64_t epochs = 1;  // the recipe's; a run that is continued beyond keeps the last iteration's factor
};

// What the learning rate is multiplied by in that iteration, in [0, 1] and finite. With the same numbers as PyTorch's
// schedulers, stepped once per iteration (cosine, one_cycle) or epoch (step): torch.optim.lr_scheduler.{StepLR,
// CosineAnnealingLR, OneCycleLR with cycle_momentum=False and two cosine phases}. A warm-up rises linearly to 1 over
// its epochs, (iteration + 1) / iterations of it, and the schedule proper takes the epochs that are left.
double schedule_factor(const ScheduleSpec& schedule, const RunPosition& position);

}  // namespace convscope
