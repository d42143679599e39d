// A name for weights that two runs share only if they have the same to the bit.
#pragma once

#include "engine/state/training_state.h"

#include <string>

namespace convscope {

// SHA-256 of all weights and running values, with their names, types and shapes: 64 hexadecimal digits in small
// letters. Some 3 ms a million weights. Throws std::runtime_error where the system's OpenSSL has none.
std::string weights_digest(const TrainingState& state);

}  // namespace convscope
