#include "engine/data/class_agreement.h"

#include "engine/data/wording.h"

#include <algorithm>
#include <utility>

namespace convscope {

namespace {

using Names = std::vector<std::string>;

constexpr std::int64_t kMostDigits = 10;  // of which the order as text and as numbers is one
constexpr std::size_t kMostListed = 3;

class Relabelled final : public Dataset {
public:
    Relabelled(std::shared_ptr<const Dataset> data, Names names, std::vector<int> labels)
        : data_(std::move(data)), info_(data_->info()), labels_(std::move(labels)) {
        info_.class_names = std::move(names);
    }
    const DatasetInfo& info() const override { return info_; }
    int label(Split split, std::int64_t index) const override {
        return labels_[static_cast<std::size_t>(data_->label(split, index))];
    }
    std::span<const std::uint8_t> image(Split split, std::int64_t index) const override {
        return data_->image(split, index);
    }

private:
    std::shared_ptr<const Dataset> data_;
    DatasetInfo info_;
    std::vector<int> labels_;  // the network's, by the data's
};

// Where each name of `given` stands among `wanted`; -1: nowhere.
std::vector<int> places(const Names& given, const Names& wanted) {
    std::vector<int> found;
    for (const std::string& name : given) {
        const auto place = std::find(wanted.begin(), wanted.end(), name);
        found.push_back(place == wanted.end() ? -1 : static_cast<int>(place - wanted.begin()));
    }
    return found;
}

Names numbers(std::int64_t count) {
    Names names;
    for (std::int64_t i = 0; i < count; ++i) names.push_back(std::to_string(i));
    return names;
}

std::string list_of(const Names& names) {
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), kMostListed); ++i) text += (i ? ", " : "") + in_quotes(names[i]);
    return names.size() > kMostListed ? text + ", ..." : text;
}

Error unknown_classes(const DatasetInfo& data, const Names& names, const std::vector<int>& found) {
    Names strange;
    for (std::size_t i = 0; i < found.size(); ++i)
        if (found[i] < 0) strange.push_back(data.class_names[i]);
    return {ErrorCode::InvalidArgument, data.name + " has " + (strange.size() == 1 ? "a class" : "classes") +
                                            " that the network was not trained on: " + list_of(strange) +
                                            "; its own are " + list_of(names) +
                                            ": name the folders like those, or take them out"};
}

}  // namespace

Result<AgreedData> with_classes_of(std::shared_ptr<const Dataset> data, const Names& names, std::int64_t class_count) {
    const DatasetInfo& info = data->info();
    const auto given = static_cast<std::int64_t>(info.class_names.size());
    const bool named = static_cast<std::int64_t>(names.size()) == class_count;
    if (!named && (given == class_count || class_count > kMostDigits)) return AgreedData{std::move(data)};
    const Names wanted = named ? names : numbers(class_count);
    if (info.class_names == wanted) return AgreedData{std::move(data)};

    std::vector<int> found = places(info.class_names, wanted);
    const bool all = std::none_of(found.begin(), found.end(), [](int place) { return place < 0; });
    if (all) return AgreedData{std::make_shared<Relabelled>(std::move(data), wanted, std::move(found))};
    if (!named) return AgreedData{std::move(data)};  // which check_fit() refuses
    bool moved = given != class_count;
    for (std::size_t i = 0; i < found.size(); ++i) moved = moved || (found[i] >= 0 && found[i] != static_cast<int>(i));
    if (moved) return unknown_classes(info, wanted, found);
    std::string notice = "The classes of " + info.name + " (" + list_of(info.class_names) +
                         ") are called otherwise than those that the network was trained on (" + list_of(wanted) +
                         "); they are taken in this order";
    std::vector<int> same(found.size());
    for (std::size_t i = 0; i < same.size(); ++i) same[i] = static_cast<int>(i);
    return AgreedData{std::make_shared<Relabelled>(std::move(data), wanted, std::move(same)), std::move(notice)};
}

}  // namespace convscope
