// A Trainer of plain numbers, for tests of everything around a network: no LibTorch, a few microseconds an iteration,
// the same losses to the bit for the same script, and captures whose values say of which iteration, tensor and picture
// they are, so that a torn or mixed snapshot shows. It allocates nothing once warm.
#pragma once

#include "engine/core/object_pool.h"
#include "engine/session/trainer.h"
#include "engine/state/epoch_place.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace convscope {

// What the trainer does, and what was asked of it. Shared between a test and its trainer: the script is set before the
// session starts and belongs to the trainer's thread then; the atomics may be used by both at any time.
struct PlainScript {
    std::int64_t train_count = 1000;
    std::int64_t test_count = 200;
    std::string start_throws;    // what start() throws; empty: it does not
    std::string refused_recipe;  // the name of the recipe that start() refuses with an Error that quotes it

    // The class predicted for a test picture by the weights after `iteration`; its label when empty.
    std::function<int(std::int64_t index, int label, std::int64_t iteration)> predict;

    // Whether a ReLU's channel is dead by then; none is when empty.
    std::function<bool(LayerId layer, std::int32_t channel, std::int64_t iteration)> dead;
    // The class guessed for one of a minibatch's pictures, whose label that is, by the iteration to come; drawn when
    // empty.
    std::function<int(std::int64_t iteration, int label)> guess;

    // Called on the trainer's thread at the beginning of each call; may block, and may throw.
    std::function<void(std::int64_t iteration)> on_train;  // `iteration` is the one about to be trained
    std::function<void(Phase phase)> on_phase;             // of an observed iteration, before its observer
    std::function<void(std::int64_t iteration)> on_capture;
    std::function<void(std::int64_t first)> on_classify;
    std::function<void()> on_slice;               // a step is proposed, or a loss along it asked for
    std::function<void()> on_explain;             // a slice of an answer is worked on
    std::function<void()> on_job;                 // of a job
    std::function<void(std::int64_t)> on_sample;  // so many pictures of a sample are looked at
    std::function<void()> on_start;
    std::function<void()> on_state;

    std::atomic<std::int64_t> throw_at{0};  // the iteration that throws kThrown; 0: none
    std::atomic<std::int64_t> break_at{0};  // the iteration that throws it amid its update; 0: none
    std::atomic<std::int64_t> nan_at{0};    // the first iteration whose loss is NaN; 0: none
    std::atomic<std::int64_t> huge_at{0};   // the first iteration whose loss is 1e15; 0: none

    std::atomic<std::int64_t> one_thread_at{0};  // behind it threads are given up, as by the real one; 0: none

    std::atomic<std::int64_t> starts{0};
    std::atomic<std::int64_t> iterations{0};
    std::atomic<std::int64_t> captures{0};
    std::atomic<std::int64_t> statistics{0};
    std::atomic<std::int64_t> classify_calls{0};
    std::atomic<std::int64_t> proposals{0};
    std::atomic<std::int64_t> slice_points{0};
    std::atomic<std::int64_t> surface_points{0};
    std::atomic<std::int64_t> explanations{0};  // that were begun
    std::atomic<std::int64_t> jobs{0};          // likewise
    std::atomic<std::int64_t> samples{0};       // likewise
    std::atomic<bool> no_step{false};           // none can be proposed
    std::atomic<std::thread::id> made_on{};
    std::atomic<std::thread::id> destroyed_on{};

    std::shared_ptr<PlainScript> another;  // that of a trainer made by another(); null: this one

    // What stands for files: see plain_files(). on_save is called on the writer's thread.
    std::function<void()> on_save;
    std::string save_problem;                 // what writing fails with; empty: it does not
    std::vector<std::string> resume_changes;  // what resume() says it has changed
    std::mutex files_mutex;
    std::map<std::string, RunState> files;
    std::map<std::string, RunFamily> families;  // by folder, as are the next ones
    std::map<std::string, std::string> changes;

    static constexpr const char* kThrown = "The plain trainer was told to fail\nat a place that is nobody's business";
};

// A recipe of three layers (conv 1->2 3x3 on 6x6 pictures, flatten, linear 32->10), enough epochs never to finish.
Recipe plain_recipe();

// The label of a picture. Classes 0 to 8 occur in no regular order, class 9 never.
int plain_label(Split split, std::int64_t index);

// What the trainer writes into every value (every second one, for what is computed from the probe, whose other values
// are plain_probe_value()), `iteration` being the one that made it. Exact for up to 100,000 iterations.
float plain_value(TensorKey key, std::int64_t iteration);
// A held picture's is in its pixels, which as a picture of one's own give the same.
float plain_probe_value(const ProbeSource& source);
// How likely each class but the one that it takes a test picture for is, in 512ths: exact, and below
// a tenth.
float plain_other_probability(std::int64_t index);
OwnPicture plain_picture(const HeldPicture& held, std::uint64_t id);

// Every tensor that the plain network has, including gradients and updates.
WatchSet watch_everything();
// The passes of its layers too, phase by phase.
WatchSet watch_phases();

// What is wrong with a snapshot's captures and probe: values of another iteration, tensor, picture or run than they
// say, captures of several iterations, out of order. Empty when all is well.
std::string describe_inconsistency(const Snapshot& snapshot);

// Into the script and out of it.
RunFiles plain_files(std::shared_ptr<PlainScript> script);

class PlainTrainer final : public Trainer {
public:
    explicit PlainTrainer(std::shared_ptr<PlainScript> script);
    ~PlainTrainer() override;

    std::unique_ptr<Trainer> another() const override;
    Result<std::shared_ptr<const RunInfo>> start(const RunRequest& request) override;
    std::shared_ptr<const TrainingState> state() override;
    Result<void> restore(const TrainingState& state) override;
    std::shared_ptr<const RunInfo> go_on_as(RunId run) override;
    bool is_whole() const override { return !moving_; }
    Result<ResumedRun> resume(RunState saved, RunId run) override;
    std::int64_t iterations_per_epoch() const override;
    LiveSettings settings() const override;
    void set_learning_rate(double learning_rate) override { learning_rate_ = learning_rate; }
    void set_momentum(double momentum) override { momentum_ = momentum; }
    void set_batch_size(std::int64_t batch_size) override { batch_size_ = batch_size; }
    void set_threads(int threads) override { threads_ = threads; }
    Result<std::shared_ptr<const RunInfo>> change_recipe(const Recipe& recipe) override;
    IterationOutcome train_iteration(PhaseObserver* observer = nullptr) override;
    void capture(const CaptureRequest& request, Observation& into) override;
    // Losses that lie as far below their mean as above it.
    void read_batch(BatchSheet& into) override;
    int label(Split split, std::int64_t index) const override;
    const Restraints& restraints() const override { return restraints_; }
    void set_restraints(Restraints restraints) override { restraints_ = std::move(restraints); }
    // As many hundredths as its number says.
    double channel_mean(LayerId, std::int64_t channel) override { return 0.01 * static_cast<double>(channel + 1); }
    void read_values(TensorKey key, std::int64_t first, std::span<float> values) const override;
    void read_first_values(TensorKey key, std::int64_t first, std::span<float> values) const override;
    void write_values(TensorKey key, std::int64_t first, std::span<const float> values) override;
    void hold_weights() override { held_iteration_ = iteration_; }
    double classify(Split split, std::int64_t first, std::span<int> predicted, Weights weights = Weights::Present,
                    std::span<float> probabilities = {}) override;

    std::optional<StepAhead> propose_step() override;
    LossSlice::Point loss_along_step(double multiple) override;
    double loss_beside_step(double multiple, double aside) override;
    void forget_step() override { ahead_ = -1; }
    // In one slice, or three.
    std::unique_ptr<ExplanationWork> explain(const ExplanationQuestion& question, const ProbeSource& probe,
                                             std::int64_t iteration) override;
    // In three slices, the second of which has something to show: top patches whose one value, of each channel, is the
    // iteration; of a histogram as many values as test pictures.
    Result<std::unique_ptr<JobWork>> begin_job(const JobQuestion& question, std::int64_t iteration) override;
    // Rows that say of which picture and iteration they are.
    std::unique_ptr<SampleWork> sample(const SampleQuestion& question, std::int64_t iteration) override;
    // Of a step behind that iteration: lowest at twice the step, held-out pictures' at 1.6 times.
    static LossSlice::Point point_of(double multiple, std::int64_t iteration);

    // The sum of classify()'s losses over `pictures`, of which `wrong` are predicted wrong. Exact in any order.
    static double loss_sum(std::int64_t pictures, std::int64_t wrong, std::int64_t iteration);

private:
    std::shared_ptr<RunInfo> describe(RunId run, const Recipe& recipe, std::uint64_t seed) const;
    void arrive(const TrainingState& state);
    // With the weights after so many iterations.
    int predict(Split split, std::int64_t index, std::int64_t iteration) const;
    std::size_t place_of(TensorKey key) const;  // of its first value among kernels_
    double pushed_by_hand() const;
    int times(std::int64_t index) const {
        return restraints_.data.times.empty() ? 1 : restraints_.data.times_of(label(Split::Train, index));
    }
    bool find_next(EpochPlace& at) const;
    void become(const Recipe& recipe);
    void add_up_kernels();
    void capture_tensor(TensorKey key, const CaptureRequest& request, Observation& into);
    void find_dead_units(std::vector<std::vector<std::int32_t>>& out);
    void capture_probe(const CaptureRequest& request, ProbeState& probe);

    std::shared_ptr<PlainScript> script_;
    std::shared_ptr<const RunInfo> info_;
    std::weak_ptr<const TrainingState> last_state_;
    std::string data_ = "plain numbers";  // the name of what it learns from, all that other data change
    std::map<TensorKey, ObjectPool<TensorCapture>> pools_;
    double learning_rate_ = 0.0;
    double momentum_ = 0.0;
    std::int64_t batch_size_ = 1;
    int threads_ = 1;
    std::int64_t iteration_ = 0;
    std::int64_t held_iteration_ = 0;  // at the latest hold_weights()
    std::int64_t ahead_ = -1;          // behind which iteration a step is proposed; -1: none is
    Phase phase_ = Phase::None;        // of an observed iteration under way
    bool pass_kept_ = false;           // by the latest iteration, or the one under way
    std::int64_t pass_sample_ = 0;     // which sample's it is
    float loss_ = 0.0F;                // of that iteration
    EpochPlace next_sample_;
    std::int64_t latest_sample_ = 0;  // the first of the latest minibatch
    bool moving_ = false;             // amid an update
    double weight_ = 0.0;             // all that is learned
    std::vector<double> kernels_;     // the network's weights and biases, which change by hand alone
    double kernel_sum_ = 0.0;         // of what they are above those that the seed drew
    Restraints restraints_;
    std::shared_ptr<const ReplacedOptimizer> replaced_;
    double velocity_ = 0.0;
    std::uint64_t random_state_ = 0;
    std::vector<int> labels_;
    std::vector<std::int64_t> drawn_;  // the pictures of the latest minibatch
    std::vector<int> predicted_;
};

}  // namespace convscope
