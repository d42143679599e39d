// What the session published: one iteration, immutable, never torn. Whoever holds one may keep it for ever.
#pragma once

#include "engine/api/activation_sample.h"
#include "engine/api/command.h"
#include "engine/api/confusion_matrix.h"
#include "engine/api/explanation.h"
#include "engine/api/interventions.h"
#include "engine/api/iteration_film.h"
#include "engine/api/job.h"
#include "engine/api/loss_slice.h"
#include "engine/api/metrics.h"
#include "engine/api/observation.h"
#include "engine/api/phase.h"
#include "engine/api/run_info.h"
#include "engine/api/run_line.h"
#include "engine/core/clock.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace convscope {

enum class SessionState : std::uint8_t {
    Starting,  // no network yet
    Running,
    Paused,
    Finished,  // every epoch done; Run trains as many again
    Failed,    // the trainer stopped with `failure`; Reset recovers
};

// What watching costs the trainer, measured by the trainer itself.
struct WatchingCost {
    double capture_microseconds = 0.0;  // of the last capture
    double publish_microseconds = 0.0;  // of the last publication
    std::int64_t captured_bytes = 0;    // of the last capture
    double share = 0.0;                 // of the trainer's working time, rolling over about a second; sweeps included
};

struct LiveSettings {
    double learning_rate = 0.0;
    double momentum = 0.0;  // SGD's momentum; Adam's beta1
    std::int64_t batch_size = 0;
    double iterations_per_second = 0.0;  // 0: flat out
    int threads = 0;                     // LibTorch's intra-op threads at present
    int blas_threads = 0;                // the BLAS library's own; 0 when it cannot be told
};

// The run beside another (command::BeginTwin), as it stands to that.
struct TwinPlace {
    std::int64_t begins =
        0;  // the earliest iteration that it can be at: where the other one is earlier, it stands here
    std::int64_t common = 0;  // up to which both are the same run; 0 where they have nothing in common but the seed
    std::string difference;   // "learning rate 0.001 -> 0.01", or the lane's name; empty: none
    RunId lane = {};          // that it is of, where it is another than the first run's; 0: it is not
    bool catches_up = false;  // on its way to where the other one is, which takes more than an iteration
};

struct Snapshot {
    std::uint64_t sequence = 0;  // rises by one with each publication
    SessionState state = SessionState::Starting;
    std::string failure;  // what stopped the trainer; empty unless Failed
    CommandId applied_command;
    TimePoint published{};

    std::shared_ptr<const RunInfo> run_info;       // null while Starting
    std::shared_ptr<const SetAsideRun> set_aside;  // null: there is none
    std::int64_t iteration = 0;                    // 0: fresh weights; in the past where it is less than line.furthest
    RunLine line;
    std::int64_t epoch = 0;  // of that iteration
    std::int64_t iterations_per_epoch = 0;
    std::int64_t planned_iterations = 0;  // at which the run is Finished
    IterationMetrics metrics;             // of that iteration; zeros at iteration 0
    LiveSettings settings;
    std::shared_ptr<const Restraints> restraints;  // what the network is held to; null: to nothing
    std::shared_ptr<const std::string> undo;       // what command::Undo would take back, as marked; null: nothing
    double samples_per_second = 0.0;               // training work only, rolling over about a second
    bool evaluating = false;                       // the end-of-epoch evaluation is under way
    // The iteration after `iteration` is under way, and this much of it is done; at Update the weights are the new
    // ones. For whoever watches it at a pace that can be followed (WatchSet::phases).
    Phase phase = Phase::None;
    double phase_seconds = 0.0;                 // how long the trainer rests here, so that the phase can be followed
    std::shared_ptr<const IterationFilm> film;  // the last one; null before the first, and unless watched

    Observation seen;    // what is looked at; its captures may be older than `iteration`
    HeldPicture chosen;  // the picture of the data that was chosen last, whatever the probe is now: what comes next to
                         // it is the next one
    bool seeking = false;                                    // looking for the next mistake
    std::shared_ptr<const CountedConfusion> test_confusion;  // the last complete sweep; null before the first
    double sweep_progress = 0.0;                             // of the sweep under way, 0 to 1
    std::shared_ptr<const CountedConfusion>
        batch_confusion;                          // rolling over recent training minibatches; null unless watched
    std::shared_ptr<const LossSlice> loss_slice;  // the last complete one; null before the first, and unless watched
    std::shared_ptr<const LossSurface> loss_surface;  // likewise
    // The last answer to each question that is watched and was answered, each of its own iteration.
    std::vector<std::shared_ptr<const Explanation>> explanations;
    std::vector<Job> jobs;  // that are watched, sorted by question
    std::vector<std::shared_ptr<const ActivationSample>> samples;  // likewise
    double sample_progress = 0.0;                                  // of the one that is being gathered, 0 to 1
    WatchingCost cost;

    std::shared_ptr<const std::vector<Breakpoint>> breakpoints;  // never null in what a session publishes
    std::shared_ptr<const BreakpointHit> paused_by;              // null where it goes on, or was paused otherwise

    std::shared_ptr<const TwinPlace> twin;  // of the run beside this one, and said by both; null: there is none

    const TensorCapture* find(TensorKey key) const { return seen.find(key); }
    // Null when it is not answered.
    const Explanation* find(const ExplanationQuestion& question) const;
    // Null when it is not watched, or the session does not know so yet.
    const Job* find(const JobQuestion& question) const;
    std::shared_ptr<const ActivationSample> find(const SampleQuestion& question) const;

    void recycle();  // ObjectPool: lets go of everything shared
};

}  // namespace convscope
