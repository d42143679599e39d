// A run in a file (.pt): the whole RunState. Python's torch.load reads it too, and ["model"] is the state dict.
#pragma once

#include "engine/core/result.h"
#include "engine/formats/pickle_value.h"
#include "engine/state/run_state.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

// Whole or not at all; makes the folder if need be. Any thread.
Result<void> write_checkpoint(const RunState& run, const std::filesystem::path& path);

// Runs nothing that is in the file. What it returns is complete and consistent: weights and optimizer state have the
// shapes of the recipe's network. The error names the file and what is wrong with it. Any thread.
Result<RunState> read_checkpoint(const std::filesystem::path& path);

// The same of what was read of a file; `name` is what an error calls it.
Result<RunState> run_of_checkpoint(const PickleValue& file, std::string_view name);
// And what a file is made of.
PickleValue checkpoint_of(const RunState& run);

// Those two.
RunFiles checkpoint_files();

// What the classes are called, in the order of the network's outputs, in what was read of a checkpoint; empty when it
// does not say, as those of the first versions and weights from Python, or says it of another number of classes.
std::vector<std::string> class_names_of_checkpoint(const PickleValue& file, std::int64_t class_count);

// What the run in what was read of a checkpoint is held to, of the layers of its network; nothing in a file of weights
// alone, or where the file has a network of other layers in mind.
Restraints restraints_of_checkpoint(const PickleValue& file, const NetworkDescription& network);

// The recipe in what was read of a checkpoint; NotFound in a file of weights alone.
Result<Recipe> recipe_of_checkpoint(const PickleValue& file, std::string_view name);

}  // namespace convscope
