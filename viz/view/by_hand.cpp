#include "viz/view/by_hand.h"

#include "viz/view/data_by_hand.h"

#include <cstdio>
#include <utility>

namespace convscope {
namespace {

using Channel = command::SetChannel;

// Null: the channel says what is computed, or none is selected.
const Intervention* held_channel(const Snapshot& snapshot, const Selection& selection) {
    return snapshot.restraints ? snapshot.restraints->find(selection.layer, selection.channel) : nullptr;
}

bool is_frozen(const Snapshot& snapshot, FrozenPart part) {
    return snapshot.restraints && snapshot.restraints->is_frozen(part);
}

bool has_filters(const LayerDescription& layer) {
    return layer.owns_weights() && layer.spec.kind != LayerKind::ConvTranspose2d;
}

bool names_filter(const LayerDescription& layer, const Selection& selection) {
    return has_filters(layer) && selection.channel >= 0 && selection.channel < layer.weight_shape[0];
}

// Whether nothing but this layer learns, and all of it.
bool trains_alone(const Snapshot& snapshot, LayerId layer) {
    if (!snapshot.restraints || snapshot.restraints->frozen.empty()) return false;
    for (const FrozenPart& part : snapshot.restraints->frozen)
        if (part.layer == layer) return false;
    for (const LayerDescription& other : snapshot.run_info->network.layers)
        if (other.owns_weights() && other.id != layer && !snapshot.restraints->is_frozen({other.id})) return false;
    return true;
}

std::string part_name(const LayerDescription& layer, std::int64_t filter) {
    if (filter < 0) return layer.spec.name;
    return layer.spec.name + (layer.weight_shape.rank() == 4 ? " filter " : " unit ") + std::to_string(filter);
}

}  // namespace

const LayerDescription* selected_layer(const Snapshot& snapshot, const Selection& selection) {
    const auto& layers = snapshot.run_info->network.layers;
    const std::int32_t index = selection.layer.index;
    return index < 0 || index >= std::ssize(layers) ? nullptr : &layers[static_cast<std::size_t>(index)];
}

bool selects_channel(const LayerDescription& layer, const Selection& selection) {
    return selection.channel >= 0 && selection.channel < layer.output_shape[0];
}

HandActionState state_of(HandAction action, const Snapshot& snapshot, const Selection& selection) {
    const LayerDescription* layer = selected_layer(snapshot, selection);
    const bool channel = layer != nullptr && selects_channel(*layer, selection);
    const bool filter = layer != nullptr && names_filter(*layer, selection);
    const bool weights = layer != nullptr && layer->owns_weights();
    const Intervention* held = channel ? held_channel(snapshot, selection) : nullptr;
    switch (action) {
        case HandAction::Silence: {
            const bool on = held != nullptr && held->value == 0.0F;
            return {"silence", on ? "Let go" : "Silence",
                    "The selected channel says 0 everywhere, in training too: see what the others make of it, and let "
                    "them take over (X)",
                    channel, on};
        }
        case HandAction::HoldAtMean: {
            const bool on = held != nullptr && held->value != 0.0F;
            return {"hold", on ? "Let go" : "Hold at mean",
                    "The selected channel says its own mean everywhere: it tells pictures apart no more, and disturbs "
                    "what follows less than silence does (Shift X)",
                    channel, on};
        }
        case HandAction::FreezeFilter: {
            const bool on = filter && is_frozen(snapshot, {selection.layer, selection.channel});
            return {"freeze filter", on ? "Let it learn" : "Freeze filter",
                    "What computes the selected channel learns no more, weights and bias (K)", filter, on};
        }
        case HandAction::FreezeLayer: {
            const bool on = weights && is_frozen(snapshot, {selection.layer});
            return {"freeze layer", on ? "Let layer learn" : "Freeze layer",
                    "All weights and biases of the layer stay as they are while the others learn; batch norm's running "
                    "values still follow (Shift K)",
                    weights, on};
        }
        case HandAction::TrainOnly: {
            const bool on = weights && trains_alone(snapshot, selection.layer);
            return {"train only", on ? "Train all layers" : "Train only this",
                    "Every other layer is frozen, and this one learns by itself (no key)", weights, on};
        }
        case HandAction::Zeros:
            return {"zeros", filter ? "Filter to zeros" : "Layer to zeros",
                    "The weights and biases of the selected filter, or of the layer, become 0, without momentum (no "
                    "key)",
                    weights, false};
        case HandAction::FirstValues:
            break;
    }
    return {"first values", filter ? "Filter as at first" : "Layer as at first",
            "The weights and biases of the selected filter, or of the layer, become what they were before the first "
            "iteration, without momentum (no key)",
            weights, false};
}

std::vector<Command> commands_of(HandAction action, const Snapshot& snapshot, const Selection& selection) {
    const HandActionState state = state_of(action, snapshot, selection);
    if (!state.enabled) return {};
    const LayerDescription& layer = *selected_layer(snapshot, selection);
    const std::int64_t filter = names_filter(layer, selection) ? selection.channel : -1;
    const auto hold = [&](Channel::To to) {
        return std::vector<Command>{Channel{layer.id, selection.channel, state.on ? Channel::To::Computed : to, 0.0}};
    };
    switch (action) {
        case HandAction::Silence:
            return hold(Channel::To::Value);
        case HandAction::HoldAtMean:
            return hold(Channel::To::Mean);
        case HandAction::FreezeFilter:
            return {command::Freeze{{{layer.id, filter}}, !state.on}};
        case HandAction::FreezeLayer:
            return {command::Freeze{{{layer.id}}, !state.on}};
        case HandAction::TrainOnly: {
            command::Freeze others{{}, true}, own{{}, false};
            if (snapshot.restraints)
                for (const FrozenPart& part : snapshot.restraints->frozen)
                    if (state.on || part.layer == layer.id) own.parts.push_back(part);
            for (const LayerDescription& other : snapshot.run_info->network.layers)
                if (!state.on && other.owns_weights() && other.id != layer.id) others.parts.push_back({other.id});
            std::vector<Command> commands;
            if (!own.parts.empty()) commands.emplace_back(std::move(own));
            if (!others.parts.empty()) commands.emplace_back(std::move(others));
            return commands;
        }
        case HandAction::Zeros:
            return {command::FillWeights{layer.id, filter, command::FillWeights::With::Zeros}};
        case HandAction::FirstValues:
            break;
    }
    return {command::FillWeights{layer.id, filter, command::FillWeights::With::FirstValues}};
}

std::string selected_name(const Snapshot& snapshot, const Selection& selection) {
    const LayerDescription* layer = selected_layer(snapshot, selection);
    if (layer == nullptr) return "The input";
    if (!selects_channel(*layer, selection)) return layer->spec.name;
    return layer->spec.name + (layer->has_maps() ? ", channel " : ", unit ") + std::to_string(selection.channel) +
           " of " + std::to_string(layer->output_shape[0]);
}

std::vector<HeldLine> held_lines(const Snapshot& snapshot) {
    std::vector<HeldLine> lines;
    if (!snapshot.restraints) return lines;
    const auto layer_of = [&](LayerId id) -> const LayerDescription& {
        return snapshot.run_info->network.layers[static_cast<std::size_t>(id.index)];
    };
    for (const Intervention& one : snapshot.restraints->channels) {
        const LayerDescription& layer = layer_of(one.layer);
        char value[48] = "silenced";
        if (one.value != 0.0F) std::snprintf(value, sizeof value, "held at %.4g", static_cast<double>(one.value));
        lines.push_back(
            {layer.spec.name + (layer.has_maps() ? " channel " : " unit ") + std::to_string(one.channel) + " " + value,
             Channel{one.layer, one.channel, Channel::To::Computed, 0.0},
             {.layer = one.layer, .channel = one.channel}});
    }
    for (const FrozenPart& part : snapshot.restraints->frozen)
        lines.push_back({part_name(layer_of(part.layer), part.filter) + " frozen",
                         command::Freeze{{part}, false},
                         {.layer = part.layer, .channel = part.filter}});
    for (DataLine& line : data_lines(snapshot))
        lines.push_back({std::move(line.text), std::move(line.without), {.layer = kInputLayer}});
    return lines;
}

void held_channels(const Snapshot& snapshot, LayerId layer, std::vector<std::int64_t>& out) {
    out.clear();
    if (!snapshot.restraints || layer == kInputLayer) return;
    const std::int64_t count = snapshot.run_info->network.layers[static_cast<std::size_t>(layer.index)].output_shape[0];
    for (std::int64_t channel = 0; channel < count; ++channel)
        if (held_word(snapshot, layer, channel) != nullptr) out.push_back(channel);
}

const char* held_word(const Snapshot& snapshot, LayerId layer, std::int64_t channel) {
    if (!snapshot.restraints) return nullptr;
    if (const Intervention* held = snapshot.restraints->find(layer, channel))
        return held->value == 0.0F ? "silenced by hand" : "held by hand";
    const bool frozen = snapshot.restraints->is_frozen({layer}) || snapshot.restraints->is_frozen({layer, channel});
    return frozen ? "frozen by hand" : nullptr;
}

}  // namespace convscope
