// Where on its line a run is, and what of the line is kept. A run goes back and forth on its line as somebody likes
// (command::GoTo): Snapshot::iteration is where it is, and below `furthest` it is in its past.
#pragma once

#include "engine/api/run_history.h"
#include "engine/core/types.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace convscope {

// An iteration that somebody wants to come back to (command::NamePlace).
struct NamedPlace {
    std::int64_t iteration = 0;
    std::string name;
    bool operator==(const NamedPlace&) const = default;
};

// A lane is the line of one run from its beginning on: where something was changed in the past, the known future stays
// behind as a lane, and another one begins.
struct RunLane {
    RunId id;               // that of the run with which the lane began; the same however often one comes back
    std::string name = {};  // command::NameLane; empty: none
    std::vector<NamedPlace> places = {};  // ascending
    RunId parent = {};                    // the lane that it branched from; 0: from none
    std::int64_t from = 0;                // the last iteration that it has in common with that
    std::string begun_by = {};  // the change that made it another one: "learning rate 0.001 -> 0.01"; empty: none
    std::int64_t furthest = 0;  // when one left it; of the lane where the run is RunLine says it
    // Up to `furthest`; null for the lane where the run is, of which every scalar was told.
    std::shared_ptr<const RunHistory> history = nullptr;
};

// Part of every snapshot; what is shared never changes.
struct RunLine {
    RunId lane;                 // the one where the run is
    std::int64_t furthest = 0;  // the last iteration that was ever trained on it
    // On the way there: all else in the snapshot is still of the place that was left.
    std::optional<std::int64_t> travelling_to = std::nullopt;
    // The states that are kept of this lane, as the iterations that are reached from each by training a single one,
    // ascending: those come at once. The first of all is the earliest that can be gone to: 0, or where a resumed run
    // went on. Null before there is a run.
    std::shared_ptr<const std::vector<std::int64_t>> kept = nullptr;
    std::int64_t kept_bytes = 0;    // of all lanes, what they share counted once
    std::int64_t budget_bytes = 0;  // above which older ones are let go of
    // Likewise of the states that are on disk beside the run, where they are for another session too.
    std::int64_t disk_bytes = 0;
    std::int64_t disk_budget_bytes = 0;
    // Every lane, in the order in which they began; null while there is only one, and nothing of it has a
    // name.
    std::shared_ptr<const std::vector<RunLane>> lanes = nullptr;
};

}  // namespace convscope
