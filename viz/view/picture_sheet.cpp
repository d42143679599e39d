#include "viz/view/picture_sheet.h"

#include "engine/api/data_changes.h"

#include <algorithm>
#include <atomic>

namespace convscope {

std::uint64_t next_picture_content() {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
}

void PictureSheet::show(const Dataset& dataset, Split split, std::span<const std::int64_t> pictures,
                        std::int64_t room) {
    const DatasetInfo& info = dataset.info();
    room = std::max(room, static_cast<std::int64_t>(pictures.size()));
    const Shape shape{room * info.channels, info.height, info.width};
    const bool same = &dataset == dataset_ && split == split_ && shape == capture_.shape &&
                      std::equal(pictures.begin(), pictures.end(), pictures_.begin(), pictures_.end());
    if (same) return;
    dataset_ = &dataset;
    split_ = split;
    pictures_.assign(pictures.begin(), pictures.end());
    filled_ = 0;
    capture_.key = {TensorKind::Input, kInputLayer};
    capture_.content_id = next_picture_content();
    capture_.shape = shape;
    capture_.values.assign(static_cast<std::size_t>(shape.element_count()), 0.0F);
}

bool PictureSheet::fill(std::int64_t pictures) {
    const auto count = static_cast<std::int64_t>(pictures_.size());
    if (filled_ == count) return true;
    const std::int64_t end = std::min(count, filled_ + pictures);
    for (; filled_ < end; ++filled_) {
        const auto place = static_cast<std::size_t>(filled_);
        const std::span<const std::uint8_t> bytes = dataset_->image(split_, pictures_[place]);
        std::copy(bytes.begin(), bytes.end(),
                  capture_.values.begin() + static_cast<std::ptrdiff_t>(place * bytes.size()));
    }
    capture_.content_id = next_picture_content();
    return filled_ == count;
}

void AugmentedSheet::show(const RunInfo& info, std::int64_t picture, std::int64_t epoch, double noise) {
    if (info.run == run_ && picture == picture_ && epoch == epoch_ && noise == noise_) return;
    noise_ = noise;
    run_ = info.run;
    picture_ = picture;
    epoch_ = epoch;
    const DatasetInfo& data = info.dataset->info();
    const std::span<const std::uint8_t> original = info.dataset->image(Split::Train, picture);
    capture_.key = {TensorKind::Input, kInputLayer};
    capture_.content_id = next_picture_content();
    capture_.shape = {(1 + kEpochs) * data.channels, data.height, data.width};
    capture_.values.assign(original.begin(), original.end());
    bytes_.resize(original.size());
    for (std::int64_t i = 0; i < kEpochs; ++i) {
        if (info.augment)
            info.augment(original, epoch + i, picture, bytes_);
        else
            std::copy(original.begin(), original.end(), bytes_.begin());
        if (noise > 0.0) add_noise(noise, info.seed, epoch + i, picture, bytes_);
        capture_.values.insert(capture_.values.end(), bytes_.begin(), bytes_.end());
    }
}

}  // namespace convscope
