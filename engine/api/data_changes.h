// What is done by hand to the data that a run learns from. What it is tested with stays as it is.
#pragma once

#include "engine/core/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace convscope {

class Dataset;  // engine/api/dataset.h

// Somebody said what it is, whatever the data say.
struct RelabelledPicture {
    std::int64_t index = 0;  // of the training pictures
    int label = 0;
    auto operator<=>(const RelabelledPicture&) const = default;
};

// All of it follows from the run's seed and the picture's index, so that it costs nothing per picture and is the same
// at any place of a run, whenever one comes there.
struct DataChanges {
    static constexpr double kMostNoise = 128.0;
    static constexpr int kMostTimes = 8;
    static constexpr std::size_t kMostRelabelled = 1024;

    // This share of the training pictures, drawn by chance, has the label of another one that is drawn likewise: in an
    // even set of ten classes a tenth of them have their own again. Those of a smaller share are among them.
    double shuffled_labels = 0.0;
    // Deviation, in grey levels of 255, of what is added to each value of a picture, anew each epoch.
    double noise = 0.0;
    // How often a class's pictures, by what they are taken for in training, come in an epoch: 0 leaves it out. One for
    // each class; empty: once.
    std::vector<int> times = {};
    // Ascending, one of each picture; holds whatever is shuffled.
    std::vector<RelabelledPicture> relabelled = {};

    bool any() const { return shuffled_labels > 0.0 || noise > 0.0 || !times.empty() || !relabelled.empty(); }
    // Whether a picture may be taken for something else than it is.
    bool any_label() const { return shuffled_labels > 0.0 || !relabelled.empty(); }
    bool operator==(const DataChanges&) const = default;

    int times_of(int label) const { return times.empty() ? 1 : times[static_cast<std::size_t>(label)]; }
    int most_times() const;
    // Null where nobody has said anything of it.
    const RelabelledPicture* find(std::int64_t index) const;

    // These make sure of the order that is promised above.
    void set_times(int label, int count, std::size_t class_count);
    void relabel(std::int64_t index, int label);
    void forget_label(std::int64_t index);
};

// InvalidArgument names the first thing that these data do not have, or that no data could.
Result<void> check_data_changes(const DataChanges& changes, std::int64_t class_count, std::int64_t train_count);
// Likewise, where they leave nothing of these to learn from.
Result<void> check_learnable(const DataChanges& changes, const Dataset& data, std::uint64_t seed);

// The training picture whose label this one has, but for what somebody has relabelled: itself, or one drawn by chance.
std::int64_t label_source(double shuffled_labels, std::uint64_t seed, std::int64_t index, std::int64_t train_count);

// What a training picture is taken for, label_of(index) being what the data say.
template <typename LabelOf>
int trained_label(const DataChanges& changes, std::uint64_t seed, std::int64_t index, std::int64_t train_count,
                  const LabelOf& label_of) {
    if (const RelabelledPicture* said = changes.find(index)) return said->label;
    return label_of(label_source(changes.shuffled_labels, seed, index, train_count));
}
int trained_label(const DataChanges& changes, const Dataset& data, std::uint64_t seed, std::int64_t index);

// How many of the training pictures are taken for each class.
std::vector<std::int64_t> trained_counts(const DataChanges& changes, const Dataset& data, std::uint64_t seed);
// How many pictures come in an epoch; 0: none, from which nothing can be learned.
std::int64_t pictures_per_epoch(const DataChanges& changes, std::span<const std::int64_t> counts);

// To a picture's bytes.
void add_noise(double noise, std::uint64_t seed, std::int64_t epoch, std::int64_t index,
               std::span<std::uint8_t> picture);

// "labels 50 % shuffled, class '3' left out": from `before` to `after`; empty where they are the same.
std::string words_of_change(const DataChanges& before, const DataChanges& after,
                            std::span<const std::string> class_names);

}  // namespace convscope
