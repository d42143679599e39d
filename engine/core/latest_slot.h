// Newest-wins publication of an immutable value from one thread (the publisher) to one other (the reader). Wait-free on
// both sides: three places and one atomic exchange, so neither can ever make the other wait, and neither allocates.
// A value that the reader did not fetch in time is simply replaced; the replaced one is released by the publisher at
// its second next publish().
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace convscope {

template <typename T>
class LatestSlot {
public:
    // Publisher's thread only.
    void publish(std::shared_ptr<const T> value) {
        places_[back_] = std::move(value);
        const std::uint8_t previous =
            middle_.exchange(static_cast<std::uint8_t>(back_ | kFresh), std::memory_order_acq_rel);
        back_ = previous & kIndexMask;
    }

    // Publisher's thread only: true when the reader has fetched what was published last (or nothing was published yet).
    // This is the credit that keeps a slow reader from costing the trainer anything.
    bool taken() const { return (middle_.load(std::memory_order_acquire) & kFresh) == 0; }

    // Reader's thread only: the newest published value, the same one again when nothing is newer, null before the
    // first.
    const std::shared_ptr<const T>& fetch() {
        if (middle_.load(std::memory_order_relaxed) & kFresh) {
            places_[front_].reset();  // handed back empty: nothing is kept alive by accident
            const std::uint8_t previous = middle_.exchange(front_, std::memory_order_acq_rel);
            front_ = previous & kIndexMask;
        }
        return places_[front_];
    }

private:
    static constexpr std::uint8_t kFresh = 4;
    static constexpr std::uint8_t kIndexMask = 3;

    std::array<std::shared_ptr<const T>, 3> places_;
    std::uint8_t back_ = 0;                // written by the publisher
    std::atomic<std::uint8_t> middle_{1};  // exchanged by both
    std::uint8_t front_ = 2;               // written by the reader
};

}  // namespace convscope
