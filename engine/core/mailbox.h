// Messages from many threads to one. The lock is held only to append one message or to swap the whole list out; all
// work on messages happens unlocked.
#pragma once

#include "engine/core/clock.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

namespace convscope {

template <typename Message>
class Mailbox {
public:
    // Any thread.
    void post(Message message) {
        {
            std::lock_guard lock(mutex_);
            pending_.push_back(std::move(message));
        }
        arrived_.notify_one();
    }

    // Any thread. Appends, unless the newest pending message is one that `replaces` says is superseded by this one,
    // which is then overwritten: a slider dragged across its range leaves one message, not a hundred. Only the newest
    // may be replaced, so the order of different messages is kept.
    template <typename Replaces>
    void post_coalesced(Message message, Replaces replaces) {
        {
            std::lock_guard lock(mutex_);
            if (!pending_.empty() && replaces(pending_.back(), message))
                pending_.back() = std::move(message);
            else
                pending_.push_back(std::move(message));
        }
        arrived_.notify_one();
    }

    // Receiver only: replaces the content of `out` with all pending messages, oldest first; true when there are any.
    bool drain(std::vector<Message>& out) {
        out.clear();
        std::lock_guard lock(mutex_);
        out.swap(pending_);
        return !out.empty();
    }

    // Receiver only: sleeps until a message is pending that `counts` is true of, or the deadline has passed by that
    // clock; true when there is one.
    template <typename Counts>
    bool wait_until(const Clock& clock, TimePoint deadline, Counts counts) {
        std::unique_lock lock(mutex_);
        const auto there = [&] { return std::any_of(pending_.begin(), pending_.end(), counts); };
        while (!there() && clock.now() < deadline) clock.wait(arrived_, lock, deadline);
        return there();
    }

    // The same, for any message.
    bool wait_until(const Clock& clock, TimePoint deadline) {
        return wait_until(clock, deadline, [](const Message&) { return true; });
    }

    // Receiver only: sleeps until a message is pending.
    void wait() {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [this] { return !pending_.empty(); });
    }

private:
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::vector<Message> pending_;
};

}  // namespace convscope
