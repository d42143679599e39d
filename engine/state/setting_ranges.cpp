#include "engine/state/setting_ranges.h"

#include <cmath>

namespace convscope {

Result<void> check_settings(const TrainingState& state) {
    if (std::isfinite(state.learning_rate) && state.momentum >= 0.0 && state.momentum < 1.0 && state.batch_size >= 1 &&
        state.iteration >= 0)
        return {};
    return Error{ErrorCode::Corrupt, "its settings are out of range"};
}

}  // namespace convscope
