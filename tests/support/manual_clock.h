// A clock that a test turns by hand: whoever sleeps by it wakes when it is told that the time has come.
#pragma once

#include "engine/core/clock.h"

#include <algorithm>
#include <atomic>
#include <vector>

namespace convscope {

// Any thread may ask it, sleep by it and turn it. Nobody may turn it while what sleeps by it is being destroyed.
class ManualClock final : public Clock {
public:
    enum class Moves {
        WhenTold,
        ToWhatIsWaitedFor,  // too: at once, so that whoever sleeps until a time finds that it has passed
    };
    explicit ManualClock(Moves moves = Moves::WhenTold) : moves_(moves) {}

    TimePoint now() const override { return TimePoint(now_.load()); }

    void advance(std::chrono::duration<double> by) {
        std::vector<Sleeper> sleepers;
        {
            std::lock_guard lock(mutex_);
            now_ = now_.load() + std::chrono::round<TimePoint::duration>(by);
            sleepers = sleepers_;
        }
        for (const Sleeper& sleeper : sleepers) {  // with its lock, so that it has seen the time or is asleep
            std::lock_guard lock(*sleeper.mutex);
            sleeper.changed->notify_all();
        }
    }

    void wait(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, TimePoint until) const override {
        {
            std::lock_guard own(mutex_);
            if (moves_ == Moves::ToWhatIsWaitedFor && until != TimePoint::max())
                now_ = std::max(now_.load(), until.time_since_epoch());
            if (now() >= until) return;
            sleepers_.push_back({&changed, lock.mutex()});
        }
        changed.wait(lock);
        std::lock_guard own(mutex_);
        const auto same = [&](const Sleeper& sleeper) { return sleeper.changed == &changed; };
        sleepers_.erase(std::find_if(sleepers_.begin(), sleepers_.end(), same));
    }

private:
    struct Sleeper {
        std::condition_variable* changed;
        std::mutex* mutex;
    };
    const Moves moves_;
    mutable std::mutex mutex_;  // taken with a sleeper's lock, never the other way round
    mutable std::atomic<TimePoint::duration> now_{TimePoint::duration{}};  // written with mutex_
    mutable std::vector<Sleeper> sleepers_;                                // guarded by mutex_
};

}  // namespace convscope
