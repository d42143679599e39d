// Scalars of training. Every iteration's reach the reader (SpscRing); none is skipped.
#pragma once

#include "engine/core/types.h"

#include <cstdint>

namespace convscope {

struct IterationMetrics {
    RunId run = {};
    std::int64_t iteration = 0;  // 1 is the first
    std::int64_t epoch = 0;      // 1 is the first
    float loss = 0.0F;           // mean over the minibatch
    float accuracy = 0.0F;       // share of the minibatch that was right before the update, 0 to 1
    float learning_rate = 0.0F;  // it was trained with
};

// Measured at fixed weights over the whole test set: at the end of an epoch, or when asked for (command::Evaluate).
struct EvaluationMetrics {
    RunId run = {};
    std::int64_t iteration = 0;
    std::int64_t epoch = 0;
    bool ends_epoch = true;  // false: asked for by command::Evaluate
    double train_loss =
        0.0;  // mean over the epoch's training samples so far, as they were trained on; NaN before the first
    double train_accuracy = 0.0;  // likewise
    double test_loss = 0.0;       // mean over the test set
    double test_accuracy = 0.0;
    double seconds = 0.0;             // of training in this epoch, sleeps and evaluation excluded
    double samples_per_second = 0.0;  // training samples over those seconds
};

}  // namespace convscope
