// What whoever looks is shown of a network: the one path from a picture to the values on screen, whether the network is
// being trained (torch_trainer.h) or stands still (frozen_network.h). Computed from the weights as they are, changing
// nothing and drawing from no generator.
#pragma once

#include "engine/api/dataset.h"
#include "engine/session/trainer.h"
#include "engine/train/batch_source.h"
#include "engine/train/capture.h"
#include "engine/train/explaining.h"
#include "engine/train/network.h"
#include "engine/train/optimizer.h"
#include "engine/train/sampling.h"
#include "engine/train/studies.h"

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace convscope {

// What an observed iteration has kept of one sample of its minibatch, as far as it has come.
struct Pass {
    Phase phase = Phase::None;  // of an iteration under way
    std::int64_t sample = 0;    // which of the minibatch it is
    int label = -1;
    torch::Tensor input;                   // a view of the minibatch
    torch::Tensor output;                  // of the whole minibatch, without its graph,
    torch::Tensor loss;                    // and its mean loss, likewise
    std::vector<torch::Tensor> outputs;    // copies, one per layer
    std::vector<torch::Tensor> gradients;  // likewise; undefined where none flows, before the first weight
};

// What training has left beside the weights: the latest step, the latest observed iteration.
struct Traces {
    const Pass& pass;
    const Optimizer& optimizer;
};

// The class of the largest output, of each row of N,classes; -1 where one is not a number.
void read_classes(const torch::Tensor& output, std::span<int> classes);

// One thread has it at a time; any number of them share nothing.
class Looking {
public:
    // `data` are the run's own, what was held out set aside; null: there are no pictures but those of one's own. `seed`
    // and `run` are the run's.
    Looking(std::shared_ptr<const Dataset> data, const Recipe& recipe, std::uint64_t seed, RunId run);
    // Of these data: training pictures, their labels and the minibatch's are seen with them from here on.
    void change_data(const DataChanges& changes) {
        if (training_pictures_) training_pictures_->change(changes);
    }
    // What is captured is that run's from here on.
    void go_on_as(RunId run) { run_ = run; }

    // As Trainer::capture(). `position` says which minibatch was the latest. `traces`: null of a network that is not
    // being trained, which has neither gradients nor updates. Without data there are no layer statistics, and only
    // pictures of one's own. `interventions`, here and below: of layers and channels that there are; the probe is seen,
    // and statistics are measured, with them. Throws c10::Error.
    void look(const Network& network, const CaptureRequest& request, const DataPosition& position, const Traces* traces,
              Observation& into, std::span<const Intervention> interventions = {});

    // The pictures of a minibatch as they were trained on in that epoch, and which they are.
    void read_pictures(std::span<const std::int64_t> drawn, std::int64_t epoch, BatchSheet& into);

    // As Trainer::classify(). Throws c10::Error.
    double classify(const Network& network, Split split, std::int64_t first, std::span<int> predicted,
                    std::span<const Intervention> interventions = {}, std::span<float> probabilities = {});

    // The probabilities of so many classes for each of the pictures, which lie one behind the other. Throws c10::Error.
    std::vector<float> probabilities(const Network& network, std::span<const std::uint8_t> pictures,
                                     std::span<const Intervention> interventions = {});

    // Of a channel over the pictures of the layers' statistics. Throws c10::Error.
    double channel_mean(const Network& network, LayerId layer, std::int64_t channel,
                        std::span<const Intervention> interventions = {});

    // As Trainer::explain() begins to. `network`: nobody changes its values before the answer is complete.
    std::unique_ptr<Explaining> explain(Network network, const ExplanationQuestion& question, const ProbeSource& probe,
                                        std::int64_t iteration, const DataPosition& position,
                                        std::span<const Intervention> interventions);

    // As Trainer::begin_job() does. `network`: its own copy. `drawn`: the pictures of the latest minibatch, if there
    // was one.
    Result<std::unique_ptr<JobWork>> begin_job(Network network, const JobQuestion& question, std::int64_t iteration,
                                               std::span<const std::int64_t> drawn, std::int64_t epoch,
                                               std::span<const Intervention> interventions);

    // As Trainer::sample() begins to. `network`: nobody changes its values before it is complete. There are data.
    std::unique_ptr<Sampling> sample(Network network, const SampleQuestion& question, std::int64_t iteration,
                                     std::span<const Intervention> interventions) const;

private:
    // How many test pictures the layers' statistics are measured over.
    static constexpr std::int64_t kStatisticsPictures = 64;

    void capture(TensorKey key, const torch::Tensor& tensor, const CaptureRequest& request, Observation& into);
    void capture_parameters(const Network& network, const CaptureRequest& request, const Traces* traces,
                            Observation& into);
    void capture_pass(const Network& network, const CaptureRequest& request, const Pass& pass, Observation& into);
    void capture_probe(const Network& network, const CaptureRequest& request, const DataPosition& position,
                       std::span<const Intervention> interventions, Observation& into);
    // Whose labels are told in `told`.
    std::span<const std::uint8_t> picture_of(const ProbeSource& source, const DataPosition& position, ProbeState& told);
    void measure_layers(const Network& network, std::int64_t iteration, std::span<const Intervention> interventions,
                        std::vector<LayerStatistics>& out);
    void find_dead_units(const Network& network, std::span<const Intervention> interventions,
                         std::vector<std::vector<std::int32_t>>& out);
    const torch::Tensor& statistics_pictures(const Network& network);
    // Of one or more pictures, in memory that is used again. On the CPU.
    const torch::Tensor& as_seen(std::span<const std::uint8_t> pictures);

    std::shared_ptr<const Dataset> data_;
    Recipe recipe_;
    RunId run_;
    Preprocessing preprocessing_;
    std::optional<TrainingPictures> training_pictures_;  // where there are data
    CapturePools pools_;
    std::shared_ptr<CapturePools> explained_ = std::make_shared<CapturePools>();  // shared with answers under way
    Minibatch pictures_;                                                          // of classify()
    torch::Tensor shown_;                                                         // of as_seen()
    torch::Tensor statistics_pictures_;                                           // of the test set, on the device
};

}  // namespace convscope
