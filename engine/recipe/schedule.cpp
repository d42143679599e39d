#include "engine/recipe/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace convscope {
namespace {

// From 1 at share 0 to 0 at share 1, along half a cosine.
double half_cosine(double share) { return 0.5 * (1.0 + std::cos(std::numbers::pi * std::clamp(share, 0.0, 1.0))); }

// Smith and Topin, "Super-Convergence", 2018, with cosines instead of straight lines, as PyTorch's OneCycleLR has it.
double one_cycle(const ScheduleSpec& schedule, double iteration, double iterations) {
    const double start = 1.0 / schedule.start_divisor;
    const double end = start / schedule.final_divisor;
    const double peak = schedule.rising_share * iterations - 1.0;
    const double last = iterations - 1.0;
    const double at = std::min(iteration, last);
    if (at <= peak) return peak > 0.0 ? 1.0 + (start - 1.0) * half_cosine(at / peak) : 1.0;
    return last > peak ? end + (1.0 - end) * half_cosine((at - peak) / (last - peak)) : end;
}

}  // namespace

double schedule_factor(const ScheduleSpec& schedule, const RunPosition& position) {
    const auto per_epoch = static_cast<double>(std::max<std::int64_t>(1, position.iterations_per_epoch));
    const double all = per_epoch * static_cast<double>(std::max<std::int64_t>(1, position.epochs));
    const double iteration = std::min(static_cast<double>(position.iteration), all - 1.0);
    if (schedule.kind == ScheduleKind::OneCycle) return one_cycle(schedule, iteration, all);

    const double warm_up = std::floor(schedule.warm_up_epochs * per_epoch);
    if (iteration < warm_up) return (iteration + 1.0) / warm_up;
    switch (schedule.kind) {
        case ScheduleKind::Step: {
            const double epoch = std::floor((iteration - warm_up) / per_epoch);
            const double steps = std::floor(epoch / static_cast<double>(schedule.step_epochs));
            return std::pow(schedule.factor, steps);
        }
        case ScheduleKind::Cosine:
            return schedule.final_factor +
                   (1.0 - schedule.final_factor) * half_cosine((iteration - warm_up) / std::max(1.0, all - warm_up));
        default:
            return 1.0;
    }
}

}  // namespace convscope
