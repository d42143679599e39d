// The format of Hugging Face's safetensors (github.com/huggingface/safetensors, "Format"): the length of a heading
// (8 bytes, little-endian), the heading as JSON, and the tensors' bytes one after the other.
#pragma once

#include "engine/core/result.h"
#include "engine/formats/pickle_value.h"
#include "engine/formats/state_dict.h"

#include <string>
#include <string_view>

namespace convscope {

// Whether bytes begin as such a file does; it may be damaged all the same.
bool is_safetensors(std::string_view bytes);

// A dictionary of tensors, in the heading's order, which is the format's own and not the network's. Types of elements
// that are not known here are opaque values. Every problem is an error that names the file (`name`) and the remedy;
// memory is taken in proportion to the file's size.
Result<PickleValue> parse_safetensors(std::string_view bytes, std::string_view name);

// The bytes of a file of these tensors, each in its own type of element.
std::string safetensors_of(const StateDict& tensors);

}  // namespace convscope
