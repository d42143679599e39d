// The trainer: a recipe's network, learned with LibTorch, one iteration at a time.
#pragma once

#include "engine/api/dataset.h"
#include "engine/session/trainer.h"
#include "engine/train/batch_source.h"
#include "engine/train/blobs.h"
#include "engine/train/looking.h"
#include "engine/train/network.h"
#include "engine/train/optimizer.h"
#include "engine/train/proposed_step.h"
#include "engine/train/resume_changes.h"
#include "engine/train/thread_settings.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace convscope {

struct TorchTrainerOptions {
    std::shared_ptr<const Dataset> data;  // until a run is started on other data
    int threads = 0;                      // 0: found by timing at the start of a run with a network not seen before
    std::string device = "auto";          // auto, cpu, cuda
    ResumeChanges changes = {};           // to the first run that is resumed
    bool yield_to_window = false;  // lower the priority of the training threads, so that the window is drawn first
};

class TorchTrainer final : public Trainer {
public:
    // On the thread that will train. Throws std::runtime_error when the device is not to be had.
    explicit TorchTrainer(TorchTrainerOptions options);
    ~TorchTrainer() override;

    std::unique_ptr<Trainer> another() const override;
    Result<std::shared_ptr<const RunInfo>> start(const RunRequest& request) override;
    std::shared_ptr<const TrainingState> state() override;
    Result<void> restore(const TrainingState& state) override;
    std::shared_ptr<const RunInfo> go_on_as(RunId run) override;
    bool is_whole() const override { return run_ && !run_->moving; }
    Result<ResumedRun> resume(RunState saved, RunId run) override;
    std::int64_t iterations_per_epoch() const override { return run_->batches.batches_per_epoch(); }
    LiveSettings settings() const override;
    void set_learning_rate(double learning_rate) override { run_->optimizer.set_learning_rate(learning_rate); }
    void set_momentum(double momentum) override { run_->optimizer.set_momentum(momentum); }
    void set_batch_size(std::int64_t batch_size) override { run_->batches.set_batch_size(batch_size); }
    void set_threads(int threads) override;
    Result<std::shared_ptr<const RunInfo>> change_recipe(const Recipe& recipe) override;
    IterationOutcome train_iteration(PhaseObserver* observer = nullptr) override;
    void capture(const CaptureRequest& request, Observation& into) override;
    void read_batch(BatchSheet& into) override;
    int label(Split split, std::int64_t index) const override;
    const Restraints& restraints() const override { return run_->restraints; }
    void set_restraints(Restraints restraints) override { restrain(*run_, std::move(restraints)); }
    double channel_mean(LayerId layer, std::int64_t channel) override;
    void read_values(TensorKey key, std::int64_t first, std::span<float> values) const override;
    void read_first_values(TensorKey key, std::int64_t first, std::span<float> values) const override;
    void write_values(TensorKey key, std::int64_t first, std::span<const float> values) override;
    void hold_weights() override;
    double classify(Split split, std::int64_t first, std::span<int> predicted, Weights weights = Weights::Present,
                    std::span<float> probabilities = {}) override;

    std::optional<StepAhead> propose_step() override;
    LossSlice::Point loss_along_step(double multiple) override;
    double loss_beside_step(double multiple, double aside) override;
    void forget_step() override { run_->ahead.reset(); }
    std::unique_ptr<ExplanationWork> explain(const ExplanationQuestion& question, const ProbeSource& probe,
                                             std::int64_t iteration) override;
    Result<std::unique_ptr<JobWork>> begin_job(const JobQuestion& question, std::int64_t iteration) override;
    std::unique_ptr<SampleWork> sample(const SampleQuestion& question, std::int64_t iteration) override;

    const Network& network() const { return run_->network; }

private:
    struct SetByHand {
        std::size_t parameter = 0;  // its place among the network's
        torch::Tensor before;       // its own; TrainingState::before_hand
    };
    // What belongs to one run, and to nobody else; replaced as a whole, so that a refused start changes nothing.
    struct Run {
        std::shared_ptr<const RunInfo> info;
        ThreadSettings threads;
        std::shared_ptr<const Dataset> data;  // what is left to train on, and what it is measured on
        Network network;
        torch::Generator generator;  // of the initial weights, then of dropout; on the CPU
        Optimizer optimizer;
        BatchSource batches;
        Looking looking;
        std::int64_t data_fingerprint = -1;  // of all of the data set, before some of it is held out
        std::int64_t iteration = 0;
        Pass pass;
        bool moving = false;               // the weights are, or an exception has left them so
        std::optional<Network> held = {};  // as it was at the latest hold_weights()
        Interventions held_channels = {};  // likewise
        Restraints restraints = {};
        std::shared_ptr<const ReplacedOptimizer> replaced = {};  // TrainingState
        std::vector<SetByHand> before_hand = {};                 // ascending
        std::optional<ProposedStep> ahead = {};
    };

    // All that a state brings into a run, made ready and found to fit: from here on nothing can fail.
    struct Arrival {
        WeightsToCopy weights;
        Optimizer::Memory memory;
        BatchSource::Place place;
        torch::Generator generator;
        std::int64_t batch_size = 0;
        std::int64_t iteration = 0;
        Restraints restraints;
        std::shared_ptr<const ReplacedOptimizer> replaced;
        std::vector<SetByHand> before_hand;
    };
    static Result<Arrival> prepare(const Run& run, const TrainingState& state, const Optimizer& optimizer);
    static void arrive(Run& run, Arrival arrival);
    static void become(Run& run, const Recipe& recipe, NetworkDescription network);
    static Result<void> change_optimizer(Run& run, const OptimizerSpec& spec);
    static bool cannot_learn_from_one(const NetworkDescription& network);
    static void restrain(Run& run, Restraints restraints);
    // What the next step begins without.
    static std::vector<Optimizer::Forgotten> forgotten(const Run& run);

    // Of a run that was made ready and is not begun.
    Error refused(Error error) const;
    // Error when there is no memory to train the network with `batch` pictures at a time.
    Result<void> check_room(const Recipe& recipe, const NetworkDescription& network, std::int64_t batch) const;
    // What the request is to learn from.
    Result<std::shared_ptr<const Dataset>> data_for(const RunRequest& request) const;
    // On data that are open: the request's own name for them is not read. The weights are still to be given.
    // `class_names`: of a run that goes on, whatever the data call them now; empty: the data's.
    Result<Run> make_run(const RunRequest& request, const std::shared_ptr<const Dataset>& source,
                         const std::vector<std::string>& class_names = {});
    std::shared_ptr<const RunInfo> begin(Run run, std::shared_ptr<const Dataset> source);
    const ThreadSettings& find_thread_settings(const NetworkDescription& network, const Recipe& recipe);
    IterationOutcome learn_from_batch(TimePoint begin, PhaseObserver* observer);
    void watch_threads(double seconds, IterationOutcome& outcome);
    torch::Tensor forward_kept(const torch::Tensor& images);

    TorchTrainerOptions options_;
    torch::Device device_;
    std::optional<Run> run_;
    std::weak_ptr<const TrainingState> last_state_;  // which the next one shares with what it can
    Minibatch batch_;                                // the latest training minibatch
    std::vector<int> predicted_;

    // The last network whose thread settings were timed.
    Recipe timed_recipe_;
    std::optional<ThreadSettings> thread_settings_;
    std::optional<ThreadWatch> thread_watch_;  // while several threads are in use that were found by timing
};

}  // namespace convscope
