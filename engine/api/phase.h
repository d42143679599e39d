// How far an iteration has come.
#pragma once

#include <cstdint>

namespace convscope {

// What a phase has computed stays captured until the iteration's end, so a later phase knows all that the earlier ones
// do.
enum class Phase : std::uint8_t {
    None,      // between two iterations
    Batch,     // the minibatch is drawn
    Forward,   // every layer's output is computed
    Loss,      // and compared with the labels
    Backward,  // every gradient is computed
    Update,    // the weights have moved
};

}  // namespace convscope
