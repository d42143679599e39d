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

// What the data say is known with its values.
void Observer::label_probe(const Trainer& trainer) {
    ProbeState& probe = shown_.probe;
    const auto* held = std::get_if<HeldPicture>(&probe.source);
    if (held == nullptr) return;
    probe.label = trainer.label(held->split, held->index);
    if (held->split == Split::Train) probe.trained_on = held->index;
}

void Observer::set_probe(const Trainer& trainer, ProbeSource source) {
    ProbeState& probe = shown_.probe;
    if (const auto* held = std::get_if<HeldPicture>(&source)) chosen_ = *held;
    probe.source = std::move(source);
    probe.label = probe.data_label = -1;
    probe.trained_on = -1;
    label_probe(trainer);
    probe.iteration = -1;
    probe.logits.clear();
    probe.probabilities.clear();
    std::erase_if(shown_.captures, [](const auto& capture) {
        return capture->key.kind == TensorKind::Input || capture->key.kind == TensorKind::Activation;
    });
    captured_iteration_ = -1;
}

void Observer::begin_run(const Trainer& trainer, const RunInfo& run) {
    const auto count = [&run](Split split) {
        return split == Split::Train ? run.data.train_count : run.data.test_count;
    };
    if (count(chosen_.split) == 0) chosen_.split = chosen_.split == Split::Test ? Split::Train : Split::Test;
    chosen_.index %= std::max<std::int64_t>(1, count(chosen_.split));
    ProbeSource source = shown_.probe.source;
    const auto* own = std::get_if<OwnPicture>(&source);
    const bool foreign = own != nullptr && own->byte_count() != run.network.input_shape.element_count();
    if (foreign || std::holds_alternative<HeldPicture>(source)) source = chosen_;
    shown_.clear();
    statistics_iteration_ = -1;
    set_probe(trainer, std::move(source));
}

void Observer::set_phase(Phase phase, double rest_seconds) {
    phase_ = phase;
    phase_seconds_ = rest_seconds;
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
    const bool statistics = phase_ == Phase::None && statistics_due(moment);
    capturing_.probe = shown_.probe;
    capturing_.layer_statistics = shown_.layer_statistics;
    trainer.capture(CaptureRequest{watch_, statistics, moment.iteration, shown_.probe.source}, capturing_);
    std::swap(shown_, capturing_);
    capturing_.captures.clear();
    captured_iteration_ = moment.iteration;
    if (statistics) {
        statistics_iteration_ = moment.iteration;
        statistics_measured_ = begin;
    }
    captured_ = clock_->now();
    capture_seconds_ = seconds_between(begin, captured_);
    captured_bytes_ = 0;
    for (const auto& capture : shown_.captures)
        captured_bytes_ += static_cast<std::int64_t>(capture->values.size() * sizeof(float));
}

void Observer::show(Snapshot& into) const {
    into.phase = phase_;
    into.phase_seconds = phase_seconds_;
    into.chosen = chosen_;
    show(into.seen);
    into.cost.capture_microseconds = capture_seconds_ * 1e6;
    into.cost.captured_bytes = captured_bytes_;
}

void Observer::show(Observation& into) const {
    into.captures = shown_.captures;
    into.probe = shown_.probe;
    if (phase_ != Phase::None) into.pass = shown_.pass;
    into.layer_statistics = shown_.layer_statistics;
}

}  // namespace convscope
