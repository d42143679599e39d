// The lanes of a run: which there are, and what it takes to come back to one that was left.
#pragma once

#include "engine/api/run_info.h"
#include "engine/api/run_line.h"
#include "engine/session/set_aside.h"
#include "engine/state/run_family.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
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
        std::filesystem::path file = {};  // where its state still is, that an earlier session left; empty: it is kept
    };
    struct Lane {
        RunLane shown;
        LeftRun run;  // of another than the present one
    };

    // A run begins by itself: its lane is the only one.
    void begin(RunId first);
    // Or it has lanes from an earlier session, which is present among them; those that are not there any more are
    // forgotten at once. `out_of_reach` are such as may be there again.
    void begin(std::string family, std::vector<Lane> lanes, const std::vector<RunId>& gone,
               std::vector<SavedLane> out_of_reach);
    void branch(RunId lane, RunId parent, std::int64_t from);
    // The run is about to go on in another lane.
    void leave(RunId lane, LeftRun run, std::int64_t furthest, RunHistory history);
    void come_back(RunId lane);
    void name(RunId lane, std::string name);
    // Error: it has too many.
    Result<void> name_place(RunId lane, NamedPlace place);
    // Something was changed in it: the first change of a branch is what began it; and false of any other.
    bool changed(RunId lane, const std::string& what);
    // Those that branched from it become branches of the one among them that has most of it behind itself.
    void forget(RunId lane);

    // As they are on disk, where there is more to be said than that a run is there; `present` is the present lane's
    // folder. Lanes that have no folder are left out.
    std::optional<RunFamily> saved(const std::filesystem::path& present);

    bool has(RunId lane) const;
    const RunLane& shown(RunId lane) { return find(lane).shown; }
    // Of its run; the present one's is `present`.
    std::filesystem::path folder(RunId lane, const std::filesystem::path& present);
    // Of one that was left.
    const LeftRun& left(RunId lane) { return find(lane).run; }
    void state_is_kept(RunId lane) { find(lane).run.file.clear(); }
    const RunHistory& history(RunId lane) { return *find(lane).shown.history; }
    // The last iteration that two of them have in common; 0 where that is not known.
    std::int64_t common(RunId one, RunId other);
    // By its name, else by what began it.
    std::string label(RunId lane);
    // What is called so in a sentence: "The lane slower"; by what it is where it has no name.
    std::string words(RunId lane);

    void show(RunLine& into);

private:
    Lane& find(RunId lane);
    bool has_names() const;

    std::vector<Lane> lanes_;
    std::string family_;  // RunFamily::id; empty: it was never on disk
    std::vector<SavedLane> out_of_reach_;
    std::shared_ptr<const std::vector<RunLane>> shown_;  // null: to be made, or there is only one
};

}  // namespace convscope
