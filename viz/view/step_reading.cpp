#include "viz/view/step_reading.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace convscope {
namespace {

constexpr double kHighestShown = 2.0;  // times the loss where the weights are

}  // namespace

const LossSlice::Point* lowest(const LossSlice& slice) {
    const LossSlice::Point* best = nullptr;
    for (const LossSlice::Point& point : slice.points)
        if (std::isfinite(point.batch_loss) && (best == nullptr || point.batch_loss < best->batch_loss)) best = &point;
    return best;
}

const LossSlice::Point* nearest(const LossSlice& slice, double multiple) {
    const LossSlice::Point* found = nullptr;
    for (const LossSlice::Point& point : slice.points)
        if (found == nullptr || std::abs(point.multiple - multiple) < std::abs(found->multiple - multiple))
            found = &point;
    return found;
}

StepWords step_in_words(const LossSlice& slice) {
    StepWords words{};
    const auto say = [&words](const char* format, double multiple = 0.0) {
        std::snprintf(words.data(), words.size(), format, multiple);
        return words;
    };
    const LossSlice::Point* best = lowest(slice);
    if (best == nullptr) return say("The loss is no number anywhere along this step.");
    if (best->multiple <= 0.0) return say("However short, this step would raise the minibatch's loss.");
    if (best->multiple == 1.0) return say("The step that comes is the best one here.");
    if (best->multiple >= slice.points.back().multiple)
        return say("Even a step %.3g times as long would lower this minibatch's loss.", best->multiple);
    return say("The best step here would be %.3g times as long.", best->multiple);
}

double highest_shown(const LossSlice& slice) {
    double highest = 0.0;
    double here = 0.0;
    for (const LossSlice::Point& point : slice.points)
        for (const double loss : {point.batch_loss, point.held_out_loss}) {
            if (!std::isfinite(loss)) continue;
            highest = std::max(highest, loss);
            if (point.multiple == 0.0) here = std::max(here, loss);
        }
    return here > 0.0 ? std::min(highest, kHighestShown * here) : highest;
}

}  // namespace convscope
