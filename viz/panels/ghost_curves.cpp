#include "viz/panels/ghost_curves.h"

#include "viz/panels/curves_legend.h"
#include "viz/view/place_in_time.h"

#include <algorithm>
#include <cstdio>

namespace convscope {
namespace {

constexpr float kFaintShare = 0.4F;  // of a ghost's opacity

}  // namespace

ImU32 ghost_ink(const WidgetStyle& style, Ghost::Look look) {
    if (look == Ghost::Look::Pointed) return imgui_color(style.colors.text);
    return imgui_color(style.colors.text_secondary,
                       look == Ghost::Look::Faint ? kFaintShare * kGhostOpacity : kGhostOpacity);
}

float ghost_width(const WidgetStyle& style, Ghost::Look look) {
    return look == Ghost::Look::Pointed ? std::max(2.0F, 2.25F * style.scale) : std::max(1.0F, 1.25F * style.scale);
}

ShortText lane_words(const RunLane& lane, std::int64_t shared) {
    ShortText text;
    if (lane.name.empty())
        std::snprintf(text.characters.data(), text.characters.size(), "left at %.26s", format_count(shared).c_str());
    else
        std::snprintf(text.characters.data(), text.characters.size(), "%.40s", lane.name.c_str());
    return text;
}

void find_ghosts(const RunLine& line, RunId pointed, std::vector<Ghost>& out) {
    out.clear();
    if (!line.lanes) return;
    for (const RunLane& lane : *line.lanes) {
        if (lane.id == line.lane || !lane.history) continue;
        const std::int64_t from = shared_iterations(*line.lanes, lane.id, line.lane);
        if (from >= lane.history->iterations()) continue;
        const Ghost::Look look = pointed == RunId{}   ? Ghost::Look::Plain
                                 : pointed == lane.id ? Ghost::Look::Pointed
                                                      : Ghost::Look::Faint;
        out.push_back({&lane, from, look});
    }
    while (out.size() > GhostCurves::kMost)
        out.erase(out.front().look == Ghost::Look::Pointed ? out.begin() + 1 : out.begin());
}

void GhostCurves::update(std::span<const Ghost> ghosts, MetricSeries RunHistory::*quantity, float weight,
                         PlotRange view, std::int64_t most_bins) {
    count_ = ghosts.size();
    if (curves_.size() < count_) curves_.resize(count_);
    for (std::size_t i = 0; i < count_; ++i) {
        Curve& curve = curves_[i];
        curve.smoothed.update((*ghosts[i].lane->history).*quantity, ghosts[i].lane->id, weight);
        const MetricSeries& values = curve.smoothed.values();
        const PlotRange own{std::max(view.minimum, static_cast<double>(ghosts[i].from)), view.maximum};
        const BinLayout layout = own.minimum < own.maximum ? bin_layout(own, values.size(), most_bins) : BinLayout();
        curve.bins.update(values, layout, curve.smoothed.generation());
    }
}

void GhostCurves::draw(std::span<const Ghost> ghosts, const PlotFrame& frame, const PlotScale& x, const PlotScale& y,
                       const WidgetStyle& style, std::vector<ImVec2>& points) const {
    for (std::size_t i = 0; i < std::min(count_, ghosts.size()); ++i) {
        const float from = x.pixel(static_cast<double>(ghosts[i].from));
        ImGui::GetWindowDrawList()->PushClipRect({from, frame.inner.minimum.y}, frame.inner.maximum, true);
        draw_line(curves_[i].bins.layout(), curves_[i].bins.bins(), x, y, ghost_ink(style, ghosts[i].look),
                  ghost_width(style, ghosts[i].look), points);
        ImGui::GetWindowDrawList()->PopClipRect();
    }
}

}  // namespace convscope
