// Writes what Python's torch.load reads.
#pragma once

#include <ATen/core/ivalue.h>

#include <string>

namespace convscope {

// The bytes of a file of torch.save: dictionaries, lists, texts, numbers and tensors, without the marks of TorchScript's
// types that torch::pickle_save puts on containers, because Python's torch.load refuses those since 2.6, where it runs no
// code from a file by default. Tensors must lie on the CPU and be contiguous. Throws c10::Error.
std::string torch_pickle(const c10::IValue& value);

}  // namespace convscope
