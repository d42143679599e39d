// What is written of each command and of each kind of entry, by name: said once, for writing and for reading. For
// journal_lines.cpp.
#pragma once

#include "engine/api/command.h"
#include "engine/journal/journal.h"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace convscope {

template <typename T>
struct Named {
    using Type = T;
    std::string_view name;
};

// All that are written: those that say what is looked at, or compared with, change nothing of a run.
template <typename C>
inline constexpr bool kIsWritten = !std::is_same_v<C, command::Watch> && !std::is_same_v<C, command::BeginTwin> &&
                                   !std::is_same_v<C, command::EndTwin>;
inline constexpr std::tuple kCommands{
    Named<command::Run>{"run"},
    Named<command::Pause>{"pause"},
    Named<command::Step>{"step"},
    Named<command::Evaluate>{"evaluate"},
    Named<command::Reset>{"reset"},
    Named<command::Save>{"save"},
    Named<command::Resume>{"resume"},
    Named<command::BringBack>{"bring_back"},
    Named<command::GoTo>{"go_to"},
    Named<command::GoToLane>{"go_to_lane"},
    Named<command::NameLane>{"name_lane"},
    Named<command::NamePlace>{"name_place"},
    Named<command::DeleteLane>{"delete_lane"},
    Named<command::SetLearningRate>{"set_learning_rate"},
    Named<command::SetMomentum>{"set_momentum"},
    Named<command::SetBatchSize>{"set_batch_size"},
    Named<command::SetThreads>{"set_threads"},
    Named<command::SetChannel>{"set_channel"},
    Named<command::Freeze>{"freeze"},
    Named<command::SetWeights>{"set_weights"},
    Named<command::FillWeights>{"fill_weights"},
    Named<command::ChangeRecipe>{"change_recipe"},
    Named<command::ChangeData>{"change_data"},
    Named<command::Undo>{"undo"},
    Named<command::SetSpeed>{"set_speed"},
    Named<command::SetBreakpoints>{"set_breakpoints"},
    Named<command::SetProbe>{"set_probe"},
    Named<command::SeekClass>{"seek_class"},
    Named<command::SeekMistake>{"seek_mistake"},
};
static_assert(std::tuple_size_v<decltype(kCommands)> + 3 == std::variant_size_v<Command>,
              "each command that is written has its row above, and what it carries in visit_fields() below");

using ChannelTo = command::SetChannel::To;
inline constexpr std::array<std::pair<ChannelTo, std::string_view>, 3> kChannelTo{
    {{ChannelTo::Computed, "computed"}, {ChannelTo::Value, "value"}, {ChannelTo::Mean, "mean"}}};
using FillWith = command::FillWeights::With;
inline constexpr std::array<std::pair<FillWith, std::string_view>, 2> kFillWith{
    {{FillWith::Zeros, "zeros"}, {FillWith::FirstValues, "first_values"}}};

template <typename Words, typename Value>
std::string name_of(const Words& words, Value value) {
    return std::string(words[static_cast<std::size_t>(value)].second);
}

// What is written of a list's members as numbers; of const ones to be read from, of others to be read into.
inline auto numbers_of(const FrozenPart& part) { return std::tie(part.layer.index, part.filter); }
inline auto numbers_of(FrozenPart& part) { return std::tie(part.layer.index, part.filter); }
inline auto numbers_of(const RelabelledPicture& one) { return std::tie(one.index, one.label); }
inline auto numbers_of(RelabelledPicture& one) { return std::tie(one.index, one.label); }
inline auto numbers_of(const int& times) { return std::tie(times); }
inline auto numbers_of(int& times) { return std::tie(times); }

// visit(name, member) for each thing that is written of a command or an entry, besides its name; `value` may be const.
template <typename Value, typename Visit>
void visit_fields(Value& value, const Visit& visit) {
    using T = std::remove_const_t<Value>;
    if constexpr (std::is_same_v<T, command::Step>) visit("iterations", value.iterations);
    if constexpr (std::is_same_v<T, command::Reset>) {
        visit("seed", value.seed);
        visit("recipe", value.recipe);
        visit("data", value.data);
    }
    if constexpr (std::is_same_v<T, command::Save> || std::is_same_v<T, command::Resume>) visit("path", value.path);
    if constexpr (std::is_same_v<T, command::GoToLane> || std::is_same_v<T, command::NameLane> ||
                  std::is_same_v<T, command::DeleteLane>)
        visit("lane", value.lane.value);
    if constexpr (std::is_same_v<T, command::GoTo> || std::is_same_v<T, command::GoToLane>)
        visit("to", value.iteration);
    if constexpr (std::is_same_v<T, command::NamePlace>) visit("of", value.iteration);
    if constexpr (std::is_same_v<T, command::NameLane> || std::is_same_v<T, command::NamePlace>)
        visit("name", value.name);
    if constexpr (std::is_same_v<T, command::SetLearningRate>) visit("learning_rate", value.learning_rate);
    if constexpr (std::is_same_v<T, command::SetMomentum>) visit("momentum", value.momentum);
    if constexpr (std::is_same_v<T, command::SetBatchSize>) visit("batch_size", value.batch_size);
    if constexpr (std::is_same_v<T, command::SetThreads>) visit("threads", value.threads);
    if constexpr (std::is_same_v<T, command::SetChannel> || std::is_same_v<T, command::SetWeights> ||
                  std::is_same_v<T, command::FillWeights>)
        visit("layer", value.layer.index);
    if constexpr (std::is_same_v<T, command::FillWeights>) visit("filter", value.filter);
    if constexpr (std::is_same_v<T, command::SetChannel>) {
        visit("channel", value.channel);
        visit("to", value.to);
        visit("value", value.value);
    }
    if constexpr (std::is_same_v<T, command::Freeze>) {
        visit("parts", value.parts);
        visit("frozen", value.frozen);
    }
    if constexpr (std::is_same_v<T, command::SetWeights>) {
        visit("biases", value.biases);
        visit("first", value.first);
        visit("values", value.values);
    }
    if constexpr (std::is_same_v<T, command::FillWeights>) visit("with", value.with);
    if constexpr (std::is_same_v<T, command::ChangeRecipe>) visit("recipe", value.recipe);
    if constexpr (std::is_same_v<T, command::ChangeData>) {
        visit("shuffled_labels", value.changes.shuffled_labels);
        visit("noise", value.changes.noise);
        visit("times", value.changes.times);
        visit("relabelled", value.changes.relabelled);
    }
    if constexpr (std::is_same_v<T, command::SetSpeed>) visit("iterations_per_second", value.iterations_per_second);
    if constexpr (std::is_same_v<T, command::SetBreakpoints>) visit("breakpoints", value.list);
    if constexpr (std::is_same_v<T, command::SetProbe>) visit("probe", value.source);
    if constexpr (std::is_same_v<T, HeldPicture>) {
        visit("split", value.split);
        visit("index", value.index);
    }
    if constexpr (std::is_same_v<T, command::SeekClass>) visit("label", value.label);
    if constexpr (std::is_same_v<T, command::SeekClass> || std::is_same_v<T, command::SeekMistake>)
        visit("direction", value.direction);
    if constexpr (std::is_same_v<T, journal::Begun>) {
        visit("run", value.run.value);
        visit("iteration", value.iteration);
        visit("program", value.program);
        visit("library", value.library);
        visit("device", value.device);
        visit.if_any("machine", value.machine);
        visit("threads", value.threads);
        visit("blas_threads", value.blas_threads);
        visit("seed", value.seed);
        visit("data", value.data_name);
        visit("data_option", value.data_option);
        visit("data_fingerprint", value.data_fingerprint);
        visit("fingerprint_kind", value.fingerprint_kind);
        visit("planned_epochs", value.planned_epochs);
        visit("learning_rate", value.learning_rate);
        visit("momentum", value.momentum);
        visit("batch_size", value.batch_size);
        visit("resumed_from", value.resumed_from);
        visit("weights_from", value.weights_from);
        visit.if_any("weights_key", value.weights_key);
        visit("weights", value.weights);
        visit("recipe", value.recipe);
    } else if constexpr (std::is_same_v<T, journal::Applied> || std::is_same_v<T, journal::Weights> ||
                         std::is_same_v<T, journal::Saving>) {
        visit("run", value.run.value);
        visit("iteration", value.place.iteration);
        visit("measurements", value.place.measurements);
    }
    if constexpr (std::is_same_v<T, journal::Weights>) visit("weights", value.digest);
    if constexpr (std::is_same_v<T, journal::Saving>) visit("file", value.file);
}

}  // namespace convscope
