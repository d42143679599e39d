// What a session tells whoever keeps a log of its runs.
#pragma once

#include "engine/api/event.h"
#include "engine/api/metrics.h"
#include "engine/api/tensor_capture.h"

#include <memory>
#include <variant>
#include <vector>

namespace convscope {

// Every layer's weights and biases at a measurement, which follows the measurement's own entry.
struct MeasuredWeights {
    std::vector<std::shared_ptr<const TensorCapture>> captures;
};

// What a resumed run has brought with it, for a log that lacks some of it: follows the run's beginning. Not every
// iteration need be in it.
struct RememberedMetrics {
    std::shared_ptr<const std::vector<IterationMetrics>> iterations;
    std::shared_ptr<const std::vector<EvaluationMetrics>> evaluations;
};

// In the order in which it happened.
using RunLogEntry = std::variant<event::RunStarted, RememberedMetrics, IterationMetrics, EvaluationMetrics,
                                 event::Changed, MeasuredWeights>;

}  // namespace convscope
