// Counts the calls of operator new in this program, for tests of what must not allocate.
#pragma once

#include <cstdint>

namespace convscope::test {

// Since the program's start, by all threads.
std::int64_t allocation_count();

}  // namespace convscope::test
