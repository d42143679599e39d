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
    // What it was when that iteration was the last one; of a stretch that goes on beyond it, what is kept of all of
    // it.
    RunHistory until(std::int64_t iteration) const {
        RunHistory before;
        before.loss = MetricSeries(loss.list().first(iteration));
        before.accuracy = MetricSeries(accuracy.list().first(iteration));
        std::int64_t measured = 0;
        evaluations.visit(0, evaluations.total(), [&](const EvaluationMetrics& one, std::int64_t, std::int64_t count) {
            if (one.iteration <= iteration) measured += count;
        });
        before.evaluations = evaluations.first(measured);
        return before;
    }
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
