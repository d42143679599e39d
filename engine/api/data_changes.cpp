#include "engine/api/data_changes.h"

#include "engine/api/dataset.h"
#include "engine/core/random_stream.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace convscope {
namespace {

constexpr std::uint64_t kLabelStream = 0x6c6162656cU;  // so that labels, noise and augmentation share no numbers
constexpr std::uint64_t kNoiseStream = 0x6e6f697365U;
constexpr std::size_t kNamedChanges = 3;

bool before(const RelabelledPicture& one, std::int64_t index) { return one.index < index; }

Error refusal(std::string sentence) { return Error{ErrorCode::InvalidArgument, std::move(sentence)}; }

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", value);
    return text;
}

std::string times_in_words(int times) {
    if (times == 0) return " left out";
    if (times == 1) return " once again";
    if (times == 2) return " twice";
    return ' ' + std::to_string(times) + " times";
}

}  // namespace

int DataChanges::most_times() const { return times.empty() ? 1 : *std::max_element(times.begin(), times.end()); }

const RelabelledPicture* DataChanges::find(std::int64_t index) const {
    const auto found = std::lower_bound(relabelled.begin(), relabelled.end(), index, before);
    return found == relabelled.end() || found->index != index ? nullptr : &*found;
}

void DataChanges::set_times(int label, int count, std::size_t class_count) {
    if (times.empty()) times.assign(class_count, 1);
    times[static_cast<std::size_t>(label)] = count;
    if (std::all_of(times.begin(), times.end(), [](int one) { return one == 1; })) times.clear();
}

void DataChanges::relabel(std::int64_t index, int label) {
    const auto place = std::lower_bound(relabelled.begin(), relabelled.end(), index, before);
    if (place != relabelled.end() && place->index == index)
        place->label = label;
    else
        relabelled.insert(place, {index, label});
}

void DataChanges::forget_label(std::int64_t index) {
    std::erase_if(relabelled, [index](const RelabelledPicture& one) { return one.index == index; });
}

Result<void> check_data_changes(const DataChanges& changes, std::int64_t class_count, std::int64_t train_count) {
    if (!(changes.shuffled_labels >= 0.0 && changes.shuffled_labels <= 1.0))
        return refusal("The share of the labels that is shuffled must be from 0 to 1; " +
                       number(changes.shuffled_labels) + " was not applied");
    if (!(changes.noise >= 0.0 && changes.noise <= DataChanges::kMostNoise))
        return refusal("The noise must be from 0 to " + number(DataChanges::kMostNoise) + " grey levels; " +
                       number(changes.noise) + " was not applied");
    const std::vector<int>& times = changes.times;
    if (!times.empty()) {
        if (std::ssize(times) != class_count)
            return refusal("There are " + std::to_string(class_count) + " classes, and not " +
                           std::to_string(times.size()) + ": say of each how often it comes");
        for (const int one : times)
            if (one < 0 || one > DataChanges::kMostTimes)
                return refusal("A class comes up to " + std::to_string(DataChanges::kMostTimes) + " times; " +
                               std::to_string(one) + " was not applied");
        if (changes.most_times() == 0)
            return refusal("With every class left out there is nothing to learn from: bring one back");
        if (std::all_of(times.begin(), times.end(), [](int one) { return one == 1; }))
            return refusal("Where each class comes once nothing is to be said of them");
    }
    if (changes.relabelled.size() > DataChanges::kMostRelabelled)
        return refusal("Up to " + std::to_string(DataChanges::kMostRelabelled) +
                       " pictures can be relabelled: let go of one first");
    for (std::size_t i = 0; i < changes.relabelled.size(); ++i) {
        const RelabelledPicture& one = changes.relabelled[i];
        if (one.index < 0 || one.index >= train_count)
            return refusal("There is no picture " + std::to_string(one.index) + " among the " +
                           std::to_string(train_count) + " training pictures: name another");
        if (one.label < 0 || one.label >= class_count)
            return refusal("There is no class " + std::to_string(one.label) + " among the " +
                           std::to_string(class_count) + ": name another");
        if (i > 0 && one.index <= changes.relabelled[i - 1].index)
            return refusal("Relabelled pictures come in ascending order, each once");
    }
    return {};
}

Result<void> check_learnable(const DataChanges& changes, const Dataset& data, std::uint64_t seed) {
    const DatasetInfo& info = data.info();
    if (Result<void> there = check_data_changes(changes, std::ssize(info.class_names), info.train_count); !there)
        return there;
    if (!changes.times.empty() && pictures_per_epoch(changes, trained_counts(changes, data, seed)) == 0)
        return refusal("No picture is left to learn from: bring a class back that has some");
    return {};
}

std::int64_t label_source(double shuffled_labels, std::uint64_t seed, std::int64_t index, std::int64_t train_count) {
    if (!(shuffled_labels > 0.0)) return index;
    RandomStream random(RandomStream::mix(seed ^ kLabelStream) + static_cast<std::uint64_t>(index));
    if (static_cast<double>(random.uniform()) >= shuffled_labels) return index;
    return static_cast<std::int64_t>(random.next() % static_cast<std::uint64_t>(train_count));
}

int trained_label(const DataChanges& changes, const Dataset& data, std::uint64_t seed, std::int64_t index) {
    return trained_label(changes, seed, index, data.size(Split::Train),
                         [&data](std::int64_t picture) { return data.label(Split::Train, picture); });
}

std::vector<std::int64_t> trained_counts(const DataChanges& changes, const Dataset& data, std::uint64_t seed) {
    std::vector<std::int64_t> counts(data.info().class_names.size());
    for (std::int64_t i = 0; i < data.size(Split::Train); ++i)
        ++counts[static_cast<std::size_t>(trained_label(changes, data, seed, i))];
    return counts;
}

std::int64_t pictures_per_epoch(const DataChanges& changes, std::span<const std::int64_t> counts) {
    std::int64_t pictures = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) pictures += counts[i] * changes.times_of(static_cast<int>(i));
    return pictures;
}

void add_noise(double noise, std::uint64_t seed, std::int64_t epoch, std::int64_t index,
               std::span<std::uint8_t> picture) {
    RandomStream random(RandomStream::mix(RandomStream::mix(seed ^ kNoiseStream) + static_cast<std::uint64_t>(epoch)) +
                        static_cast<std::uint64_t>(index));
    const auto deviation = static_cast<float>(noise);
    for (std::uint8_t& value : picture)
        value = static_cast<std::uint8_t>(
            std::clamp(static_cast<float>(value) + deviation * random.normal() + 0.5F, 0.0F, 255.0F));
}

std::string words_of_change(const DataChanges& before, const DataChanges& after,
                            std::span<const std::string> class_names) {
    std::vector<std::string> changes;
    const auto name = [&](int label) {
        const auto index = static_cast<std::size_t>(label);
        return '\'' + (index < class_names.size() ? class_names[index] : std::to_string(label)) + '\'';
    };
    if (before.shuffled_labels != after.shuffled_labels)
        changes.push_back(after.shuffled_labels > 0.0
                              ? "labels " + number(100.0 * after.shuffled_labels) + " % shuffled"
                              : "labels no longer shuffled");
    if (before.noise != after.noise)
        changes.push_back(after.noise > 0.0 ? "noise of " + number(after.noise) + " grey levels" : "no noise");
    const std::size_t classes = std::max(before.times.size(), after.times.size());
    for (std::size_t i = 0; i < classes; ++i) {
        const int label = static_cast<int>(i);
        if (before.times_of(label) != after.times_of(label))
            changes.push_back("class " + name(label) + times_in_words(after.times_of(label)));
    }
    for (const RelabelledPicture& one : after.relabelled)
        if (const RelabelledPicture* was = before.find(one.index); was == nullptr || was->label != one.label)
            changes.push_back("picture " + std::to_string(one.index) + " taken for " + name(one.label));
    for (const RelabelledPicture& one : before.relabelled)
        if (after.find(one.index) == nullptr)
            changes.push_back("picture " + std::to_string(one.index) + " as the data say");
    std::string words;
    for (std::size_t i = 0; i < std::min(changes.size(), kNamedChanges); ++i) words += (i > 0 ? ", " : "") + changes[i];
    if (changes.size() > kNamedChanges) words += " and " + std::to_string(changes.size() - kNamedChanges) + " more";
    return words;
}

}  // namespace convscope
