// What was asked of the session last, kind by kind: kept once, so that keys, buttons and fields agree on what is still
// pending (EngineLink::pending). Pure.
#pragma once

#include "engine/api/command.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace convscope {

template <typename Value>
struct Asked {
    CommandId id{};  // 0: never
    Value value{};
};

// Another picture; nothing where only the session's answer tells.
struct AskedProbe {
    bool batch = false;
    std::int64_t sample = 0;  // of the minibatch
    bool own = false;
    std::optional<Split> split{};
    std::optional<std::int64_t> picture{};
};
AskedProbe asked_probe(const ProbeSource& source);

struct Requested {
    Asked<bool> running;
    CommandId step{};
    CommandId reset{};
    Asked<std::string> recipe;  // of a reset that brought one: its name
    CommandId data{};           // of a reset that brought other data
    CommandId save{};
    CommandId resume{};
    Asked<double> learning_rate;
    Asked<double> momentum;
    Asked<std::int64_t> batch_size;
    Asked<double> speed;
    CommandId by_hand{};  // whatever is done to the network
    Asked<AskedProbe> probe;
    Asked<std::vector<Breakpoint>> breakpoints;
    Asked<std::int64_t> place;  // on the run's line: an iteration
    Asked<RunId> lane;          // to be gone to
    Asked<command::NameLane> lane_name;
    CommandId place_name{};

    void note(CommandId id, const Command& command);
};

}  // namespace convscope
