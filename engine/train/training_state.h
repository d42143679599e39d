// The one value that a run can be continued from, bit for bit: weights, optimizer state, random generators, data order
// and position, recipe, settings changed by hand, and iteration. Checkpoints, rewinding and branching are built on it.
#pragma once

#include "engine/api/recipe.h"
#include "engine/train/batch_source.h"

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace convscope {

// Owns all of its memory: nothing in it changes when training goes on.
struct TrainingState {
    Recipe recipe;
    std::uint64_t seed = 0;
    std::int64_t iteration = 0;
    double learning_rate = 0.0;  // in effect, which may no longer be the recipe's
    double momentum = 0.0;
    std::int64_t batch_size = 0;
    std::vector<std::pair<std::string, torch::Tensor>> parameters;  // PyTorch's names, forward order
    std::string optimizer;                                          // as torch::optim serialises itself
    torch::Tensor default_generator_state;                          // dropout's
    DataPosition data;
};

// An optimizer's state as bytes, and back. Throws c10::Error.
std::string serialise_optimizer(torch::optim::Optimizer& optimizer);
void restore_optimizer(torch::optim::Optimizer& optimizer, const std::string& bytes);

}  // namespace convscope
