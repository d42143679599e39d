// What a session drives: a network that learns one iteration at a time. The session knows nothing of LibTorch, so that
// its thread, its commands and its publishing can be tested under ThreadSanitizer with a trainer of plain numbers
// (tests/support); the real one is engine/train/torch_trainer.h.
#pragma once

#include "engine/api/command.h"
#include "engine/api/run_info.h"
#include "engine/api/snapshot.h"
#include "engine/core/result.h"
#include "engine/state/run_state.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

struct InitialWeights;  // engine/formats/network_weights.h

struct RunRequest {
    RunId run;
    Recipe recipe;
    std::uint64_t seed = 0;
    std::string data = {};  // as --data takes it; empty: what the trainer learned from before
    std::shared_ptr<const InitialWeights> weights = {};  // those of a file; null: drawn from the seed
};

// One iteration's scalars. The spans belong to the trainer and hold until its next call.
struct IterationOutcome {
    float loss = 0.0F;           // mean over the minibatch
    double learning_rate = 0.0;  // it was trained with, the schedule's factor included
    std::int64_t correct = 0;
    std::span<const int> labels;     // of the minibatch
    std::span<const int> predicted;  // before the update; -1: the output was not a number
    bool epoch_ended = false;
    std::string_view notice;  // a sentence for the user, in static memory; empty: none
};

struct CaptureRequest {
    const WatchSet& watch;
    bool layer_statistics = false;  // now; the session asks a few times a second, not at every capture
    std::int64_t iteration = 0;     // to stamp on what is captured
    ProbeSource probe = {};         // of the data, or of the size of the network's input
    bool dead_units = false;        // now: Observation::dead_units, a matter of a forward pass
};

// Which of a run's weights are asked: those that move on with training, or the copy that stands still.
enum class Weights : std::uint8_t { Present, Held };

// What is to be known of the step that the next iteration would take.
struct StepAhead {
    double learning_rate = 0.0;       // less the schedule's factor
    std::int64_t batch_count = 0;     // pictures of its minibatch
    std::int64_t held_out_count = 0;  // others, whose loss is measured beside; 0: there are none
};

// A question that is being answered, in slices of a few milliseconds.
class ExplanationWork {
public:
    virtual ~ExplanationWork() = default;
    // True when that completed the answer. Throws as a trainer does.
    virtual bool advance() = 0;
    // When it is complete.
    virtual std::shared_ptr<const Explanation> answer() = 0;
};

// The same of a job's question.
class JobWork {
public:
    virtual ~JobWork() = default;
    // True when that completed the result. Throws as a trainer does.
    virtual bool advance() = 0;
    virtual double progress() const = 0;  // 0 to 1
    // When it is complete; asked once.
    virtual JobResult result() = 0;
    // What there is to be seen of it already; monostate: nothing yet, or nothing else than before.
    virtual JobResult so_far() { return {}; }
};

// The activations of one iteration that are being gathered, in slices.
class SampleWork {
public:
    virtual ~SampleWork() = default;
    // Up to so many pictures more, and how many these were. Throws as a trainer does.
    virtual std::int64_t advance(std::int64_t pictures) = 0;
    virtual double progress() const = 0;  // 0 to 1
    // When all are there.
    virtual std::shared_ptr<const ActivationSample> sample() = 0;
};

// Told, within an iteration, how far it has come.
class PhaseObserver {
public:
    virtual ~PhaseObserver() = default;

    // Batch, Forward, Loss, Backward and Update, in this order. May call the trainer's capture() and read_batch(), and
    // nothing else of it. What it throws ends the iteration as an exception of the trainer's own would.
    virtual void reached(Phase phase) = 0;
    // Of the minibatch, whose pass is kept: from 0, modulo its size. Asked before Batch.
    virtual std::int64_t sample() const { return 0; }
};

struct ResumedRun {
    std::shared_ptr<const RunInfo> info;
    RunProgress progress;
    std::vector<std::string> changes = {};  // what it does not go on with as it was: "learning rate 0.01 -> 0.001"
};

// All calls come from the session's thread. Any may throw a std::exception, which makes the session Failed.
class Trainer {
public:
    virtual ~Trainer() = default;

    // Another one, without a run, of the same data, which are in memory but once, and with as many threads as this
    // one's run has now. Both may train on one thread, each in its turn: how many threads that has is what was said
    // last, to either of them.
    virtual std::unique_ptr<Trainer> another() const = 0;

    // A run at iteration 0. An Error (data that are not there, a recipe that does not fit them or the weights) leaves
    // the previous run as it was.
    virtual Result<std::shared_ptr<const RunInfo>> start(const RunRequest& request) = 0;

    // Everything that the run can be continued from, bit for bit, as it is between two iterations. What has not changed
    // since an earlier state that is still held by somebody is shared with it.
    virtual std::shared_ptr<const TrainingState> state() = 0;
    // The run goes on from there, bit for bit, whatever has become of it meanwhile, also where an exception has left
    // it half done: weights, optimizer, generators, place in the data and settings are copied into what stands, and
    // the recipe is the state's, as far as it may change (change_recipe()); no
    // data are read, no threads timed. An Error (a state of another run, or one that is damaged) leaves everything as
    // it was.
    virtual Result<void> restore(const TrainingState& state) = 0;
    // The run is another one from here on, and what is captured is that one's: a branch. All else goes on as it is.
    virtual std::shared_ptr<const RunInfo> go_on_as(RunId run) = 0;
    // False when an exception has left an iteration half done, its weights perhaps on the move: a copy would be of no
    // iteration. One that came earlier is as if it had not begun, and its minibatch is the next one again.
    virtual bool is_whole() const = 0;
    // A saved run, of whatever recipe, takes the place of the present one; its data are opened where they are others.
    // An Error (data that do not fit, no memory for the network) leaves the present one as it was.
    virtual Result<ResumedRun> resume(RunState saved, RunId run) = 0;

    virtual std::int64_t iterations_per_epoch() const = 0;  // at the present batch size, of the data as changed
    virtual LiveSettings settings() const = 0;              // its pace is the session's, and ignored
    virtual void set_learning_rate(double learning_rate) = 0;
    virtual void set_momentum(double momentum) = 0;
    virtual void set_batch_size(std::int64_t batch_size) = 0;  // from the next minibatch on
    virtual void set_threads(int threads) = 0;                 // likewise, and not changed by itself any more

    // The run goes on with this recipe, which may take the place of its own (engine/recipe/recipe_change.h): weights
    // and place in the data stay. Another optimizer begins with its recipe's learning rate and momentum, and one of
    // another kind with nothing that it remembers; but if the kind is again what it was when the present iteration
    // ended, with what was remembered then. The same recipe changes nothing. An Error leaves it as it was.
    virtual Result<std::shared_ptr<const RunInfo>> change_recipe(const Recipe& recipe) = 0;

    // What the run is held to, which is part of its states. Of what is there (check_restraints(), check_learnable()),
    // from now on.
    virtual const Restraints& restraints() const = 0;
    virtual void set_restraints(Restraints restraints) = 0;
    // Of a channel over the pictures that layers' statistics are measured over.
    virtual double channel_mean(LayerId layer, std::int64_t channel) = 0;
    // A weight or bias (`key`) that its layer owns: as many of its values as there are, row-major, from `first` on; and
    // those that the run's seed drew, whatever it began with.
    virtual void read_values(TensorKey key, std::int64_t first, std::span<float> values) const = 0;
    virtual void read_first_values(TensorKey key, std::int64_t first, std::span<float> values) const = 0;
    virtual void write_values(TensorKey key, std::int64_t first, std::span<const float> values) = 0;

    // Trains on the next minibatch. An epoch takes every training sample once, or as often as its class is said to come
    // (DataChanges); its last minibatch may be smaller. With an observer (null: none) the numbers are the same to the
    // bit, and what the pass made of one sample of its minibatch is kept for capture() until the next iteration begins.
    virtual IterationOutcome train_iteration(PhaseObserver* observer = nullptr) = 0;

    // Computes everything the request watches, from the present weights, into `into`: replaces captures (sorted by
    // key), the pass's state, the probe, if it is looked at, and, when asked for, the layer statistics and the dead
    // units. Draws no random
    // number and changes nothing that training depends on, not even amid an iteration (PhaseObserver). What does not
    // exist is left out: a gradient before the first iteration, or before this one's Backward; an update before its
    // Update; of the pass, what it has not come to, or no observed iteration has kept.
    virtual void capture(const CaptureRequest& request, Observation& into) = 0;

    // The minibatch of an observed iteration, from its Loss on until the next one begins; else it is left empty.
    virtual void read_batch(BatchSheet& into) = 0;

    // Of a training picture, what it is taken for.
    virtual int label(Split split, std::int64_t index) const = 0;

    // Keeps a copy of the present weights, and of what channels are held at, in memory that is used again:
    // Weights::Held from here on, until the next call of this, or another run.
    virtual void hold_weights() = 0;

    // Classifies predicted.size() pictures from `first` on with those weights, in evaluation mode, -1 where the output
    // is not a number; returns the sum of their losses. `probabilities`: of all classes, picture by picture, unless it
    // is empty; which changes nothing of the rest.
    virtual double classify(Split split, std::int64_t first, std::span<int> predicted,
                            Weights weights = Weights::Present, std::span<float> probabilities = {}) = 0;

    // The step that the next iteration would take if it came now, with all that belongs to it (its minibatch, dropout,
    // what the optimizer remembers, what is frozen), worked out aside: draws no random number of the run's and changes
    // nothing that training depends on. Kept until forget_step(), the next call of this, or another run. Nothing where
    // the next iteration could not take one.
    virtual std::optional<StepAhead> propose_step() = 0;
    // The losses where that step would lead if it were so many times as long, whatever has been trained since; of the
    // minibatch as the iteration would compute it, dropout's choice included, so that at 0 it is the loss that the
    // iteration would tell; of held-out pictures in evaluation mode.
    virtual LossSlice::Point loss_along_step(double multiple) = 0;
    // The minibatch's loss where that step would lead, so many times as long, and from there so many times as far in
    // the direction that a LossSurface has. Without that it is the loss along the step, to the bit.
    virtual double loss_beside_step(double multiple, double aside) = 0;
    virtual void forget_step() = 0;

    // Begins to answer why the present network, held to what it is held to, answers the picture as it does, whatever is
    // trained meanwhile; what one pass answers (ExplanationMethodRow) by the weights as they are when it is done, which
    // is to be at once. What cannot be asked of the network is answered with a sentence. Draws no random number of the
    // run's and changes nothing that training depends on.
    virtual std::unique_ptr<ExplanationWork> explain(const ExplanationQuestion& question, const ProbeSource& probe,
                                                     std::int64_t iteration) = 0;

    // Begins to work out what the question (check_question()) asks of the present network, held to what it is held to,
    // whatever is trained meanwhile. Likewise. An Error says what cannot be asked of it.
    virtual Result<std::unique_ptr<JobWork>> begin_job(const JobQuestion& question, std::int64_t iteration) = 0;

    // Begins to gather what the present network, held to what it is held to, makes of test pictures, whatever is
    // trained meanwhile. What cannot be asked of it is answered with a sentence, at once. Draws no random number of the
    // run's and changes nothing that training depends on.
    virtual std::unique_ptr<SampleWork> sample(const SampleQuestion& question, std::int64_t iteration) = 0;
};

}  // namespace convscope
