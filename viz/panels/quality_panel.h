// How good the answers are, class by class: precision, recall, F1, the curves over all thresholds, and calibration.
#pragma once

#include "viz/panels/panel.h"
#include "viz/panels/quality_plots.h"
#include "viz/view/answer_reading.h"
#include "viz/widgets/style.h"

#include <memory>
#include <string_view>

namespace convscope {

class QualityPanel final : public Panel {
public:
    std::string_view id() const override { return "quality"; }
    std::string_view title() const override { return "Quality"; }
    std::string_view help() const override;
    void draw(FrameContext& context) override;

private:
    enum View : int { kClasses, kPrecisionRecall, kRoc, kCalibration };

    void draw_views(const WidgetStyle& style);
    void draw_caption(const WidgetStyle& style, const CountedConfusion& sweep, const char* test_word) const;
    void draw_classes(const WidgetStyle& style, const CountedConfusion& sweep);
    void draw_curves(const WidgetStyle& style, CurveKind kind);
    void draw_calibration(const WidgetStyle& style);
    const char* name(int label) const;

    AnswerReading reading_;
    QualityPlots plots_;
    std::shared_ptr<const RunInfo> info_;  // of what is drawn
    int view_ = kClasses;
    int label_ = -1;  // whose curve stands out
};

}  // namespace convscope
