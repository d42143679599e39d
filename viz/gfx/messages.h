// What the driver has to say about how it is used (KHR_debug). A context that was made for debugging says much, others
// may keep silent. GL thread only.
#pragma once

#include <functional>
#include <string>

namespace convscope::gfx {

struct Message {
    bool serious = false;  // an error, undefined behaviour, or what the driver takes for that grave
    std::string text;
};

// Of the current context: from now on each message is handed over as it arises, within the call that caused it. What
// shader compilers say is left out: Program::link() returns it. False, and nothing is ever said, where the driver lacks
// KHR_debug. One at a time in a process; the last one stays until there is another, which may be empty.
bool on_message(std::function<void(const Message&)> hear);

}  // namespace convscope::gfx
