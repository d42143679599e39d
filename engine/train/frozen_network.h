// A network that stands still: looked at in any state of its run, or asked what pictures show, beside whatever is being
// trained. What `evaluate` and `predict` work with, and whoever looks at another state than the live one.
#pragma once

#include "engine/api/dataset.h"
#include "engine/api/observation.h"
#include "engine/api/watch_set.h"
#include "engine/core/result.h"
#include "engine/formats/network_weights.h"
#include "engine/state/training_state.h"
#include "engine/train/looking.h"
#include "engine/train/network.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace convscope {

// On the CPU. One thread has it at a time, any thread; any number of them, and of runs, share nothing: it draws from no
// generator and flips no switch of the process. It computes with as many threads as the calling thread has, which have
// to be a run's for the run's numbers to the last bit (thread_settings.h).
class FrozenNetwork {
public:
    // In a state of a run, held to what the run is held to then. `data` are the run's own (RunInfo::dataset: what is
    // held out set aside); null: only pictures of one's own are looked at. `run` stands on what is captured. An Error
    // where the state is damaged or does not fit the data.
    static Result<FrozenNetwork> in(const TrainingState& state, std::shared_ptr<const Dataset> data = nullptr,
                                    RunId run = {});
    // With the weights of a file, and channels that are held, at iteration 0 of no run. Pictures become what the
    // network sees as the recipe says.
    static Result<FrozenNetwork> with(const Recipe& recipe, const std::vector<NamedTensor>& weights,
                                      std::shared_ptr<const Dataset> data = nullptr, Interventions held = {});

    const Recipe& recipe() const { return recipe_; }
    const Network& network() const { return network_; }

    // Goes to another state of the same network, in the memory that it has. An Error (a state of another network, of
    // another seed, or a damaged one) leaves it where it is.
    Result<void> restore(const TrainingState& state);

    // What there is to see of the network where it is: to the bit what a run captures in the same state, less what the
    // training has left beside it (gradients, updates, passes). A held picture's index is one of its split's. An Error
    // names what is not there, an intervention's layer or channel too; `interventions` are what is set in the network
    // meanwhile, here and below.
    Result<Observation> observe(const ProbeSource& probe, const WatchSet& watch,
                                std::span<const Intervention> interventions = {});
    // The same after restore().
    Result<Observation> observe(const TrainingState& state, const ProbeSource& probe, const WatchSet& watch,
                                std::span<const Intervention> interventions = {});

    // The probabilities of all classes for each picture; the pictures lie one behind the other, laid out as in a
    // Dataset.
    Result<std::vector<float>> classify(std::span<const std::uint8_t> pictures,
                                        std::span<const Intervention> interventions = {});
    // Which class each of predicted.size() pictures of the data is taken for, from `first` on; the sum of their losses.
    // `probabilities` as in Trainer::classify().
    Result<double> classify(Split split, std::int64_t first, std::span<int> predicted,
                            std::span<const Intervention> interventions = {}, std::span<float> probabilities = {});

    // Why it answers the picture as it does. An Error says what cannot be asked of it.
    Result<std::shared_ptr<const Explanation>> explain(const ProbeSource& probe, const ExplanationQuestion& question,
                                                       std::span<const Intervention> interventions = {});

    // What a job finds out about it. An Error says what cannot be asked of it.
    Result<JobResult> answer(const JobQuestion& question, std::span<const Intervention> interventions = {});

    // What a layer makes of test pictures of the data. An Error says what cannot be asked of it.
    Result<std::shared_ptr<const ActivationSample>> sample(const SampleQuestion& question,
                                                           std::span<const Intervention> interventions = {});

private:
    FrozenNetwork(NetworkDescription description, Recipe recipe, std::uint64_t seed,
                  std::shared_ptr<const Dataset> data, RunId run);
    static Result<FrozenNetwork> make(const Recipe& recipe, std::uint64_t seed, std::shared_ptr<const Dataset> data,
                                      RunId run);
    Result<void> check(const ProbeSource& probe) const;
    Result<Interventions> together(std::span<const Intervention> interventions) const;

    Recipe recipe_;
    std::uint64_t seed_;
    std::shared_ptr<const Dataset> data_;
    Network network_;
    Looking looking_;
    std::int64_t iteration_ = 0;
    DataPosition position_;    // of the state; empty with the weights of a file
    Interventions held_ = {};  // the state's own; what is given besides counts before it
};

}  // namespace convscope
