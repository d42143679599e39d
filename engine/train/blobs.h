// From LibTorch's tensors to what states are made of, and back.
#pragma once

#include "engine/core/result.h"
#include "engine/state/tensor_blob.h"
#include "engine/state/training_state.h"

#include <torch/torch.h>

#include <string>
#include <utility>
#include <vector>

namespace convscope {

// A copy of the values. Its memory is LibTorch's own, which knows which pieces it has.
TensorBlob blob_of(const torch::Tensor& tensor);

// The same without copying, of a tensor on the CPU without gaps that nobody writes to any more.
TensorBlob blob_taking(torch::Tensor tensor);

// A tensor on the blob's own values, which must not be written to.
torch::Tensor view_of(const TensorBlob& blob);

// Whether the blob has the tensor's shape and type of elements, so that it can be copied there.
bool fits(const TensorBlob& blob, const torch::Tensor& tensor);

// Where each of a network's tensors goes to, and a state's values.
using WeightsToCopy = std::vector<std::pair<torch::Tensor, torch::Tensor>>;

// An Error names what is not the network's: then the state is not of this one.
Result<WeightsToCopy> match_state(const std::vector<std::pair<std::string, torch::Tensor>>& network,
                                  const std::vector<NamedBlob>& saved);
// Into the memory that stands.
void copy(const WeightsToCopy& weights);

// A generator on the CPU in that state. Throws c10::Error where it is none.
torch::Generator generator_of(const TensorBlob& state);

}  // namespace convscope
