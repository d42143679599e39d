// What the session published: one iteration, immutable, never torn. Whoever holds one may keep it for ever.
#pragma once

#include "engine/api/command.h"
#include "engine/api/confusion_matrix.h"
#include "engine/api/metrics.h"
#include "engine/api/run_info.h"
#include "engine/api/tensor_capture.h"
#include "engine/core/clock.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
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

// How far an iteration has come, for whoever watches it at a pace that can be followed (WatchSet::phases). What a phase
// has computed stays captured until the iteration's end, so a later phase knows all that the earlier ones do.
enum class Phase : std::uint8_t {
    None,      // between two iterations
    Batch,     // the minibatch is drawn
    Forward,   // every layer's output is computed
    Loss,      // and compared with the labels
    Backward,  // every gradient is computed
    Update,    // the weights have moved
};

// Of one layer's outputs over a fixed set of test pictures.
struct LayerStatistics {
    std::int64_t iteration = -1;  // -1: not measured yet
    float mean = 0.0F;
    float deviation = 0.0F;
    float dead_fraction = 0.0F;  // share of channels (units, for a vector) that are <= 0 on every one of the pictures
};

// The class of the largest probability, the first of several; -1 where there is none, or one is not a number: that is
// no answer.
int likeliest(std::span<const float> probabilities);

struct ProbeState {
    bool from_batch = false;  // sample 0 of the minibatch instead of a chosen picture
    Split split = Split::Test;
    std::int64_t index = 0;
    int label = 0;
    bool seeking = false;              // looking for the next mistake
    std::int64_t iteration = -1;       // of the values below; -1: none yet
    std::vector<float> logits;         // the network's output as it is
    std::vector<float> probabilities;  // sum to 1
    int predicted() const { return likeliest(probabilities); }
};

// What an iteration that is followed (Phase) has made of its minibatch so far.
struct PassState {
    int label = -1;  // of its first sample, whose tensors are captured; -1: there is no such iteration
    std::vector<float>
        probabilities;          // of that sample's classes, with the weights before the update; empty before Forward
    std::optional<float> loss;  // mean over the minibatch; nothing before Loss
    int predicted() const { return likeliest(probabilities); }
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

struct Snapshot {
    std::uint64_t sequence = 0;  // rises by one with each publication
    SessionState state = SessionState::Starting;
    std::string failure;  // what stopped the trainer; empty unless Failed
    CommandId applied_command;
    TimePoint published{};

    std::shared_ptr<const RunInfo> run_info;  // null while Starting
    std::int64_t iteration = 0;               // 0: fresh weights
    std::int64_t epoch = 0;                   // of that iteration
    std::int64_t iterations_per_epoch = 0;
    std::int64_t planned_iterations = 0;  // at which the run is Finished
    IterationMetrics metrics;             // of that iteration; zeros at iteration 0
    LiveSettings settings;
    double samples_per_second = 0.0;  // training work only, rolling over about a second
    bool evaluating = false;          // the end-of-epoch evaluation is under way
    // The iteration after `iteration` is under way, and this much of it is done; at Update the weights are the new
    // ones.
    Phase phase = Phase::None;
    double phase_seconds = 0.0;  // how long the trainer rests here, so that the phase can be followed
    PassState pass;              // amid an iteration whose phases are watched

    ProbeState probe;
    std::vector<std::shared_ptr<const TensorCapture>> captures;  // sorted by key; may be older than `iteration`
    std::vector<LayerStatistics> layer_statistics;               // one per layer when watched, else empty
    std::shared_ptr<const CountedConfusion> test_confusion;      // the last complete sweep; null before the first
    double sweep_progress = 0.0;                                 // of the sweep under way, 0 to 1
    std::shared_ptr<const CountedConfusion>
        batch_confusion;  // rolling over recent training minibatches; null unless watched
    WatchingCost cost;

    const TensorCapture* find(TensorKey key) const;

    void recycle();  // ObjectPool: lets go of everything shared
};

}  // namespace convscope
