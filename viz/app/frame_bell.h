// Wakes a window that waits for something to change. The trainer rings whenever it has published; only a window that
// sleeps is woken, so a busy one costs it nothing.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <utility>

namespace convscope {

class FrameBell {
public:
    // Any thread. Nothing unless it was armed since it rang last.
    void ring() {
        if (!armed_.exchange(false)) return;
        const std::lock_guard lock(mutex_);
        if (wake_) wake_();
    }

    // The window's thread: right before it looks for the last time whether there is something new, and then sleeps.
    void arm() { armed_.store(true); }
    // What ends its sleep, from any thread; nothing when there is no window any more.
    void connect(std::function<void()> wake) {
        const std::lock_guard lock(mutex_);
        wake_ = std::move(wake);
    }

private:
    std::atomic<bool> armed_{false};
    std::mutex mutex_;  // held by a ringing trainer while it wakes, by the window when it opens and closes
    std::function<void()> wake_;
};

}  // namespace convscope
