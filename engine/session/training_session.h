// The session that programs build: one run on a thread of its own.
#pragma once

#include "engine/session/session_thread.h"

#include <memory>
#include <utility>
#include <vector>

namespace convscope {

class TrainingSession final : public Session {
public:
    TrainingSession(MakeTrainer make_trainer, SessionOptions options)
        : thread_({{std::move(make_trainer), std::move(options)}}) {}

    CommandId post(Command command) override { return thread_.lane(0).post(std::move(command)); }
    std::shared_ptr<const Snapshot> latest() override { return thread_.lane(0).latest(); }
    void drain_metrics(std::vector<IterationMetrics>& out) override { thread_.lane(0).drain_metrics(out); }
    void drain_events(std::vector<Event>& out) override { thread_.lane(0).drain_events(out); }
    Session* twin() override { return thread_.lane(0).twin(); }

private:
    SessionThread thread_;
};

}  // namespace convscope
