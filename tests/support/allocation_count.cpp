#include "tests/support/allocation_count.h"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

thread_local std::int64_t count = 0;
std::atomic<std::int64_t> held{0};

void* counted(std::size_t size) noexcept {
    ++count;
    void* const block = std::malloc(size == 0 ? 1 : size);
    held.fetch_add(static_cast<std::int64_t>(malloc_usable_size(block)), std::memory_order_relaxed);
    return block;
}

void release(void* block) noexcept {
    held.fetch_sub(static_cast<std::int64_t>(malloc_usable_size(block)), std::memory_order_relaxed);
    std::free(block);
}

void* counted_or_throw(std::size_t size) {
    if (void* block = counted(size)) return block;
    throw std::bad_alloc();
}

}  // namespace

namespace convscope::test {
std::int64_t allocations_of_this_thread() { return count; }
std::int64_t bytes_held() { return held.load(std::memory_order_relaxed); }
}  // namespace convscope::test

// The nothrow forms too: a sanitizer would supply its own, and miss their blocks at our delete. The aligned forms stay
// a pair of their own, uncounted.
void* operator new(std::size_t size) { return counted_or_throw(size); }
void* operator new[](std::size_t size) { return counted_or_throw(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void operator delete(void* block) noexcept { release(block); }
void operator delete[](void* block) noexcept { release(block); }
void operator delete(void* block, std::size_t) noexcept { release(block); }
void operator delete[](void* block, std::size_t) noexcept { release(block); }
void operator delete(void* block, const std::nothrow_t&) noexcept { release(block); }
void operator delete[](void* block, const std::nothrow_t&) noexcept { release(block); }
