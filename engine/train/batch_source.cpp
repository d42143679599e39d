#include "engine/train/batch_source.h"

#include "engine/train/blobs.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace convscope {
namespace {

void size_batch(const Dataset& data, std::int64_t count, Minibatch& batch) {
    const DatasetInfo& info = data.info();
    const std::array<std::int64_t, 4> shape{count, info.channels, info.height, info.width};
    if (!batch.images.defined() || batch.images.sizes() != torch::IntArrayRef(shape)) {
        batch.images = torch::empty(shape, torch::kFloat32);
        batch.labels = torch::empty({count}, torch::kInt64);
        batch.classes.resize(static_cast<std::size_t>(count));
    }
}

}  // namespace

Preprocessing::Preprocessing(const Recipe& recipe)
    : tables_(static_cast<std::size_t>(recipe.input_channels)),
      transposed_side_(recipe.input_transposed ? static_cast<std::size_t>(recipe.input_height) : 0) {
    for (std::size_t channel = 0; channel < tables_.size(); ++channel) {
        const auto mean = static_cast<float>(recipe.mean_of(static_cast<std::int64_t>(channel)));
        const auto deviation = static_cast<float>(recipe.deviation_of(static_cast<std::int64_t>(channel)));
        for (int byte = 0; byte < 256; ++byte)
            tables_[channel][static_cast<std::size_t>(byte)] = (static_cast<float>(byte) / 255.0F - mean) / deviation;
    }
}

void Preprocessing::apply(std::span<const std::uint8_t> bytes, float* out) const {
    const std::size_t plane = bytes.size() / tables_.size();
    for (const std::array<float, 256>& table : tables_) {
        if (const std::size_t side = transposed_side_; side > 0) {
            for (std::size_t y = 0; y < side; ++y)
                for (std::size_t x = 0; x < side; ++x) out[y * side + x] = table[bytes[x * side + y]];
        } else {
            for (std::size_t i = 0; i < plane; ++i) out[i] = table[bytes[i]];
        }
        out += plane;
        bytes = bytes.subspan(plane);
    }
}

void load_pictures(const Dataset& data, const Preprocessing& preprocessing, Split split, std::int64_t first,
                   std::int64_t count, Minibatch& out) {
    size_batch(data, count, out);
    auto* images = out.images.data_ptr<float>();
    auto* labels = out.labels.data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < count; ++i) {
        preprocessing.apply(data.image(split, first + i), images + i * data.image_bytes());
        labels[i] = out.classes[static_cast<std::size_t>(i)] = data.label(split, first + i);
    }
}

TrainingPictures::TrainingPictures(std::shared_ptr<const Dataset> data, const Recipe& recipe, std::uint64_t seed)
    : data_(std::move(data)) {
    if (!recipe.augmentation.any()) return;
    augmenter_.emplace(recipe.augmentation, data_->info(), seed);
    augmented_.resize(static_cast<std::size_t>(data_->image_bytes()));
}

std::span<const std::uint8_t> TrainingPictures::as_trained_on(std::int64_t index, std::int64_t epoch) {
    const std::span<const std::uint8_t> picture = data_->image(Split::Train, index);
    if (!augmenter_) return picture;
    augmenter_->apply(picture, epoch, index, augmented_);
    return augmented_;
}

std::int64_t latest_index(const DataPosition& position, std::int64_t sample) {
    const auto order = position.order.values<std::int64_t>();
    const std::int64_t left = std::ssize(order) - position.latest;
    const std::int64_t drawn = position.next - position.latest;
    return order[static_cast<std::size_t>(position.latest + sample % (drawn > 0 ? std::min(drawn, left) : left))];
}

BatchSource::BatchSource(std::shared_ptr<const Dataset> data, const Recipe& recipe, std::uint64_t seed)
    : data_(std::move(data)),
      pictures_(data_, recipe, seed),
      preprocessing_(recipe),
      size_(data_->size(Split::Train)),
      batch_size_(recipe.batch_size),
      shuffle_(recipe.shuffle),
      generator_(at::make_generator<at::CPUGeneratorImpl>(seed)) {
    begin_epoch();
}

void BatchSource::change(const Recipe& recipe) {
    preprocessing_ = Preprocessing(recipe);
    shuffle_ = recipe.shuffle;
}

void BatchSource::begin_epoch() {
    position_.order =
        blob_taking(shuffle_ ? torch::randperm(size_, generator_, torch::kInt64) : torch::arange(size_, torch::kInt64));
    position_.next = position_.latest = 0;
    ++position_.epoch;
}

void BatchSource::next(Minibatch& out) {
    if (at_epoch_end()) begin_epoch();
    const std::int64_t count = std::min(batch_size_, size_ - position_.next);
    size_batch(*data_, count, out);
    const std::int64_t* order = position_.order.values<std::int64_t>().data() + position_.next;
    auto* images = out.images.data_ptr<float>();
    auto* labels = out.labels.data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < count; ++i) {
        preprocessing_.apply(pictures_.as_trained_on(order[i], position_.epoch), images + i * data_->image_bytes());
        labels[i] = out.classes[static_cast<std::size_t>(i)] = data_->label(Split::Train, order[i]);
    }
    position_.latest = position_.next;
    position_.next += count;
}

void BatchSource::peek(Minibatch& out) {
    const DataPosition position = position_;
    torch::Generator generator = generator_.clone();  // an epoch that begins draws its order
    next(out);
    position_ = position;
    generator_ = std::move(generator);
}

DataPosition BatchSource::position() const {
    DataPosition position = position_;
    position.generator = blob_taking(generator_.get_state());
    return position;
}

Result<BatchSource::Place> BatchSource::find(const DataPosition& position) const {
    const TensorBlob& order = position.order;
    const auto indices = order.values<std::int64_t>();
    const bool is_order =
        order.dtype == DType::Int64 && order.shape == std::vector{size_} && std::ssize(indices) == size_ &&
        std::all_of(indices.begin(), indices.end(), [&](auto index) { return index >= 0 && index < size_; });
    if (!is_order || position.next < 0 || position.next > size_ || position.latest < 0 ||
        position.latest > position.next || position.latest >= size_)
        return Error{ErrorCode::InvalidArgument,
                     "its order of the data is that of other data than these " + std::to_string(size_) + " pictures"};
    return Place{position, generator_of(position.generator)};
}

void BatchSource::restore(Place place) {
    position_ = std::move(place.position);
    position_.generator = {};
    generator_ = std::move(place.generator);
}

}  // namespace convscope
