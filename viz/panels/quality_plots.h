// The plots of the quality panel: precision over recall, ROC, and whether probabilities mean what they say. UI thread.
#pragma once

#include "engine/api/answer_quality.h"
#include "engine/api/run_info.h"
#include "viz/widgets/plot.h"
#include "viz/widgets/style.h"

#include <span>
#include <vector>

namespace convscope {

enum class CurveKind { PrecisionRecall, Roc };

class QualityPlots {
public:
    // The curve of each class with pictures, into what is left of the window; `chosen`'s stands out (-1: none's).
    // Returns the class whose curve was clicked, -1 where one was clicked past all of them, and else `chosen`.
    int draw_curves(const WidgetStyle& style, CurveKind kind, std::span<const ClassCurves> curves, const RunInfo& info,
                    int chosen);
    void draw_reliability(const WidgetStyle& style, const Calibration& calibration);

private:
    PlotFrame begin(const WidgetStyle& style, const char* x_name, float height);
    void draw_curve(const ClassCurves& curves, CurveKind kind, ImU32 color, float thickness);
    void draw_counts(const WidgetStyle& style, const Calibration& calibration, float height);

    PlotScale x_, y_;
    std::vector<PlotTick> x_ticks_, y_ticks_;
    std::vector<ImVec2> points_;  // these keep their room
};

}  // namespace convscope
