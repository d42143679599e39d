#include "viz/scene/followed_value.h"

#include <algorithm>
#include <cmath>

namespace convscope {
namespace {

const LayerDescription* layer_of(const NetworkDescription& network, LayerId id) {
    const auto index = static_cast<std::size_t>(id.index);
    return id.index >= 0 && index < network.layers.size() ? &network.layers[index] : nullptr;
}

// How many weights lead to one of its outputs; 0 where they do not lie one behind the other.
std::int64_t weights_of_output(const LayerDescription& layer) {
    if (layer.weight_shape.rank() == 0 || layer.output_shape.rank() == 0) return 0;
    if (layer.weight_shape[0] != layer.output_shape[0] || layer.spec.kind == LayerKind::ConvTranspose2d) return 0;
    return layer.weight_shape.element_count() / layer.weight_shape[0];
}

std::optional<float> value_at(const Observation& seen, TensorKey key, RunId run, std::int64_t index) {
    const TensorCapture* capture = seen.find(key);
    if (!capture || capture->run != run || index < 0 || index >= std::ssize(capture->values)) return std::nullopt;
    return capture->values[static_cast<std::size_t>(index)];
}

}  // namespace

FollowedValue follow_value(const NetworkDescription& network, const Snapshot& snapshot, const IterationFilm& film,
                           const Place& place) {
    FollowedValue followed;
    const Observation& end = film.at(Phase::Update);
    const RunId run = snapshot.run_info->run;
    const Observation& seen = snapshot.seen;
    const Shape shape = output_shape(network, place.layer);
    if (contains(shape, place)) {
        const std::int64_t at = index_of(shape, place);
        followed.self = {value_at(seen, {TensorKind::PassActivation, place.layer}, run, at),
                         value_at(seen, {TensorKind::PassGradient, place.layer}, run, at), std::nullopt};
    }
    followed.moved = snapshot.phase == Phase::Update;
    const LayerDescription* layer = layer_of(network, place.layer);
    if (!layer) return followed;
    followed.weight_count = weights_of_output(*layer);
    const std::int64_t first = place.channel * followed.weight_count;
    const auto number = [&](std::int64_t index) {
        return FollowedNumber{value_at(seen, {TensorKind::Weight, place.layer}, run, index),
                              value_at(seen, {TensorKind::WeightGradient, place.layer}, run, index),
                              value_at(seen, {TensorKind::WeightUpdate, place.layer}, run, index)};
    };
    const auto size_of = [&](std::int64_t index) {
        return std::abs(value_at(end, {TensorKind::WeightGradient, place.layer}, run, first + index).value_or(0.0F));
    };
    // The largest few, by insertion.
    for (std::int64_t i = 0; i < followed.weight_count; ++i) {
        std::size_t at = followed.listed;
        while (at > 0 && size_of(followed.weights[at - 1].index) < size_of(i)) --at;
        if (at == FollowedValue::kMostWeights) continue;
        followed.listed = std::min(followed.listed + 1, FollowedValue::kMostWeights);
        for (std::size_t k = followed.listed - 1; k > at; --k) followed.weights[k] = followed.weights[k - 1];
        followed.weights[at].index = i;
    }
    for (std::size_t i = 0; i < followed.listed; ++i)
        followed.weights[i].number = number(first + followed.weights[i].index);
    followed.has_bias = layer->bias_shape.rank() == 1 && place.channel < layer->bias_shape[0];
    if (followed.has_bias) {
        const TensorKey key{TensorKind::Bias, place.layer};
        followed.bias = {value_at(seen, key, run, place.channel),
                         value_at(seen, {TensorKind::BiasGradient, place.layer}, run, place.channel), std::nullopt};
        // Its step is captured by nobody, but both of its ends are.
        const auto from = value_at(film.at(Phase::Batch), key, run, place.channel);
        if (followed.moved && followed.bias.value && from) followed.bias.step = *followed.bias.value - *from;
    }
    return followed;
}

void watch_followed(const NetworkDescription& network, const Place& place, WatchSet& watch) {
    watch.add({TensorKind::PassActivation, place.layer});
    const LayerDescription* layer = layer_of(network, place.layer);
    if (!layer) return;
    watch.add({TensorKind::PassGradient, place.layer});
    if (weights_of_output(*layer) > 0)
        for (const TensorKind kind : {TensorKind::Weight, TensorKind::WeightGradient, TensorKind::WeightUpdate})
            watch.add({kind, place.layer});
    if (layer->bias_shape.rank() == 1)
        for (const TensorKind kind : {TensorKind::Bias, TensorKind::BiasGradient}) watch.add({kind, place.layer});
}

WeightPlace place_of_weight(const LayerDescription& layer, std::int64_t index) {
    if (layer.weight_shape.rank() != 4) return {index};
    const std::int64_t columns = layer.weight_shape[3];
    const std::int64_t plane = layer.weight_shape[2] * columns;
    return {index / plane, index % plane / columns, index % columns};
}

}  // namespace convscope
