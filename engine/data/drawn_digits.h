// Digits that the program draws itself, for when no data set is at hand.
#pragma once

#include "engine/api/dataset.h"

#include <cstdint>
#include <memory>
#include <string_view>

namespace convscope {

inline constexpr std::string_view kDrawnOption = "drawn";  // of --data; ":3" behind it names the seed
inline constexpr std::int64_t kDrawnTrainCount = 60'000;
inline constexpr std::int64_t kDrawnTestCount = 10'000;

// Pictures and labels are a pure function of seed, split and index, in MNIST's conventions: 28x28, white on black,
// fitted into a 20x20 box, centred by mass. Returns at once: a picture is drawn when it is first asked for, and a
// thread of low priority draws the others in order until all are there or the data set is destroyed. No caller ever
// waits for another one or for that thread; two that ask for the same new picture at the same time both draw it, and
// one is kept. The counts may be lowered for tests.
std::shared_ptr<const Dataset> make_drawn_digits(std::uint64_t seed, std::int64_t train_count = kDrawnTrainCount,
                                                 std::int64_t test_count = kDrawnTestCount);
// In the place of others, for a reason that is said wherever they are learned from (DatasetInfo::notice).
std::shared_ptr<const Dataset> make_drawn_digits_instead(std::uint64_t seed, std::string_view reason);

}  // namespace convscope
