#include "viz/view/data_index.h"

#include <algorithm>
#include <utility>

namespace convscope {

void DataIndex::set_dataset(std::shared_ptr<const Dataset> dataset) {
    if (dataset == dataset_) return;
    dataset_ = std::move(dataset);
    for (Part& part : parts_) forget(part);
}

void DataIndex::forget(Part& part) {
    part.scanned = 0;
    part.pictures.assign(dataset_ ? dataset_->info().class_names.size() : 0, {});
}

void DataIndex::set_changes(const DataChanges& changes, std::uint64_t seed) {
    const bool same = changes.shuffled_labels == labels_.shuffled_labels && changes.relabelled == labels_.relabelled &&
                      (seed == seed_ || !changes.any_label());
    if (same) return;
    labels_.shuffled_labels = changes.shuffled_labels;
    labels_.relabelled = changes.relabelled;
    seed_ = seed;
    forget(part(Split::Train));
}

void DataIndex::scan(std::int64_t labels) {
    if (!dataset_) return;
    for (const Split split : {Split::Test, Split::Train}) {
        Part& into = part(split);
        const std::int64_t end = std::min(dataset_->size(split), into.scanned + labels);
        labels -= end - into.scanned;
        for (; into.scanned < end; ++into.scanned) {
            const auto label =
                static_cast<std::size_t>(split == Split::Train ? trained_label(labels_, *dataset_, seed_, into.scanned)
                                                               : dataset_->label(split, into.scanned));
            if (label < into.pictures.size()) into.pictures[label].push_back(into.scanned);
        }
    }
}

bool DataIndex::complete() const {
    return !dataset_ || (part(Split::Test).scanned == dataset_->size(Split::Test) &&
                         part(Split::Train).scanned == dataset_->size(Split::Train));
}

std::int64_t DataIndex::count(Split split, int label) const {
    if (label == kEveryClass) return dataset_ ? dataset_->size(split) : 0;
    const auto* pictures = list(split, label);
    return pictures ? std::ssize(*pictures) : 0;
}

const std::vector<std::int64_t>* DataIndex::list(Split split, int label) const {
    const auto& pictures = part(split).pictures;
    const auto place = static_cast<std::size_t>(label);
    return place < pictures.size() ? &pictures[place] : nullptr;
}

std::int64_t DataIndex::largest_count(Split split) const {
    std::int64_t largest = 0;
    for (const auto& pictures : part(split).pictures)
        largest = std::max(largest, static_cast<std::int64_t>(pictures.size()));
    return largest;
}

std::int64_t DataIndex::picture(Split split, int label, std::int64_t place) const {
    if (label == kEveryClass) return place;
    return (*list(split, label))[static_cast<std::size_t>(place)];
}

std::optional<std::int64_t> DataIndex::place_of(Split split, int label, std::int64_t picture) const {
    if (picture < 0 || picture >= count(split, kEveryClass)) return std::nullopt;
    if (label == kEveryClass) return picture;
    const auto* pictures = list(split, label);
    if (!pictures) return std::nullopt;
    const auto found = std::lower_bound(pictures->begin(), pictures->end(), picture);
    if (found == pictures->end() || *found != picture) return std::nullopt;
    return found - pictures->begin();
}

}  // namespace convscope
