#include "viz/panels/quality_plots.h"

#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

namespace convscope {
namespace {

constexpr float kPixelsPerShare = 36.0F;  // from tick to tick, pixels at scale 1
constexpr float kReach = 24.0F;           // how far from a curve the mouse still points at it
constexpr float kCountsShare = 0.22F;     // of the calibration's height
constexpr float kOtherCurves = 0.45F;     // opacity of those that are not pointed out

ImVec2 place_of(const ClassCurves::Point& point, CurveKind kind, const PlotScale& x, const PlotScale& y) {
    return kind == CurveKind::PrecisionRecall
               ? ImVec2(x.pixel(static_cast<double>(point.recall)), y.pixel(static_cast<double>(point.precision)))
               : ImVec2(x.pixel(static_cast<double>(point.false_alarms)), y.pixel(static_cast<double>(point.recall)));
}

bool has_curve(const ClassCurves& curves, CurveKind kind) {
    return !curves.points.empty() && curves.positives > 0 &&
           (kind == CurveKind::PrecisionRecall || curves.negatives > 0);
}

// What the axis at the left counts, inside it.
void name_upwards(const PlotFrame& frame, const char* name, const WidgetStyle& style) {
    ImGui::GetWindowDrawList()->AddText(style.fonts.small, style.fonts.small->FontSize,
                                        {frame.inner.minimum.x + style.px(8), frame.inner.minimum.y + style.px(8)},
                                        imgui_color(style.colors.text_secondary), name);
}

void curve_tooltip(const ClassCurves& curves, const ClassCurves::Point& point, const char* name) {
    ImGui::BeginTooltip();
    ImGui::Text("Class %s against the others", name);
    ImGui::Text("Called so from a probability of %s on:",
                format_value(static_cast<double>(point.threshold), 3).c_str());
    ImGui::Text("recall (hits) %s", format_percent(static_cast<double>(point.recall)).c_str());
    ImGui::Text("precision %s", format_percent(static_cast<double>(point.precision)).c_str());
    ImGui::Text("false alarms %s", format_percent(static_cast<double>(point.false_alarms)).c_str());
    ImGui::Text("Average precision %s, area under the ROC curve %s", format_value(curves.average_precision, 4).c_str(),
                format_value(curves.roc_area, 4).c_str());
    ImGui::EndTooltip();
}

}  // namespace

PlotFrame QualityPlots::begin(const WidgetStyle& style, const char* x_name, float height) {
    ImGui::PushFont(style.fonts.small);
    const float line = ImGui::GetTextLineHeight();
    const PlotMargins margins{
        .left = std::max(ImGui::CalcTextSize("0.0").x, ImGui::CalcTextSize(x_name).x) + style.px(12),
        .top = style.px(4),
        .right = style.px(8),
        .bottom = line + style.px(6)};
    ImGui::PopFont();
    const PlotFrame frame = plot_frame(x_name, {ImGui::GetContentRegionAvail().x, height}, margins);
    const PlotRect& inner = frame.inner;
    x_ = {{0.0, 1.0}, inner.minimum.x + style.px(4), inner.maximum.x - style.px(4), false};
    y_ = {{0.0, 1.0}, inner.maximum.y - style.px(4), inner.minimum.y + style.px(4), false};
    const auto most = [&](float length) { return std::max(2, static_cast<int>(length / style.px(kPixelsPerShare))); };
    linear_ticks(x_.range, most(inner.width()), /*whole=*/false, x_ticks_);
    linear_ticks(y_.range, most(inner.height()), /*whole=*/false, y_ticks_);
    return frame;
}

void QualityPlots::draw_curve(const ClassCurves& curves, CurveKind kind, ImU32 color, float thickness) {
    points_.clear();
    if (kind == CurveKind::Roc) points_.emplace_back(x_.pixel(0.0), y_.pixel(0.0));
    for (const ClassCurves::Point& point : curves.points) points_.push_back(place_of(point, kind, x_, y_));
    ImGui::GetWindowDrawList()->AddPolyline(points_.data(), static_cast<int>(points_.size()), color, ImDrawFlags_None,
                                            thickness);
}

int QualityPlots::draw_curves(const WidgetStyle& style, CurveKind kind, std::span<const ClassCurves> curves,
                              const RunInfo& info, int chosen) {
    const bool roc = kind == CurveKind::Roc;
    const PlotFrame frame =
        begin(style, roc ? "false alarms" : "recall", std::max(style.px(72), ImGui::GetContentRegionAvail().y));
    note_place(style, "plot", frame.inner.minimum, frame.inner.maximum);
    draw_grid(frame, x_, x_ticks_, y_, y_ticks_, roc ? "false alarms" : "recall", "", style);
    name_upwards(frame, roc ? "hits" : "precision", style);
    begin_series(frame);
    if (roc)  // what guessing comes to
        ImGui::GetWindowDrawList()->AddLine({x_.pixel(0.0), y_.pixel(0.0)}, {x_.pixel(1.0), y_.pixel(1.0)},
                                            imgui_color(style.colors.line), std::max(1.0F, style.scale));
    // The point that the mouse is nearest to, of whichever class.
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    float nearest = frame.hovered ? style.px(kReach) : 0.0F;
    int pointed = -1;
    const ClassCurves::Point* at = nullptr;
    for (std::size_t c = 0; c < curves.size(); ++c) {
        if (!has_curve(curves[c], kind)) continue;
        const int label = static_cast<int>(c);
        if (label != chosen)
            draw_curve(curves[c], kind,
                       imgui_color(chosen < 0 ? style.colors.accent : style.colors.text_secondary, kOtherCurves),
                       std::max(1.0F, style.scale));
        if (!frame.hovered) continue;
        for (const ClassCurves::Point& point : curves[c].points) {
            const ImVec2 place = place_of(point, kind, x_, y_);
            const float distance =
                std::hypot(place.x - mouse.x, place.y - mouse.y) - (label == chosen ? style.px(3) : 0.0F);
            if (distance >= nearest) continue;
            nearest = distance;
            pointed = label;
            at = &point;
        }
    }
    const float thick = std::max(2.0F, 2.0F * style.scale);
    if (pointed >= 0 && pointed != chosen)
        draw_curve(curves[static_cast<std::size_t>(pointed)], kind, imgui_color(style.colors.text), thick);
    if (chosen >= 0 && chosen < std::ssize(curves) && has_curve(curves[static_cast<std::size_t>(chosen)], kind))
        draw_curve(curves[static_cast<std::size_t>(chosen)], kind, imgui_color(style.colors.accent), thick);
    if (at != nullptr)
        draw_dot(place_of(*at, kind, x_, y_), style.px(4), imgui_color(style.colors.text),
                 imgui_color(style.colors.panel));
    end_series();
    if (at != nullptr) {
        const auto place = static_cast<std::size_t>(pointed);
        curve_tooltip(curves[place], *at,
                      place < info.data.class_names.size() ? info.data.class_names[place].c_str() : "?");
    }
    return frame.hovered && ImGui::IsMouseClicked(ImGuiMouseButton_Left) ? (pointed == chosen ? -1 : pointed) : chosen;
}

void QualityPlots::draw_reliability(const WidgetStyle& style, const Calibration& calibration) {
    const float room = std::max(style.px(120), ImGui::GetContentRegionAvail().y);
    const float counts_height = std::max(style.px(40), std::floor(room * kCountsShare));
    const PlotFrame frame = begin(style, "says", room - counts_height - ImGui::GetStyle().ItemSpacing.y);
    note_place(style, "plot", frame.inner.minimum, frame.inner.maximum);
    draw_grid(frame, x_, x_ticks_, y_, y_ticks_, "says", "", style);
    name_upwards(frame, "is right", style);
    begin_series(frame);
    ImDrawList* list = ImGui::GetWindowDrawList();
    const double width = 1.0 / static_cast<double>(calibration.bins.size());
    const float gap = std::max(1.0F, style.px(1));
    int pointed = -1;
    for (std::size_t i = 0; i < calibration.bins.size(); ++i) {
        const Calibration::Bin& bin = calibration.bins[i];
        const float left = x_.pixel(width * static_cast<double>(i)) + gap;
        const float right = x_.pixel(width * static_cast<double>(i + 1)) - gap;
        const float mouse = ImGui::GetIO().MousePos.x;
        if (frame.hovered && mouse >= left - gap && mouse < right + gap) pointed = static_cast<int>(i);
        if (bin.pictures == 0) continue;
        const float top = y_.pixel(bin.accuracy);
        list->AddRectFilled({left, top}, {right, y_.pixel(0.0)}, imgui_color(style.colors.accent, 0.6F));
        // From what it is to what it says.
        const float said = y_.pixel(bin.confidence);
        list->AddRectFilled({left, std::min(top, said)}, {right, std::max(top, said)},
                            imgui_color(style.colors.warning, 0.35F));
        list->AddRectFilled({left, said - gap}, {right, said + gap}, imgui_color(style.colors.warning));
    }
    list->AddLine({x_.pixel(0.0), y_.pixel(0.0)}, {x_.pixel(1.0), y_.pixel(1.0)},
                  imgui_color(style.colors.text_secondary), std::max(1.0F, style.scale));
    end_series();
    if (pointed >= 0) {
        const Calibration::Bin& bin = calibration.bins[static_cast<std::size_t>(pointed)];
        ImGui::BeginTooltip();
        ImGui::Text("Answers given %.1f to %.1f %%", 100.0 * width * pointed, 100.0 * width * (pointed + 1));
        ImGui::Text("%s pictures", format_count(bin.pictures).c_str());
        if (bin.pictures > 0) {
            ImGui::Text("says %s on average", format_percent(bin.confidence).c_str());
            ImGui::Text("is right in %s", format_percent(bin.accuracy).c_str());
        }
        ImGui::EndTooltip();
    }
    draw_counts(style, calibration, counts_height);
}

// How many answers each bar stands for, by the logarithm: most are sure.
void QualityPlots::draw_counts(const WidgetStyle& style, const Calibration& calibration, float height) {
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    std::int64_t most = 1;
    for (const Calibration::Bin& bin : calibration.bins) most = std::max(most, bin.pictures);
    const float line = style.fonts.small->FontSize;
    const float bottom = corner.y + height;
    const float tall = height - line - style.px(4);
    ImDrawList* list = ImGui::GetWindowDrawList();
    const double width = 1.0 / static_cast<double>(calibration.bins.size());
    for (std::size_t i = 0; i < calibration.bins.size(); ++i) {
        const std::int64_t count = calibration.bins[i].pictures;
        if (count == 0) continue;
        const float share =
            static_cast<float>(std::log1p(static_cast<double>(count)) / std::log1p(static_cast<double>(most)));
        list->AddRectFilled(
            {x_.pixel(width * static_cast<double>(i)) + 1.0F, bottom - std::max(1.0F, std::round(tall * share))},
            {x_.pixel(width * static_cast<double>(i + 1)) - 1.0F, bottom}, imgui_color(style.colors.text_secondary));
    }
    char text[64];
    std::snprintf(text, sizeof text, "pictures, up to %s", format_count(most).c_str());
    list->AddText(style.fonts.small, line, {x_.pixel(0.0), corner.y}, imgui_color(style.colors.text_secondary), text);
    ImGui::Dummy({ImGui::GetContentRegionAvail().x, height});
}

}  // namespace convscope
