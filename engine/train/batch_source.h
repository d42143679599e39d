// The order in which training samples come, and minibatches as the network wants them.
#pragma once

#include "engine/api/dataset.h"
#include "engine/api/recipe.h"
#include "engine/core/result.h"
#include "engine/data/augment.h"
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

// A run's training pictures as it trains on them: augmented, where its recipe says so, anew each epoch. One thread has
// it at a time.
class TrainingPictures {
public:
    TrainingPictures(std::shared_ptr<const Dataset> data, const Recipe& recipe, std::uint64_t seed);
    // Before preprocessing; until the next call.
    std::span<const std::uint8_t> as_trained_on(std::int64_t index, std::int64_t epoch);

private:
    std::shared_ptr<const Dataset> data_;
    std::optional<Augmenter> augmenter_;
    std::vector<std::uint8_t> augmented_;  // one picture
};

// Which training picture is that sample (modulo its size) of the minibatch drawn last; before the first minibatch, of
// the one that comes.
std::int64_t latest_index(const DataPosition& position, std::int64_t sample);

class BatchSource {
public:
    BatchSource(std::shared_ptr<const Dataset> data, const Recipe& recipe, std::uint64_t seed);

    // The next minibatch; the last one of an epoch may be smaller. Reuses the memory of `out`.
    void next(Minibatch& out);
    // What next() will draw, which is as if it had not been asked.
    void peek(Minibatch& out);
    // The latest minibatch is the next one again.
    void put_back() { position_.next = position_.latest; }
    bool at_epoch_end() const { return position_.next >= size_; }
    std::int64_t batches_per_epoch() const { return (size_ + batch_size_ - 1) / batch_size_; }

    std::int64_t batch_size() const { return batch_size_; }
    void set_batch_size(std::int64_t batch_size) { batch_size_ = batch_size; }
    // Normalised and shuffled as that recipe says, the latter from the next epoch on.
    void change(const Recipe& recipe);

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

    std::shared_ptr<const Dataset> data_;
    TrainingPictures pictures_;
    Preprocessing preprocessing_;
    std::int64_t size_;
    std::int64_t batch_size_;
    bool shuffle_;
    torch::Generator generator_;  // its own: neither weights nor dropout share it
    DataPosition position_;       // without the generator's state
};

}  // namespace convscope
