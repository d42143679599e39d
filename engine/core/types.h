// The strong identities that travel between the trainer and the screen.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>

namespace convscope {

// One training run: a reset, or a loaded recipe, starts a new one. Never reused within a process.
struct RunId {
    std::uint64_t value = 0;
    auto operator<=>(const RunId&) const = default;
};

// A command as the session numbered it; 0 is "none yet". Acknowledged by Snapshot::applied_command.
struct CommandId {
    std::uint64_t value = 0;
    auto operator<=>(const CommandId&) const = default;
};

// A layer's position in the network's ordered list, from 0. kInputLayer stands for the network's input.
struct LayerId {
    std::int32_t index = 0;
    auto operator<=>(const LayerId&) const = default;
};
inline constexpr LayerId kInputLayer{-1};

// A data set's halves: what is trained on, and what is held out to measure with.
enum class Split : std::uint8_t { Train, Test };

enum class TensorKind : std::uint8_t {
    Input,       // the probe as the network sees it, after preprocessing; layer is kInputLayer
    Activation,  // a layer's output for the probe
    Weight,      // parameters after the snapshot's iteration
    Bias,
    WeightGradient,  // dLoss/dWeight of the iteration's own minibatch
    BiasGradient,
    WeightUpdate,  // weight after the iteration minus weight before it
    RunningMean,   // batch norm's, of each channel: what evaluation normalises with
    RunningVariance,
    // Of the training pass itself (Snapshot::phase), for one sample of its minibatch (PassState::sample).
    PassActivation,  // a layer's output in training mode; of kInputLayer: the sample as the network gets it
    PassGradient,    // dLoss/d(that output), where Loss is the minibatch's
};

// Names one tensor of a run.
struct TensorKey {
    TensorKind kind = TensorKind::Input;
    LayerId layer = kInputLayer;
    auto operator<=>(const TensorKey&) const = default;
};

// Up to four dimensions, outermost first: maps are C,H,W; features N; kernels O,I,H,W; matrices O,I.
class Shape {
public:
    static constexpr int kMaxRank = 4;

    Shape() = default;
    Shape(std::initializer_list<std::int64_t> sizes) {
        for (std::int64_t size : sizes) push_back(size);
    }
    // A fifth dimension throws std::length_error: nothing here has one.
    void push_back(std::int64_t size) {
        if (rank_ == kMaxRank) throw std::length_error("a shape has at most four dimensions");
        sizes_[static_cast<std::size_t>(rank_++)] = size;
    }
    int rank() const { return rank_; }
    // Size of dimension i; 1 past the end, so that a vector can be read as an N x 1 x 1 map.
    std::int64_t operator[](int i) const { return i < rank_ ? sizes_[static_cast<std::size_t>(i)] : 1; }
    std::int64_t element_count() const {
        std::int64_t count = rank_ == 0 ? 0 : 1;
        for (int i = 0; i < rank_; ++i) count *= sizes_[static_cast<std::size_t>(i)];
        return count;
    }
    // "10x24x24"; "scalar" for rank 0.
    std::string to_string() const {
        if (rank_ == 0) return "scalar";
        std::string text;
        for (int i = 0; i < rank_; ++i) {
            if (i > 0) text += 'x';
            text += std::to_string((*this)[i]);
        }
        return text;
    }
    bool operator==(const Shape&) const = default;

private:
    std::array<std::int64_t, kMaxRank> sizes_{};
    int rank_ = 0;
};

}  // namespace convscope
