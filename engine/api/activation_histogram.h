// How the values of one channel are spread over many pictures.
#pragma once

#include "engine/api/histogram.h"
#include "engine/core/types.h"

#include <cstdint>

namespace convscope {

enum class HistogramPictures : std::uint8_t {
    TestSet,
    Minibatch,  // that the latest iteration was trained on, as it was augmented
};

struct ActivationHistogramQuestion {
    LayerId layer{0};
    std::int64_t channel = 0;
    HistogramPictures pictures = HistogramPictures::TestSet;
    auto operator<=>(const ActivationHistogramQuestion&) const = default;
};

struct ActivationHistogram {
    Histogram values;
    std::int64_t pictures = 0;
};

}  // namespace convscope
