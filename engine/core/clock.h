// Time: a clock that is handed in, so that tests can turn their own by hand (tests/support/manual_clock.h), and the two
// summaries that are shown of measured times.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <vector>

namespace convscope {

using TimePoint = std::chrono::steady_clock::time_point;

class Clock {
public:
    virtual ~Clock() = default;
    virtual TimePoint now() const = 0;
    // Lets go of the lock until `changed` is notified or it is `until` (max(): the former alone). May return sooner.
    virtual void wait(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, TimePoint until) const = 0;
};

class SteadyClock final : public Clock {
public:
    TimePoint now() const override { return std::chrono::steady_clock::now(); }
    void wait(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, TimePoint until) const override {
        if (until == TimePoint::max())
            changed.wait(lock);
        else
            changed.wait_until(lock, until);
    }
};

inline double seconds_between(TimePoint from, TimePoint to) { return std::chrono::duration<double>(to - from).count(); }

// Never later than such a clock can say, however long.
inline TimePoint seconds_after(TimePoint from, double seconds) {
    constexpr double kLongest = 1e8;
    const std::chrono::duration<double> wait(std::min(seconds, kLongest));
    return from + std::chrono::duration_cast<TimePoint::duration>(wait);
}

// The last `capacity` samples; allocates only in the constructor.
class RollingSamples {
public:
    explicit RollingSamples(std::size_t capacity) : samples_(capacity, 0.0), sorted_(capacity, 0.0) {}

    void add(double sample) {
        samples_[next_] = sample;
        next_ = next_ + 1 == samples_.size() ? 0 : next_ + 1;
        count_ = std::min(count_ + 1, samples_.size());
    }
    std::size_t count() const { return count_; }
    // 0 when empty.
    double mean() const {
        double sum = 0.0;
        for (std::size_t i = 0; i < count_; ++i) sum += samples_[i];
        return count_ ? sum / static_cast<double>(count_) : 0.0;
    }
    // The nearest-rank percentile, fraction in [0, 1]; 0 when empty.
    double percentile(double fraction) const {
        if (count_ == 0) return 0.0;
        std::copy_n(samples_.begin(), count_, sorted_.begin());
        const auto rank = static_cast<std::size_t>(fraction * static_cast<double>(count_ - 1) + 0.5);
        const auto nth = sorted_.begin() + static_cast<std::ptrdiff_t>(std::min(rank, count_ - 1));
        std::nth_element(sorted_.begin(), nth, sorted_.begin() + static_cast<std::ptrdiff_t>(count_));
        return *nth;
    }

private:
    std::vector<double> samples_;
    mutable std::vector<double> sorted_;
    std::size_t next_ = 0;
    std::size_t count_ = 0;
};

}  // namespace convscope
