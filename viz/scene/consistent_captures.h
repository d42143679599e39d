// The tensors of a snapshot that belong together: of one run and one iteration, with the shapes that the network's
// description says. What is computed from them is what the network computed.
#pragma once

#include "engine/api/network_description.h"
#include "engine/api/snapshot.h"

#include <cstdint>
#include <span>
#include <string>

namespace convscope {

// Why something cannot be computed from a snapshot's captures.
struct CaptureProblem {
    enum class Kind : std::uint8_t {
        None,
        NoSuchPlace,     // the network has no such layer, channel or value
        Missing,         // a tensor is not captured; it is when it is watched (WatchSet)
        OtherIteration,  // it is of another iteration, or run, than the rest
        OtherShape,      // it is not of this network
    };
    Kind kind = Kind::None;
    TensorKey key{};               // the tensor that it is about
    std::int64_t iteration = 0;    // of that tensor, where it is of another one
    std::int64_t of_the_rest = 0;  // then the iteration of the others
    bool any() const { return kind != Kind::None; }
};

// A sentence for the user: "The weight of conv1 is not captured yet"; empty for none.
std::string to_sentence(const CaptureProblem& problem, const NetworkDescription& description);

// The network's own shape for a tensor of a snapshot; of rank 0 when the layer has no such tensor.
Shape shape_of(const NetworkDescription& description, TensorKey key);

class ConsistentCaptures {
public:
    // Both must outlive it.
    ConsistentCaptures(const NetworkDescription& description, const Snapshot& snapshot)
        : description_(description), snapshot_(snapshot) {}

    // A tensor's values, row-major, all that its shape says; empty, and the problem is known, when they cannot be used
    // together with those asked for before. The first one asked for decides which iteration it is.
    std::span<const float> values(TensorKey key);

    const CaptureProblem& problem() const { return problem_; }  // the first one
    RunId run() const { return run_; }
    std::int64_t iteration() const { return iteration_; }  // -1 before the first

private:
    std::span<const float> refuse(CaptureProblem problem);

    const NetworkDescription& description_;
    const Snapshot& snapshot_;
    RunId run_;
    std::int64_t iteration_ = -1;
    CaptureProblem problem_;
};

}  // namespace convscope
