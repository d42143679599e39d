// Which iterations are logged. It depends on the iteration alone, so that a resumed run logs those that an
// uninterrupted one does.
#pragma once

#include <cstdint>

namespace convscope {

// `log_every` > 0: each iteration that it divides. 0: every iteration up to 10,000, every 10th up to 100,000, every
// 100th up to a million, and so on: some 10,000, and 9,000 more for each tenfold length of a run.
bool is_logged(std::int64_t iteration, std::int64_t log_every);

// Whether the weights' histograms, a kilobyte a tensor, are logged at an epoch's measurement. `log_every` > 0: at each.
// 0: every epoch up to 100, every 10th up to 1,000, and so on.
bool are_weights_logged(std::int64_t epoch, std::int64_t log_every);

}  // namespace convscope
