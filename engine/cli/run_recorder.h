// Keeps a run's log in its folder: metrics, and for TensorBoard the graph, the first pictures and weight histograms.
#pragma once

#include "engine/api/event.h"
#include "engine/api/snapshot.h"
#include "engine/core/result.h"
#include "engine/formats/run_log.h"

#include <cstdint>
#include <filesystem>
#include <memory>

namespace convscope {

// One thread. The first failure is returned once; from then on nothing is logged.
class RunRecorder {
public:
    RunRecorder(std::filesystem::path folder, std::int64_t log_every)
        : folder_(std::move(folder)), log_every_(log_every) {}

    // What a resumed run tells of its past is in its log already, and not added again.
    Result<void> begin(const event::RunStarted& started);
    Result<void> add(const IterationMetrics& metrics);
    Result<void> add(const event::Evaluated& evaluated);
    Result<void> add(const event::Changed& change);
    // Of the weights in the snapshot's captures.
    Result<void> add_histograms(const Snapshot& snapshot);

private:
    std::filesystem::path folder_;
    std::int64_t log_every_;
    std::int64_t resumed_at_ = 0;    // iterations up to this one are of the past,
    std::int64_t measured_at_ = -1;  // and measurements up to that one
    std::unique_ptr<RunLog> log_;
};

}  // namespace convscope
