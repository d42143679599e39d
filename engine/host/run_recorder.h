// Keeps the log of a session's runs, each in its own folder: metrics, the journal, and for TensorBoard the graph, the
// first pictures and weight histograms.
#pragma once

#include "engine/core/clock.h"
#include "engine/core/result.h"
#include "engine/formats/run_log.h"
#include "engine/session/run_log_entry.h"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace convscope {

// Writes on a thread of its own, once a second and at the end, so that neither training nor the window waits for a
// disk. A run's log begins with its first iteration or measurement, in the folder of RunInfo::checkpoint; a run without
// one has no log. In a folder where a resumed run's log is already it goes on from where the run does. What a disk
// refuses is kept and tried again (formats/run_log.h), also when another run has begun. While a disk does not answer at
// all no more than `most_rows` iterations wait for it, and kMostWeights of weights: what comes then is said to be
// missing.
class RunRecorder {
public:
    static constexpr std::size_t kMostRows = 100'000;                   // some 10 MB
    static constexpr std::size_t kMostMeasurements = 4096;              // beside them
    static constexpr std::size_t kMostWeights = std::size_t{64} << 20;  // bytes; always those of one measurement
    static constexpr std::size_t kMostEnded = 4;                        // logs of runs that have ended, tried again

    explicit RunRecorder(std::int64_t log_every /* is_logged() */, std::size_t most_rows = kMostRows,
                         RunFolderUse folders = {} /* SessionOptions */,
                         std::shared_ptr<const Clock> clock = std::make_shared<SteadyClock>());
    // Waits until everything that was added is written, or was refused once more.
    ~RunRecorder();
    RunRecorder(const RunRecorder&) = delete;
    RunRecorder& operator=(const RunRecorder&) = delete;

    // SessionOptions::log; never waits for a disk. Gives what the user is to be told: that writing began to fail, that
    // it works again, which iterations are missing.
    std::optional<event::Notice> add(RunLogEntry entry);

    // SessionOptions::settle_log. Waits until all that was added before is on the disk; the error says which iterations
    // of the present run's log are not, or are missing from it for good. Any thread.
    Result<void> settle();

private:
    struct Writer;                                                // one overload per entry
    using Entry = std::variant<RunLogEntry, RunLog::Iterations>;  // the latter were not kept

    void keep(RunLogEntry entry);
    void leave_out(std::int64_t iteration);
    bool has_room(const MeasuredWeights& weights);
    void thread_main();
    void write(const Entry& entry);
    void end_log();
    void begin();
    Result<void> retry_ended(Result<void> (RunLog::*finish)());
    void note(const Result<void>& result);
    void tell(event::Notice::Severity severity, std::string text, std::string subject = {});
    Result<void> settled();

    const std::int64_t log_every_;
    const std::size_t most_rows_;
    const RunFolderUse folders_;
    const std::shared_ptr<const Clock> clock_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::condition_variable settled_changed_;
    std::vector<Entry> entries_;  // guarded by mutex_, as are the next ones
    // Of each RunStarted among them: its folder, held from then on, and whether the file that it was resumed from is
    // there. Asked as it begins, as that may be moved before it is written to.
    struct Begun {
        std::shared_ptr<const HeldRunFolder> held;
        bool own_folder = false;
    };
    std::deque<Begun> begun_runs_;
    std::size_t weights_waiting_ = 0;    // bytes of them
    bool leaves_out_ = false;            // of what comes, as too much waits,
    bool leaving_out_told_ = false;      // which is told once
    bool begun_ = false;                 // the run that entries are of now: its log begins whatever comes first
    std::string folder_;                 // that run's
    std::deque<event::Notice> notices_;  // not told yet
    std::uint64_t settlings_asked_ = 0;  // and how many of them are done, with the outcome of the latest
    std::uint64_t settlings_done_ = 0;
    Result<void> settlement_;
    bool stopping_ = false;

    // The thread's own.
    std::shared_ptr<const RunInfo> run_;  // that is being logged; null: none is
    RunLog::Options options_;             // of its log, which has not begun
    std::vector<event::Changed> before_;  // likewise
    std::string journal_;                 // likewise, its lines
    std::unique_ptr<RunLog> log_;
    std::vector<std::unique_ptr<RunLog>> ended_;  // of earlier runs, which their disks have refused so far
    bool failing_ = false;                        // the latest try to write

    std::thread thread_;  // last: it starts when everything above exists
};

}  // namespace convscope
