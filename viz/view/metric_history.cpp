#include "viz/view/metric_history.h"

#include "engine/core/log.h"

#include <algorithm>

namespace convscope {

// Scalars and events come by different ways, so either may bring the first word of a new run. RunIds only rise.
bool MetricHistory::belongs(RunId run) {
    if (run < run_) return false;
    if (run > run_) {
        run_ = run;
        run_info_.reset();
        history_ = {};
        marks_.clear();
        missing_ = 0;
    }
    return true;
}

void MetricHistory::add(const IterationMetrics& metrics) {
    if (!belongs(metrics.run)) return;
    const std::int64_t lost = std::max<std::int64_t>(0, metrics.iteration - history_.iterations() - 1);
    if (lost > 0 && missing_ == 0)
        log::write(log::Level::Warning, "the curves lack " + std::to_string(lost) + " iterations before " +
                                            std::to_string(metrics.iteration));
    missing_ += lost;
    history_.add(metrics);
}

void MetricHistory::add(const Event& event) {
    if (const auto* started = std::get_if<event::RunStarted>(&event)) {
        if (!started->info) return;
        if (!belongs(started->info->run)) return;
        run_info_ = started->info;
        if (started->history && history_.iterations() == 0) history_ = *started->history;
        if (started->marks && marks().empty()) marks_ = *started->marks;
    } else if (const auto* evaluated = std::get_if<event::Evaluated>(&event)) {
        if (belongs(evaluated->metrics.run)) history_.evaluations.push_back(evaluated->metrics);
    } else if (const auto* changed = std::get_if<event::Changed>(&event)) {
        if (belongs(changed->run)) marks_.add({changed->iteration, changed->what});
    }
}

}  // namespace convscope
