#include "engine/session/publisher.h"

#include <chrono>
#include <cmath>
#include <utility>

namespace convscope {
namespace {

constexpr double kProgressInterval = 0.05;           // seconds between publications that only move a progress bar
constexpr double kRecent = 1.0;                      // seconds, time constant of the rates on screen
constexpr std::chrono::milliseconds kRedelivery{5};  // between two tries to hand over scalars that a reader left lying

}  // namespace

Publisher::Publisher(const SessionOptions& options)
    : clock_(options.clock), log_(options.log), on_publish_(options.on_publish) {}

void Publisher::drain_events(std::vector<Event>& out) {
    if (!events_.drain(drained_events_)) return;
    for (Event& event : drained_events_) out.push_back(std::move(event));
}

void Publisher::notify(event::Notice::Severity severity, std::string text, RunId about, std::string subject) {
    events_.post(event::Notice{severity, std::move(text), about, std::move(subject)});
}

void Publisher::tell(event::RunStarted started) {
    tell_log(started);
    events_.post(std::move(started));
}

void Publisher::tell(const IterationMetrics& metrics) {
    metrics_ring_.push(metrics);
    tell_log(metrics);
}

void Publisher::tell(const EvaluationMetrics& measured, bool news) {
    events_.post(event::Evaluated{measured});
    if (news) tell_log(measured);
}

void Publisher::tell(event::Changed change) {
    tell_log(change);
    events_.post(std::move(change));
}

void Publisher::tell_log(RunLogEntry entry) {
    if (!log_) return;
    if (std::optional<event::Notice> notice = log_(std::move(entry))) events_.post(std::move(*notice));
}

void Publisher::tell_journal(JournalEntry entry) {
    for (JournalEntry& due : journal_.add(std::move(entry))) tell_log(std::move(due));
}

void Publisher::trained(std::int64_t samples, double seconds) {
    const double keep = std::exp(-seconds / kRecent);
    recent_.samples = keep * recent_.samples + static_cast<double>(samples);
    recent_.training_seconds = keep * recent_.training_seconds + seconds;
    recent_.watching_seconds *= keep;
}

TimePoint Publisher::redelivery_due() { return metrics_ring_.flush() ? TimePoint::max() : clock_->now() + kRedelivery; }

bool Publisher::progress_due() const { return seconds_between(last_publication_, clock_->now()) > kProgressInterval; }

std::shared_ptr<Snapshot> Publisher::begin_snapshot() {
    last_publication_ = clock_->now();
    metrics_ring_.flush();
    std::shared_ptr<Snapshot> snapshot = pool_.acquire();
    snapshot->sequence = ++sequence_;
    snapshot->published = last_publication_;
    const double all = recent_.training_seconds + recent_.watching_seconds;
    snapshot->samples_per_second = recent_.training_seconds > 0.0 ? recent_.samples / recent_.training_seconds : 0.0;
    snapshot->cost.share = all > 0.0 ? recent_.watching_seconds / all : 0.0;
    snapshot->cost.publish_microseconds = publish_seconds_ * 1e6;
    return snapshot;
}

void Publisher::publish(std::shared_ptr<Snapshot> snapshot) {
    slot_.publish(std::move(snapshot));
    publish_seconds_ = seconds_between(last_publication_, clock_->now());
    if (on_publish_) on_publish_();
}

// Twice, as the slot keeps what was published before.
void Publisher::withdraw() {
    slot_.publish(nullptr);
    slot_.publish(nullptr);
    recent_ = {};
    if (on_publish_) on_publish_();
}

}  // namespace convscope
