// What a run's curves are drawn from: kept by the session and saved with the run, kept by the window too. Its size is
// bounded whatever the length of the run, about 700 KiB.
#pragma once

#include "engine/api/metric_series.h"
#include "engine/api/metrics.h"

#include <limits>

namespace convscope {

struct RunHistory {
    // The newest 512 at least; of older ones of a long run every second, fourth, ...
    using Evaluations = ThinningList<EvaluationMetrics, 2048, KeepNewer<EvaluationMetrics>>;

    MetricSeries loss;
    MetricSeries accuracy;  // of the same iterations
    Evaluations evaluations;

    std::int64_t iterations() const { return loss.size(); }
    // Iterations that never came become gaps; those that are here already stay.
    void add(const IterationMetrics& metrics) {
        if (metrics.iteration <= iterations()) return;
        while (iterations() + 1 < metrics.iteration) {
            loss.push_back(std::numeric_limits<float>::quiet_NaN());
            accuracy.push_back(std::numeric_limits<float>::quiet_NaN());
        }
        loss.push_back(metrics.loss);
        accuracy.push_back(metrics.accuracy);
    }
};

}  // namespace convscope
