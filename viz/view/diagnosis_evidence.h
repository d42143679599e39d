// What the diagnosis judges by (viz/view/diagnosis.h): a few numbers of what a session has published already. Pure.
#pragma once

#include "engine/api/snapshot.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace convscope {

class MetricHistory;

// Up to the place where the run is; means are over stretches of `stretch` iterations.
struct LossEvidence {
    std::int64_t iterations = 0;  // since something was changed last, or the run began
    std::int64_t stretch = 0;
    std::optional<double> recent = std::nullopt;  // mean of the latest stretch
    double best = 0.0;           // lowest mean since; what it was before a change of how it learns, included
    std::int64_t best_at = 0;    // where that stretch ends
    double highest = 0.0;        // of a single iteration since
    double lowest_recent = 0.0;  // of single iterations of the latest stretch
    double highest_recent = 0.0;
    // Means of the quarters of `iterations`, and of the two halves of the latest `compared` of them.
    std::array<double, 4> quarters{};
    std::int64_t compared = 0;  // 0: there are too few to tell
    std::array<double, 2> halves{};
    std::int64_t no_number_since = 0;  // the iteration; 0: the latest loss is a number
};

// Of the measurements on held-out pictures.
struct HeldOutEvidence {
    int measurements = 0;
    int since_best = 0;  // measurements behind that with the lowest loss
    std::int64_t best_at = 0;
    double best_loss = 0.0;
    double train_loss_at_best = 0.0;
    double loss = 0.0;  // the latest
    double train_loss = 0.0;
    // Likewise; those of the training pictures are of the epoch behind it, and of the one before.
    double accuracy = 0.0;
    double train_accuracy = 0.0;
    double train_accuracy_before = 0.0;
};

struct ClassEvidence {
    std::int64_t pictures = 0;  // 0: there is no matrix yet
    std::int64_t iteration = 0;
    int never_predicted = 0;  // classes that there are pictures of
    int first_never = -1;
    std::int64_t pictures_of_first = 0;
};

// Filters whose kernels point the same way.
struct Twins {
    std::int64_t filters = 0;  // that were compared; 0: none were
    std::int64_t with_twin = 0;
    std::int64_t first = -1;  // the pair that is most alike
    std::int64_t second = -1;
    double cosine = 0.0;
};

// Which other filter of the layer points the same way as this one, the most alike. `weights` are a layer's.
struct Double {
    std::int64_t filter = -1;  // -1: none does, or the layer is not one whose filters are compared
    double cosine = 0.0;
};
Double double_of(const TensorCapture& weights, std::int64_t filter);

// Sizes are root mean squares.
struct LayerEvidence {
    LayerId layer;
    bool weighs = false;  // convolution, linear: with weights of its own
    bool frozen = false;
    std::optional<LayerStatistics> outputs = std::nullopt;
    std::optional<double> weight_size = std::nullopt;
    std::optional<double> gradient_size = std::nullopt;
    std::optional<double> gradient_norm = std::nullopt;
    std::optional<double> update_size = std::nullopt;
    bool weights_alike = false;  // all of them have one value
    double weight_mean = 0.0;
    bool no_number = false;  // among its weights, gradients or outputs
    Twins twins = {};
    std::uint64_t twins_of = 0;  // content_id of the weights that they were found in
};

struct Evidence {
    std::shared_ptr<const RunInfo> run;  // null: there is nothing to judge
    std::int64_t iteration = 0;
    std::int64_t iterations_per_epoch = 0;
    LiveSettings settings;
    double rate_share = 1.0;      // of the set learning rate that the schedule lets through
    bool rate_is_undone = false;  // command::Undo would take back that the learning rate was raised
    LossEvidence loss;
    HeldOutEvidence held_out;
    ClassEvidence classes;
    std::optional<ValueStatistics> input = std::nullopt;  // of the probe, as the network sees it
    bool noisy = false;                                   // noise is added to its training pictures by hand
    bool relabelled = false;                              // labels are changed by hand,
    bool shuffled = false;                                // a share of them by chance
    bool left_out = false;                                // a class is, by hand
    std::optional<double> same_as_next = std::nullopt;    // share of training pictures, in their order
    std::vector<LayerEvidence> layers;                    // one for each
    std::size_t compared_next = 0;                        // the layer whose filters are compared next
};

// Layers with more weights are not looked at: their gradients and updates would cost the trainer more than they tell.
inline constexpr std::int64_t kMostWeights = 1 << 18;
// What the evidence is gathered from, while somebody reads the diagnosis.
void watch_evidence(const RunInfo& run, WatchSet& watch);

// Of the same run, what is costly and has not changed is kept from the last time. Allocates for another run alone.
void gather(const Snapshot& snapshot, const MetricHistory& history, Evidence& evidence);

}  // namespace convscope
