// The convolution loupe: how one value of one layer came about, as real numbers, computed anew from a snapshot's
// captures alone; and how far that is from the value which the map shows. In evaluation mode, as activations are
// captured.
#pragma once

#include "engine/api/network_description.h"
#include "engine/api/snapshot.h"
#include "viz/scene/consistent_captures.h"
#include "viz/scene/place.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace convscope {

// Which of Loupe's numbers make the total, and how.
enum class Arithmetic : std::uint8_t {
    WeightedSum,    // sum of the products, plus the bias: convolutions, linear; a bilinear mixture
    Average,        // sum of the products, whose weight is 1 over their count; padding counts, as a 0
    Maximum,        // terms[chosen]; padding never wins. Its weight is 1, that of the others 0
    Addition,       // sum of the terms: residual, add
    Copy,           // the term: flatten, dropout, concatenate, upsample; 0 without one: a padded channel
    Function,       // the product of the one term is the layer's function of its input: activations
    Normalisation,  // normalised * weight + bias, see Loupe::normalisation: the norms
    Softmax,        // terms[chosen].product / sum, where a product is exp(input - largest)
    LogSoftmax,     // (terms[chosen].input - largest) - log(sum)
};

struct LoupeTerm {
    Place place;           // of the input value: in a captured layer or the network's input; outside of it if padding
    float input = 0.0F;    // 0 if padding
    float weight = 1.0F;   // 1 where the arithmetic has none
    float product = 0.0F;  // what it brings to the sum
    bool padding = false;
};

// What the terms of one input channel sum up to.
struct ChannelSum {
    std::int64_t channel = 0;     // of that input
    std::int64_t first_term = 0;  // they are neighbours in Loupe::terms
    std::int64_t term_count = 0;
    float sum = 0.0F;
};

// Sums are taken in double precision and rounded to what is shown; the network's own are float sums in LibTorch's
// order. Not-a-number and infinities go through as the network's arithmetic lets them. Reused, its vectors keep their
// memory.
struct Loupe {
    static constexpr std::size_t kLargest = 12;

    CaptureProblem problem;  // when any, there is nothing else but the place
    Place place;
    LayerKind kind = LayerKind::ReLU;
    Arithmetic arithmetic = Arithmetic::Copy;
    RunId run;  // whose captures, of which iteration
    std::int64_t iteration = 0;

    // In the weights' order: by input channel (of the convolution's group), each a window of window_rows x
    // window_columns terms, row-major (so that a transposed convolution's kernel is mirrored); a linear layer's by
    // input.
    std::vector<LoupeTerm> terms;
    std::int64_t window_rows = 1;
    std::int64_t window_columns = 1;
    // WeightedSum: a convolution's by input channel; a linear layer's by the channel of the map that was flattened into
    // its input, none if there is no such map. `channel` is the map's.
    std::vector<ChannelSum> channels;
    // WeightedSum: the terms of the largest products without their sign, not-a-number first; padding left out.
    std::array<std::int64_t, kLargest> largest{};
    std::size_t largest_count = 0;
    std::int64_t chosen = -1;  // Maximum, Softmax, LogSoftmax

    struct Normalisation {
        bool of_this_picture = false;  // mean and variance are; else they are the running ones of training
        float mean = 0.0F;
        float variance = 0.0F;
        float epsilon = 0.0F;
        float normalised = 0.0F;  // (input - mean) / sqrt(variance + epsilon)
        float weight = 0.0F;
    } normalisation;
    float largest_input = 0.0F;  // Softmax, LogSoftmax

    float sum = 0.0F;  // of the products
    bool has_bias = false;
    float bias = 0.0F;        // 0 without
    float total = 0.0F;       // what the arithmetic gives
    float shown = 0.0F;       // what was captured, and is seen on the map
    float difference = 0.0F;  // shown - total; not-a-number when both are
    float magnitude = 0.0F;   // what was added up, without signs: the scale of float sums' rounding

    // Whether total and shown differ by no more than float sums in different orders may.
    bool agrees() const;
};

// The tensors to watch so that a layer's values can be explained; none for a layer that there is not.
class LoupeNeeds {
public:
    void add(TensorKey key) { keys_[count_++] = key; }
    const TensorKey* begin() const { return keys_.data(); }
    const TensorKey* end() const { return keys_.data() + count_; }
    std::size_t size() const { return count_; }

private:
    std::array<TensorKey, 1 + kMaxInputs> keys_{};  // what joins the most inputs has the most
    std::size_t count_ = 0;
};
LoupeNeeds loupe_needs(const NetworkDescription& description, LayerId layer);

// Explains the value at `place`, of which `snapshot` holds the captures. Never mixes iterations: where a tensor is
// missing, of another iteration or of another shape, `into.problem` says so. Any thread; allocates nothing once `into`
// has explained a value with as many terms.
void explain(const NetworkDescription& description, const Snapshot& snapshot, const Place& place, Loupe& into);

// The layer that goes on with this one's values place by place (an activation, batch norm, dropout) when no other layer
// takes them: convolution, batch norm and ReLU are looked at as one. kInputLayer when there is none.
LayerId continuation_of(const NetworkDescription& description, LayerId layer);

}  // namespace convscope
