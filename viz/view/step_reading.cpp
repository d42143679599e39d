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

std::optional<SurfacePlace> lowest(const LossSurface& surface) {
    std::optional<SurfacePlace> best;
    if (surface.losses.empty()) return best;
    for (int row = 0; row < LossSurface::kRows; ++row)
        for (int column = 0; column < LossSurface::kColumns; ++column) {
            const double loss = surface.at(row, column);
            if (std::isfinite(loss) && (!best || loss < surface.at(best->row, best->column))) best = {row, column};
        }
    return best;
}

StepWords surface_in_words(const LossSurface& surface) {
    StepWords words{};
    const std::optional<SurfacePlace> best = lowest(surface);
    const double aside = best ? LossSurface::aside_of(best->row) : 0.0;
    if (!best)
        std::snprintf(words.data(), words.size(), "The loss is no number anywhere around this step.");
    else if (aside == 0.0)
        std::snprintf(words.data(), words.size(), "Nowhere beside the step is it lower than along it.");
    else
        std::snprintf(words.data(), words.size(), "Lowest beside the step: %.1f times along it, %.1f times aside.",
                      LossSurface::multiple_of(best->column), std::abs(aside));
    return words;
}

ShownLosses shown_losses(const LossSurface& surface) {
    ShownLosses shown;
    const std::optional<SurfacePlace> best = lowest(surface);
    if (!best) return shown;
    shown.any = true;
    shown.lowest = surface.at(best->row, best->column);
    double highest = shown.lowest;
    for (const double loss : surface.losses)
        if (std::isfinite(loss)) highest = std::max(highest, loss);
    constexpr int kRow = 4, kColumn = 2;  // where the weights are
    static_assert(LossSurface::aside_of(kRow) == 0.0 && LossSurface::multiple_of(kColumn) == 0.0);
    const double here = surface.at(kRow, kColumn);
    shown.highest = std::isfinite(here) && here > 0.0 ? std::min(highest, kHighestShown * here) : highest;
    shown.higher = highest > shown.highest;
    return shown;
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
