// A run in a file (.pt): the whole TrainingState and the session's progress. Python's torch.load reads it too, and
// ["model"] is the state dict.
#pragma once

#include "engine/api/dataset.h"
#include "engine/core/result.h"
#include "engine/formats/pickle_value.h"
#include "engine/session/run_progress.h"
#include "engine/train/training_state.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

struct Checkpoint {
    TrainingState state;
    RunProgress progress;  // the RunIds of its metrics are not kept
};

// Whole or not at all; makes the folder if need be. Any thread.
Result<void> write_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& path);

// Runs nothing that is in the file. What it returns is complete and consistent: weights and optimizer state have the
// shapes of the recipe's network. The error names the file and what is wrong with it.
Result<Checkpoint> read_checkpoint(const std::filesystem::path& path);

// Whether these are the pictures that the run was trained on, wherever their files lie now. The error says which it
// wants, and begins without the checkpoint's name. Files of the first versions are known by the number of pictures
// alone.
Result<void> check_same_data(const TrainingState& saved, const Dataset& data);

// What the classes are called, in the order of the network's outputs, in what was read of a checkpoint; empty when it
// does not say, as those of the first versions and weights from Python, or says it of another number of classes.
std::vector<std::string> class_names_of_checkpoint(const PickleValue& file, std::int64_t class_count);

// The recipe in what was read of a checkpoint; NotFound in a file of weights alone.
Result<Recipe> recipe_of_checkpoint(const PickleValue& file, std::string_view name);

}  // namespace convscope
