#include "viz/scene/connections.h"

#include "engine/api/layer_kinds.h"
#include "viz/scene/layer_values.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <tuple>

namespace convscope {
namespace {

// Whether downstream goes on behind a layer of this kind.
bool hands_on(LayerKind kind) {
    const LayerRole role = role_of(kind);
    return role == LayerRole::HandsOn || role == LayerRole::Normalises || role == LayerRole::Activates;
}

bool normalises(LayerKind kind) { return role_of(kind) == LayerRole::Normalises; }

bool is_stronger(const Connection& a, const Connection& b) {
    const auto key = [](const Connection& c) {
        const bool number = !std::isnan(c.strength);
        return std::tuple(number, number ? -std::abs(c.strength) : 0.0F, c.place);
    };
    return key(a) < key(b);
}

// Many slopes as one: their norm, with the sign of their sum.
class Slice {
public:
    void add(double slope) {
        sum_ += slope;
        squares_ += slope * slope;
    }
    double strength() const { return std::copysign(std::sqrt(squares_), sum_); }

private:
    double sum_ = 0.0;
    double squares_ = 0.0;
};

double strength_of(std::span<const float> weights) {
    Slice slice;
    for (const float weight : weights) slice.add(static_cast<double>(weight));
    return slice.strength();
}

Place whole_map(LayerId layer, std::int64_t channel) { return {layer, channel, Place::kWholeMap, Place::kWholeMap}; }

// Where the place's number, or numbers, have got to on the way downstream: `count` neighbouring units for a whole map
// that was flattened, else one place.
struct Reach {
    Place place;
    std::int64_t count = 1;
    double slope = 1.0;  // by the place that the way began at
};

class Finder {
public:
    Finder(const NetworkDescription& description, const Snapshot& snapshot, std::size_t limit,
           std::vector<Connection>& into)
        : description_(description), captures_(description, snapshot), limit_(limit), into_(into) {
        into_.clear();
    }

    void upstream(const LayerDescription& layer, Place of) {
        if (layer.spec.kind == LayerKind::Linear) return upstream_linear(layer, of);
        if (!layer.has_maps()) of.row = of.column = 0;
        const LayerId input = layer.inputs.front();
        switch (layer.spec.kind) {
            case LayerKind::Conv2d:
            case LayerKind::ConvTranspose2d:
                return upstream_convolution(layer, of);
            case LayerKind::MaxPool2d:
            case LayerKind::AvgPool2d:
            case LayerKind::AdaptiveAvgPool2d:
            case LayerKind::AdaptiveMaxPool2d:
            case LayerKind::Upsample:
            case LayerKind::PadChannels:
            case LayerKind::Concatenate: {
                const ChannelSource source = channel_source(description_, layer, of.channel);
                const Shape shape = output_shape(description_, source.layer);
                if (of.is_whole_map()) {
                    if (contains(shape, {source.layer, source.channel}))
                        offer_origin(whole_map(source.layer, source.channel), 1.0);
                    return;
                }
                const CellWindow window = window_of(layer, of.row, of.column);
                for (std::int64_t i = 0; i < window.count(); ++i) {
                    const Place cell = window.cell(source.layer, source.channel, i);
                    if (contains(shape, cell)) offer_origin(cell, slope_of_cell(layer, window, i));
                }
                return;
            }
            case LayerKind::Softmax:
            case LayerKind::LogSoftmax:
                for (std::int64_t i = 0; i < layer.input_shape[0]; ++i)
                    offer_origin({input, i}, slope_of_softmax(layer, of.channel, i));
                return;
            case LayerKind::BatchNorm:
            case LayerKind::GroupNorm:
            case LayerKind::LayerNorm:
            case LayerKind::InstanceNorm: {
                const double slope = slope_of_norm(layer, of);
                of.layer = input;
                return offer_origin(of, slope);
            }
            case LayerKind::Flatten:
            case LayerKind::Dropout:
            case LayerKind::Dropout2d:
                return offer_origin(of, 1.0);
            default:
                for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
                    of.layer = layer.inputs[i];
                    if (const double times = times_added(layer, i); times > 0.0) offer_origin(of, times);
                }
        }
    }

    // `passed`: through a layer that hands on, which is an end itself if it is the network's last.
    void downstream(const Reach& from, bool passed = false) {
        bool taken = false;
        for (const LayerDescription& layer : description_.layers)
            for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
                if (layer.inputs[i] != from.place.layer) continue;
                taken = true;
                into_layer(layer, from, i);
            }
        if (!taken && passed) offer_all(from.place.layer, from);
    }

    CaptureProblem finish() {
        if (captures_.problem().any()) into_.clear();
        std::sort_heap(into_.begin(), into_.end(), is_stronger);
        return captures_.problem();
    }

private:
    void upstream_convolution(const LayerDescription& layer, const Place& of) {
        const std::span<const float> weights = captures_.values({TensorKind::Weight, layer.id});
        if (weights.empty()) return;
        const LayerId input = layer.inputs.front();
        const Kernels kernels = kernels_of(layer);
        const std::int64_t first = kernels.group_of_output(of.channel) * kernels.inputs;
        const CellWindow window = window_of(layer, of.row, of.column);
        for (std::int64_t c = first; c < first + kernels.inputs; ++c) {
            const std::span<const float> kernel = kernel_slice(kernels, weights, of.channel, c);
            if (of.is_whole_map()) {
                offer_origin(whole_map(input, c), strength_of(kernel));
                continue;
            }
            for (std::int64_t i = 0; i < window.count(); ++i) {
                const Place cell = window.cell(input, c, i);
                if (contains(layer.input_shape, cell))
                    offer_origin(cell, static_cast<double>(kernel[static_cast<std::size_t>(kernels.weight_of(i))]));
            }
        }
    }

    void upstream_linear(const LayerDescription& layer, const Place& of) {
        const std::span<const float> weights = row_of(layer, of.channel);
        if (weights.empty()) return;
        const LayerId input = layer.inputs.front();
        const LayerId source = origin_of(description_, {input}).layer;
        const Shape shape = output_shape(description_, source);
        if (of.is_whole_map() && shape.rank() == 3) {
            const auto plane = static_cast<std::size_t>(shape[1] * shape[2]);
            for (std::int64_t c = 0; c < shape[0]; ++c)
                offer(whole_map(source, c), strength_of(weights.subspan(static_cast<std::size_t>(c) * plane, plane)));
            return;
        }
        for (std::size_t i = 0; i < weights.size(); ++i)
            offer_origin({input, static_cast<std::int64_t>(i)}, static_cast<double>(weights[i]));
    }

    // `input`: at which position among the layer's inputs it gets there.
    void into_layer(const LayerDescription& layer, const Reach& from, std::size_t input) {
        const LayerKind kind = layer.spec.kind;
        if (normalises(kind) && from.count > 1) {  // a slope for each unit
            for (std::int64_t i = from.place.channel; i < from.place.channel + from.count; ++i)
                offer({layer.id, i}, from.slope * slope_of_norm(layer, {layer.id, i}));
            return;
        }
        if (hands_on(kind)) {
            Reach next = from;
            next.place.layer = layer.id;
            if (normalises(kind)) next.slope *= slope_of_norm(layer, from.place);
            if (kind == LayerKind::Flatten && layer.input_shape.rank() == 3) {
                const bool whole = from.place.is_whole_map();
                if (whole) next.count = layer.input_shape[1] * layer.input_shape[2];
                const Place first = whole ? Place{from.place.layer, from.place.channel} : from.place;
                next.place = {layer.id, index_of(layer.input_shape, first)};
            }
            downstream(next, /*passed=*/true);
        } else if (kind == LayerKind::Conv2d || kind == LayerKind::ConvTranspose2d) {
            into_convolution(layer, from);
        } else if (kind == LayerKind::Linear) {
            for (std::int64_t unit = 0; unit < layer.weight_shape[0]; ++unit) {
                const std::span<const float> weights = row_of(layer, unit);
                if (weights.empty()) return;
                offer({layer.id, unit},
                      from.slope * strength_of(weights.subspan(static_cast<std::size_t>(from.place.channel),
                                                               static_cast<std::size_t>(from.count))));
            }
        } else if (role_of(kind) == LayerRole::Compares) {
            for (std::int64_t unit = 0; unit < layer.output_shape[0]; ++unit) {
                Slice slice;
                for (std::int64_t i = from.place.channel; i < from.place.channel + from.count; ++i)
                    slice.add(slope_of_softmax(layer, unit, i));
                offer({layer.id, unit}, from.slope * slice.strength());
            }
        } else if (role_of(kind) == LayerRole::Joins) {
            Reach joined = from;
            joined.place.channel += channels_before(description_, layer, input);
            if (kind != LayerKind::Concatenate) joined.slope *= times_added(layer, input);
            if (joined.slope != 0.0) offer_all(layer.id, joined);
        } else {
            const std::int64_t channel = from.place.channel + channels_before(description_, layer, input);
            if (from.place.is_whole_map()) return offer(whole_map(layer.id, channel), from.slope);
            for_each_window_with(layer, from.place, [&](std::int64_t row, std::int64_t column, std::int64_t cell) {
                offer({layer.id, channel, row, column},
                      from.slope * slope_of_cell(layer, window_of(layer, row, column), cell));
            });
        }
    }

    void into_convolution(const LayerDescription& layer, const Reach& from) {
        const std::span<const float> weights = captures_.values({TensorKind::Weight, layer.id});
        if (weights.empty()) return;
        const Kernels kernels = kernels_of(layer);
        const std::int64_t first = kernels.group_of_input(from.place.channel) * kernels.outputs;
        for (std::int64_t o = first; o < first + kernels.outputs; ++o) {
            const std::span<const float> kernel = kernel_slice(kernels, weights, o, from.place.channel);
            if (from.place.is_whole_map()) {
                offer(whole_map(layer.id, o), from.slope * strength_of(kernel));
                continue;
            }
            for_each_window_with(layer, from.place, [&](std::int64_t row, std::int64_t column, std::int64_t i) {
                const auto weight = static_cast<std::size_t>(kernels.weight_of(i));
                offer({layer.id, o, row, column}, from.slope * static_cast<double>(kernel[weight]));
            });
        }
    }

    // Calls with the row and column of every output value whose window has the place, and as which cell.
    template <typename Visit>
    static void for_each_window_with(const LayerDescription& layer, const Place& place, Visit visit) {
        for (std::int64_t row = 0; row < layer.output_shape[1]; ++row) {
            const CellWindow rows = window_of(layer, row, 0);
            const std::int64_t cell_row = rows.cell_with(place.row, rows.first_row, rows.rows);
            if (cell_row < 0) continue;
            for (std::int64_t column = 0; column < layer.output_shape[2]; ++column) {
                const CellWindow window = window_of(layer, row, column);
                const std::int64_t cell_column = window.cell_with(place.column, window.first_column, window.columns);
                if (cell_column >= 0) visit(row, column, cell_row * window.columns + cell_column);
            }
        }
    }

    static std::span<const float> kernel_slice(const Kernels& kernels, std::span<const float> weights,
                                               std::int64_t output, std::int64_t input) {
        return weights.subspan(static_cast<std::size_t>(kernels.index(output, input) * kernels.size),
                               static_cast<std::size_t>(kernels.size));
    }

    // A linear layer's weights of one unit; empty when they are not captured.
    std::span<const float> row_of(const LayerDescription& layer, std::int64_t unit) {
        const std::span<const float> weights = captures_.values({TensorKind::Weight, layer.id});
        const auto count = static_cast<std::size_t>(layer.weight_shape[1]);
        return weights.empty() ? weights : weights.subspan(static_cast<std::size_t>(unit) * count, count);
    }

    // How often the input at that position goes into a sum: of equal ones the first stands for all.
    static double times_added(const LayerDescription& layer, std::size_t input) {
        const auto at = layer.inputs.begin() + static_cast<std::ptrdiff_t>(input);
        if (std::find(layer.inputs.begin(), at, *at) != at) return 0.0;
        return static_cast<double>(std::count(at, layer.inputs.end(), *at));
    }

    // Of an output by cell i of its window, in layers that make each map of one.
    static double slope_of_cell(const LayerDescription& layer, const CellWindow& window, std::int64_t i) {
        const bool average = layer.spec.kind == LayerKind::AvgPool2d || layer.spec.kind == LayerKind::AdaptiveAvgPool2d;
        if (average) return 1.0 / static_cast<double>(window.count());
        return layer.spec.kind == LayerKind::Upsample ? window.share(i) : 1.0;
    }

    // By the place's own value: that mean and variance move with it too is left out. A whole map of a layer norm, which
    // has a weight for each value, has that of its first.
    double slope_of_norm(const LayerDescription& layer, Place at) {
        if (at.is_whole_map()) at.row = at.column = 0;
        double weight = 1.0;
        if (layer.has_weight()) {
            const std::span<const float> weights = captures_.values({TensorKind::Weight, layer.id});
            if (weights.empty()) return 0.0;
            weight = static_cast<double>(weights[parameter_index(layer, at)]);
        }
        double variance = 0.0;
        if (normalises_itself(layer.spec.kind)) {
            const std::span<const float> inputs = captures_.values(output_key(layer.inputs.front()));
            if (inputs.empty()) return 0.0;
            const std::int64_t group = at.channel / normalised_channels(layer.spec, layer.input_shape[0]);
            if (layer.id != measured_layer_ || group != measured_group_) {
                measured_variance_ = moments_around(layer, at, inputs).variance;
                measured_layer_ = layer.id;
                measured_group_ = group;
            }
            variance = measured_variance_;
        } else {
            const std::span<const float> variances = captures_.values({TensorKind::RunningVariance, layer.id});
            if (variances.empty()) return 0.0;
            variance = static_cast<double>(variances[static_cast<std::size_t>(at.channel)]);
        }
        return weight / std::sqrt(variance + layer.spec.epsilon);
    }

    // Of output `unit` by input `i`: p(unit) (1 - p(i)) for itself, else -p(unit) p(i); its logarithm's without
    // p(unit).
    double slope_of_softmax(const LayerDescription& layer, std::int64_t unit, std::int64_t i) {
        const std::span<const float> outputs = captures_.values({TensorKind::Activation, layer.id});
        if (outputs.empty()) return 0.0;
        const bool logarithm = layer.spec.kind == LayerKind::LogSoftmax;
        const auto share = [&](std::int64_t of) {
            const auto output = static_cast<double>(outputs[static_cast<std::size_t>(of)]);
            return logarithm ? std::exp(output) : output;
        };
        const double slope = (unit == i ? 1.0 : 0.0) - share(i);
        return logarithm ? slope : slope * share(unit);
    }

    // The very places of a layer of the same shape.
    void offer_all(LayerId layer, const Reach& from) {
        Place place = from.place;
        place.layer = layer;
        for (std::int64_t i = 0; i < from.count; ++i, ++place.channel) offer(place, from.slope);
    }

    void offer_origin(const Place& place, double strength) { offer(origin_of(description_, place), strength); }

    // Keeps the strongest, as a heap whose front is the weakest of them.
    void offer(const Place& place, double strength) {
        const Connection connection{place, static_cast<float>(strength)};
        if (into_.size() < limit_) {
            into_.push_back(connection);
        } else {
            if (limit_ == 0 || !is_stronger(connection, into_.front())) return;
            std::pop_heap(into_.begin(), into_.end(), is_stronger);
            into_.back() = connection;
        }
        std::push_heap(into_.begin(), into_.end(), is_stronger);
    }

    const NetworkDescription& description_;
    ConsistentCaptures captures_;
    const std::size_t limit_;
    std::vector<Connection>& into_;
    // What the last value was normalised by: those of a whole map are asked for one after the other.
    LayerId measured_layer_ = kInputLayer;
    std::int64_t measured_group_ = -1;
    double measured_variance_ = 0.0;
};

void watch_layer(const LayerDescription& layer, WatchSet& watch) {
    if (layer.has_weight()) watch.add({TensorKind::Weight, layer.id});
    if (layer.spec.kind == LayerKind::BatchNorm) watch.add({TensorKind::RunningVariance, layer.id});
    if (normalises_itself(layer.spec.kind)) watch.add(output_key(layer.inputs.front()));
    if (role_of(layer.spec.kind) == LayerRole::Compares) watch.add({TensorKind::Activation, layer.id});
}

}  // namespace

CaptureProblem strongest_connections(const NetworkDescription& description, const Snapshot& snapshot, const Place& of,
                                     Direction direction, std::size_t limit, std::vector<Connection>& into) {
    Finder finder(description, snapshot, limit, into);
    const Shape shape = output_shape(description, of.layer);
    if (!contains(shape, of.is_whole_map() ? Place{of.layer, of.channel} : of))
        return {CaptureProblem::Kind::NoSuchPlace, output_key(of.layer)};
    if (direction == Direction::Upstream) {
        if (of.layer != kInputLayer) finder.upstream(description.layers[static_cast<std::size_t>(of.layer.index)], of);
    } else {
        Place from = of;
        if (shape.rank() == 1) from.row = from.column = 0;
        finder.downstream({from});
    }
    return finder.finish();
}

void watch_connections(const NetworkDescription& description, LayerId layer, Direction direction, WatchSet& watch) {
    if (direction == Direction::Upstream) {
        if (output_shape(description, layer).rank() > 0 && layer != kInputLayer)
            watch_layer(description.layers[static_cast<std::size_t>(layer.index)], watch);
        return;
    }
    for (const LayerDescription& taker : description.layers)
        for (const LayerId input : taker.inputs) {
            if (input != layer) continue;
            watch_layer(taker, watch);
            if (hands_on(taker.spec.kind)) watch_connections(description, taker.id, direction, watch);
        }
}

}  // namespace convscope
