#include "engine/api/observation.h"

#include <algorithm>
#include <cmath>

namespace convscope {

const TensorCapture* Observation::find(TensorKey key) const {
    auto place = std::lower_bound(captures.begin(), captures.end(), key,
                                  [](const auto& capture, TensorKey wanted) { return capture->key < wanted; });
    return place != captures.end() && (*place)->key == key ? place->get() : nullptr;
}

int likeliest(std::span<const float> probabilities) {
    int best = -1;
    for (std::size_t i = 0; i < probabilities.size(); ++i) {
        if (std::isnan(probabilities[i])) return -1;
        if (best < 0 || probabilities[i] > probabilities[static_cast<std::size_t>(best)]) best = static_cast<int>(i);
    }
    return best;
}

void Observation::clear() {
    captures.clear();
    probe.source = {};
    probe.label = probe.data_label = -1;
    probe.trained_on = -1;
    probe.iteration = -1;
    probe.logits.clear();
    probe.probabilities.clear();
    pass.label = -1;
    pass.sample = 0;
    pass.probabilities.clear();
    pass.loss.reset();
    layer_statistics.clear();
    dead_units.clear();
}

}  // namespace convscope
