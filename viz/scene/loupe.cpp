#include "viz/scene/loupe.h"

#include "engine/api/layer_kinds.h"
#include "viz/scene/layer_values.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace convscope {
namespace {

// PyTorch's definitions; not-a-number goes through all of them. `slope`: PReLU's learned one.
double activation(const LayerSpec& spec, double slope, double x) {
    switch (spec.kind) {
        case LayerKind::ReLU:
            return x <= 0.0 ? 0.0 : x;
        case LayerKind::LeakyReLU:
            return x <= 0.0 ? spec.negative_slope * x : x;
        case LayerKind::PReLU:
            return x <= 0.0 ? slope * x : x;
        case LayerKind::ELU:
            return x <= 0.0 ? spec.alpha * std::expm1(x) : x;
        case LayerKind::GELU:  // the exact one, not tanh's approximation
            return 0.5 * x * (1.0 + std::erf(x / std::sqrt(2.0)));
        case LayerKind::SiLU:
            return x / (1.0 + std::exp(-x));
        case LayerKind::Softplus:  // x itself where it is that, in float
            return x * spec.beta > 20.0 ? x : std::log1p(std::exp(x * spec.beta)) / spec.beta;
        case LayerKind::Sigmoid:
            return 1.0 / (1.0 + std::exp(-x));
        default:
            return std::tanh(x);
    }
}

// Explains a value of one layer, whose captures are all there and of one iteration.
class Explainer {
public:
    Explainer(const NetworkDescription& description, ConsistentCaptures& captures, Loupe& loupe)
        : description_(description),
          layer_(description.layers[static_cast<std::size_t>(loupe.place.layer.index)]),
          captures_(captures),
          loupe_(loupe),
          input_(layer_.inputs.front()),
          input_values_(captures.values(output_key(input_))) {}

    // The total, in double precision.
    double total() {
        switch (layer_.spec.kind) {
            case LayerKind::Conv2d:
            case LayerKind::ConvTranspose2d:
                return convolution();
            case LayerKind::Linear:
                return linear();
            case LayerKind::MaxPool2d:
            case LayerKind::AdaptiveMaxPool2d:
                return maximum();
            case LayerKind::AvgPool2d:
            case LayerKind::AdaptiveAvgPool2d:
                return average();
            case LayerKind::BatchNorm:
            case LayerKind::GroupNorm:
            case LayerKind::LayerNorm:
            case LayerKind::InstanceNorm:
                return normalisation();
            case LayerKind::ReLU:
            case LayerKind::LeakyReLU:
            case LayerKind::PReLU:
            case LayerKind::ELU:
            case LayerKind::GELU:
            case LayerKind::SiLU:
            case LayerKind::Softplus:
            case LayerKind::Sigmoid:
            case LayerKind::Tanh:
                return function();
            case LayerKind::Softmax:
            case LayerKind::LogSoftmax:
                return softmax();
            case LayerKind::Dropout:
            case LayerKind::Dropout2d:
                return copy(on(input_, loupe_.place));
            case LayerKind::Flatten:
                return copy(place_at(input_, layer_.input_shape, loupe_.place.channel));
            case LayerKind::Upsample:
                return layer_.spec.bilinear ? mixture() : copy(source());
            case LayerKind::PadChannels:
            case LayerKind::Concatenate:
                return copy(source());
            case LayerKind::Add:
            case LayerKind::Residual:
                return addition();
        }
        return std::numeric_limits<double>::quiet_NaN();
    }

private:
    static Place on(LayerId layer, Place place) {
        place.layer = layer;
        return place;
    }

    // That belongs to the value which is explained.
    float parameter(TensorKind kind) {
        return captures_.values({kind, layer_.id})[parameter_index(layer_, loupe_.place)];
    }

    float input_at(const Place& place) const {
        return input_values_[static_cast<std::size_t>(index_of(layer_.input_shape, place))];
    }

    // Adds a term; returns its product before rounding.
    double add(const Place& place, float input, float weight, bool padding = false) {
        const double product = static_cast<double>(input) * static_cast<double>(weight);
        loupe_.terms.push_back({place, input, weight, static_cast<float>(product), padding});
        magnitude_ += std::abs(product);
        return product;
    }

    // Rounds what was summed up for the screen, and passes it on.
    double sum(double value) {
        loupe_.sum = static_cast<float>(value);
        loupe_.magnitude = static_cast<float>(magnitude_);
        return value;
    }

    double with_bias(double value) {
        loupe_.has_bias = layer_.has_bias();
        if (loupe_.has_bias) loupe_.bias = parameter(TensorKind::Bias);
        magnitude_ += std::abs(static_cast<double>(loupe_.bias));
        return sum(value) + static_cast<double>(loupe_.bias);
    }

    double convolution() {
        loupe_.arithmetic = Arithmetic::WeightedSum;
        const CellWindow window = this->window();
        const std::span<const float> weights = captures_.values({TensorKind::Weight, layer_.id});
        const Kernels kernels = kernels_of(layer_);
        const std::int64_t group = kernels.group_of_output(loupe_.place.channel);
        double all = 0.0;
        for (std::int64_t c = group * kernels.inputs; c < (group + 1) * kernels.inputs; ++c) {
            const float* kernel = weights.data() + kernels.index(loupe_.place.channel, c) * kernels.size;
            const auto first = static_cast<std::int64_t>(loupe_.terms.size());
            double of_channel = 0.0;
            for (std::int64_t i = 0; i < window.count(); ++i) {
                const Place place = window.cell(input_, c, i);
                const bool padding = !contains(layer_.input_shape, place);
                of_channel += add(place, padding ? 0.0F : input_at(place), kernel[kernels.weight_of(i)], padding);
            }
            loupe_.channels.push_back({c, first, window.count(), static_cast<float>(of_channel)});
            all += of_channel;
        }
        find_largest();
        return with_bias(all);
    }

    double linear() {
        loupe_.arithmetic = Arithmetic::WeightedSum;
        const std::int64_t count = layer_.weight_shape[1];
        const std::span<const float> weights =
            captures_.values({TensorKind::Weight, layer_.id})
                .subspan(static_cast<std::size_t>(loupe_.place.channel * count), static_cast<std::size_t>(count));
        const Shape source = output_shape(description_, origin_of(description_, {input_}).layer);
        const std::int64_t plane = source.rank() == 3 ? source[1] * source[2] : count;
        double all = 0.0;
        for (std::int64_t first = 0; first < count; first += plane) {
            double of_channel = 0.0;
            for (std::int64_t i = first; i < first + plane; ++i) {
                const auto at = static_cast<std::size_t>(i);
                of_channel += add({input_, i}, input_values_[at], weights[at]);
            }
            if (source.rank() == 3)
                loupe_.channels.push_back({first / plane, first, plane, static_cast<float>(of_channel)});
            all += of_channel;
        }
        find_largest();
        return with_bias(all);
    }

    double average() {
        loupe_.arithmetic = Arithmetic::Average;
        const CellWindow window = this->window();
        const auto count = static_cast<double>(window.count());
        double all = 0.0;
        for (std::int64_t i = 0; i < window.count(); ++i) {
            const Place place = window.cell(input_, loupe_.place.channel, i);
            const bool padding = !contains(layer_.input_shape, place);
            const float input = padding ? 0.0F : input_at(place);
            add(place, input, static_cast<float>(1.0 / count), padding);
            all += static_cast<double>(input);
        }
        return sum(all / count);
    }

    // As LibTorch looks for it: the first of equals, and the last not-a-number if there is one.
    double maximum() {
        loupe_.arithmetic = Arithmetic::Maximum;
        const CellWindow window = this->window();
        float largest = 0.0F;
        for (std::int64_t i = 0; i < window.count(); ++i) {
            const Place place = window.cell(input_, loupe_.place.channel, i);
            const bool padding = !contains(layer_.input_shape, place);
            const float input = padding ? 0.0F : input_at(place);
            loupe_.terms.push_back({place, input, 0.0F, 0.0F, padding});
            if (padding || !(loupe_.chosen < 0 || input > largest || std::isnan(input))) continue;
            largest = input;
            loupe_.chosen = i;
        }
        LoupeTerm& winner = loupe_.terms[static_cast<std::size_t>(loupe_.chosen)];
        winner.weight = 1.0F;
        winner.product = winner.input;
        magnitude_ = std::abs(static_cast<double>(largest));
        return sum(static_cast<double>(largest));
    }

    double normalisation() {
        loupe_.arithmetic = Arithmetic::Normalisation;
        const Place place = on(input_, loupe_.place);
        const double input = add(place, input_at(place), 1.0F);
        Moments moments;
        if (normalises_itself(layer_.spec.kind)) {
            moments = moments_around(layer_, loupe_.place, input_values_);
        } else {
            moments.mean = static_cast<double>(parameter(TensorKind::RunningMean));
            moments.variance = static_cast<double>(parameter(TensorKind::RunningVariance));
        }
        Loupe::Normalisation& norm = loupe_.normalisation;
        norm.of_this_picture = normalises_itself(layer_.spec.kind);
        norm.mean = static_cast<float>(moments.mean);
        norm.variance = static_cast<float>(moments.variance);
        norm.epsilon = static_cast<float>(layer_.spec.epsilon);
        norm.weight = layer_.has_weight() ? parameter(TensorKind::Weight) : 1.0F;
        const double scale = 1.0 / std::sqrt(moments.variance + layer_.spec.epsilon);
        const double normalised = (input - moments.mean) * scale;
        norm.normalised = static_cast<float>(normalised);
        // LibTorch multiplies out: input * (scale * weight) + (bias - mean * (scale * weight)).
        magnitude_ = std::abs(scale * static_cast<double>(norm.weight)) * (std::abs(input) + std::abs(moments.mean));
        return with_bias(normalised * static_cast<double>(norm.weight));
    }

    double function() {
        loupe_.arithmetic = Arithmetic::Function;
        const Place place = on(input_, loupe_.place);
        const float input = input_at(place);
        const double slope = layer_.has_weight() ? static_cast<double>(parameter(TensorKind::Weight)) : 0.0;
        const double value = activation(layer_.spec, slope, static_cast<double>(input));
        loupe_.terms.push_back({place, input, 1.0F, static_cast<float>(value), false});
        magnitude_ = std::max(std::abs(static_cast<double>(input)), std::abs(value));
        return sum(value);
    }

    double softmax() {
        const bool logarithm = layer_.spec.kind == LayerKind::LogSoftmax;
        loupe_.arithmetic = logarithm ? Arithmetic::LogSoftmax : Arithmetic::Softmax;
        loupe_.chosen = loupe_.place.channel;
        loupe_.largest_input = *std::max_element(input_values_.begin(), input_values_.end());
        const auto largest = static_cast<double>(loupe_.largest_input);
        double all = 0.0;
        for (std::size_t i = 0; i < input_values_.size(); ++i) {
            const double power = std::exp(static_cast<double>(input_values_[i]) - largest);
            loupe_.terms.push_back(
                {{input_, static_cast<std::int64_t>(i)}, input_values_[i], 1.0F, static_cast<float>(power), false});
            all += power;
        }
        const double own = static_cast<double>(input_values_[static_cast<std::size_t>(loupe_.chosen)]) - largest;
        magnitude_ = logarithm ? std::abs(own) + std::abs(largest) + std::abs(std::log(all)) : 1.0;
        sum(all);
        return logarithm ? own - std::log(all) : std::exp(own) / all;
    }

    // Where the value came from as it is; outside of the input for a padded channel.
    Place source() const {
        const ChannelSource from = channel_source(description_, layer_, loupe_.place.channel);
        return window_of(layer_, loupe_.place.row, loupe_.place.column).cell(from.layer, from.channel, 0);
    }

    double copy(const Place& place) {
        loupe_.arithmetic = Arithmetic::Copy;
        const Shape shape = output_shape(description_, place.layer);
        if (!contains(shape, place)) return sum(0.0);
        const std::span<const float> values = captures_.values(output_key(place.layer));
        return sum(add(place, values[static_cast<std::size_t>(index_of(shape, place))], 1.0F));
    }

    double mixture() {
        loupe_.arithmetic = Arithmetic::WeightedSum;
        const CellWindow window = this->window();
        double all = 0.0;
        for (std::int64_t i = 0; i < window.count(); ++i) {
            const Place place = window.cell(input_, loupe_.place.channel, i);
            all += add(place, input_at(place), static_cast<float>(window.share(i)));
        }
        find_largest();
        return with_bias(all);
    }

    double addition() {
        loupe_.arithmetic = Arithmetic::Addition;
        double all = 0.0;
        for (const LayerId input : layer_.inputs) {
            const std::span<const float> values = captures_.values(output_key(input));
            const auto at = static_cast<std::size_t>(index_of(layer_.output_shape, loupe_.place));
            all += add(on(input, loupe_.place), values[at], 1.0F);
        }
        return sum(all);
    }

    CellWindow window() {
        const CellWindow window = window_of(layer_, loupe_.place.row, loupe_.place.column);
        loupe_.window_rows = window.rows;
        loupe_.window_columns = window.columns;
        return window;
    }

    // One pass with a short sorted list: cheaper than an order of all terms, and without memory of its own.
    void find_largest() {
        const auto size_of = [&](std::int64_t term) {
            const float product = loupe_.terms[static_cast<std::size_t>(term)].product;
            return std::isnan(product) ? std::numeric_limits<float>::infinity() : std::abs(product);
        };
        const auto is_before = [&](std::int64_t a, std::int64_t b) {
            const bool a_nan = std::isnan(loupe_.terms[static_cast<std::size_t>(a)].product);
            const bool b_nan = std::isnan(loupe_.terms[static_cast<std::size_t>(b)].product);
            return a_nan != b_nan ? a_nan : size_of(a) > size_of(b);
        };
        auto& largest = loupe_.largest;
        std::size_t& count = loupe_.largest_count;
        for (std::int64_t i = 0; i < static_cast<std::int64_t>(loupe_.terms.size()); ++i) {
            if (loupe_.terms[static_cast<std::size_t>(i)].padding) continue;
            if (count == largest.size() && !is_before(i, largest.back())) continue;
            if (count < largest.size()) ++count;
            std::size_t place = count - 1;
            for (; place > 0 && is_before(i, largest[place - 1]); --place) largest[place] = largest[place - 1];
            largest[place] = i;
        }
    }

    const NetworkDescription& description_;
    const LayerDescription& layer_;
    ConsistentCaptures& captures_;
    Loupe& loupe_;
    const LayerId input_;  // the first one, the only one unless it joins several
    const std::span<const float> input_values_;
    double magnitude_ = 0.0;
};

// As new, but with its memory.
void clear(Loupe& loupe) {
    Loupe fresh;
    fresh.terms = std::move(loupe.terms);
    fresh.channels = std::move(loupe.channels);
    fresh.terms.clear();
    fresh.channels.clear();
    loupe = std::move(fresh);
}

}  // namespace

bool Loupe::agrees() const {
    if (std::isnan(shown) || std::isnan(total)) return std::isnan(shown) && std::isnan(total);
    if (std::isinf(shown) || std::isinf(total)) return shown == total;
    return std::abs(difference) <= 1e-5F * std::abs(shown) + 1e-6F * magnitude;
}

LoupeNeeds loupe_needs(const NetworkDescription& description, LayerId layer) {
    LoupeNeeds needs;
    if (layer.index < 0 || layer.index >= static_cast<std::int32_t>(description.layers.size())) return needs;
    const LayerDescription& described = description.layers[static_cast<std::size_t>(layer.index)];
    needs.add(output_key(layer));  // first, so that it decides which iteration is explained
    for (const LayerId input : described.inputs) needs.add(output_key(input));
    if (described.has_weight()) needs.add({TensorKind::Weight, layer});
    if (described.has_bias()) needs.add({TensorKind::Bias, layer});
    if (described.spec.kind == LayerKind::BatchNorm) {
        needs.add({TensorKind::RunningMean, layer});
        needs.add({TensorKind::RunningVariance, layer});
    }
    return needs;
}

void explain(const NetworkDescription& description, const Snapshot& snapshot, const Place& place, Loupe& into) {
    clear(into);
    into.place = place;
    if (place.layer == kInputLayer || !contains(output_shape(description, place.layer), place)) {
        into.problem = {CaptureProblem::Kind::NoSuchPlace, output_key(place.layer)};
        return;
    }
    ConsistentCaptures captures(description, snapshot);
    for (const TensorKey key : loupe_needs(description, place.layer)) captures.values(key);
    into.problem = captures.problem();
    if (into.problem.any()) return;

    into.run = captures.run();
    into.iteration = captures.iteration();
    into.kind = description.layers[static_cast<std::size_t>(place.layer.index)].spec.kind;
    into.total = static_cast<float>(Explainer(description, captures, into).total());
    into.shown = captures.values(
        output_key(place.layer))[static_cast<std::size_t>(index_of(output_shape(description, place.layer), place))];
    into.difference = into.shown - into.total;
}

LayerId continuation_of(const NetworkDescription& description, LayerId layer) {
    const LayerDescription* only = nullptr;
    for (const LayerDescription& candidate : description.layers)
        for (const LayerId input : candidate.inputs) {
            if (input != layer) continue;
            if (only != nullptr) return kInputLayer;
            only = &candidate;
        }
    if (only == nullptr) return kInputLayer;
    const LayerKind kind = only->spec.kind;
    const LayerRole role = role_of(kind);
    const bool place_by_place = role == LayerRole::Activates || role == LayerRole::Normalises ||
                                (role == LayerRole::HandsOn && kind != LayerKind::Flatten);
    return place_by_place ? only->id : kInputLayer;
}

}  // namespace convscope
