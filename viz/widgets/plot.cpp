#include "viz/widgets/plot.h"

#include <algorithm>
#include <cmath>

namespace convscope {
namespace {

constexpr double kZoomPerWheelStep = 1.2;

// Lines on whole pixels are sharp.
float sharp(float pixel) { return std::floor(pixel) + 0.5F; }

bool inside(const PlotRect& rect, ImVec2 point) {
    return point.x >= rect.minimum.x && point.x < rect.maximum.x && point.y >= rect.minimum.y &&
           point.y < rect.maximum.y;
}

void draw_x_labels(const PlotFrame& frame, const PlotScale& x, std::span<const PlotTick> ticks, const char* name,
                   const WidgetStyle& style) {
    ImDrawList* list = ImGui::GetWindowDrawList();
    const ImU32 text = imgui_color(style.colors.text_secondary);
    const float top = frame.inner.maximum.y + style.px(4.0F);
    list->AddText({frame.outer.minimum.x, top}, text, name);
    float free_from = frame.outer.minimum.x + ImGui::CalcTextSize(name).x + style.px(8.0F);
    for (const PlotTick& tick : ticks) {
        if (!tick.labelled) continue;
        const float width = ImGui::CalcTextSize(tick.label.data()).x;
        const float left = std::min(x.pixel(tick.value) - 0.5F * width, frame.outer.maximum.x - width);
        if (left < free_from) continue;
        list->AddText({left, top}, text, tick.label.data());
        free_from = left + width + style.px(8.0F);
    }
}

void draw_y_labels(const PlotFrame& frame, const PlotScale& y, std::span<const PlotTick> ticks, const char* unit,
                   const WidgetStyle& style) {
    ImDrawList* list = ImGui::GetWindowDrawList();
    const ImU32 text = imgui_color(style.colors.text_secondary);
    const float height = ImGui::GetTextLineHeight();
    const float unit_width = ImGui::CalcTextSize(unit).x;
    const float right = frame.inner.minimum.x - style.px(6.0F);
    float free_below = frame.outer.maximum.y + height;  // ticks come from the bottom upwards
    for (const PlotTick& tick : ticks) {
        if (!tick.labelled) continue;
        const float top = std::max(y.pixel(tick.value) - 0.5F * height, frame.outer.minimum.y);
        if (top + height > free_below) continue;
        const float width = ImGui::CalcTextSize(tick.label.data()).x;
        list->AddText({right - unit_width - width, top}, text, tick.label.data());
        list->AddText({right - unit_width, top}, text, unit);
        free_below = top;
    }
}

}  // namespace

PlotFrame plot_frame(const char* id, ImVec2 size, const PlotMargins& margins) {
    PlotFrame frame;
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    size = {std::max(size.x, margins.left + margins.right + 16.0F),
            std::max(size.y, margins.top + margins.bottom + 16.0F)};
    ImGui::InvisibleButton(id, size);
    frame.outer = {corner, {corner.x + size.x, corner.y + size.y}};
    frame.inner = {
        {std::floor(corner.x + margins.left), std::floor(corner.y + margins.top)},
        {std::floor(frame.outer.maximum.x - margins.right), std::floor(frame.outer.maximum.y - margins.bottom)}};
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    const bool item_hovered = ImGui::IsItemHovered();
    frame.hovered = item_hovered && inside(frame.inner, mouse);
    frame.axis_hovered = item_hovered && !frame.hovered && mouse.x < frame.inner.minimum.x;
    frame.dragged = ImGui::IsItemActive() && ImGui::IsMouseDragging(ImGuiMouseButton_Left, 2.0F);
    frame.double_clicked = item_hovered && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left);
    return frame;
}

void navigate(const PlotFrame& frame, const PlotScale& x, std::int64_t iterations, IterationView& view) {
    const ImGuiIO& io = ImGui::GetIO();
    if (frame.hovered && io.MouseWheel != 0.0F)
        view.zoom(x.value(io.MousePos.x), std::pow(kZoomPerWheelStep, -static_cast<double>(io.MouseWheel)), iterations);
    if (frame.dragged && io.MouseDelta.x != 0.0F)
        view.pan(-static_cast<double>(io.MouseDelta.x) * x.range.length() / frame.inner.width(), iterations);
    if (frame.double_clicked && !frame.axis_hovered) {
        if (view.mode() == IterationView::Mode::All)
            view.follow(iterations);
        else
            view.show_all();
    }
}

void draw_grid(const PlotFrame& frame, const PlotScale& x, std::span<const PlotTick> x_ticks, const PlotScale& y,
               std::span<const PlotTick> y_ticks, const char* x_name, const char* y_unit, const WidgetStyle& style) {
    ImDrawList* list = ImGui::GetWindowDrawList();
    const PlotRect& inner = frame.inner;
    const ImU32 line = imgui_color(style.colors.line);
    const ImU32 faint = imgui_color(style.colors.line, 0.5F);
    for (const PlotTick& tick : x_ticks) {
        const float at = sharp(x.pixel(tick.value));
        if (tick.labelled && at >= inner.minimum.x && at <= inner.maximum.x)
            list->AddLine({at, inner.minimum.y}, {at, inner.maximum.y}, faint, 1.0F);
    }
    for (const PlotTick& tick : y_ticks) {
        const float at = sharp(y.pixel(tick.value));
        if (at < inner.minimum.y || at > inner.maximum.y) continue;
        const float left = tick.labelled ? inner.minimum.x : inner.minimum.x - style.px(3.0F);
        list->AddLine({left, at}, {tick.labelled ? inner.maximum.x : inner.minimum.x, at}, faint, 1.0F);
    }
    list->AddLine({inner.minimum.x, sharp(inner.maximum.y)}, {inner.maximum.x, sharp(inner.maximum.y)}, line, 1.0F);
    ImGui::PushFont(style.fonts.small);
    draw_x_labels(frame, x, x_ticks, x_name, style);
    draw_y_labels(frame, y, y_ticks, y_unit, style);
    ImGui::PopFont();
}

void begin_series(const PlotFrame& frame) {
    ImGui::GetWindowDrawList()->PushClipRect(frame.inner.minimum, frame.inner.maximum, true);
}

void end_series() { ImGui::GetWindowDrawList()->PopClipRect(); }

void draw_band(const BinLayout& layout, std::span<const SeriesBin> bins, const PlotScale& x, const PlotScale& y,
               ImU32 color, float scale, std::vector<ImVec2>& points) {
    if (layout.size == 1) {
        draw_line(layout, bins, x, y, color, 1.0F * scale, points);
        return;
    }
    ImDrawList* list = ImGui::GetWindowDrawList();
    const double half = 0.5 * static_cast<double>(layout.size);
    const auto filled = std::count_if(bins.begin(), bins.end(), [](const SeriesBin& bin) { return bin.count > 0; });
    list->PrimReserve(static_cast<int>(6 * filled), static_cast<int>(4 * filled));
    for (std::size_t i = 0; i < bins.size(); ++i) {
        if (bins[i].count == 0) continue;
        const double center = layout.center(static_cast<std::int64_t>(i));
        const float top = y.pixel(bins[i].maximum);
        const float bottom = std::max(y.pixel(bins[i].minimum), top + 1.0F);
        list->PrimRect({x.pixel(center - half), top}, {x.pixel(center + half), bottom}, color);
    }
}

void draw_line(const BinLayout& layout, std::span<const SeriesBin> bins, const PlotScale& x, const PlotScale& y,
               ImU32 color, float thickness, std::vector<ImVec2>& points) {
    ImDrawList* list = ImGui::GetWindowDrawList();
    points.clear();
    auto finish = [&] {
        if (points.size() == 1)
            list->AddCircleFilled(points[0], thickness, color);
        else if (points.size() > 1)
            list->AddPolyline(points.data(), static_cast<int>(points.size()), color, ImDrawFlags_None, thickness);
        points.clear();
    };
    for (std::size_t i = 0; i < bins.size(); ++i) {
        if (bins[i].count == 0)
            finish();
        else
            points.emplace_back(x.pixel(layout.center(static_cast<std::int64_t>(i))), y.pixel(bins[i].mean));
    }
    finish();
}

void draw_hairline(const PlotFrame& frame, float x, ImU32 color, float scale, bool dashed) {
    if (x < frame.inner.minimum.x || x > frame.inner.maximum.x) return;
    ImDrawList* list = ImGui::GetWindowDrawList();
    const float at = sharp(x);
    if (!dashed) {
        list->AddLine({at, frame.inner.minimum.y}, {at, frame.inner.maximum.y}, color, 1.0F);
        return;
    }
    const float dash = 3.0F * scale;
    for (float top = frame.inner.minimum.y; top < frame.inner.maximum.y; top += 2.0F * dash)
        list->AddLine({at, top}, {at, std::min(top + dash, frame.inner.maximum.y)}, color, 1.0F);
}

void draw_dot(ImVec2 center, float radius, ImU32 color, ImU32 ground) {
    ImDrawList* list = ImGui::GetWindowDrawList();
    list->AddCircleFilled(center, radius + 1.0F, ground);
    list->AddCircleFilled(center, radius, color);
}

}  // namespace convscope
