#include "engine/formats/log_thinning.h"

namespace convscope {
namespace {

// All up to `all`, every 10th up to ten times that, and so on.
bool thinned(std::int64_t number, std::int64_t all) {
    while (number > all) {
        if (number % 10 != 0) return false;
        number /= 10;
    }
    return true;
}

}  // namespace

bool is_logged(std::int64_t iteration, std::int64_t log_every) {
    return log_every > 0 ? iteration % log_every == 0 : thinned(iteration, 10'000);
}

bool are_weights_logged(std::int64_t epoch, std::int64_t log_every) { return log_every > 0 || thinned(epoch, 100); }

}  // namespace convscope
