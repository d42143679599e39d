#include "viz/panels/twin_curve.h"

#include <imgui.h>

#include <algorithm>

namespace convscope {

void TwinCurve::update(const TwinLane* twin, bool loss, float weight, PlotRange view, std::int64_t most_bins) {
    history_ = nullptr;
    const Snapshot* snapshot = twin && twin->there() ? twin->lane.live() : nullptr;
    if (!snapshot || !snapshot->run_info || twin->lane.link.history().run() != snapshot->run_info->run) return;
    history_ = &twin->lane.link.history();
    from_ = snapshot->twin ? snapshot->twin->common : 0;
    smoothed_.update(loss ? history_->loss() : history_->accuracy(), history_->run(), weight);
    const MetricSeries& values = smoothed_.values();
    const PlotRange own{std::max(view.minimum, static_cast<double>(from_)), view.maximum};
    const BinLayout layout = own.minimum < own.maximum ? bin_layout(own, values.size(), most_bins) : BinLayout();
    bins_.update(values, layout, smoothed_.generation());
}

std::span<const EvaluationMetrics> TwinCurve::tests() const {
    if (!history_) return {};
    const std::vector<EvaluationMetrics>& all = history_->evaluations();
    const auto first =
        std::upper_bound(all.begin(), all.end(), from_,
                         [](std::int64_t at, const EvaluationMetrics& one) { return at < one.iteration; });
    return {first, all.end()};
}

void TwinCurve::draw(const PlotFrame& frame, const PlotScale& x, const PlotScale& y, const WidgetStyle& style,
                     std::vector<ImVec2>& points) const {
    if (!history_) return;
    ImGui::GetWindowDrawList()->PushClipRect({x.pixel(static_cast<double>(from_)), frame.inner.minimum.y},
                                             frame.inner.maximum, true);
    draw_line(bins_.layout(), bins_.bins(), x, y, imgui_color(style.colors.twin), std::max(1.5F, 1.6F * style.scale),
              points);
    ImGui::GetWindowDrawList()->PopClipRect();
}

}  // namespace convscope
