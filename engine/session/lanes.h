// The lanes of a run: which there are, and what it takes to come back to one that was left.
#pragma once

#include "engine/api/run_info.h"
#include "engine/api/run_line.h"
#include "engine/session/set_aside.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace convscope {

class Lanes {
public:
    // What a run was when it was left: its folder stays its own.
    struct LeftRun {
        std::shared_ptr<const RunInfo> info;
        RunHome home;
        ChangeMarks marks;
    };

    // A run begins by itself: its lane is the only one.
    void begin(RunId first);
    void branch(RunId lane, RunId parent, std::int64_t from);
    // The run is about to go on in another lane.
    void leave(RunId lane, LeftRun run, std::int64_t furthest, RunHistory history);
    void come_back(RunId lane);
    void name(RunId lane, std::string name);
    // Something was changed in it: the first change of a branch is what began it.
    void changed(RunId lane, const std::string& what);
    // Those that branched from it become branches of the one among them that has most of it behind itself.
    void forget(RunId lane);

    bool has(RunId lane) const;
    // Of one that was left.
    const LeftRun& left(RunId lane) { return find(lane).run; }
    const RunHistory& history(RunId lane) { return *find(lane).shown.history; }
    // What is called so in a sentence: "The lane slower"; by what it is where it has no name.
    std::string words(RunId lane);

    void show(RunLine& into);

private:
    struct Lane {
        RunLane shown;
        LeftRun run;
    };
    Lane& find(RunId lane);

    std::vector<Lane> lanes_;
    std::shared_ptr<const std::vector<RunLane>> shown_;  // null: to be made, or there is only one
};

}  // namespace convscope
