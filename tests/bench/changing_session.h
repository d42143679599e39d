// A session that trains nothing: whatever of its network is watched is another content with each change, so that the
// scene can be measured on networks of any size. One thread.
#pragma once

#include "engine/api/network_description.h"
#include "engine/api/session.h"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace convscope::bench {

class ChangingSession final : public Session {
public:
    explicit ChangingSession(Recipe recipe);

    // Another iteration: every tensor that is watched has new values, statistics and content id.
    void change();

    const NetworkDescription& network() const { return info_->network; }

    CommandId post(Command command) override;
    std::shared_ptr<const Snapshot> latest() override { return snapshot_; }
    void drain_metrics(std::vector<IterationMetrics>&) override {}
    void drain_events(std::vector<Event>&) override {}

private:
    // The one that the reader may still hold, and the one that is written next.
    struct Generations {
        std::array<std::shared_ptr<TensorCapture>, 2> captures;
        std::size_t next = 0;
    };
    std::shared_ptr<const TensorCapture> refreshed(const TensorKey& key);

    std::shared_ptr<const RunInfo> info_;
    std::vector<float> wave_;  // what values are made of
    std::map<TensorKey, Generations> captures_;
    std::shared_ptr<const Snapshot> snapshot_;
    WatchSet watch_;
    std::uint64_t command_ = 0;
    std::uint64_t content_ = 0;
    std::int64_t iteration_ = 0;
};

}  // namespace convscope::bench
