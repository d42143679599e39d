// The order in which training samples come, and minibatches as the network wants them.
#pragma once

#include "engine/api/data_changes.h"
#include "engine/api/dataset.h"
#include "engine/api/recipe.h"
#include "engine/core/result.h"
#include "engine/data/augment.h"
#include "engine/state/epoch_place.h"
#include "engine/state/training_state.h"

#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace convscope {

// Turns bytes into what the network sees: (x/255 - mean) / deviation, in the order of operations, and so to the last
// bit, that torchvision's ToTensor and Normalize use; with the recipe's `transpose`, columns as rows.
class Preprocessing {
public:
    explicit Preprocessing(const Recipe& recipe);
    // A whole picture, channel by channel.
    void apply(std::span<const std::uint8_t> bytes, float* out) const;

private:
    std::vector<std::array<float, 256>> tables_;  // one per channel
    std::size_t transposed_side_;                 // pixels; 0: as they are
};

struct Minibatch {
    torch::Tensor images;      // N,C,H,W float, on the CPU
    torch::Tensor labels;      // N int64, on the CPU
    std::vector<int> classes;  // the labels again, plain
};

// `count` pictures of a split from `first` on.
void load_pictures(const Dataset& data, const Preprocessing& preprocessing, Split split, std::int64_t first,
                   std::int64_t count, Minibatch& out);

// Those of these indices, in their order.
void load_pictures(const Dataset& data, const Preprocessing& preprocessing, Split split,
                   std::span<const std::int64_t> indices, Minibatch& out);

// A run's training pictures as it trains on them: augmented, where its recipe says so, anew each epoch, and as somebody
// has changed them. One thread has it at a time.
class TrainingPictures {
public:
    TrainingPictures(std::shared_ptr<const Dataset> data, const Recipe& recipe, std::uint64_t seed);
    // Of these data (check_data_changes()).
    void change(const DataChanges& changes) { changes_ = changes; }
    // Before preprocessing; until the next call.
    std::span<const std::uint8_t> as_trained_on(std::int64_t index, std::int64_t epoch);
    int label(std::int64_t index) const;
    // How often it comes in an epoch.
    int times(std::int64_t index) const { return changes_.times.empty() ? 1 : changes_.times_of(label(index)); }
    int most_times() const { return changes_.most_times(); }
    std::int64_t per_epoch() const;
    // Which picture is that sample (modulo its size) of the minibatch drawn last; before the first minibatch, of the
    // one that comes, if that is as long. A minibatch so long that a picture comes twice in it may be taken for a
    // shorter one: a position does not say how long its minibatch was.
    std::int64_t latest_index(const DataPosition& position, std::int64_t sample) const;

private:
    std::shared_ptr<const Dataset> data_;
    std::optional<Augmenter> augmenter_;
    std::uint64_t seed_;
    DataChanges changes_;
    std::vector<std::uint8_t> altered_;  // one picture
};

class BatchSource {
public:
    BatchSource(std::shared_ptr<const Dataset> data, const Recipe& recipe, std::uint64_t seed);

    // The next minibatch; the last one of an epoch may be smaller. Reuses the memory of `out`.
    void next(Minibatch& out);
    // What next() will draw, which is as if it had not been asked.
    void peek(Minibatch& out);
    // The latest minibatch is the next one again.
    void put_back();
    // Which pictures that is made of; none before the first, and behind restore().
    std::span<const std::int64_t> drawn() const { return drawn_; }
    bool at_epoch_end() const;
    std::int64_t batches_per_epoch() const;

    std::int64_t batch_size() const { return batch_size_; }
    void set_batch_size(std::int64_t batch_size) { batch_size_ = batch_size; }
    // Normalised and shuffled as that recipe says, the latter from the next epoch on.
    void change(const Recipe& recipe);
    // As check_data_changes() allows, and so that something is left to learn from; from the next minibatch on. An epoch
    // of which nothing is left goes on with the next one's order. Where classes do not all come once, a last picture
    // that would be a minibatch by itself is passed over: start() could not see to it, and batch norm may not learn
    // from one.
    void change(const DataChanges& changes);

    // The order is the same blob through an epoch.
    DataPosition position() const;
    // The same without the generator's state, which takes a copy.
    const DataPosition& place() const { return position_; }
    // And back, in two steps: what may be refused, because it is no place in these data, and what cannot fail.
    struct Place {
        DataPosition position;
        torch::Generator generator;
    };
    Result<Place> find(const DataPosition& position) const;
    void restore(Place place);

private:
    void begin_epoch();
    bool passes_over_one() const;
    bool find_next(EpochPlace& at) const;
    void step_to(const EpochPlace& at);

    std::shared_ptr<const Dataset> data_;
    TrainingPictures pictures_;
    Preprocessing preprocessing_;
    std::int64_t size_;
    std::int64_t per_epoch_;  // pictures
    std::int64_t batch_size_;
    bool shuffle_;
    torch::Generator generator_;       // its own: neither weights nor dropout share it
    DataPosition position_;            // without the generator's state
    EpochPlace before_latest_;         // where one was as the latest minibatch was drawn
    std::vector<std::int64_t> drawn_;  // the indices of its pictures
    std::vector<std::int64_t> kept_;   // those, while peek() draws others
};

}  // namespace convscope
