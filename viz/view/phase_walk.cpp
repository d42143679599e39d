#include "viz/view/phase_walk.h"

#include <cstddef>

namespace convscope {

const char* to_word(Phase phase) {
    static constexpr std::array<const char*, 6> kWords{"", "batch", "forward pass", "loss", "backward pass", "update"};
    return kWords[static_cast<std::size_t>(phase)];
}

const char* to_title(Phase phase) {
    static constexpr std::array<const char*, 6> kTitles{"", "Batch", "Forward", "Loss", "Backward", "Update"};
    return kTitles[static_cast<std::size_t>(phase)];
}

PhaseStep step_from(Phase held, int direction) {
    if (held == Phase::None) return {direction > 0 ? Phase::Batch : Phase::Update, 0};
    if (direction > 0 && held == Phase::Update) return {Phase::Batch, 1};
    if (direction < 0 && held == Phase::Batch) return {Phase::Update, -1};
    return {static_cast<Phase>(static_cast<int>(held) + (direction > 0 ? 1 : -1)), 0};
}

}  // namespace convscope
