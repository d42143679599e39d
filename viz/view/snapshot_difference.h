// What one run's snapshot holds less what another's does at the same iteration: itself a snapshot, so that whoever
// draws one draws this. UI thread.
#pragma once

#include "engine/api/snapshot.h"
#include "engine/core/object_pool.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace convscope {

// The layer of another network that has this one's name, and outputs of its shape; nothing where there is none. The
// input is the input.
std::optional<LayerId> layer_like(const NetworkDescription& from, LayerId layer, const NetworkDescription& to);

// The same iteration, and the same moment of it.
bool is_same_moment(const Snapshot& one, const Snapshot& other);

class SnapshotDifference {
public:
    // `twin` less `run`, which are of the same moment; valid until the next call. Tensors are there where both have
    // them, of the same iteration and shape, layers by their names; so are the probe's logits and probabilities. The
    // picture itself, of which both say something, stays as it is. What else one snapshot says alone, how the twin is,
    // is the twin's; what would have to be compared and is not (statistics, films, losses along a step) is not in it.
    // Of the matrices, which are each of its own sweep, `first_iteration` is where the run's was counted last, and
    // `last_iteration` where the twin's was. Allocates nothing in steady state.
    const Snapshot& of(const Snapshot& run, const Snapshot& twin);
    // Lets go of everything.
    void clear();

private:
    struct Made {
        std::uint64_t of_run = 0;  // TensorCapture::content_id
        std::uint64_t of_twin = 0;
        std::shared_ptr<const TensorCapture> capture;
        bool used = false;
    };
    struct MadeMatrix {
        std::shared_ptr<const CountedConfusion> run;
        std::shared_ptr<const CountedConfusion> twin;
        std::shared_ptr<const CountedConfusion> difference;
    };
    std::shared_ptr<const CountedConfusion> subtract(MadeMatrix& made,
                                                     const std::shared_ptr<const CountedConfusion>& run,
                                                     const std::shared_ptr<const CountedConfusion>& twin);
    std::shared_ptr<const TensorCapture> subtract(const TensorCapture& run, const TensorCapture& twin);

    ObjectPool<TensorCapture> pool_;
    ObjectPool<CountedConfusion> matrices_;
    MadeMatrix test_;
    MadeMatrix batch_;
    std::vector<Made> made_;
    std::uint64_t run_sequence_ = 0;  // what the present one is made of
    std::uint64_t twin_sequence_ = 0;
    RunId twin_run_;
    Phase phase_ = Phase::None;
    Snapshot difference_;
};

}  // namespace convscope
