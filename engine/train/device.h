// Where tensors live.
#pragma once

#include "engine/core/result.h"

#include <torch/torch.h>

#include <string_view>

namespace convscope {

// "auto" (a CUDA device when LibTorch has one, else the CPU), "cpu", "cuda" or "mps" (a Mac's, which nobody has tried).
Result<torch::Device> choose_device(std::string_view name);

}  // namespace convscope
