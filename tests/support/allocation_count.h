// Counts the calls of operator new, for tests of what must not allocate. A program that links
// convscope_allocation_count has its operator new replaced, all forms but the aligned ones; what C libraries allocate
// is not counted.
#pragma once

#include <cstdint>

namespace convscope::test {

// By the calling thread, since it began.
std::int64_t allocations_of_this_thread();

}  // namespace convscope::test
