// What a value that is no tensor is called in messages, and how it becomes one.
#pragma once

#include "engine/formats/pickle_value.h"

#include <string>
#include <string_view>

namespace convscope {

// "a list of 10 values", "a whole number (3)", "a NumPy array"; of an opaque value the name, where that is no array of
// NumPy's.
std::string words_for(const PickleValue& value);

// Of these words, what in Python makes a tensor of the value that this program reads: "torch.as_tensor()". Empty where
// nothing does.
inline constexpr std::string_view kAsTensor = "torch.as_tensor()";
std::string_view made_tensor_by(std::string_view words);

}  // namespace convscope
