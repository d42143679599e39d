// A lossless queue of small plain values from one producer thread to one consumer thread. The ring itself is bounded
// and wait-free; when the consumer falls behind, the producer keeps the surplus in an overflow of its own and moves it
// into the ring as room appears, so nothing is lost and nobody waits.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <type_traits>
#include <vector>

namespace convscope {

template <typename T>
class SpscRing {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    // Room for `capacity` values (at least 1) before the overflow is used.
    explicit SpscRing(std::size_t capacity) : places_(capacity + 1) {}

    // Producer only. Allocates only while the consumer is more than `capacity` values behind.
    void push(const T& value) {
        flush();
        if (!overflow_.empty() || !try_push(value)) overflow_.push_back(value);
    }

    // Producer only: moves overflow into the ring as far as there is room. True when no overflow is left. A producer
    // that pauses calls it until it returns true, so that the consumer gets the last values too.
    bool flush() {
        while (!overflow_.empty() && try_push(overflow_.front())) overflow_.pop_front();
        return overflow_.empty();
    }

    // Consumer only: appends everything in the ring to `out`, oldest first; returns how many.
    std::size_t drain(std::vector<T>& out) {
        std::size_t head = head_.load(std::memory_order_relaxed);
        const std::size_t tail = tail_.load(std::memory_order_acquire);
        std::size_t count = 0;
        for (; head != tail; head = next(head), ++count) out.push_back(places_[head]);
        if (count > 0) head_.store(head, std::memory_order_release);
        return count;
    }

private:
    std::size_t next(std::size_t i) const { return i + 1 == places_.size() ? 0 : i + 1; }

    bool try_push(const T& value) {
        const std::size_t tail = tail_.load(std::memory_order_relaxed);
        if (next(tail) == head_.load(std::memory_order_acquire)) return false;
        places_[tail] = value;
        tail_.store(next(tail), std::memory_order_release);
        return true;
    }

    // What each side writes is on a cache line of its own, so that neither slows the other's reads.
    static constexpr std::size_t kCacheLine = 64;
    std::vector<T> places_;
    alignas(kCacheLine) std::atomic<std::size_t> head_{0};  // written by the consumer
    alignas(kCacheLine) std::atomic<std::size_t> tail_{0};  // written by the producer
    std::deque<T> overflow_;                                // the producer's own
};

}  // namespace convscope
