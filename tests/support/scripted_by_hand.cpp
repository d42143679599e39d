// What is done by hand to a scripted session's network, and taken back.
#include "engine/recipe/recipe_change.h"
#include "tests/support/scripted_session.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <type_traits>
#include <utility>

namespace convscope::test {
namespace {

using Channel = command::SetChannel;

std::string short_number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", value);
    return text;
}

std::string part_name(const LayerDescription& layer, std::int64_t filter) {
    if (filter < 0) return layer.spec.name;
    return layer.spec.name + (layer.weight_shape.rank() == 4 ? " filter " : " unit ") + std::to_string(filter);
}

TensorKey key_of(const command::SetWeights& set) {
    return {set.biases ? TensorKind::Bias : TensorKind::Weight, set.layer};
}

}  // namespace

void ScriptedSession::restrain(Restraints restraints) {
    network_->hold(restraints);
    shown_.restraints = restraints.any() ? std::make_shared<const Restraints>(restraints) : nullptr;
    label_probe();
    lane().restraints[shown_.iteration] = std::move(restraints);
}

void ScriptedSession::follow_hands() {
    const std::map<std::int64_t, Restraints>& held = lane().restraints;
    const auto later = held.upper_bound(shown_.iteration);
    const Restraints now = later == held.begin() ? Restraints() : std::prev(later)->second;
    network_->hold(now);
    shown_.restraints = now.any() ? std::make_shared<const Restraints>(now) : nullptr;
    label_probe();
    if (const auto recipe = lane().recipes.upper_bound(shown_.iteration); recipe != lane().recipes.begin())
        if (const Recipe& then = *std::prev(recipe)->second; !same_recipe(then, shown_.run_info->recipe))
            show_recipe(then);
    for (const ScriptedLane::Edit& edit : lane().edits)
        if (edit.iteration == shown_.iteration) network_->set(key_of(edit.set), edit.set.first, edit.set.values);
}

// It changes what is said of the run, and no number.
void ScriptedSession::show_recipe(const Recipe& recipe) {
    auto info = std::make_shared<RunInfo>(*shown_.run_info);
    info->recipe = recipe;
    for (std::size_t i = 0; i < info->network.layers.size() && i < recipe.layers.size(); ++i)
        info->network.layers[i].spec = recipe.layers[i];
    shown_.run_info = info;
    lane().info = std::move(info);
}

void ScriptedSession::set_weights(const command::SetWeights& set) {
    network_->set(key_of(set), set.first, set.values);
    lane().edits.push_back({shown_.iteration, set});
}

std::string ScriptedSession::refusal(const Command& command) const {
    const NetworkDescription& network = shown_.run_info->network;
    const auto problem = [](const Result<void>& checked) { return checked.ok() ? "" : checked.error().message; };
    if (const auto* set = std::get_if<Channel>(&command)) {
        const std::vector<Intervention> there{{set->layer, set->channel}};
        return std::isfinite(set->value) ? problem(check_interventions(network, there)) : "a value that is no number";
    }
    if (const auto* freeze = std::get_if<command::Freeze>(&command)) {
        for (const FrozenPart& part : freeze->parts)
            if (std::string wrong = problem(check_frozen(network, part)); !wrong.empty()) return wrong;
    }
    if (const auto* set = std::get_if<command::SetWeights>(&command)) {
        if (std::string wrong = problem(check_frozen(network, {set->layer})); !wrong.empty()) return wrong;
        const auto there = static_cast<std::int64_t>(network_->values(key_of(*set)).size());
        if (set->values.empty() || set->first < 0 || set->first + std::ssize(set->values) > there)
            return "weights that there are not";
    }
    if (const auto* change = std::get_if<command::ChangeRecipe>(&command))
        if (const auto plan = plan_change(shown_.run_info->recipe, change->recipe); !plan.ok())
            return plan.error().message;
    if (const auto* change = std::get_if<command::ChangeData>(&command))
        return problem(check_learnable(change->changes, *dataset_, shown_.run_info->seed));
    if (const auto* fill = std::get_if<command::FillWeights>(&command); fill && fill->layer != kInputLayer)
        return problem(check_frozen(network, {fill->layer, fill->filter}));
    return {};
}

ScriptedSession::Done ScriptedSession::done(const Channel& set) {
    const LayerDescription& layer = shown_.run_info->network.layers[static_cast<std::size_t>(set.layer.index)];
    const std::string name =
        layer.spec.name + (layer.has_maps() ? " channel " : " unit ") + std::to_string(set.channel);
    Restraints after = shown_.restraints ? *shown_.restraints : Restraints();
    const Intervention* held = after.find(set.layer, set.channel);
    Channel back{set.layer, set.channel, Channel::To::Computed, 0.0};
    if (held != nullptr) back = {set.layer, set.channel, Channel::To::Value, static_cast<double>(held->value)};
    const bool lets_go = set.to == Channel::To::Computed;
    const auto value = static_cast<float>(set.to == Channel::To::Mean ? 0.25 : set.value);
    if (lets_go ? held == nullptr : held != nullptr && held->value == value) return {};
    std::erase_if(after.channels,
                  [&](const Intervention& one) { return one.layer == set.layer && one.channel == set.channel; });
    if (!lets_go) after.channels.push_back({set.layer, set.channel, value});
    restrain(std::move(after));
    if (lets_go) return {name + " let go", {back}};
    return {value == 0.0F ? name + " silenced" : name + " held at " + short_number(static_cast<double>(value)), {back}};
}

ScriptedSession::Done ScriptedSession::done(const command::Freeze& freeze) {
    Restraints after = shown_.restraints ? *shown_.restraints : Restraints();
    command::Freeze back{{}, !freeze.frozen};
    std::string names;
    for (const FrozenPart& part : freeze.parts) {
        if (after.is_frozen(part) == freeze.frozen) continue;
        if (freeze.frozen)
            after.frozen.insert(std::lower_bound(after.frozen.begin(), after.frozen.end(), part), part);
        else
            std::erase(after.frozen, part);
        back.parts.push_back(part);
        const LayerDescription& layer = shown_.run_info->network.layers[static_cast<std::size_t>(part.layer.index)];
        if (back.parts.size() <= 3) names += (names.empty() ? "" : ", ") + part_name(layer, part.filter);
    }
    if (back.parts.empty()) return {};
    if (back.parts.size() > 3) names += " and " + std::to_string(back.parts.size() - 3) + " more";
    restrain(std::move(after));
    return {names + (freeze.frozen ? " frozen" : " learns again"), {back}};
}

ScriptedSession::Done ScriptedSession::done(const command::SetWeights& set) {
    const std::span<const float> now =
        network_->values(key_of(set)).subspan(static_cast<std::size_t>(set.first), set.values.size());
    if (std::equal(now.begin(), now.end(), set.values.begin())) return {};
    const command::SetWeights back{set.layer, set.biases, set.first, {now.begin(), now.end()}};
    const LayerDescription& layer = shown_.run_info->network.layers[static_cast<std::size_t>(set.layer.index)];
    const Shape& shape = set.biases ? layer.bias_shape : layer.weight_shape;
    const std::int64_t row = shape.element_count() / shape[0];
    const bool in_one = (set.first + std::ssize(set.values) - 1) / row == set.first / row;
    set_weights(set);
    return {part_name(layer, in_one ? set.first / row : -1) + ": " + std::to_string(set.values.size()) +
                (set.biases ? " biases" : " weights") + " set",
            {back}};
}

ScriptedSession::Done ScriptedSession::done(const command::FillWeights& fill) {
    const ScriptedNetwork fresh(shown_.run_info->seed);
    Done result;
    for (const LayerDescription& layer : shown_.run_info->network.layers) {
        if (!layer.owns_weights() || !(fill.layer == kInputLayer || fill.layer == layer.id)) continue;
        for (const bool biases : {false, true}) {
            command::SetWeights set{layer.id, biases, 0, {}};
            const std::span<const float> first = fresh.values(key_of(set));
            const std::span<const float> now = network_->values(key_of(set));
            const std::size_t rows = fill.filter < 0 ? 1 : static_cast<std::size_t>(layer.weight_shape[0]);
            const std::size_t count = first.size() / rows;
            const std::size_t begin = fill.filter < 0 ? 0 : static_cast<std::size_t>(fill.filter) * count;
            set.first = static_cast<std::int64_t>(begin);
            if (fill.with == command::FillWeights::With::Zeros)
                set.values.assign(count, 0.0F);
            else
                set.values.assign(first.begin() + static_cast<std::ptrdiff_t>(begin),
                                  first.begin() + static_cast<std::ptrdiff_t>(begin + count));
            const std::span<const float> before = now.subspan(begin, count);
            if (std::equal(before.begin(), before.end(), set.values.begin())) continue;
            result.undo.emplace_back(command::SetWeights{layer.id, biases, set.first, {before.begin(), before.end()}});
            set_weights(set);
        }
    }
    if (result.undo.empty()) return {};
    const bool whole = fill.layer == kInputLayer;
    const std::size_t layer = whole ? 0 : static_cast<std::size_t>(fill.layer.index);
    result.mark = (whole ? "all weights" : part_name(shown_.run_info->network.layers[layer], fill.filter)) +
                  std::string(fill.with == command::FillWeights::With::Zeros ? ": zeros" : ": first values again");
    return result;
}

ScriptedSession::Done ScriptedSession::done(const command::ChangeRecipe& change) {
    const Recipe before = shown_.run_info->recipe;
    const std::string mark = words_of_change(before, change.recipe);
    if (mark.empty()) return {};
    Done result{mark, {command::ChangeRecipe{before}}};
    if (!same_optimizer(before, change.recipe)) {
        result.undo.emplace_back(command::SetLearningRate{shown_.settings.learning_rate});
        result.undo.emplace_back(command::SetMomentum{shown_.settings.momentum});
        shown_.settings.learning_rate = change.recipe.optimizer.learning_rate;
        shown_.settings.momentum = change.recipe.optimizer.momentum;
        lane().settings[shown_.iteration] = shown_.settings;
    }
    show_recipe(change.recipe);
    lane().recipes[shown_.iteration] = std::make_shared<const Recipe>(change.recipe);
    return result;
}

// It changes labels, and no number.
ScriptedSession::Done ScriptedSession::done(const command::ChangeData& change) {
    Restraints after = shown_.restraints ? *shown_.restraints : Restraints();
    const DataChanges before = std::exchange(after.data, change.changes);
    const std::string mark = words_of_change(before, change.changes, shown_.run_info->data.class_names);
    if (mark.empty()) return {};
    restrain(std::move(after));
    return {mark, {command::ChangeData{before}}};
}

void ScriptedSession::label_probe() {
    ProbeState& probe = shown_.seen.probe;
    const auto* held = std::get_if<HeldPicture>(&probe.source);
    if (held == nullptr) return;
    const bool trained_on = held->split == Split::Train;
    probe.data_label = scripted_label(held->index);
    probe.trained_on = trained_on ? held->index : -1;
    probe.label = trained_on && shown_.restraints
                      ? trained_label(shown_.restraints->data, *dataset_, shown_.run_info->seed, held->index)
                      : probe.data_label;
}

void ScriptedSession::take_back() {
    arrive();
    std::vector<ScriptedLane::Undo>& steps = lane().undo;
    const auto last = std::find_if(steps.rbegin(), steps.rend(),
                                   [&](const ScriptedLane::Undo& one) { return one.iteration <= shown_.iteration; });
    if (last == steps.rend()) return notify(event::Notice::Severity::Warning, "there is nothing to be taken back");
    const std::vector<Command> commands = std::move(last->commands);
    steps.erase(std::next(last).base());
    taking_back_ = true;
    for (const Command& command : commands) apply_one(command);
    taking_back_ = false;
}

}  // namespace convscope::test
