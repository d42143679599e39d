// What a run tells: snapshots, scalars and events to its reader, everything that happens to its log.
#pragma once

#include "engine/api/event.h"
#include "engine/api/snapshot.h"
#include "engine/core/clock.h"
#include "engine/core/latest_slot.h"
#include "engine/core/mailbox.h"
#include "engine/core/object_pool.h"
#include "engine/core/spsc_ring.h"
#include "engine/journal/journal_thinning.h"
#include "engine/session/session_options.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace convscope {

// One thread drives the run and is the only one to call what is said of no other.
class Publisher {
public:
    explicit Publisher(const SessionOptions& options);

    // The reader's thread; as in Session.
    std::shared_ptr<const Snapshot> latest() { return slot_.fetch(); }
    void drain_metrics(std::vector<IterationMetrics>& out) { metrics_ring_.drain(out); }
    void drain_events(std::vector<Event>& out);

    // Any thread.
    void post(Event event) { events_.post(std::move(event)); }
    void notify(event::Notice::Severity severity, std::string text, RunId about = {}, std::string subject = {});

    // To the reader and the log.
    void tell(event::RunStarted started);
    void tell(const IterationMetrics& metrics);
    void tell(const EvaluationMetrics& measured, bool news);  // else it is none to the log
    void tell(event::Changed change);
    // To the log alone.
    bool has_log() const { return static_cast<bool>(log_); }
    void tell_log(RunLogEntry entry);
    void tell_journal(JournalEntry entry);  // likewise, where it has to be known

    // What training and watching took, of which rates and shares are shown that forget with a time constant of about a
    // second of training. Only watching that delays the next iteration counts: what is done in spare time is free.
    void forget_rates() { recent_ = {}; }
    void trained(std::int64_t samples, double seconds);
    void watched(double seconds) { recent_.watching_seconds += seconds; }

    // Whether the reader has fetched what was published last.
    bool taken() const { return slot_.taken(); }
    // When to deliver() scalars that the reader was too far behind to take; max(): there are none.
    TimePoint redelivery_due();
    // Whether it is time to show the progress of what takes long.
    bool progress_due() const;
    // One to be filled: its number, its time and what is measured here are there already.
    std::shared_ptr<Snapshot> begin_snapshot();
    void publish(std::shared_ptr<Snapshot> snapshot);
    // There is no run any more: latest() is null, and nothing is kept of what was published.
    void withdraw();

private:
    struct RecentWork {
        double samples = 0.0;
        double training_seconds = 0.0;
        double watching_seconds = 0.0;
    };

    const std::shared_ptr<const Clock> clock_;
    const std::function<std::optional<event::Notice>(RunLogEntry)> log_;
    JournalThinning journal_;
    const std::function<void()> on_publish_;
    SpscRing<IterationMetrics> metrics_ring_{4096};
    LatestSlot<Snapshot> slot_;
    Mailbox<Event> events_;
    std::vector<Event> drained_events_;  // the reader's
    ObjectPool<Snapshot> pool_;
    std::uint64_t sequence_ = 0;
    TimePoint last_publication_{};
    double publish_seconds_ = 0.0;  // that it took
    RecentWork recent_;
};

}  // namespace convscope
