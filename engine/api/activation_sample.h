// What a layer makes of many test pictures: a row of numbers for each, all with the weights of one iteration.
#pragma once

#include "engine/api/network_description.h"
#include "engine/core/result.h"

#include <compare>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace convscope {

struct SampleQuestion {
    static constexpr std::int32_t kMost = 10000;

    LayerId layer;              // kInputLayer: the pictures themselves
    std::int32_t count = 2000;  // pictures, spread evenly over the test set; all where there are fewer
    auto operator<=>(const SampleQuestion&) const = default;
};

struct ActivationSample {
    SampleQuestion question;
    std::string problem;           // a sentence; not empty: there are no rows
    RunId run;                     // whose activations,
    std::int64_t iteration = -1;   // and behind which iteration
    std::int64_t value_count = 0;  // that the layer puts out for a picture
    std::int64_t width = 0;        // of a row: as many, or fewer where those are folded (engine/layout/row_folding.h)
    std::vector<std::int64_t> pictures;  // which of the test set, ascending
    std::vector<int> labels;             // of each,
    std::vector<int> predicted;          // and what it is taken for; -1: the output was not a number
    std::vector<float> values;           // row by row

    std::int64_t count() const { return std::ssize(pictures); }
    bool folded() const { return width < value_count; }
};

// Which pictures of so many are asked about.
std::vector<std::int64_t> sampled_pictures(const SampleQuestion& question, std::int64_t test_count);
// Of one picture.
std::int64_t value_count_of(const NetworkDescription& network, LayerId layer);
// Error with a sentence: a layer that is not there, too many pictures or too few.
Result<void> check_question(const NetworkDescription& network, std::int64_t test_count, const SampleQuestion& question);

}  // namespace convscope
