// The one value that a run can be continued from, bit for bit: weights, optimizer state, random generators, data order
// and position, recipe, settings changed by hand, what the network is held to, and iteration. Checkpoints, rewinding
// and branching are built on it.
#pragma once

#include "engine/api/fingerprint_kind.h"
#include "engine/api/interventions.h"
#include "engine/api/recipe.h"
#include "engine/state/tensor_blob.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace convscope {

struct NamedBlob {
    std::string name;
    TensorBlob blob;

    friend bool operator==(const NamedBlob&, const NamedBlob&) = default;
};

// What an optimizer remembers of one parameter, by PyTorch's names ("exp_avg"); empty before the first step.
struct ParameterState {
    std::int64_t step = 0;
    std::vector<NamedBlob> tensors;

    friend bool operator==(const ParameterState&, const ParameterState&) = default;
};

// What another optimizer remembered when it was taken the place of behind this very iteration: it is the same again if
// that is taken back here.
struct ReplacedOptimizer {
    OptimizerKind kind = OptimizerKind::Adam;
    std::vector<ParameterState> states;  // one per parameter

    friend bool operator==(const ReplacedOptimizer&, const ReplacedOptimizer&) = default;
};

// The names of what an optimizer of this kind cannot go on without once it has taken a step.
std::vector<std::string> needed_tensors(OptimizerKind kind);

struct DataPosition {
    TensorBlob order;         // int64, the epoch's order of sample indices
    std::int64_t next = 0;    // position in it
    std::int64_t latest = 0;  // where the first picture of the minibatch drawn last is; of none of this order, `next`
    std::int64_t epoch = 0;   // orders drawn so far
    TensorBlob generator;     // that draws the orders
    int next_turn = 0;        // how often a place has been come to at `next` (EpochPlace)

    friend bool operator==(const DataPosition&, const DataPosition&) = default;
};

// Held as shared_ptr<const TrainingState> by whoever wants it, on any thread. Never changed once it is made: what
// differs is another one, which shares the blobs that are the same. The scalars of the iterations before it are no part
// of it, so that its size is that of the network, however long the run.
struct TrainingState {
    Recipe recipe;
    std::uint64_t seed = 0;
    std::int64_t iteration = 0;
    double learning_rate = 0.0;  // in effect, which may no longer be the recipe's
    double momentum = 0.0;
    std::int64_t batch_size = 0;
    std::vector<NamedBlob> weights;         // PyTorch's names: parameters, then buffers
    std::vector<ParameterState> optimizer;  // one per parameter
    TensorBlob generator;                   // of the weights and of dropout
    DataPosition data;
    std::string data_name;               // of the data set that this is a position in; empty: not known
    std::string data_option;             // the --data that opens it again; empty: not known
    std::int64_t data_fingerprint = -1;  // fingerprint() of it; -1: not known
    FingerprintKind fingerprint_kind = FingerprintKind::SpreadSample;
    std::string machine = {};    // RunInfo::machine, where it was trained last; empty: not known
    Restraints restraints = {};  // of layers and channels that the recipe's network has
    std::shared_ptr<const ReplacedOptimizer> replaced = nullptr;  // null: none
    // Weights and biases that were set by hand behind this very iteration, as that left them, in their order. Where
    // they differ from these, momentum is forgotten as the next iteration takes its step; not before, so that what is
    // set back was never set.
    std::vector<NamedBlob> before_hand = {};
    std::vector<std::string> class_names;  // one per class, in the order of the network's outputs; empty: not known
};

// visit(blob) for every one, in an order that is the same for all states of a run.
template <typename State, typename Visit>
void visit_blobs(State& state, Visit visit) {
    for (auto& one : state.weights) visit(one.blob);
    for (auto& parameter : state.optimizer)
        for (auto& one : parameter.tensors) visit(one.blob);
    visit(state.generator);
    visit(state.data.order);
    visit(state.data.generator);
}

// Of all its blobs, those that are shared with other states too.
std::size_t byte_count(const TrainingState& state);

// Blobs with the same bytes as their counterparts in `before`, a state of the same run, become those, so that there is
// one of each in memory. Costs next to nothing for what has changed.
void share_unchanged(TrainingState& state, const TrainingState& before);

// Whether the bytes are the state of LibTorch's random generator on the CPU.
bool is_generator_state(const TensorBlob& blob);

}  // namespace convscope
