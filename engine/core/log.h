// One line per event that a developer or a worried user wants to know, on standard error. What the user must see is an
// Event instead (api/event.h) and reaches the window.
#pragma once

#include <atomic>
#include <string_view>

namespace convscope::log {

enum class Level { Debug, Info, Warning, Error };

// Any thread; lines never mix. Below the minimum level (default: Warning, or $CONVSCOPE_LOG=debug|info|warning|error)
// nothing is written.
void write(Level level, std::string_view text);
void set_minimum_level(Level level);

// Replaces where lines go, for tests; null restores standard error. Not to be called while other threads log.
using Sink = void (*)(Level level, std::string_view text);
void set_sink(Sink sink);

// A place in the code that logs at most once per process, whatever it is called in a loop.
class OncePerSite {
public:
    bool first() { return !done_.exchange(true, std::memory_order_relaxed); }

private:
    std::atomic<bool> done_{false};
};

}  // namespace convscope::log

#define CONVSCOPE_LOG_ONCE(level, text)                          \
    do {                                                         \
        static ::convscope::log::OncePerSite site_;              \
        if (site_.first()) ::convscope::log::write(level, text); \
    } while (false)
