// The one value that a run can be continued from, bit for bit: weights, optimizer state, random generators, data order
// and position, recipe, settings changed by hand, and iteration. Checkpoints, rewinding and branching are built on it.
#pragma once

#include "engine/api/recipe.h"
#include "engine/data/fingerprint.h"
#include "engine/train/batch_source.h"
#include "engine/train/optimizer.h"

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
    std::vector<std::pair<std::string, torch::Tensor>> weights;  // PyTorch's names: parameters, then buffers
    std::vector<ParameterState> optimizer;                       // one per parameter
    torch::Tensor generator_state;                               // of the weights' and dropout's generator
    DataPosition data;
    std::string data_name;               // of the data set that this is a position in; empty: not known
    std::string data_option;             // the --data that opens it again; empty: not known
    std::int64_t data_fingerprint = -1;  // fingerprint() of it; -1: not known
    FingerprintKind fingerprint_kind = FingerprintKind::SpreadSample;
    std::vector<std::string> class_names;  // one per class, in the order of the network's outputs; empty: not known
};

}  // namespace convscope
