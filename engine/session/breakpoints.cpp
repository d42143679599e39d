#include "engine/session/breakpoints.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace convscope {
namespace {

bool holds(const Breakpoint& breakpoint, double value) {
    switch (breakpoint.crossing) {
        case Crossing::Below:
            return value < breakpoint.value;
        case Crossing::AtMost:
            return value <= breakpoint.value;
        case Crossing::AtLeast:
            return value >= breakpoint.value;
        case Crossing::Above:
            return value > breakpoint.value;
        case Crossing::Outside:
            return value < breakpoint.value || value > breakpoint.upper;
    }
    return false;
}

std::string class_name(const RunInfo& run, int label) {
    const std::vector<std::string>& names = run.data.class_names;
    return label >= 0 && label < std::ssize(names) ? names[static_cast<std::size_t>(label)] : std::to_string(label);
}

}  // namespace

Breakpoints::Breakpoints(std::vector<Breakpoint> list)
    : list_(std::make_shared<const std::vector<Breakpoint>>(std::move(list))), watched_(list_->size()) {}

Result<std::vector<std::string>> Breakpoints::set(std::vector<Breakpoint> list) {
    std::vector<std::string> out_of_reach;
    for (const Breakpoint& one : list) {
        const Result<Breakpoint> written = parse_breakpoint(to_string(one));
        if (!written) return written.error();
        if (!(written.value() == one))
            return Error{ErrorCode::InvalidArgument, "A breakpoint cannot be '" + to_string(one) + "'"};
        if (!run_ || !one.on || std::find(list_->begin(), list_->end(), one) != list_->end()) continue;
        if (Result<void> fits = check_breakpoint(one, run_->network, run_->data.class_names); !fits)
            out_of_reach.push_back(fits.error().message);
    }
    list_ = std::make_shared<const std::vector<Breakpoint>>(std::move(list));
    find_places();
    return out_of_reach;
}

void Breakpoints::begin_run(std::shared_ptr<const RunInfo> run, const RunProgress& progress) {
    run_ = std::move(run);
    paused_by_.reset();
    known_ = {};
    if (progress.iteration > 0) {
        known_.loss = progress.latest.loss;
        known_.accuracy = progress.latest.accuracy;
    }
    if (progress.history.evaluations.total() > 0) {
        const EvaluationMetrics& last = progress.history.evaluations.items().back();
        known_.test_loss = last.test_loss;
        known_.test_accuracy = last.test_accuracy;
    }
    seen_classes_.assign(run_->data.class_names.size(), false);
    new_classes_.clear();
    goes_on_ = progress.iteration > 0;
    find_places();
}

// What of the run the list asks for; of the rest nothing is measured.
void Breakpoints::find_places() {
    measured_ = dead_units_ = probe_ = false;
    gradients_ = {};
    watched_.assign(list_->size(), {});
    if (!run_) return;
    for (std::size_t i = 0; i < list_->size(); ++i) {
        const Breakpoint& one = (*list_)[i];
        Watched& watched = watched_[i];
        if (!one.on || !check_breakpoint(one, run_->network, run_->data.class_names)) continue;
        dead_units_ = dead_units_ || one.kind == BreakpointKind::UnitDies;
        probe_ = probe_ || one.kind == BreakpointKind::ProbeClassChanges;
        if (one.kind == BreakpointKind::FirstPrediction) watched.label = class_of(one, run_->data.class_names);
        if (one.kind != BreakpointKind::GradientNorm) continue;
        for (const LayerDescription& layer : run_->network.layers)
            if (one.of.empty() ? layer.owns_weights() : layer.spec.name == one.of) watched.layers.push_back(layer.id);
        for (const LayerId layer : watched.layers)
            for (const TensorKind kind : {TensorKind::WeightGradient, TensorKind::BiasGradient})
                gradients_.add({kind, layer});
    }
}

void Breakpoints::measure(Trainer& trainer, std::int64_t iteration, const ProbeSource& probe) {
    WatchSet& watch = gradients_;
    watch.probe = probe_ && !std::holds_alternative<BatchSample>(probe);  // that is another picture each time
    std::swap(now_, before_);
    now_.probe.iteration = -1;
    trainer.capture({.watch = watch, .iteration = iteration, .probe = probe, .dead_units = dead_units_}, now_);
    measured_ = true;
}

double Breakpoints::norm_of(const Watched& watched) const {
    double squares = 0.0;
    bool any = false;
    for (const LayerId layer : watched.layers)
        for (const TensorKind kind : {TensorKind::WeightGradient, TensorKind::BiasGradient})
            if (const TensorCapture* gradient = now_.find({kind, layer})) {
                any = true;
                for (const float value : gradient->values)
                    squares += static_cast<double>(value) * static_cast<double>(value);
            }
    return any ? std::sqrt(squares) : std::nan("");
}

void Breakpoints::before_iteration(Trainer& trainer, std::int64_t iteration, const ProbeSource& probe) {
    if (measured_ || !measures()) return;
    measure(trainer, iteration, probe);
    for (Watched& watched : watched_)
        if (!watched.layers.empty()) watched.norm = norm_of(watched);
}

void Breakpoints::add(std::span<const int> predicted) {
    new_classes_.clear();
    for (const int label : predicted) {
        if (label < 0 || label >= std::ssize(seen_classes_) || seen_classes_[static_cast<std::size_t>(label)]) continue;
        seen_classes_[static_cast<std::size_t>(label)] = true;
        if (!goes_on_) new_classes_.push_back(label);
    }
    goes_on_ = false;
}

Breakpoints::Hits Breakpoints::after_iteration(Trainer& trainer, const IterationMetrics& metrics,
                                               const ProbeSource& probe) {
    hits_.clear();
    if (measures()) measure(trainer, metrics.iteration, probe);
    for (std::size_t i = 0; i < list_->size(); ++i) {
        const Breakpoint& one = (*list_)[i];
        if (!one.on) continue;
        if (one.kind == BreakpointKind::Loss)
            compare(i, known_.loss, static_cast<double>(metrics.loss), metrics.iteration);
        else if (one.kind == BreakpointKind::Accuracy)
            compare(i, known_.accuracy, static_cast<double>(metrics.accuracy), metrics.iteration);
        else if (one.kind == BreakpointKind::GradientNorm)
            compare_norm(i, metrics.iteration);
        else if (one.kind == BreakpointKind::Iteration && metrics.iteration == static_cast<std::int64_t>(one.value))
            hit(one, metrics.iteration, "");
        else if (one.kind == BreakpointKind::LossIsNoNumber && !std::isfinite(metrics.loss) &&
                 !(known_.loss && !std::isfinite(*known_.loss)))
            hit(one, metrics.iteration, "").what =
                "The loss of iteration " + std::to_string(metrics.iteration) +
                " is not a finite number, and the run is paused: start it over and lower the learning rate before it "
                "trains";
        else if (one.kind == BreakpointKind::ProbeClassChanges)
            compare_probe(one, metrics.iteration);
        else if (one.kind == BreakpointKind::UnitDies)
            find_dead_unit(one, metrics.iteration);
        else if (const std::optional<int> label = watched_[i].label;
                 label && std::find(new_classes_.begin(), new_classes_.end(), *label) != new_classes_.end())
            hit(one, metrics.iteration, "").label = *label;
    }
    known_.loss = metrics.loss;
    known_.accuracy = metrics.accuracy;
    return hits_;
}

Breakpoints::Hits Breakpoints::after_measurement(const EvaluationMetrics& measured) {
    hits_.clear();
    for (std::size_t i = 0; i < list_->size(); ++i) {
        const Breakpoint& one = (*list_)[i];
        if (!one.on) continue;
        if (one.kind == BreakpointKind::TestLoss)
            compare(i, known_.test_loss, measured.test_loss, measured.iteration);
        else if (one.kind == BreakpointKind::TestAccuracy)
            compare(i, known_.test_accuracy, measured.test_accuracy, measured.iteration);
        else if (one.kind == BreakpointKind::EpochEnds && measured.ends_epoch)
            hit(one, measured.iteration, "epoch " + std::to_string(measured.epoch) + " is over");
    }
    known_.test_loss = measured.test_loss;
    known_.test_accuracy = measured.test_accuracy;
    return hits_;
}

Breakpoints::Hits Breakpoints::after_epoch(std::int64_t epoch, std::int64_t iteration) {
    hits_.clear();
    for (const Breakpoint& one : *list_)
        if (one.on && one.kind == BreakpointKind::EpochEnds)
            hit(one, iteration, "epoch " + std::to_string(epoch) + " is over");
    return hits_;
}

void Breakpoints::compare(std::size_t index, const std::optional<double>& before, double now, std::int64_t iteration) {
    const Breakpoint& one = (*list_)[index];
    if (!holds(one, now) || (before && holds(one, *before))) return;
    char text[40];
    std::snprintf(text, sizeof text, "it is %.4g", now);
    hit(one, iteration, text);
}

void Breakpoints::compare_norm(std::size_t index, std::int64_t iteration) {
    Watched& watched = watched_[index];
    if (watched.layers.empty()) return;
    const double norm = norm_of(watched);
    const std::size_t hits = hits_.size();
    compare(index, watched.norm, norm, iteration);
    watched.norm = norm;
    if (hits_.size() > hits && watched.layers.size() == 1) hits_.back().layer = watched.layers.front();
}

// The first one that was alive before: those behind it are often dead because it is.
void Breakpoints::find_dead_unit(const Breakpoint& breakpoint, std::int64_t iteration) {
    for (const LayerDescription& layer : run_->network.layers) {
        const auto index = static_cast<std::size_t>(layer.id.index);
        if (index >= now_.dead_units.size() || index >= before_.dead_units.size()) return;
        const std::vector<std::int32_t>& before = before_.dead_units[index];
        for (const std::int32_t unit : now_.dead_units[index]) {
            if (std::binary_search(before.begin(), before.end(), unit)) continue;
            BreakpointHit& found =
                hit(breakpoint, iteration,
                    (layer.has_maps() ? "channel " : "unit ") + std::to_string(unit) + " of " + layer.spec.name +
                        " answers none of the test pictures that it is asked about any more");
            found.layer = layer.id;
            found.unit = unit;
            return;
        }
    }
}

void Breakpoints::compare_probe(const Breakpoint& breakpoint, std::int64_t iteration) {
    const ProbeState& before = before_.probe;
    const ProbeState& now = now_.probe;
    if (before.iteration < 0 || now.iteration < 0 || !(before.source == now.source)) return;
    if (before.predicted() == now.predicted()) return;
    const auto words = [this](int label) { return label < 0 ? std::string("nothing") : class_name(*run_, label); };
    hit(breakpoint, iteration,
        "it was taken for " + words(before.predicted()) + ", and is for " + words(now.predicted()) + " now")
        .label = now.predicted();
}

BreakpointHit& Breakpoints::hit(const Breakpoint& breakpoint, std::int64_t iteration, const std::string& what) {
    std::string sentence = "Breakpoint at iteration " + std::to_string(iteration) + ": " + to_string(breakpoint);
    if (!what.empty()) sentence += "; " + what;
    hits_.push_back({.breakpoint = breakpoint, .run = run_->run, .iteration = iteration, .what = std::move(sentence)});
    return hits_.back();
}

void Breakpoints::show(Snapshot& into) const {
    into.breakpoints = list_;
    into.paused_by = paused_by_;
}

}  // namespace convscope
