// Where a run is, taken out of it as one value, and put back.
#include "engine/data/fingerprint.h"
#include "engine/data/open_dataset.h"
#include "engine/recipe/network_plan.h"
#include "engine/recipe/recipe_change.h"
#include "engine/train/blobs.h"
#include "engine/train/torch_trainer.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace convscope {

std::shared_ptr<const TrainingState> TorchTrainer::state() {
    const Run& run = *run_;
    auto state = std::make_shared<TrainingState>();
    state->recipe = run.info->recipe;
    state->seed = run.info->seed;
    state->iteration = run.iteration;
    state->learning_rate = run.optimizer.learning_rate();
    state->momentum = run.optimizer.momentum();
    state->batch_size = run.batches.batch_size();
    for (const auto& [name, tensor] : run.network.named_tensors()) state->weights.push_back({name, blob_of(tensor)});
    state->optimizer = run.optimizer.state();
    state->generator = blob_taking(run.generator.get_state());
    state->data = run.batches.position();
    state->data_name = options_.data->info().name;
    state->data_option = options_.data->info().option;
    state->data_fingerprint = run.data_fingerprint;
    state->machine = run.info->machine;
    state->restraints = run.restraints;
    state->replaced = run.replaced;
    if (!run.before_hand.empty()) {
        const auto named = run.network.named_parameters();
        for (const SetByHand& one : run.before_hand)
            state->before_hand.push_back({named[one.parameter].first, blob_of(one.before)});
    }
    state->class_names = run.info->data.class_names;
    if (const std::shared_ptr<const TrainingState> before = last_state_.lock()) share_unchanged(*state, *before);
    last_state_ = state;
    return state;
}

// Everything that may be refused, or for which memory may be missing.
Result<TorchTrainer::Arrival> TorchTrainer::prepare(const Run& run, const TrainingState& state,
                                                    const Optimizer& optimizer) {
    Arrival arrival;
    arrival.batch_size = state.batch_size;
    arrival.iteration = state.iteration;
    if (Result<void> there = check_restraints(run.info->network, state.restraints); !there)
        return Error{ErrorCode::Corrupt, there.error().message};
    if (Result<void> there = check_learnable(state.restraints.data, *run.data, state.seed); !there)
        return Error{ErrorCode::Corrupt, there.error().message};
    arrival.restraints = state.restraints;
    arrival.replaced = state.replaced;
    const auto named = run.network.named_parameters();
    for (const NamedBlob& one : state.before_hand) {
        const auto place = std::find_if(named.begin(), named.end(),
                                        [&](const auto& parameter) { return parameter.first == one.name; });
        if (place == named.end() || !fits(one.blob, place->second))
            return Error{ErrorCode::Corrupt,
                         "the weight '" + one.name + "' that was set by hand is none of the network"};
        arrival.before_hand.push_back({static_cast<std::size_t>(place - named.begin()),
                                       view_of(one.blob).to(place->second.device(), torch::kFloat32, false, true)});
    }
    Result<WeightsToCopy> weights = match_state(run.network.named_tensors(), state.weights);
    if (!weights.ok()) return weights.error();
    arrival.weights = std::move(weights).value();
    Result<Optimizer::Memory> memory = optimizer.recall(state.optimizer, state.learning_rate, state.momentum);
    if (!memory.ok()) return memory.error();
    arrival.memory = std::move(memory).value();
    try {
        Result<BatchSource::Place> place = run.batches.find(state.data);
        if (!place.ok()) return place.error();
        arrival.place = std::move(place).value();
        arrival.generator = generator_of(state.generator);
    } catch (const c10::Error&) {
        return Error{ErrorCode::Corrupt, "the saved state's random generator is none"};
    }
    return arrival;
}

void TorchTrainer::arrive(Run& run, Arrival arrival) {
    copy(arrival.weights);
    run.optimizer.restore(std::move(arrival.memory));
    run.batches.restore(std::move(arrival.place));
    run.batches.set_batch_size(arrival.batch_size);
    run.generator = std::move(arrival.generator);
    run.iteration = arrival.iteration;
    run.pass = {};
    run.moving = false;
    run.replaced = std::move(arrival.replaced);
    run.before_hand = std::move(arrival.before_hand);
    restrain(run, std::move(arrival.restraints));
}

// Of the same run, whose recipe may have been changed in the meantime.
Result<void> TorchTrainer::restore(const TrainingState& state) {
    const Error other_run{ErrorCode::InvalidArgument,
                          "The state is of another run than the present one; save it to a file and resume that"};
    if (!run_ || run_->info->seed != state.seed || run_->data_fingerprint != state.data_fingerprint) return other_run;
    Run& run = *run_;
    const bool changes = !same_recipe(run.info->recipe, state.recipe);
    Result<NetworkDescription> plan =
        changes ? plan_change(run.info->recipe, state.recipe) : Result<NetworkDescription>(NetworkDescription());
    if (!plan.ok()) return other_run;
    std::optional<Optimizer> optimizer;
    if (changes) optimizer.emplace(state.recipe.optimizer, run.network.parameters());
    Result<Arrival> arrival = prepare(run, state, changes ? *optimizer : run.optimizer);
    if (!arrival.ok()) return arrival.error();
    if (changes) {
        run.optimizer = std::move(*optimizer);
        become(run, state.recipe, std::move(plan).value());
    }
    arrive(run, std::move(arrival).value());
    batch_ = {};
    return {};
}

std::shared_ptr<const RunInfo> TorchTrainer::go_on_as(RunId run) {
    auto info = std::make_shared<RunInfo>(*run_->info);
    info->run = run;
    run_->info = std::move(info);
    run_->looking.go_on_as(run);
    return run_->info;
}

Result<ResumedRun> TorchTrainer::resume(RunState saved, RunId run_id) {
    Result<std::vector<std::string>> changes =
        change_resumed_run(saved, std::exchange(options_.changes, ResumeChanges{}));
    if (!changes.ok()) return changes.error();
    const TrainingState& state = *saved.training;
    std::shared_ptr<const Dataset> data = options_.data;
    if (Result<void> same = check_same_data(state, *data); !same.ok()) {
        const auto own = open_dataset(state.data_option, state.seed, picture_format(state.recipe));
        if (state.data_option.empty() || !own.ok() || !check_same_data(state, *own.value()).ok()) return same.error();
        data = own.value();
    }
    if (const Result<NetworkDescription> plan = plan_network(state.recipe); plan.ok())  // the batch was changed since
        if (Result<void> room = check_room(state.recipe, plan.value(), state.batch_size); !room.ok())
            return room.error();
    Result<Run> made = make_run(RunRequest{run_id, state.recipe, state.seed}, data, state.class_names);
    if (!made.ok()) return made.error();
    Result<Arrival> arrival = prepare(made.value(), state, made.value().optimizer);
    if (!arrival.ok()) return refused(arrival.error());
    arrive(made.value(), std::move(arrival).value());
    const std::string before = state.machine;
    std::shared_ptr<const RunInfo> info = begin(std::move(made).value(), std::move(data));
    if (!before.empty() && before != info->machine)
        changes.value().push_back("machine " + before + " -> " + info->machine + ": the last bits may differ");
    return ResumedRun{std::move(info), std::move(saved.progress), std::move(changes).value()};
}

}  // namespace convscope
