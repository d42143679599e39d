#include "engine/train/tensor_memory.h"

#include "engine/core/machine_memory.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <utility>

namespace convscope {
namespace {

constexpr std::size_t kMostKept = std::size_t{1} << 30;  // bytes
constexpr std::size_t kAlignment = 64;                   // as LibTorch's own: a cache line, a vector of AVX-512
constexpr std::size_t kStepsPerDoubling = 8;             // sizes that are kept apart: an eighth is wasted at most

// In front of each piece.
struct alignas(kAlignment) Header {
    std::size_t bytes;       // of the piece, without this
    Header* next = nullptr;  // while it is kept
};

void free_all(Header* pieces) {
    while (pieces != nullptr) std::free(std::exchange(pieces, pieces->next));
}

// The next larger size that is kept apart from others.
std::size_t rounded(std::size_t bytes) {
    const std::size_t step = std::max(kAlignment, std::bit_floor(bytes) / kStepsPerDoubling);
    return (bytes + step - 1) / step * step;
}

class KeptMemory final : public c10::Allocator {
public:
    static KeptMemory& instance() {
        static auto* const memory = new KeptMemory;  // outlives every tensor
        return *memory;
    }

    // LibTorch 2 has the functions without const, and the third one; each version overrides what it knows.
    c10::DataPtr allocate(std::size_t bytes) const { return take(bytes); }
    c10::DataPtr allocate(std::size_t bytes) { return take(bytes); }
    void copy_data(void* to, const void* from, std::size_t bytes) const { std::memcpy(to, from, bytes); }
    c10::DeleterFnPtr raw_deleter() const override { return &give_back; }

    void release() {
        const std::scoped_lock lock(mutex_);
        for (Pieces& pieces : kept_) free_all(std::exchange(pieces, {}).first);
        kept_bytes_ = 0;
    }

    std::size_t kept_bytes() {
        const std::scoped_lock lock(mutex_);
        return kept_bytes_;
    }

private:
    // Of one size, the one given back last first.
    struct Pieces {
        Header* first = nullptr;
        std::size_t count = 0;
        std::size_t idle = 0;  // the fewest that lay here since the generation began
    };

    static c10::DataPtr take(std::size_t bytes) {
        const c10::Device cpu(c10::DeviceType::CPU);
        if (bytes == 0) return {nullptr, nullptr, &give_back, cpu};
        void* const data = instance().piece_of(rounded(bytes)) + 1;
        return {data, data, &give_back, cpu};
    }

    static void give_back(void* data) {
        if (data == nullptr) return;
        Header* const piece = static_cast<Header*>(data) - 1;
        if (!instance().keep(piece)) std::free(piece);
    }

    Header* piece_of(std::size_t bytes) {
        Header* idle = nullptr;
        Header* piece = nullptr;
        {
            const std::scoped_lock lock(mutex_);
            if (++requests_ % kTensorMemoryGeneration == 0) idle = begin_generation();
            piece = pop(kept_[place_of(bytes)]);
        }
        free_all(idle);
        if (piece != nullptr) return piece;
        void* const memory = std::aligned_alloc(kAlignment, sizeof(Header) + bytes);
        if (memory == nullptr) throw OutOfMemory(bytes);
        return new (memory) Header{bytes};
    }

    bool keep(Header* piece) {
        const std::scoped_lock lock(mutex_);
        if (kept_bytes_ + piece->bytes > kMostKept) return false;
        Pieces& pieces = kept_[place_of(piece->bytes)];
        piece->next = std::exchange(pieces.first, piece);
        ++pieces.count;
        kept_bytes_ += piece->bytes;
        return true;
    }

    // Null where there is none.
    Header* pop(Pieces& pieces) {
        Header* const piece = pieces.first;
        if (piece == nullptr) return nullptr;
        pieces.first = piece->next;
        pieces.idle = std::min(pieces.idle, --pieces.count);
        kept_bytes_ -= piece->bytes;
        return piece;
    }

    // Takes out what was of no use in the last one, to be freed.
    Header* begin_generation() {
        Header* taken = nullptr;
        for (Pieces& pieces : kept_) {
            for (std::size_t useless = pieces.idle; useless > 0; --useless) {
                Header* const piece = pop(pieces);
                piece->next = std::exchange(taken, piece);
            }
            pieces.idle = pieces.count;
        }
        return taken;
    }

    // Rounded sizes have eight places per power of two.
    static std::size_t place_of(std::size_t bytes) {
        const auto power = static_cast<std::size_t>(std::bit_width(bytes) - 1);
        return power * kStepsPerDoubling +
               (bytes - (std::size_t{1} << power)) * kStepsPerDoubling / (std::size_t{1} << power);
    }

    std::mutex mutex_;  // held for a few instructions, once a generation for a few hundred
    std::array<Pieces, 64 * kStepsPerDoubling> kept_{};
    std::size_t kept_bytes_ = 0;
    std::size_t requests_ = 0;
};

}  // namespace

void keep_tensor_memory() { c10::SetCPUAllocator(&KeptMemory::instance(), /*priority=*/1); }

std::size_t kept_tensor_memory() { return KeptMemory::instance().kept_bytes(); }

void release_kept_tensor_memory() { KeptMemory::instance().release(); }

}  // namespace convscope
