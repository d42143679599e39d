// How much memory there is, so that a size is refused before it is taken. Any thread.
#pragma once

#include "engine/core/result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <string>
#include <string_view>

namespace convscope {

// Bytes that this process can take: the least of nine tenths of what the kernel calls available (MemAvailable: the
// rest is left to others), what its control groups leave, and what a limit on its address space (ulimit -v) leaves.
// Where nothing of it can be found out, the largest number there is.
std::int64_t available_memory();

// "17.6 GB", "350 MB", "12 kB": three digits, powers of ten.
std::string memory_text(double bytes);

// InvalidArgument when `bytes` are more than `available`: "WHAT would take 17.6 GB of memory, and 12.1 GB are free;
// REMEDY". `what` begins with whose it is: a file, an option, a layer.
Result<void> check_memory(double bytes, std::string_view what, std::string_view remedy,
                          std::int64_t available = available_memory());

// What `ulimit -v` leaves this process; all there is where it sets no limit.
std::int64_t available_address_space();

// Ok unless that is less than the linear algebra below LibTorch takes when it first computes: OpenBLAS asks for it
// again and again, without end, where it is not there. To be asked when all else that takes memory is in it.
Result<void> check_address_space(std::int64_t available = available_address_space());

// Thrown where that many bytes were asked for and are not there; what() says so in LibTorch's words.
class OutOfMemory : public std::bad_alloc {
public:
    explicit OutOfMemory(std::size_t bytes) noexcept;
    const char* what() const noexcept override { return what_.data(); }

private:
    std::array<char, 64> what_{};
};

// What happened, as a sentence: of std::bad_alloc, and of LibTorch's words for it, that the memory is used up, how much
// was wanted where that is known, and the remedy; of any other exception what it says of itself.
std::string sentence_of(const std::exception& error);

}  // namespace convscope
