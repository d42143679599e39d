// Keeps the log of a session's runs, each in its own folder: metrics, and for TensorBoard the graph, the first pictures
// and weight histograms.
#pragma once

#include "engine/core/result.h"
#include "engine/formats/run_log.h"
#include "engine/session/run_log_entry.h"

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace convscope {

// Writes on a thread of its own, once a second and at the end, so that neither training nor the window waits for a
// disk. A run's log begins with its first iteration or measurement, in the folder of RunInfo::checkpoint; a run without
// one has no log. In a folder where a resumed run's log is already it goes on from where the run does.
class RunRecorder {
public:
    explicit RunRecorder(std::int64_t log_every);  // is_logged()
    // Waits until everything that was added is written.
    ~RunRecorder();
    RunRecorder(const RunRecorder&) = delete;
    RunRecorder& operator=(const RunRecorder&) = delete;

    // SessionOptions::log; never waits for a disk. A run's first failure (a full disk) is returned once, by the next
    // call after it happened; that run is not logged any further.
    Result<void> add(RunLogEntry entry);

private:
    struct Writer;  // one overload per entry

    void thread_main();
    Result<void> begin();

    const std::int64_t log_every_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<RunLogEntry> entries_;  // guarded by mutex_, as are the next two
    std::optional<Error> failure_;      // not told yet
    bool stopping_ = false;

    // The thread's own.
    std::shared_ptr<const RunInfo> run_;  // that is being logged; null: none is
    std::optional<ResumePoint> resumed_;  // where it goes on, if it was saved before
    std::vector<event::Changed> before_;  // its log has begun
    std::unique_ptr<RunLog> log_;

    std::thread thread_;  // last: it starts when everything above exists
};

}  // namespace convscope
