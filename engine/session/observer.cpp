#include "engine/session/observer.h"

#include <algorithm>
#include <utility>

namespace convscope {
namespace {

constexpr double kStatisticsInterval = 0.25;  // seconds between measurements of every layer's statistics flat out
constexpr double kCaptureShare = 0.04;        // of time, that captures may take while training flat out

}  // namespace

void Observer::watch(WatchSet set, bool last_pictures_stay) {
    const WatchSet before = std::exchange(watch_, std::move(set));
    if (last_pictures_stay) return;
    std::erase_if(shown_.captures, [this](const auto& capture) { return !watch_.contains(capture->key); });
    if (!watch_.layer_statistics) {
        shown_.layer_statistics.clear();
        statistics_iteration_ = -1;
    }
    const bool more = std::any_of(watch_.tensors.begin(), watch_.tensors.end(),
                                  [&](TensorKey key) { return !before.contains(key); }) ||
                      (watch_.probe && !before.probe) || (watch_.layer_statistics && !before.layer_statistics);
    if (more) captured_iteration_ = -1;
}

void Observer::set_probe(const Trainer& trainer, Split split, std::int64_t index) {
    ProbeState& probe = shown_.probe;
    probe.from_batch = false;
    probe.split = split;
    probe.index = index;
    probe.label = trainer.label(split, index);
    probe.iteration = -1;
    probe.logits.clear();
    probe.probabilities.clear();
    std::erase_if(shown_.captures, [](const auto& capture) {
        return capture->key.kind == TensorKind::Input || capture->key.kind == TensorKind::Activation;
    });
    captured_iteration_ = -1;
}

void Observer::set_probe_to_batch(const Trainer& trainer, bool enabled) {
    set_probe(trainer, shown_.probe.split, shown_.probe.index);
    shown_.probe.from_batch = enabled;
}

void Observer::begin_run(const Trainer& trainer, const DatasetInfo& data) {
    const auto count = [&data](Split split) { return split == Split::Train ? data.train_count : data.test_count; };
    const bool from_batch = shown_.probe.from_batch;
    Split split = shown_.probe.split;
    if (count(split) == 0) split = split == Split::Test ? Split::Train : Split::Test;
    shown_.recycle();
    statistics_iteration_ = -1;
    set_probe(trainer, split, shown_.probe.index % std::max<std::int64_t>(1, count(split)));
    shown_.probe.from_batch = from_batch;
}

void Observer::set_phase(Phase phase, double rest_seconds) {
    shown_.phase = phase;
    shown_.phase_seconds = rest_seconds;
}

bool Observer::looks_at_tensors() const { return !watch_.tensors.empty() || watch_.probe || watch_.layer_statistics; }

bool Observer::statistics_due(const Moment& moment) const {
    if (!watch_.layer_statistics || statistics_iteration_ == moment.iteration) return false;
    return statistics_iteration_ < 0 || moment.unhurried ||
           seconds_between(statistics_measured_, clock_->now()) > kStatisticsInterval;
}

// Flat out the reader sets the measure: nothing is captured that it has no time to fetch. What takes long to capture (a
// million weights) is captured less often, so that watching costs training no more than its share whatever is watched.
bool Observer::wants_captures(const Moment& moment, bool taken) const {
    if (!looks_at_tensors()) return false;
    if (captured_iteration_ == moment.iteration && !statistics_due(moment)) return false;
    return captured_iteration_ < 0 || watch_.every_iteration || moment.unhurried ||
           (taken && seconds_between(captured_, clock_->now()) >= capture_seconds_ / kCaptureShare);
}

void Observer::capture(Trainer& trainer, const Moment& moment) {
    const TimePoint begin = clock_->now();
    const bool statistics = shown_.phase == Phase::None && statistics_due(moment);
    capturing_.probe = shown_.probe;
    capturing_.layer_statistics = shown_.layer_statistics;
    capturing_.phase = shown_.phase;
    capturing_.phase_seconds = shown_.phase_seconds;
    trainer.capture(CaptureRequest{watch_, statistics, moment.iteration}, capturing_);
    std::swap(shown_, capturing_);
    capturing_.captures.clear();
    captured_iteration_ = moment.iteration;
    if (statistics) {
        statistics_iteration_ = moment.iteration;
        statistics_measured_ = begin;
    }
    captured_ = clock_->now();
    capture_seconds_ = seconds_between(begin, captured_);
    shown_.cost.captured_bytes = 0;
    for (const auto& capture : shown_.captures)
        shown_.cost.captured_bytes += static_cast<std::int64_t>(capture->values.size() * sizeof(float));
}

void Observer::show(Snapshot& into) const {
    into.phase = shown_.phase;
    into.phase_seconds = shown_.phase_seconds;
    if (shown_.phase != Phase::None) into.pass = shown_.pass;
    into.probe = shown_.probe;
    into.captures = shown_.captures;
    into.layer_statistics = shown_.layer_statistics;
    into.cost.capture_microseconds = capture_seconds_ * 1e6;
    into.cost.captured_bytes = shown_.cost.captured_bytes;
}

}  // namespace convscope
