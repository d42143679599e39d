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

void load_pictures(const Dataset& data, const Preprocessing& preprocessing, Split split,
                   std::span<const std::int64_t> indices, Minibatch& out) {
    size_batch(data, std::ssize(indices), out);
    auto* images = out.images.data_ptr<float>();
    auto* labels = out.labels.data_ptr<std::int64_t>();
    for (std::size_t i = 0; i < indices.size(); ++i) {
        preprocessing.apply(data.image(split, indices[i]), images + static_cast<std::int64_t>(i) * data.image_bytes());
        labels[i] = out.classes[i] = data.label(split, indices[i]);
    }
}

TrainingPictures::TrainingPictures(std::shared_ptr<const Dataset> data, const Recipe& recipe, std::uint64_t seed)
    : data_(std::move(data)), seed_(seed), altered_(static_cast<std::size_t>(data_->image_bytes())) {
    if (recipe.augmentation.any()) augmenter_.emplace(recipe.augmentation, data_->info(), seed);
}

std::span<const std::uint8_t> TrainingPictures::as_trained_on(std::int64_t index, std::int64_t epoch) {
    const std::span<const std::uint8_t> picture = data_->image(Split::Train, index);
    if (!augmenter_ && !(changes_.noise > 0.0)) return picture;
    if (augmenter_)
        augmenter_->apply(picture, epoch, index, altered_);
    else
        std::copy(picture.begin(), picture.end(), altered_.begin());
    if (changes_.noise > 0.0) add_noise(changes_.noise, seed_, epoch, index, altered_);
    return altered_;
}

int TrainingPictures::label(std::int64_t index) const {
    return changes_.any_label() ? trained_label(changes_, *data_, seed_, index) : data_->label(Split::Train, index);
}

std::int64_t TrainingPictures::per_epoch() const {
    if (changes_.times.empty()) return data_->size(Split::Train);
    return pictures_per_epoch(changes_, trained_counts(changes_, *data_, seed_));
}

std::int64_t TrainingPictures::latest_index(const DataPosition& position, std::int64_t sample) const {
    const auto order = position.order.values<std::int64_t>();
    const std::int64_t size = std::ssize(order);
    const int turns = most_times();
    const auto find = [&](EpochPlace& at) {
        return find_next(at, size, turns,
                         [&](std::int64_t place) { return times(order[static_cast<std::size_t>(place)]); });
    };
    const auto is_before = [](const EpochPlace& a, const EpochPlace& b) {
        return a.next < b.next || (a.next == b.next && a.turn < b.turn);
    };
    EpochPlace end{position.next, position.next_turn};
    // The picture drawn first may come in several turns: in the one that is nearest.
    std::optional<EpochPlace> begin;
    for (int turn = 0; turn < turns; ++turn) {
        EpochPlace at{(position.latest - turn * size / turns + size) % size, turn};
        const EpochPlace start = at;
        if (find(at) && at == start && is_before(at, end) && (!begin || is_before(*begin, at))) begin = at;
    }
    if (!begin) {
        begin = end;
        end = {size, 0};
    }
    std::vector<std::int64_t> drawn;
    for (EpochPlace at = *begin; std::ssize(drawn) <= sample && find(at) && is_before(at, end); pass(at, turns))
        drawn.push_back(order[static_cast<std::size_t>(place_of_picture(at, size, turns))]);
    if (drawn.empty()) return order[static_cast<std::size_t>(position.latest)];
    return drawn[static_cast<std::size_t>(sample % std::ssize(drawn))];
}

BatchSource::BatchSource(std::shared_ptr<const Dataset> data, const Recipe& recipe, std::uint64_t seed)
    : data_(std::move(data)),
      pictures_(data_, recipe, seed),
      preprocessing_(recipe),
      size_(data_->size(Split::Train)),
      per_epoch_(size_),
      batch_size_(recipe.batch_size),
      shuffle_(recipe.shuffle),
      generator_(at::make_generator<at::CPUGeneratorImpl>(seed)) {
    begin_epoch();
}

void BatchSource::change(const Recipe& recipe) {
    preprocessing_ = Preprocessing(recipe);
    shuffle_ = recipe.shuffle;
}

void BatchSource::change(const DataChanges& changes) {
    pictures_.change(changes);
    per_epoch_ = pictures_.per_epoch();
}

bool BatchSource::find_next(EpochPlace& at) const {
    const std::int64_t* order = position_.order.values<std::int64_t>().data();
    return convscope::find_next(at, size_, pictures_.most_times(),
                                [&](std::int64_t place) { return pictures_.times(order[place]); });
}

void BatchSource::step_to(const EpochPlace& at) {
    position_.next = at.next;
    position_.next_turn = at.turn;
}

bool BatchSource::passes_over_one() const {
    return batch_size_ > 1 && per_epoch_ > 1 && (per_epoch_ != size_ || pictures_.most_times() > 1);
}

bool BatchSource::at_epoch_end() const {
    EpochPlace at{position_.next, position_.next_turn};
    if (!find_next(at)) return true;
    if (!passes_over_one()) return false;
    pass(at, pictures_.most_times());
    return !find_next(at);
}

std::int64_t BatchSource::batches_per_epoch() const {
    const std::int64_t rest = per_epoch_ % batch_size_;
    return per_epoch_ / batch_size_ + (rest > (passes_over_one() ? 1 : 0) ? 1 : 0);
}

void BatchSource::put_back() {
    step_to(before_latest_);
    position_.latest = position_.next;
    drawn_.clear();
}

void BatchSource::begin_epoch() {
    position_.order =
        blob_taking(shuffle_ ? torch::randperm(size_, generator_, torch::kInt64) : torch::arange(size_, torch::kInt64));
    position_.next = position_.latest = 0;
    position_.next_turn = 0;
    ++position_.epoch;
}

void BatchSource::next(Minibatch& out) {
    if (at_epoch_end()) begin_epoch();
    EpochPlace at = before_latest_ = {position_.next, position_.next_turn};
    const std::int64_t* order = position_.order.values<std::int64_t>().data();
    const int turns = pictures_.most_times();
    drawn_.clear();
    while (std::ssize(drawn_) < batch_size_ && find_next(at)) {
        const std::int64_t place = place_of_picture(at, size_, turns);
        if (drawn_.empty()) position_.latest = place;
        drawn_.push_back(order[place]);
        pass(at, turns);
    }
    step_to(at);
    const std::int64_t count = std::ssize(drawn_);
    size_batch(*data_, count, out);
    auto* images = out.images.data_ptr<float>();
    auto* labels = out.labels.data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t index = drawn_[static_cast<std::size_t>(i)];
        preprocessing_.apply(pictures_.as_trained_on(index, position_.epoch), images + i * data_->image_bytes());
        labels[i] = out.classes[static_cast<std::size_t>(i)] = pictures_.label(index);
    }
}

void BatchSource::peek(Minibatch& out) {
    const DataPosition position = position_;
    const EpochPlace before_latest = before_latest_;
    torch::Generator generator = generator_.clone();  // an epoch that begins draws its order
    std::swap(drawn_, kept_);
    next(out);
    std::swap(drawn_, kept_);
    before_latest_ = before_latest;
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
    if (!is_order || position.next < 0 || position.next > size_ || position.latest < 0 || position.latest >= size_ ||
        position.next_turn < 0 || position.next_turn >= DataChanges::kMostTimes)
        return Error{ErrorCode::InvalidArgument,
                     "its order of the data is that of other data than these " + std::to_string(size_) + " pictures"};
    return Place{position, generator_of(position.generator)};
}

void BatchSource::restore(Place place) {
    position_ = std::move(place.position);
    position_.generator = {};
    generator_ = std::move(place.generator);
    drawn_.clear();
}

}  // namespace convscope
