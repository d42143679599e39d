// Keeps the log of a session's runs, each in its own folder: metrics, and for TensorBoard the graph, the first pictures
// and weight histograms.
#pragma once

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
#include <vector>

namespace convscope {

// Writes on a thread of its own, once a second and at the end, so that neither training nor the window waits for a
// disk. A run's log begins with its first iteration or measurement, in the folder of RunInfo::checkpoint; a run without
// one has no log. In a folder where a resumed run's log is already it goes on from where the run does. What a disk
// refuses is kept and tried again (formats/run_log.h).
class RunRecorder {
public:
    explicit RunRecorder(std::int64_t log_every);  // is_logged()
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
    struct Writer;  // one overload per entry

    void thread_main();
    void write(const RunLogEntry& entry);
    Result<void> begin();
    void note(const Result<void>& result);
    void tell(event::Notice::Severity severity, std::string text);
    Result<void> settled();

    const std::int64_t log_every_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::condition_variable settled_changed_;
    std::vector<RunLogEntry> entries_;   // guarded by mutex_, as are the next ones
    std::deque<event::Notice> notices_;  // not told yet
    std::uint64_t settlings_asked_ = 0;  // and how many of them are done, with the outcome of the latest
    std::uint64_t settlings_done_ = 0;
    Result<void> settlement_;
    bool stopping_ = false;

    // The thread's own.
    std::shared_ptr<const RunInfo> run_;  // that is being logged; null: none is
    RunLog::Options options_;             // of its log, which has not begun
    std::vector<event::Changed> before_;  // likewise
    std::unique_ptr<RunLog> log_;
    bool failing_ = false;  // the latest try to write
    std::string lacking_;   // what its log lacks for good

    std::thread thread_;  // last: it starts when everything above exists
};

}  // namespace convscope
