#include "engine/session/by_hand.h"

#include "engine/api/dataset.h"
#include "engine/recipe/recipe_change.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <span>
#include <utility>

namespace convscope {
namespace {

using Channel = command::SetChannel;
using Fill = command::FillWeights;

constexpr std::size_t kNamedParts = 3;  // in a mark

const LayerDescription& layer_of(const RunInfo& run, LayerId layer) {
    return run.network.layers[static_cast<std::size_t>(layer.index)];
}

std::string named(const RunInfo& run, LayerId layer) { return layer_of(run, layer).spec.name; }

// "fc1 unit 3", "conv1 filter 3"
std::string part_name(const RunInfo& run, LayerId layer, std::int64_t filter) {
    if (filter < 0) return named(run, layer);
    const bool is_kernel = layer_of(run, layer).weight_shape.rank() == 4;
    return named(run, layer) + (is_kernel ? " filter " : " unit ") + std::to_string(filter);
}

std::string short_number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", value);
    return text;
}

std::vector<float> values_of(const Trainer& trainer, TensorKey key, std::int64_t first, std::size_t count) {
    std::vector<float> values(count);
    trainer.read_values(key, first, values);
    return values;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](float x, float y) { return (std::isnan(x) && std::isnan(y)) || x == y; });
}

command::SetWeights as_they_are(const Trainer& trainer, const WeightEdit& edit) {
    return {edit.key.layer, edit.key.kind == TensorKind::Bias, edit.first,
            values_of(trainer, edit.key, edit.first, edit.values.size())};
}

Error no_weights(const RunInfo& run, LayerId layer) {
    const bool there = layer.index >= 0 && layer.index < std::ssize(run.network.layers);
    return {ErrorCode::InvalidArgument,
            (there ? "Layer '" + named(run, layer) + "'" : "Layer " + std::to_string(layer.index)) +
                " has no weights of its own that could be set: name one that has"};
}

// A tensor's part that a filter has; all of it for -1.
WeightEdit part_of(TensorKey key, const Shape& shape, std::int64_t filter) {
    const std::int64_t rows = filter < 0 ? 1 : shape[0];
    const std::int64_t size = shape.element_count() / rows;
    return {key, filter < 0 ? 0 : filter * size, std::vector<float>(static_cast<std::size_t>(size))};
}

}  // namespace

Result<ChangeByHand> change_by(const Channel& set, Trainer& trainer, const RunInfo& run) {
    const std::vector<Intervention> there{{set.layer, set.channel}};
    if (Result<void> checked = check_interventions(run.network, there); !checked) return checked.error();
    if (set.to == Channel::To::Value &&
        !(std::abs(set.value) <= static_cast<double>(std::numeric_limits<float>::max())))
        return Error{ErrorCode::InvalidArgument,
                     "A channel can only be held at a number; " + short_number(set.value) + " was not applied"};
    const bool has_maps = layer_of(run, set.layer).has_maps();
    const std::string name = named(run, set.layer) + (has_maps ? " channel " : " unit ") + std::to_string(set.channel);
    const Restraints& before = trainer.restraints();
    const Intervention* held = before.find(set.layer, set.channel);
    const Channel back = held == nullptr
                             ? Channel{set.layer, set.channel, Channel::To::Computed, 0.0}
                             : Channel{set.layer, set.channel, Channel::To::Value, static_cast<double>(held->value)};
    Restraints after = before;
    std::erase_if(after.channels,
                  [&](const Intervention& one) { return one.layer == set.layer && one.channel == set.channel; });
    if (set.to == Channel::To::Computed) {
        if (held == nullptr) return ChangeByHand{};
        return ChangeByHand{name + " let go", set, {back}, std::move(after), {}};
    }
    const double wanted = set.to == Channel::To::Mean ? trainer.channel_mean(set.layer, set.channel) : set.value;
    if (!std::isfinite(wanted))
        return Error{ErrorCode::InvalidArgument, "The mean of " + name + " is no number: hold it at 0"};
    const auto value = static_cast<float>(wanted);
    if (held != nullptr && held->value == value) return ChangeByHand{};
    after.channels.push_back({set.layer, set.channel, value});
    const std::string mark = value == 0.0F ? name + " silenced" : name + " held at " + short_number(wanted);
    const Channel written{set.layer, set.channel, Channel::To::Value, static_cast<double>(value)};
    return ChangeByHand{mark, written, {back}, std::move(after), {}};
}

Result<ChangeByHand> change_by(const command::Freeze& freeze, Trainer& trainer, const RunInfo& run) {
    for (const FrozenPart& part : freeze.parts)
        if (Result<void> there = check_frozen(run.network, part); !there) return there.error();
    Restraints after = trainer.restraints();
    command::Freeze written{{}, freeze.frozen};
    std::string names;
    for (const FrozenPart& part : freeze.parts) {
        const auto place = std::lower_bound(after.frozen.begin(), after.frozen.end(), part);
        const bool is_frozen = place != after.frozen.end() && *place == part;
        if (is_frozen == freeze.frozen) continue;
        if (freeze.frozen)
            after.frozen.insert(place, part);
        else
            after.frozen.erase(place);
        written.parts.push_back(part);
        if (written.parts.size() <= kNamedParts)
            names += (names.empty() ? "" : ", ") + part_name(run, part.layer, part.filter);
    }
    if (written.parts.empty()) return ChangeByHand{};
    if (written.parts.size() > kNamedParts)
        names += " and " + std::to_string(written.parts.size() - kNamedParts) + " more";
    const std::string mark = names + (freeze.frozen ? " frozen" : " learns again");
    const command::Freeze back{written.parts, !freeze.frozen};
    return ChangeByHand{mark, written, {back}, std::move(after), {}};
}

Result<ChangeByHand> change_by(const command::SetWeights& set, Trainer& trainer, const RunInfo& run) {
    if (Result<void> there = check_frozen(run.network, {set.layer}); !there) return no_weights(run, set.layer);
    const LayerDescription& layer = layer_of(run, set.layer);
    const Shape& shape = set.biases ? layer.bias_shape : layer.weight_shape;
    const std::int64_t count = shape.element_count();
    if (set.values.empty() || set.first < 0 || set.first > count || std::ssize(set.values) > count - set.first)
        return Error{ErrorCode::InvalidArgument, "Layer '" + layer.spec.name + "' has " + std::to_string(count) +
                                                     (set.biases ? " biases" : " weights") + ": " +
                                                     std::to_string(set.values.size()) + " from number " +
                                                     std::to_string(set.first) + " on were not applied"};
    WeightEdit edit{{set.biases ? TensorKind::Bias : TensorKind::Weight, set.layer}, set.first, set.values};
    const command::SetWeights back = as_they_are(trainer, edit);
    if (same_bits(back.values, set.values)) return ChangeByHand{};
    const std::int64_t row = count / shape[0];
    const std::int64_t filter = set.first / row;
    const bool in_one =
        layer.spec.kind != LayerKind::ConvTranspose2d && (set.first + std::ssize(set.values) - 1) / row == filter;
    const std::string what = std::to_string(set.values.size()) + (set.biases ? " biases" : " weights") + " set";
    const std::string mark = part_name(run, set.layer, in_one ? filter : -1) + ": " + what;
    return ChangeByHand{mark, set, {back}, {}, {std::move(edit)}};
}

Result<ChangeByHand> change_by(const Fill& fill, Trainer& trainer, const RunInfo& run) {
    ChangeByHand change;
    const bool whole = fill.layer == kInputLayer;
    if (!whole)
        if (Result<void> there = check_frozen(run.network, {fill.layer, fill.filter}); !there)
            return fill.filter < 0 ? no_weights(run, fill.layer) : there.error();
    for (const LayerDescription& layer : run.network.layers) {
        if (!layer.owns_weights() || !(whole || layer.id == fill.layer)) continue;
        const std::int64_t filter = whole ? -1 : fill.filter;
        std::vector<WeightEdit> parts{part_of({TensorKind::Weight, layer.id}, layer.weight_shape, filter)};
        if (layer.has_bias()) parts.push_back(part_of({TensorKind::Bias, layer.id}, layer.bias_shape, filter));
        for (WeightEdit& edit : parts) {
            if (fill.with == Fill::With::FirstValues) trainer.read_first_values(edit.key, edit.first, edit.values);
            command::SetWeights back = as_they_are(trainer, edit);
            if (same_bits(back.values, edit.values)) continue;
            change.undo.emplace_back(std::move(back));
            change.edits.push_back(std::move(edit));
        }
    }
    if (change.edits.empty()) return ChangeByHand{};
    change.mark = (whole ? "all weights" : part_name(run, fill.layer, fill.filter)) +
                  std::string(fill.with == Fill::With::Zeros ? ": zeros" : ": first values again");
    change.written = fill;
    return change;
}

Result<ChangeByHand> weight_change(const Command& command, Trainer& trainer, const RunInfo& run) {
    if (const auto* set = std::get_if<command::SetWeights>(&command)) return change_by(*set, trainer, run);
    return change_by(std::get<Fill>(command), trainer, run);
}

// The recipe that comes of it is what a journal's text says, no more and no less.
Result<ChangeByHand> change_by(const command::ChangeRecipe& change, Trainer& trainer, const RunInfo& run) {
    if (Result<NetworkDescription> plan = plan_change(run.recipe, change.recipe); !plan.ok()) return plan.error();
    std::string mark = words_of_change(run.recipe, change.recipe);
    if (mark.empty()) return ChangeByHand{};
    std::vector<Command> undo{command::ChangeRecipe{run.recipe}};
    if (!same_optimizer(run.recipe, change.recipe)) {
        const LiveSettings present = trainer.settings();
        undo.emplace_back(command::SetLearningRate{present.learning_rate});
        undo.emplace_back(command::SetMomentum{present.momentum});
    }
    return ChangeByHand{std::move(mark), change, std::move(undo), {}, {}, change.recipe};
}

Result<ChangeByHand> change_by(const command::ChangeData& change, Trainer& trainer, const RunInfo& run) {
    const DatasetInfo& data = run.data;
    if (Result<void> there = check_data_changes(change.changes, std::ssize(data.class_names), data.train_count); !there)
        return there.error();
    if (run.dataset)
        if (Result<void> there = check_learnable(change.changes, *run.dataset, run.seed); !there) return there.error();
    Restraints after = trainer.restraints();
    std::string mark = words_of_change(after.data, change.changes, data.class_names);
    if (mark.empty()) return ChangeByHand{};
    const command::ChangeData back{std::exchange(after.data, change.changes)};
    return ChangeByHand{std::move(mark), change, {back}, std::move(after), {}};
}

}  // namespace convscope
