#include "engine/data/held_out.h"

#include "engine/core/random_stream.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace convscope {
namespace {

class HeldOut final : public Dataset {
public:
    HeldOut(std::shared_ptr<const Dataset> data, std::vector<std::int64_t> train, std::vector<std::int64_t> held_out)
        : data_(std::move(data)), info_(data_->info()), train_(std::move(train)), held_out_(std::move(held_out)) {
        info_.train_count = static_cast<std::int64_t>(train_.size());
        info_.test_count = static_cast<std::int64_t>(held_out_.size());
        info_.measured_on = "validation";
    }
    const DatasetInfo& info() const override { return info_; }
    int label(Split split, std::int64_t index) const override {
        return data_->label(Split::Train, place(split, index));
    }
    std::span<const std::uint8_t> image(Split split, std::int64_t index) const override {
        return data_->image(Split::Train, place(split, index));
    }

private:
    std::int64_t place(Split split, std::int64_t index) const {
        return (split == Split::Train ? train_ : held_out_)[static_cast<std::size_t>(index)];
    }

    std::shared_ptr<const Dataset> data_;
    DatasetInfo info_;
    std::vector<std::int64_t> train_;  // places in the whole training split, rising
    std::vector<std::int64_t> held_out_;
};

}  // namespace

std::shared_ptr<const Dataset> hold_out(std::shared_ptr<const Dataset> data, std::int64_t count, std::uint64_t seed) {
    std::vector<std::int64_t> places(static_cast<std::size_t>(data->size(Split::Train)));
    std::iota(places.begin(), places.end(), 0);
    // The first steps of a Fisher-Yates shuffle: the pictures in front are the ones drawn.
    RandomStream random(seed);
    const auto drawn = static_cast<std::size_t>(count);
    for (std::size_t i = 0; i < drawn; ++i)
        std::swap(places[i], places[i + static_cast<std::size_t>(random.below(static_cast<int>(places.size() - i)))]);
    const auto middle = places.begin() + static_cast<std::ptrdiff_t>(drawn);
    std::sort(places.begin(), middle);
    std::sort(middle, places.end());
    return std::make_shared<HeldOut>(std::move(data), std::vector(middle, places.end()),
                                     std::vector(places.begin(), middle));
}

}  // namespace convscope
