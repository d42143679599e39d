// What a session reports besides snapshots and scalars. Lossless, in order.
#pragma once

#include "engine/api/change_marks.h"
#include "engine/api/metrics.h"
#include "engine/api/run_history.h"
#include "engine/api/run_info.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace convscope {

// Where a saved run goes on.
struct ResumePoint {
    std::int64_t iteration = 0;   // the last one done
    bool evaluation_due = false;  // it ended an epoch that was not measured yet, and is now
};

namespace event {

// A run begins: the history starts anew, or with what a saved run that is resumed has behind it.
struct RunStarted {
    std::shared_ptr<const RunInfo> info;
    std::optional<ResumePoint> resumed = std::nullopt;    // none: the weights are fresh
    std::shared_ptr<const RunHistory> history = nullptr;  // up to where it goes on; null: none
    std::shared_ptr<const ChangeMarks> marks = nullptr;   // Changed, likewise: files do not keep them
};
struct Evaluated {
    EvaluationMetrics metrics;
};
// Something was changed while training; drawn as a mark on the curves.
struct Changed {
    RunId run;
    std::int64_t iteration = 0;
    std::string what;  // "learning rate 0.001 -> 0.01"
};
// A run was written to a file, or could not be.
struct Saved {
    RunId run;
    std::int64_t iteration = 0;
    std::string path;
    std::string problem;  // empty: all is well
    bool asked = false;   // by command::Save; the session saves by itself too
};
// A sentence for the user.
struct Notice {
    enum class Severity : std::uint8_t { Info, Warning, Error };
    Severity severity = Severity::Info;
    std::string text;
    RunId about = {};  // a run, with which it goes: what is said of it says nothing of another. 0: of none
    // What it is of (a file that is saved, a download): the next notice of the same takes its place, an error's too, as
    // what that said is true no longer. Empty: of nothing that there will be more news of.
    std::string subject = {};
};

}  // namespace event

using Event = std::variant<event::RunStarted, event::Evaluated, event::Changed, event::Saved, event::Notice>;

}  // namespace convscope
