// Counts the calls of operator new and what they hold, for tests of what must not allocate, and of what must not grow. A program that links
// convscope_allocation_count has its operator new replaced, all forms but the aligned ones; what C libraries allocate
// is not counted.
#pragma once

#include <cstdint>

namespace convscope::test {

// By the calling thread, since it began.
std::int64_t allocations_of_this_thread();
// By all threads, at present.
std::int64_t bytes_held();

}  // namespace convscope::test
