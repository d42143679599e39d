#include "viz/view/diagnosis_evidence.h"

#include "engine/api/dataset.h"
#include "engine/api/layer_kinds.h"
#include "viz/view/data_by_hand.h"
#include "viz/view/metric_history.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>
#include <string>
#include <utility>

namespace convscope {
namespace {

// A mean over so many pictures tells a change of the loss from the minibatches' own differences, and takes at least as
// many iterations as the first steps of a run jump about.
constexpr std::int64_t kStretchPictures = 1024;
constexpr std::int64_t kShortestStretch = 16;
constexpr std::int64_t kLongestStretch = 1024;
// Of MetricSeries, that keeps as many exact ones.
constexpr std::int64_t kMostLookedBack = 4096;
// Below it a slow beginning and a standstill look the same.
constexpr std::int64_t kEnoughToCompare = 300;
constexpr std::int64_t kMostCompared = 2000;

// Kernels point the same way from this cosine on: an angle of 6 degrees. Nine numbers that are drawn by chance do once
// in a hundred million pairs.
constexpr double kSameDirection = 0.995;
constexpr std::int64_t kLeastKernel = 9;    // numbers: fewer are alike by chance
constexpr std::int64_t kMostFilters = 512;  // of a layer that is compared
// Multiplications: a layer is compared at once, in a few milliseconds, or not at all; in one look so many layers that
// it comes to no more than that.
constexpr std::int64_t kMostOfALayer = 12'000'000;
constexpr std::int64_t kMostMultiplications = 4'000'000;

// Pictures of the training set whose labels are looked at.
constexpr std::int64_t kMostLabels = 2048;

bool weighs_itself(const LayerDescription& layer) {
    return role_of(layer.spec.kind) == LayerRole::Weighs && layer.owns_weights();
}

double size_of(const ValueStatistics& values) {
    return std::hypot(static_cast<double>(values.mean), static_cast<double>(values.deviation));
}

double mean_of(const MetricSeries& losses, std::int64_t first, std::int64_t last) {
    return static_cast<double>(losses.bin(first, last).mean);
}

struct Change {
    std::int64_t iteration = 0;
    bool of_training = false;  // of how it learns: what the loss does behind it is that setting's
};
Change changed_last(const MetricHistory& history, std::int64_t until) {
    Change changed;
    for (const ChangeMark& mark : history.marks()) {
        if (mark.iteration > until) break;
        if (mark.what.starts_with("continued") || mark.what.starts_with("threads")) continue;  // it learns as before
        changed.iteration = mark.iteration;
        changed.of_training = mark.what.starts_with("learning rate") || mark.what.starts_with("momentum") ||
                              mark.what.starts_with("batch size");
    }
    return changed;
}

std::int64_t first_without_number(const MetricSeries& losses, std::int64_t last) {
    std::int64_t since = 0;
    for (std::int64_t i = last; i > std::max<std::int64_t>(0, last - kMostLookedBack) && !std::isfinite(losses.at(i));
         --i)
        since = i;
    return since;
}

LossEvidence loss_until(const MetricHistory& history, std::int64_t until, std::int64_t batch_size) {
    const MetricSeries& losses = history.loss();
    LossEvidence loss;
    const std::int64_t last = std::min(until, losses.size());
    if (last < 1) return loss;
    loss.no_number_since = first_without_number(losses, last);
    const Change changed = changed_last(history, last);
    const std::int64_t begin = std::max(changed.iteration, last - kMostLookedBack);
    loss.iterations = last - begin;
    loss.stretch =
        std::clamp(kStretchPictures / std::max<std::int64_t>(1, batch_size), kShortestStretch, kLongestStretch);
    if (loss.no_number_since != 0 || loss.iterations < loss.stretch) return loss;

    const SeriesBin recent = losses.bin(last - loss.stretch + 1, last);
    if (recent.count == 0) return loss;
    loss.recent = static_cast<double>(recent.mean);
    loss.lowest_recent = static_cast<double>(recent.minimum);
    loss.highest_recent = static_cast<double>(recent.maximum);
    loss.best = *loss.recent;
    loss.best_at = last;
    const auto compare = [&](std::int64_t end) {
        const SeriesBin one = losses.bin(end - loss.stretch + 1, end);
        if (one.count == 0 || static_cast<double>(one.mean) >= loss.best) return;
        loss.best = static_cast<double>(one.mean);
        loss.best_at = end;
    };
    for (std::int64_t end = last; end - loss.stretch >= begin; end -= loss.stretch) compare(end);
    if (changed.of_training && begin == changed.iteration && begin >= loss.stretch) compare(begin);
    loss.highest = static_cast<double>(losses.bin(begin + 1, last).maximum);
    if (loss.iterations < kEnoughToCompare) return loss;
    for (std::int64_t i = 0; i < 4; ++i)
        loss.quarters[static_cast<std::size_t>(i)] =
            mean_of(losses, begin + i * loss.iterations / 4 + 1, begin + (i + 1) * loss.iterations / 4);
    loss.compared = std::clamp(loss.iterations / 2, kEnoughToCompare / 2, kMostCompared);
    const std::int64_t half = loss.compared / 2;
    loss.halves = {mean_of(losses, last - 2 * half + 1, last - half), mean_of(losses, last - half + 1, last)};
    return loss;
}

HeldOutEvidence held_out_until(const MetricHistory& history, std::int64_t until) {
    HeldOutEvidence held;
    for (const EvaluationMetrics& one : history.evaluations()) {
        if (one.iteration > until || !std::isfinite(one.test_loss) || !std::isfinite(one.train_loss)) continue;
        ++held.measurements;
        ++held.since_best;
        held.loss = one.test_loss;
        held.train_loss = one.train_loss;
        held.accuracy = one.test_accuracy;
        held.train_accuracy_before = std::exchange(held.train_accuracy, one.train_accuracy);
        if (held.measurements > 1 && one.test_loss >= held.best_loss) continue;
        held.since_best = 0;
        held.best_at = one.iteration;
        held.best_loss = one.test_loss;
        held.train_loss_at_best = one.train_loss;
    }
    return held;
}

ClassEvidence classes_of(const CountedConfusion* counted) {
    ClassEvidence classes;
    if (!counted) return classes;
    classes.pictures = counted->matrix.total();
    classes.iteration = counted->first_iteration;
    for (int label = 0; label < counted->matrix.class_count(); ++label) {
        const std::int64_t pictures = counted->matrix.row_total(label);
        if (pictures == 0 || counted->matrix.column_total(label) > 0) continue;
        if (classes.never_predicted++ > 0) continue;
        classes.first_never = label;
        classes.pictures_of_first = pictures;
    }
    return classes;
}

std::optional<double> same_as_next(const RunInfo& run) {
    if (!run.dataset) return std::nullopt;
    const std::int64_t count = std::min(run.dataset->size(Split::Train), kMostLabels);
    if (count < 2) return std::nullopt;
    std::int64_t same = 0;
    for (std::int64_t i = 1; i < count; ++i)
        same += run.dataset->label(Split::Train, i) == run.dataset->label(Split::Train, i - 1) ? 1 : 0;
    return static_cast<double>(same) / static_cast<double>(count - 1);
}

// In lanes, so that the compiler may add several at a time.
double dot(std::span<const float> a, std::span<const float> b) {
    std::array<float, 8> sums{};
    std::size_t i = 0;
    for (; i + sums.size() <= a.size(); i += sums.size())
        for (std::size_t lane = 0; lane < sums.size(); ++lane) sums[lane] += a[i + lane] * b[i + lane];
    double sum = 0.0;
    for (; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    for (const float lane : sums) sum += static_cast<double>(lane);
    return sum;
}

std::int64_t cost_of_twins(const TensorCapture& weights) {
    const std::int64_t filters = weights.shape[0];
    const bool comparable = weights.shape.rank() == 4 && filters > 1 && filters <= kMostFilters &&
                            weights.shape.element_count() / filters >= kLeastKernel;
    const std::int64_t cost = comparable ? (filters + 1) * weights.shape.element_count() / 2 : 0;
    return cost <= kMostOfALayer ? cost : 0;
}

Twins twins_in(const TensorCapture& weights) {
    const auto filters = static_cast<std::size_t>(weights.shape[0]);
    const std::size_t length = weights.values.size() / filters;
    const auto kernel = [&](std::size_t i) { return std::span(weights.values).subspan(i * length, length); };
    std::array<double, kMostFilters> lengths{};
    std::array<bool, kMostFilters> has_twin{};
    Twins twins;
    twins.filters = weights.shape[0];
    for (std::size_t i = 0; i < filters; ++i) {
        lengths[i] = std::sqrt(dot(kernel(i), kernel(i)));
        for (std::size_t j = 0; j < i; ++j) {
            if (!(lengths[i] > 0.0 && lengths[j] > 0.0)) continue;
            const double cosine = dot(kernel(j), kernel(i)) / (lengths[i] * lengths[j]);
            if (!(cosine > kSameDirection)) continue;
            has_twin[i] = has_twin[j] = true;
            if (cosine <= twins.cosine) continue;
            twins.first = static_cast<std::int64_t>(j);
            twins.second = static_cast<std::int64_t>(i);
            twins.cosine = std::min(cosine, 1.0);
        }
    }
    twins.with_twin = std::count(has_twin.begin(), has_twin.end(), true);
    return twins;
}

// Each time from where it stopped the time before: of a large network some layers are compared later than others.
void compare_filters(const Snapshot& snapshot, Evidence& evidence) {
    std::int64_t left = kMostMultiplications;
    for (std::size_t n = evidence.layers.size(); n > 0 && left > 0; --n) {
        LayerEvidence& layer = evidence.layers[evidence.compared_next];
        const TensorCapture* weights = layer.weight_size ? snapshot.find({TensorKind::Weight, layer.layer}) : nullptr;
        if (weights && layer.twins_of != weights->content_id) {
            const std::int64_t cost = cost_of_twins(*weights);
            layer.twins = cost > 0 ? twins_in(*weights) : Twins{};
            layer.twins_of = weights->content_id;
            left -= cost;
        }
        evidence.compared_next = (evidence.compared_next + 1) % evidence.layers.size();
    }
}

bool raises_the_rate(const std::string& change) {
    double before = 0.0, after = 0.0;
    return std::sscanf(change.c_str(), "learning rate %lf -> %lf", &before, &after) == 2 && after > before;
}

bool is_frozen(const Snapshot& snapshot, LayerId layer) {
    return snapshot.restraints && snapshot.restraints->is_frozen({layer, -1});
}

void gather_layer(const Snapshot& snapshot, const LayerDescription& described, LayerEvidence& layer) {
    const std::uint64_t twins_of = layer.twins_of;
    const Twins twins = layer.twins;
    layer = {.layer = described.id};
    layer.weighs = weighs_itself(described);
    layer.frozen = is_frozen(snapshot, described.id);
    const auto index = static_cast<std::size_t>(described.id.index);
    const std::vector<LayerStatistics>& measured = snapshot.seen.layer_statistics;
    if (index < measured.size() && measured[index].iteration >= 0) {
        layer.outputs = measured[index];
        layer.no_number = !std::isfinite(measured[index].mean) || !std::isfinite(measured[index].deviation);
    }
    if (!layer.weighs) return;
    const auto find = [&](TensorKind kind) {
        const TensorCapture* found = snapshot.find({kind, described.id});
        if (found && found->run != snapshot.run_info->run) found = nullptr;
        if (found && found->whole.non_finite > 0) layer.no_number = true;
        return found && found->whole.non_finite == 0 ? found : nullptr;
    };
    if (const TensorCapture* weights = find(TensorKind::Weight)) {
        layer.weight_size = size_of(weights->whole);
        layer.weight_mean = static_cast<double>(weights->whole.mean);
        layer.weights_alike = weights->whole.minimum == weights->whole.maximum && weights->values.size() > 1;
        layer.twins = twins;
        layer.twins_of = twins_of;
    }
    if (const TensorCapture* gradient = find(TensorKind::WeightGradient)) {
        layer.gradient_size = size_of(gradient->whole);
        layer.gradient_norm = *layer.gradient_size * std::sqrt(static_cast<double>(gradient->values.size()));
    }
    if (const TensorCapture* update = find(TensorKind::WeightUpdate)) layer.update_size = size_of(update->whole);
}

}  // namespace

Double double_of(const TensorCapture& weights, std::int64_t filter) {
    if (cost_of_twins(weights) == 0 || filter < 0 || filter >= weights.shape[0]) return {};
    const std::size_t length = weights.values.size() / static_cast<std::size_t>(weights.shape[0]);
    const auto kernel = [&](std::int64_t i) {
        return std::span(weights.values).subspan(static_cast<std::size_t>(i) * length, length);
    };
    const double own = std::sqrt(dot(kernel(filter), kernel(filter)));
    Double found;
    for (std::int64_t other = 0; other < weights.shape[0]; ++other) {
        const double lengths = own * std::sqrt(dot(kernel(other), kernel(other)));
        if (other == filter || !(lengths > 0.0)) continue;
        const double cosine = std::min(1.0, dot(kernel(other), kernel(filter)) / lengths);
        if (cosine > kSameDirection && cosine > found.cosine) found = {other, cosine};
    }
    return found;
}

void watch_evidence(const RunInfo& run, WatchSet& watch) {
    watch.layer_statistics = watch.test_confusion = true;
    watch.add({TensorKind::Input, kInputLayer});
    for (const LayerDescription& layer : run.network.layers) {
        if (!weighs_itself(layer) || layer.weight_shape.element_count() > kMostWeights) continue;
        for (const TensorKind kind : {TensorKind::Weight, TensorKind::WeightGradient, TensorKind::WeightUpdate})
            watch.add({kind, layer.id});
    }
}

void gather(const Snapshot& snapshot, const MetricHistory& history, Evidence& evidence) {
    if (!snapshot.run_info) {
        evidence = {};
        return;
    }
    if (!evidence.run || evidence.run->run != snapshot.run_info->run) {
        evidence = {};
        evidence.run = snapshot.run_info;
        evidence.layers.resize(snapshot.run_info->network.layers.size());
        evidence.same_as_next = same_as_next(*snapshot.run_info);
    }
    evidence.iteration = snapshot.iteration;
    evidence.iterations_per_epoch = snapshot.iterations_per_epoch;
    evidence.settings = snapshot.settings;
    evidence.noisy = data_changes(snapshot).noise > 0.0;
    evidence.relabelled = data_changes(snapshot).any_label();
    evidence.shuffled = data_changes(snapshot).shuffled_labels > 0.0;
    const std::vector<int>& times = data_changes(snapshot).times;
    evidence.left_out = std::find(times.begin(), times.end(), 0) != times.end();
    const auto trained_with = static_cast<double>(snapshot.metrics.learning_rate);
    evidence.rate_share = snapshot.iteration > 0 && snapshot.settings.learning_rate > 0.0
                              ? trained_with / snapshot.settings.learning_rate
                              : 1.0;
    evidence.rate_is_undone = snapshot.undo && raises_the_rate(*snapshot.undo);
    const bool told = history.run() == snapshot.run_info->run;
    evidence.loss = told ? loss_until(history, snapshot.iteration, snapshot.settings.batch_size) : LossEvidence{};
    evidence.held_out = told ? held_out_until(history, snapshot.iteration) : HeldOutEvidence{};
    evidence.classes = classes_of(snapshot.test_confusion.get());
    const TensorCapture* input = snapshot.find({TensorKind::Input, kInputLayer});
    evidence.input = input ? std::optional(input->whole) : std::nullopt;
    for (const LayerDescription& layer : snapshot.run_info->network.layers)
        gather_layer(snapshot, layer, evidence.layers[static_cast<std::size_t>(layer.id.index)]);
    compare_filters(snapshot, evidence);
}

}  // namespace convscope
