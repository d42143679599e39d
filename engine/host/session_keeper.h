// Holds the program's session, so that it ends in order however the program does.
#pragma once

#include "engine/api/session.h"

#include <memory>

namespace convscope {

// In order is: the iteration under way is the last one, the run is saved, its log is written, its threads are joined.
// That happens when this is destroyed, and so on the way of an exception that main() catches; and, on the process's
// main thread, when a library calls exit() or the program is about to be terminated (an exception where none may be).
// On any other thread, which may be one of those that would be waited for, exit() ends the process at once and
// std::terminate() as ever: what was last saved stays.
class SessionKeeper {
public:
    // On the main thread; one at a time.
    explicit SessionKeeper(std::unique_ptr<Session> session);
    ~SessionKeeper();
    SessionKeeper(const SessionKeeper&) = delete;
    SessionKeeper& operator=(const SessionKeeper&) = delete;

    // Until it has ended.
    Session& session() { return *session_; }
    // Ends it, if it has not ended yet.
    void end();

private:
    std::unique_ptr<Session> session_;
};

}  // namespace convscope
