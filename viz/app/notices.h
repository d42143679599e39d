// The line of words at the window's lower edge: what happened, newest first, no dialogue to click away. UI thread.
#pragma once

#include "engine/api/event.h"

#include <deque>
#include <string>

namespace convscope {

class Notices {
public:
    static constexpr std::size_t kKept = 20;

    void add(event::Notice notice, double now_seconds);
    // What was said of another run than the one on screen says nothing of that: it is shown no longer.
    void keep_to(RunId run);

    // What to show now: the newest, but an error for at least as long as its time lasts; null when all have faded.
    const event::Notice* current(double now_seconds) const;
    // Newest first.
    const std::deque<event::Notice>& recent() const { return recent_; }

    // How long a notice of a severity is shown.
    static double seconds_shown(event::Notice::Severity severity);

private:
    std::deque<event::Notice> recent_;
    event::Notice shown_;
    double shown_since_ = 0.0;
    bool any_ = false;
};

}  // namespace convscope
