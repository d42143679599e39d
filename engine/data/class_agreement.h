// Whether a data set has the classes that a network was trained on, and its labels in the network's order.
#pragma once

#include "engine/api/dataset.h"
#include "engine/core/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace convscope {

struct AgreedData {
    std::shared_ptr<const Dataset>
        data;                 // labels are the network's outputs; class_names has one name for each of those
    std::string notice = {};  // a sentence when the names differ; empty: they do not
};

// `names` are those of the network's classes, in its order; empty when nobody kept them (weights from Python, old
// checkpoints). Where the data have the same names, or some of them, in any order, labels go by the names. Where they
// call as many classes otherwise, and no name stands at two places, labels stay as they are and the notice says so. For
// a network without names the data's stand; of up to ten classes, data that have fewer and call them by numbers mean
// those. An Error when there is no telling which class is which.
Result<AgreedData> with_classes_of(std::shared_ptr<const Dataset> data, const std::vector<std::string>& names,
                                   std::int64_t class_count);

}  // namespace convscope
