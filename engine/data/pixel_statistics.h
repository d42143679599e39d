// Mean and deviation of a data set's pixels, for recipes that normalise by the data at hand.
#pragma once

#include "engine/api/dataset.h"

#include <vector>

namespace convscope {

struct PixelStatistics {
    std::vector<double> mean;       // of pixel/255, one per channel
    std::vector<double> deviation;  // of the population, likewise; 1 where all pixels are alike
};

// Over all training pictures; exact. Reads every one of them, which drawn digits are drawn for.
PixelStatistics pixel_statistics(const Dataset& data);

}  // namespace convscope
