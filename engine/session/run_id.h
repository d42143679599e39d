// RunIds, of which each is given once in a process.
#pragma once

#include "engine/core/types.h"

#include <atomic>

namespace convscope {

// Any thread. Greater than all before.
inline RunId new_run_id() {
    static std::atomic<std::uint64_t> last{0};
    return RunId{++last};
}

}  // namespace convscope
