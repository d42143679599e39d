#include "viz/view/snapshot_difference.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

namespace convscope {
namespace {

// Captures of a session count from 1, and none comes so far.
constexpr std::uint64_t kOfDifferences = std::uint64_t{1} << 63U;

std::uint64_t next_content() {
    static std::uint64_t last = kOfDifferences;  // UI thread
    return ++last;
}

ValueStatistics statistics_of(std::span<const float> values) {
    ValueStatistics all{.minimum = std::numeric_limits<float>::infinity(),
                        .maximum = -std::numeric_limits<float>::infinity()};
    double sum = 0.0, squares = 0.0;
    std::int64_t zeros = 0, count = 0;
    for (const float value : values) {
        if (!std::isfinite(value)) {
            ++all.non_finite;
            continue;
        }
        ++count;
        all.minimum = std::min(all.minimum, value);
        all.maximum = std::max(all.maximum, value);
        sum += static_cast<double>(value);
        squares += static_cast<double>(value) * static_cast<double>(value);
        zeros += value == 0.0F ? 1 : 0;
    }
    if (count == 0) return {.non_finite = all.non_finite};
    const double mean = sum / static_cast<double>(count);
    all.mean = static_cast<float>(mean);
    all.deviation = static_cast<float>(std::sqrt(std::max(0.0, squares / static_cast<double>(count) - mean * mean)));
    all.zero_fraction = static_cast<float>(static_cast<double>(zeros) / static_cast<double>(count));
    return all;
}

void subtract_values(std::span<const float> from, std::vector<float>& values) {
    if (from.size() != values.size()) return values.clear();
    for (std::size_t i = 0; i < values.size(); ++i) values[i] -= from[i];
}

void subtract_probe(const ProbeState& run, ProbeState& twin) {
    if (run.iteration == twin.iteration && run.source == twin.source) {
        subtract_values(run.logits, twin.logits);
        subtract_values(run.probabilities, twin.probabilities);
    } else {
        twin.logits.clear();
        twin.probabilities.clear();
    }
}

}  // namespace

std::optional<LayerId> layer_like(const NetworkDescription& from, LayerId layer, const NetworkDescription& to) {
    if (layer == kInputLayer) return layer;
    const auto index = static_cast<std::size_t>(layer.index);
    if (index >= from.layers.size()) return std::nullopt;
    const LayerDescription& wanted = from.layers[index];
    const auto fits = [&](const LayerDescription& one) {
        return one.spec.name == wanted.spec.name && one.output_shape == wanted.output_shape;
    };
    if (index < to.layers.size() && fits(to.layers[index])) return layer;
    const auto found = std::find_if(to.layers.begin(), to.layers.end(), fits);
    return found == to.layers.end() ? std::nullopt : std::optional<LayerId>(found->id);
}

bool is_same_moment(const Snapshot& one, const Snapshot& other) {
    return one.run_info && other.run_info && one.iteration == other.iteration && one.phase == other.phase;
}

const Snapshot& SnapshotDifference::of(const Snapshot& run, const Snapshot& twin) {
    const bool same = run_sequence_ == run.sequence && twin_sequence_ == twin.sequence && phase_ == twin.phase &&
                      twin_run_ == twin.run_info->run && difference_.run_info;
    if (same) return difference_;
    run_sequence_ = run.sequence;
    twin_sequence_ = twin.sequence;
    phase_ = twin.phase;
    twin_run_ = twin.run_info->run;
    difference_ = twin;
    difference_.film.reset();
    difference_.test_confusion = subtract(test_, run.test_confusion, twin.test_confusion);
    difference_.batch_confusion = subtract(batch_, run.batch_confusion, twin.batch_confusion);
    difference_.loss_slice.reset();
    difference_.loss_surface.reset();
    Observation& seen = difference_.seen;
    seen.layer_statistics.clear();
    seen.dead_units.clear();
    seen.pass.loss.reset();
    subtract_values(run.seen.pass.probabilities, seen.pass.probabilities);
    subtract_probe(run.seen.probe, seen.probe);

    for (Made& made : made_) made.used = false;
    seen.captures.clear();
    for (const auto& capture : twin.seen.captures) {
        if (capture->key.kind == TensorKind::Input) {
            seen.captures.push_back(capture);
            continue;
        }
        const auto layer = layer_like(twin.run_info->network, capture->key.layer, run.run_info->network);
        const TensorCapture* other = layer ? run.find({capture->key.kind, *layer}) : nullptr;
        if (other == nullptr || other->shape != capture->shape || other->iteration != capture->iteration ||
            other->values.size() != capture->values.size())
            continue;
        seen.captures.push_back(subtract(*other, *capture));
    }
    std::erase_if(made_, [](const Made& made) { return !made.used; });
    return difference_;
}

// Their order is the twin's, so that they are sorted by key as these are.
std::shared_ptr<const TensorCapture> SnapshotDifference::subtract(const TensorCapture& run, const TensorCapture& twin) {
    for (Made& made : made_)
        if (made.of_run == run.content_id && made.of_twin == twin.content_id && made.capture->key == twin.key) {
            made.used = true;
            return made.capture;
        }
    std::shared_ptr<TensorCapture> made = pool_.acquire();
    made->key = twin.key;
    made->run = twin.run;
    made->iteration = twin.iteration;
    made->content_id = next_content();
    made->shape = twin.shape;
    made->values = twin.values;
    subtract_values(run.values, made->values);
    const auto planes = static_cast<std::size_t>(twin.plane_count());
    const auto size = static_cast<std::size_t>(twin.plane_height() * twin.plane_width());
    made->planes.resize(planes);
    for (std::size_t plane = 0; plane < planes; ++plane)
        made->planes[plane] = statistics_of(std::span(made->values).subspan(plane * size, size));
    made->whole = statistics_of(made->values);
    return made_.emplace_back(Made{run.content_id, twin.content_id, std::move(made), true}).capture;
}

std::shared_ptr<const CountedConfusion> SnapshotDifference::subtract(
    MadeMatrix& made, const std::shared_ptr<const CountedConfusion>& run,
    const std::shared_ptr<const CountedConfusion>& twin) {
    if (made.run == run && made.twin == twin) return made.difference;
    made = {run, twin, nullptr};
    if (!run || !twin || run->matrix.class_count() != twin->matrix.class_count()) return nullptr;
    std::shared_ptr<CountedConfusion> difference = matrices_.acquire();
    difference->matrix = twin->matrix;
    difference->matrix.subtract(run->matrix);
    difference->split = twin->split;
    difference->first_iteration = run->last_iteration;
    difference->last_iteration = twin->last_iteration;
    made.difference = std::move(difference);
    return made.difference;
}

void SnapshotDifference::clear() {
    made_.clear();
    test_ = batch_ = {};
    difference_ = {};
    run_sequence_ = twin_sequence_ = 0;
}

}  // namespace convscope
