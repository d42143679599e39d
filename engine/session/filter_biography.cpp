#include "engine/session/filter_biography.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace convscope {
namespace {

double product(std::span<const float> one, std::span<const float> other) {
    double sum = 0.0;
    for (std::size_t i = 0; i < one.size(); ++i) sum += static_cast<double>(one[i]) * static_cast<double>(other[i]);
    return sum;
}

// By what it takes to turn the one into the other, whatever their lengths.
double cosine_distance(const FilterMoment& one, const FilterMoment& other) {
    const double lengths = one.norm * other.norm;
    if (!(lengths > 0.0)) return 0.0;
    return std::clamp(1.0 - product(one.weights, other.weights) / lengths, 0.0, 2.0);
}

void add_moment(FilterBiography& to, std::int64_t iteration, std::vector<float> weights) {
    FilterMoment& moment = to.moments.emplace_back(FilterMoment{iteration, std::move(weights)});
    moment.norm = std::sqrt(product(moment.weights, moment.weights));
}

// As many as there is room for, as far apart as those that are kept allow.
void add_kept(FilterBiography& to, std::span<const KeptState> kept, std::int64_t now, std::size_t first,
              std::size_t size, const std::string& name) {
    const auto room = static_cast<std::int64_t>(FilterBiography::kMostMoments - 1 - to.moments.size());
    if (kept.empty()) return;
    const std::int64_t begin = kept.front().iteration();
    std::int64_t last = to.moments.empty() ? -1 : to.moments.back().iteration;
    for (std::int64_t i = 0; i < room; ++i) {
        const std::int64_t wanted = begin + (now - begin) * i / room;
        const auto found = std::lower_bound(
            kept.begin(), kept.end(), wanted,
            [](const KeptState& state, std::int64_t iteration) { return state.iteration() < iteration; });
        if (found == kept.end() || found->iteration() >= now || found->iteration() <= last) continue;
        const auto& all = found->training->weights;
        const auto blob = std::find_if(all.begin(), all.end(), [&](const NamedBlob& one) { return one.name == name; });
        if (blob == all.end() || blob->blob.element_count() < first + size) continue;
        last = found->iteration();
        const std::span<const float> weights = blob->blob.values<float>().subspan(first, size);
        add_moment(to, last, {weights.begin(), weights.end()});
    }
}

class DoneAlready final : public JobWork {
public:
    explicit DoneAlready(JobResult result) : result_(std::move(result)) {}
    bool advance() override { return true; }
    double progress() const override { return 0.0; }
    JobResult result() override { return std::move(result_); }

private:
    JobResult result_;
};

}  // namespace

FilterBiography filter_biography(const FilterBiographyQuestion& question, const LayerDescription& layer,
                                 std::span<const KeptState> kept, const Trainer& trainer, std::int64_t iteration,
                                 bool from_seed) {
    FilterBiography biography;
    for (int i = 1; i < layer.weight_shape.rank(); ++i) biography.shape.push_back(layer.weight_shape[i]);
    const auto size = static_cast<std::size_t>(biography.shape.element_count());
    const std::size_t first = static_cast<std::size_t>(question.channel) * size;
    const TensorKey key{TensorKind::Weight, layer.id};
    std::vector<float> weights(size);
    if (from_seed && iteration > 0) {
        trainer.read_first_values(key, static_cast<std::int64_t>(first), weights);
        add_moment(biography, 0, weights);
    }
    add_kept(biography, kept, iteration, first, size, layer.spec.name + ".weight");
    trainer.read_values(key, static_cast<std::int64_t>(first), weights);
    add_moment(biography, iteration, std::move(weights));
    for (FilterMoment& moment : biography.moments) {
        moment.from_start = cosine_distance(moment, biography.moments.front());
        moment.from_now = cosine_distance(moment, biography.moments.back());
    }
    for (auto moment = biography.moments.rbegin(); moment != biography.moments.rend(); ++moment) {
        if (!(moment->from_now < FilterBiography::kSettled)) break;
        // Of itself, the last one says nothing.
        biography.settled = moment == biography.moments.rbegin() ? -1 : moment->iteration;
    }
    return biography;
}

std::unique_ptr<JobWork> done_already(JobResult result) { return std::make_unique<DoneAlready>(std::move(result)); }

}  // namespace convscope
