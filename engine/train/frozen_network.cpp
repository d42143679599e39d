#include "engine/train/frozen_network.h"

#include "engine/core/machine_memory.h"
#include "engine/recipe/network_plan.h"
#include "engine/recipe/recipe_file.h"
#include "engine/train/blobs.h"
#include "engine/train/data_fit.h"

#include <string>
#include <utility>
#include <variant>

namespace convscope {
namespace {

constexpr std::int64_t kSampledAtOnce = 200;  // pictures

Error refusal(std::string sentence) { return Error{ErrorCode::InvalidArgument, std::move(sentence)}; }

// Exceptions are LibTorch's, and of memory that is not to be had.
template <typename Work>
auto without_exceptions(const Work& work) -> decltype(work()) {
    try {
        return work();
    } catch (const std::exception& error) {
        return Error{ErrorCode::Failed, sentence_of(error)};
    }
}

// What is seen of a picture depends on this of a recipe, and not on how the weights are learned.
std::string what_is_seen(Recipe recipe) {
    const Recipe any;
    recipe.name = any.name;
    recipe.description = any.description;
    recipe.loss = any.loss;
    recipe.label_smoothing = any.label_smoothing;
    recipe.optimizer = any.optimizer;
    recipe.schedule = any.schedule;
    recipe.batch_size = any.batch_size;
    recipe.epochs = any.epochs;
    recipe.shuffle = any.shuffle;
    recipe.evaluate_every = any.evaluate_every;
    recipe.stop_at_accuracy = any.stop_at_accuracy;
    recipe.patience = any.patience;
    return to_toml(recipe);
}

}  // namespace

FrozenNetwork::FrozenNetwork(NetworkDescription description, Recipe recipe, std::uint64_t seed,
                             std::shared_ptr<const Dataset> data, RunId run)
    : recipe_(std::move(recipe)),
      seed_(seed),
      data_(std::move(data)),
      network_(std::move(description), torch::kCPU),
      looking_(data_, recipe_, seed, run) {}

Result<FrozenNetwork> FrozenNetwork::make(const Recipe& recipe, std::uint64_t seed, std::shared_ptr<const Dataset> data,
                                          RunId run) {
    if (data)
        if (Result<void> fits = check_fit(recipe, data->info()); !fits.ok()) return fits.error();
    Result<NetworkDescription> plan = plan_network(recipe);
    if (!plan.ok()) return plan.error();
    return without_exceptions([&]() -> Result<FrozenNetwork> {
        return FrozenNetwork(std::move(plan).value(), recipe, seed, std::move(data), run);
    });
}

Result<FrozenNetwork> FrozenNetwork::in(const TrainingState& state, std::shared_ptr<const Dataset> data, RunId run) {
    Result<FrozenNetwork> made = make(state.recipe, state.seed, std::move(data), run);
    if (!made.ok()) return made;
    if (Result<void> restored = made.value().restore(state); !restored.ok()) return restored.error();
    return made;
}

Result<FrozenNetwork> FrozenNetwork::with(const Recipe& recipe, const std::vector<NamedTensor>& weights,
                                          std::shared_ptr<const Dataset> data, Interventions held) {
    Result<FrozenNetwork> made = make(recipe, /*seed=*/0, std::move(data), RunId{});
    if (!made.ok()) return made;
    const Result<void> loaded = without_exceptions([&] { return made.value().network_.load(weights); });
    if (!loaded.ok()) return loaded.error();
    if (Result<void> there = check_interventions(made.value().network_.description(), held); !there.ok())
        return there.error();
    made.value().held_ = std::move(held);
    return made;
}

Result<void> FrozenNetwork::restore(const TrainingState& state) {
    if (state.recipe != recipe_ && what_is_seen(state.recipe) != what_is_seen(recipe_))
        return refusal("The state is of another network, or of other pictures: it is looked at with one of its own");
    if (state.seed != seed_) return refusal("The state is of a run with another seed: it is looked at with its own");
    const auto indices = state.data.order.values<std::int64_t>();
    const std::int64_t count = data_ ? data_->size(Split::Train) : std::ssize(indices);
    const std::int64_t latest = state.data.latest;
    const auto is_there = [count](std::int64_t index) { return index >= 0 && index < count; };
    if (latest < 0 || latest >= std::ssize(indices) || !std::all_of(indices.begin(), indices.end(), is_there))
        return Error{ErrorCode::Corrupt, "the saved state's place in the data is none in these"};
    if (Result<void> there = check_restraints(network_.description(), state.restraints); !there.ok())
        return Error{ErrorCode::Corrupt, there.error().message};
    if (Result<void> there = check_data_changes(state.restraints.data, state.recipe.class_count, count); !there.ok())
        return Error{ErrorCode::Corrupt, there.error().message};
    return without_exceptions([&]() -> Result<void> {
        Result<WeightsToCopy> weights = match_state(network_.named_tensors(), state.weights);
        if (!weights.ok()) return weights.error();
        copy(weights.value());
        position_ = state.data;
        iteration_ = state.iteration;
        held_ = state.restraints.channels;
        looking_.change_data(state.restraints.data);
        return {};
    });
}

Result<void> FrozenNetwork::check(const ProbeSource& probe) const {
    if (const auto* own = std::get_if<OwnPicture>(&probe)) {
        const Shape& input = network_.description().input_shape;
        if (own->byte_count() == input.element_count()) return {};
        return refusal("A picture of " + std::to_string(own->byte_count()) + " bytes is not the network's input of " +
                       input.to_string() + ": bring it to that size first");
    }
    if (!data_) return refusal("There are no data to take the picture from: hand them in, or a picture of one's own");
    const auto* held = std::get_if<HeldPicture>(&probe);
    if (held == nullptr) {
        if (!position_.order.bytes.size())
            return refusal("Weights that no run here has learned have no minibatch to look at: name a picture");
        return {};
    }
    if (held->index >= 0 && held->index < data_->size(held->split)) return {};
    return refusal("There is no picture " + std::to_string(held->index) + " among the " +
                   std::to_string(data_->size(held->split)) + " of that set: name another");
}

// Of two of the same channel the later one counts.
Result<Interventions> FrozenNetwork::together(std::span<const Intervention> interventions) const {
    if (Result<void> there = check_interventions(network_.description(), interventions); !there.ok())
        return there.error();
    Interventions all = held_;
    all.insert(all.end(), interventions.begin(), interventions.end());
    return all;
}

Result<Observation> FrozenNetwork::observe(const ProbeSource& probe, const WatchSet& watch,
                                           std::span<const Intervention> interventions) {
    if (Result<void> there = check(probe); !there.ok()) return there.error();
    const Result<Interventions> all = together(interventions);
    if (!all.ok()) return all.error();
    return without_exceptions([&]() -> Result<Observation> {
        Observation seen;
        looking_.look(network_, CaptureRequest{watch, watch.layer_statistics, iteration_, probe}, position_,
                      /*traces=*/nullptr, seen, all.value());
        return seen;
    });
}

Result<Observation> FrozenNetwork::observe(const TrainingState& state, const ProbeSource& probe, const WatchSet& watch,
                                           std::span<const Intervention> interventions) {
    if (Result<void> restored = restore(state); !restored.ok()) return restored.error();
    return observe(probe, watch, interventions);
}

Result<std::shared_ptr<const Explanation>> FrozenNetwork::explain(const ProbeSource& probe,
                                                                  const ExplanationQuestion& question,
                                                                  std::span<const Intervention> interventions) {
    if (Result<void> there = check(probe); !there.ok()) return there.error();
    if (Result<void> there = check_question(network_.description(), recipe_.class_count, question); !there.ok())
        return there.error();
    const Result<Interventions> all = together(interventions);
    if (!all.ok()) return all.error();
    return without_exceptions([&]() -> Result<std::shared_ptr<const Explanation>> {
        const std::unique_ptr<Explaining> work =
            looking_.explain(network_.without_gradients(), question, probe, iteration_, position_, all.value());
        while (!work->advance()) {
        }
        std::shared_ptr<const Explanation> answer = work->answer();
        if (!answer->problem.empty()) return Error{ErrorCode::Failed, answer->problem};
        return answer;
    });
}

Result<JobResult> FrozenNetwork::answer(const JobQuestion& question, std::span<const Intervention> interventions) {
    const Result<Interventions> all = together(interventions);
    if (!all.ok()) return all.error();
    return without_exceptions([&]() -> Result<JobResult> {
        Result<std::unique_ptr<JobWork>> work = looking_.begin_job(network_.clone().without_gradients(), question,
                                                                   iteration_, /*drawn=*/{}, /*epoch=*/0, all.value());
        if (!work.ok()) return work.error();
        while (!work.value()->advance()) {
        }
        return work.value()->result();
    });
}

Result<std::shared_ptr<const ActivationSample>> FrozenNetwork::sample(const SampleQuestion& question,
                                                                      std::span<const Intervention> interventions) {
    if (!data_) return refusal("There are no data to take the pictures from: hand them in");
    const Result<Interventions> all = together(interventions);
    if (!all.ok()) return all.error();
    return without_exceptions([&]() -> Result<std::shared_ptr<const ActivationSample>> {
        const std::unique_ptr<Sampling> work =
            looking_.sample(network_.without_gradients(), question, iteration_, all.value());
        while (work->progress() < 1.0) work->advance(kSampledAtOnce);
        std::shared_ptr<const ActivationSample> sample = work->sample();
        if (!sample->problem.empty()) return refusal(sample->problem);
        return sample;
    });
}

Result<std::vector<float>> FrozenNetwork::classify(std::span<const std::uint8_t> pictures,
                                                   std::span<const Intervention> interventions) {
    const Result<Interventions> all = together(interventions);
    if (!all.ok()) return all.error();
    const Shape& input = network_.description().input_shape;
    if (pictures.empty() || std::ssize(pictures) % input.element_count() != 0)
        return refusal(std::to_string(pictures.size()) + " bytes are no pictures of " + input.to_string() +
                       ": bring them to that size first");
    return without_exceptions(
        [&]() -> Result<std::vector<float>> { return looking_.probabilities(network_, pictures, all.value()); });
}

Result<double> FrozenNetwork::classify(Split split, std::int64_t first, std::span<int> predicted,
                                       std::span<const Intervention> interventions, std::span<float> probabilities) {
    const Result<Interventions> all = together(interventions);
    if (!all.ok()) return all.error();
    if (!data_ || first < 0 || first + std::ssize(predicted) > data_->size(split))
        return refusal("There are not so many pictures in the data: hand in others");
    return without_exceptions([&]() -> Result<double> {
        return looking_.classify(network_, split, first, predicted, all.value(), probabilities);
    });
}

}  // namespace convscope
