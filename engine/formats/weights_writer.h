// Weights as a file for other programs.
#pragma once

#include "engine/core/result.h"
#include "engine/formats/state_dict.h"

#include <filesystem>

namespace convscope {

// Writes safetensors, or what Python's torch.load reads, as the name's ending says (.safetensors; .pth or .pt): every
// tensor under its name, in its own type of element. Whole or not at all.
Result<void> write_weights(const StateDict& tensors, const std::filesystem::path& path);

}  // namespace convscope
