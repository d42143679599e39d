// What a session tells whoever keeps a log of its runs.
#pragma once

#include "engine/api/event.h"
#include "engine/api/iteration_film.h"
#include "engine/api/metrics.h"
#include "engine/api/tensor_capture.h"
#include "engine/journal/journal.h"

#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

namespace convscope {

// Every layer's weights and biases at a measurement, which follows the measurement's own entry.
struct MeasuredWeights {
    std::int64_t epoch = 0;
    std::vector<std::shared_ptr<const TensorCapture>> captures;
};

// The pictures of a new run's first minibatch, as they were trained on and in their order; behind its iteration's
// entry.
struct FirstMinibatch {
    std::shared_ptr<const BatchSheet> sheet;
};

// In the order in which it happened.
using RunLogEntry = std::variant<event::RunStarted, IterationMetrics, EvaluationMetrics, event::Changed,
                                 MeasuredWeights, FirstMinibatch, JournalEntry>;

}  // namespace convscope
