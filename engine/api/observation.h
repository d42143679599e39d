// One look at a network in one state: the values that there are to see, and of which picture. A session publishes one
// in each snapshot; engine/train/frozen_network.h makes one of any state.
#pragma once

#include "engine/api/probe_source.h"
#include "engine/api/tensor_capture.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace convscope {

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
    ProbeSource source;                // whose values these are
    int label = -1;                    // of a training picture what it is taken for; -1: nobody knows, of one's own
    int data_label = -1;               // what the data say, which of a training picture somebody may have changed
    std::int64_t trained_on = -1;      // which training picture it is; -1: none
    std::int64_t iteration = -1;       // of the values below; -1: none yet
    std::vector<float> logits;         // the network's output as it is
    std::vector<float> probabilities;  // sum to 1
    int predicted() const { return likeliest(probabilities); }
    bool from_batch() const { return std::holds_alternative<BatchSample>(source); }
};

// What an iteration that is followed (Phase) has made of its minibatch so far.
struct PassState {
    int label = -1;           // of the sample whose tensors are captured; -1: there is no such iteration
    std::int64_t sample = 0;  // which of the minibatch that is: its first, unless another one is the probe
    std::vector<float>
        probabilities;          // of that sample's classes, with the weights before the update; empty before Forward
    std::optional<float> loss;  // mean over the minibatch; nothing before Loss
    int predicted() const { return likeliest(probabilities); }
};

struct Observation {
    std::vector<std::shared_ptr<const TensorCapture>> captures;  // sorted by key
    ProbeState probe;
    PassState pass;                                 // amid an iteration whose phases are watched
    std::vector<LayerStatistics> layer_statistics;  // one per layer when watched, else empty
    // For each layer, when that was asked for: which channels (units) of a ReLU's output are above 0 on none of those
    // pictures, ascending; of other layers none.
    std::vector<std::vector<std::int32_t>> dead_units;

    // Null when it was not captured.
    const TensorCapture* find(TensorKey key) const;

    // Lets go of the captures, and of every value; vectors keep their capacity.
    void clear();
};

}  // namespace convscope
