#include "viz/panels/loss_surface_plot.h"

#include "viz/panels/curves_legend.h"
#include "viz/render/colormap.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

namespace convscope {
namespace {

constexpr float kPixelsPerTick = 34.0F;

}  // namespace

void LossSurfacePlot::draw(FrameContext& context, const WidgetStyle& style, const LossSurface& surface) {
    const Colormap chosen = context.settings.activation_colormap;
    colormap_ = chosen == Colormap::Diverging ? Colormap::Viridis : chosen;  // a loss has no sign
    shown_ = shown_losses(surface);
    ImGui::PushFont(style.fonts.small);
    draw_legend(style);
    const float line = ImGui::GetTextLineHeight();
    const PlotMargins margins{.left = ImGui::CalcTextSize("times").x + style.px(12),
                              .top = style.px(4),
                              .right = style.px(8),
                              .bottom = line + style.px(6)};
    ImGui::PopFont();
    const ImVec2 room = ImGui::GetContentRegionAvail();
    frame_ = plot_frame("surface", {room.x, std::max(style.px(96), room.y)}, margins);
    const PlotRect& inner = frame_.inner;
    note_place(style, "surface", inner.minimum, inner.maximum);
    x_ = {{LossSurface::multiple_of(0), LossSurface::multiple_of(LossSurface::kColumns - 1)},
          inner.minimum.x,
          inner.maximum.x,
          false};
    y_ = {{LossSurface::aside_of(0), LossSurface::aside_of(LossSurface::kRows - 1)},
          inner.maximum.y,
          inner.minimum.y,
          false};
    const auto most = [&](float pixels) { return std::max(2, static_cast<int>(pixels / style.px(kPixelsPerTick))); };
    linear_ticks(x_.range, most(inner.width()), /*whole=*/true, x_ticks_);
    linear_ticks(y_.range, most(inner.height()), /*whole=*/true, y_ticks_);
    draw_grid(frame_, x_, x_ticks_, y_, y_ticks_, "times", "", style);
    begin_series(frame_);
    draw_losses(style, surface);
    draw_step(style, surface);
    end_series();
    if (frame_.hovered) draw_pointed(style, surface);
}

// "0.31 [colours] 0.62 or more"
void LossSurfacePlot::draw_legend(const WidgetStyle& style) {
    if (!shown_.any) return;
    char low[64], high[64];
    std::snprintf(low, sizeof low, "loss %s", format_value(shown_.lowest).c_str());
    std::snprintf(high, sizeof high, shown_.higher ? "%s or more" : "%s", format_value(shown_.highest).c_str());
    const float bar = style.px(64), gap = style.px(6), line = ImGui::GetTextLineHeight();
    const float before = ImGui::CalcTextSize(low).x + gap;
    const float width = before + bar + gap + ImGui::CalcTextSize(high).x;
    ImGui::Dummy({0.0F, 0.0F});
    flow(width);
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    ImDrawList* list = ImGui::GetWindowDrawList();
    const ImU32 ink = imgui_color(style.colors.text_secondary);
    list->AddText(corner, ink, low);
    constexpr int kSteps = 16;
    for (int i = 0; i < kSteps; ++i) {
        const Rgb8 color = rgb(colormap_, (static_cast<float>(i) + 0.5F) / kSteps);
        const float left = corner.x + before + bar * static_cast<float>(i) / kSteps;
        list->AddRectFilled({left, corner.y + 0.2F * line}, {left + bar / kSteps, corner.y + 0.8F * line},
                            IM_COL32(color.r, color.g, color.b, 255));
    }
    list->AddText({corner.x + before + bar + gap, corner.y}, ink, high);
    ImGui::Dummy({width, line});
    note_item(style, "surface legend");
    item_tooltip(style,
                 "The loss of the next minibatch, with the weights moved so many times along the step (across) and so "
                 "many times beside it (upwards), in a direction that was drawn at random, at right angles to the "
                 "step and as long in each layer. The line leads from where the weights are to where the step that "
                 "comes takes them; the ring is where the loss is lowest.");
}

void LossSurfacePlot::draw_losses(const WidgetStyle& style, const LossSurface& surface) {
    ImDrawList* list = ImGui::GetWindowDrawList();
    const auto color = [&](double loss) {
        const double span = shown_.highest - shown_.lowest;
        const Rgb8 of = rgb(colormap_, span > 0.0 ? static_cast<float>((loss - shown_.lowest) / span) : 0.0F);
        return IM_COL32(of.r, of.g, of.b, 255);
    };
    for (int row = 0; row + 1 < LossSurface::kRows; ++row)
        for (int column = 0; column + 1 < LossSurface::kColumns; ++column) {
            const double below_left = surface.at(row, column), below_right = surface.at(row, column + 1);
            const double above_left = surface.at(row + 1, column), above_right = surface.at(row + 1, column + 1);
            const ImVec2 top_left{x_.pixel(LossSurface::multiple_of(column)), y_.pixel(LossSurface::aside_of(row + 1))};
            const ImVec2 bottom_right{x_.pixel(LossSurface::multiple_of(column + 1)),
                                      y_.pixel(LossSurface::aside_of(row))};
            if (std::isfinite(below_left + below_right + above_left + above_right))
                list->AddRectFilledMultiColor(top_left, bottom_right, color(above_left), color(above_right),
                                              color(below_right), color(below_left));
            else
                list->AddRectFilled(top_left, bottom_right, imgui_color(style.colors.no_data));
        }
}

void LossSurfacePlot::draw_step(const WidgetStyle& style, const LossSurface& surface) {
    ImDrawList* list = ImGui::GetWindowDrawList();
    // Twice, so that it stands out on whatever colour is beneath.
    const ImVec2 here{x_.pixel(0.0), y_.pixel(0.0)}, there{x_.pixel(1.0), y_.pixel(0.0)};
    const ImU32 ground = imgui_color(style.colors.panel), ink = imgui_color(style.colors.text);
    list->AddLine(here, there, ground, style.px(4));
    list->AddLine(here, there, ink, style.px(2));
    draw_dot(here, style.px(3), ink, ground);
    draw_dot(there, style.px(4), ink, ground);
    if (const std::optional<SurfacePlace> best = lowest(surface)) {
        const ImVec2 center{x_.pixel(LossSurface::multiple_of(best->column)),
                            y_.pixel(LossSurface::aside_of(best->row))};
        list->AddCircle(center, style.px(6), ground, 0, style.px(4));
        list->AddCircle(center, style.px(6), ink, 0, style.px(2));
    }
}

void LossSurfacePlot::draw_pointed(const WidgetStyle& style, const LossSurface& surface) const {
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    const auto nearest_of = [](double value, double first, int count) {
        return std::clamp(static_cast<int>(std::lround((value - first) * 2.0)), 0, count - 1);
    };
    const int column = nearest_of(x_.value(mouse.x), LossSurface::multiple_of(0), LossSurface::kColumns);
    const int row = nearest_of(y_.value(mouse.y), LossSurface::aside_of(0), LossSurface::kRows);
    ImGui::BeginTooltip();
    ImGui::Text("%.1f times the step, %.1f times beside it", LossSurface::multiple_of(column),
                LossSurface::aside_of(row));
    ImGui::TextColored(imgui_vector(style.colors.accent), "next minibatch  %s",
                       format_value(surface.at(row, column), 5).c_str());
    ImGui::EndTooltip();
}

}  // namespace convscope
