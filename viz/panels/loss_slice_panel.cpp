#include "viz/panels/loss_slice_panel.h"

#include "viz/panels/curves_legend.h"
#include "viz/panels/split_names.h"
#include "viz/view/control_values.h"
#include "viz/view/step_reading.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"

#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

namespace convscope {
namespace {

constexpr float kPixelsPerMultiple = 40.0F;
constexpr float kPixelsPerLoss = 26.0F;
constexpr int kRateDigits = 3;

double rate_at(const LossSlice& slice, double multiple) {
    return rounded_to(slice.learning_rate * multiple, kRateDigits);
}

void legend_entry(const WidgetStyle& style, const char* text, Rgba color, const char* tooltip) {
    const float line = ImGui::GetTextLineHeight();
    const float swatch = style.px(14);
    const float width = swatch + style.px(5) + ImGui::CalcTextSize(text).x;
    flow(width);
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    ImDrawList* list = ImGui::GetWindowDrawList();
    const float middle = std::round(corner.y + 0.5F * line);
    list->AddRectFilled({corner.x, middle - style.px(1)}, {corner.x + swatch, middle + style.px(1)},
                        imgui_color(color));
    list->AddText({corner.x + swatch + style.px(5), corner.y}, imgui_color(style.colors.text_secondary), text);
    ImGui::Dummy({width, line});
    item_tooltip(style, tooltip);
}

}  // namespace

std::string_view LossSlicePanel::help() const {
    return "What the next step would do, before it is taken: the loss of the next minibatch, and of pictures that "
           "nothing is learned from, with the weights moved along that step. 1 is the step as it will be taken, 0 "
           "stays where the weights are, 2 would be the step at twice the learning rate, and below 0 it leads back. "
           "The line marks the step that comes, the ring the lowest loss of the minibatch. A minibatch alone always "
           "asks for more than is good for all the others: mind the second curve. Click in the plot to set the "
           "learning rate that would take the step there. Surface shows the loss beside the step too, in one "
           "direction of the many that there are.";
}

void LossSlicePanel::draw(FrameContext& context) {
    context.watch.loss_slice = true;
    context.watch.loss_surface = view_ == 1;
    const WidgetStyle style = style_of(context);
    const Snapshot* snapshot = context.lane.shown();
    if (!snapshot || !snapshot->run_info) return empty_state(style, "The network is being built.");
    if (!snapshot->loss_slice)
        return empty_state(style, snapshot->state == SessionState::Failed
                                      ? "The run has failed, and there is no next step. Start over to look before one."
                                      : "The next step is being worked out.");
    if (snapshot->loss_slice->points.empty())
        return empty_state(style,
                           "The next minibatch holds one picture, from which a batch norm cannot learn: there is no "
                           "step. Set another batch size.");
    slice_ = snapshot->loss_slice;
    test_word_ = names_of_test(snapshot).word;
    draw_views(style);  // above what changes its height
    if (view_ == 1) return draw_surface(context, style, snapshot->loss_surface);
    ImGui::SameLine();
    draw_best_rate(context, style);
    draw_words(style, step_in_words(*slice_).data(), slice_->iteration, slice_->learning_rate);
    draw_legend(style);
    draw_plot(context, style);
}

void LossSlicePanel::draw_surface(FrameContext& context, const WidgetStyle& style,
                                  const std::shared_ptr<const LossSurface>& surface) {
    const bool measured = surface && !surface->losses.empty();  // none of a step that could not be taken
    if (!measured)
        return empty_state(
            style, "The loss beside the step is being measured, which is soonest done while the run is paused.");
    draw_words(style, surface_in_words(*surface).data(), surface->iteration, surface->learning_rate);
    surface_plot_.draw(context, style, *surface);
}

void LossSlicePanel::draw_words(const WidgetStyle& style, const char* words, std::int64_t iteration, double rate) {
    ImGui::PushFont(style.fonts.medium);
    ImGui::TextWrapped("%s", words);
    ImGui::PopFont();
    note_item(style, "words");
    char text[160];
    std::snprintf(text, sizeof text, "Behind iteration %s, rate %s", format_count(iteration).c_str(),
                  format_value(rate).c_str());
    hint(style, text);
}

void LossSlicePanel::draw_views(const WidgetStyle& style) {
    constexpr std::array<const char*, 2> kViews = {"Line", "Surface"};
    const float width = text_width(style.fonts.body, "Surface") * 2.0F + style.px(40);
    segmented(style, "view", kViews, view_, width);
    item_tooltip(style, "The loss along the step, or over the plane of the step and of a direction beside it (no key)");
}

void LossSlicePanel::draw_legend(const WidgetStyle& style) {
    char text[96];
    ImGui::PushFont(style.fonts.small);
    ImGui::Dummy({0.0F, 0.0F});
    std::snprintf(text, sizeof text, "next minibatch (%s)", format_count(slice_->batch_count).c_str());
    legend_entry(style, text, style.colors.accent,
                 "The pictures of the next minibatch, as it will be learned from: with dropout's choice, and "
                 "augmented, where the recipe says so.");
    if (slice_->held_out_count > 0) {
        std::snprintf(text, sizeof text, "%s pictures (%s)", test_word_, format_count(slice_->held_out_count).c_str());
        legend_entry(style, text, style.colors.second_series,
                     "Always the same pictures, from which nothing is learned, as they are measured.");
    }
    ImGui::PopFont();
}

void LossSlicePanel::draw_best_rate(FrameContext& context, const WidgetStyle& style) {
    const LossSlice::Point* best = lowest(*slice_);
    char text[96];
    const bool better = best != nullptr && best->multiple > 0.0 && best->multiple != 1.0;
    const double rate = better ? rate_at(*slice_, best->multiple) : 0.0;
    if (better)
        std::snprintf(text, sizeof text, "Set rate %s", format_value(rate).c_str());
    else
        std::snprintf(text, sizeof text, "Set rate");
    if (icon_button(style, "set rate", Icon::Check, text,
                    {.enabled = better,
                     .tooltip = better ? "Sets the learning rate with which this step would reach the minibatch's "
                                         "lowest loss (no key)"
                                       : "No other rate would bring this step to a lower loss (no key)"}))
        context.ui.post(command::SetLearningRate{rate});
}

void LossSlicePanel::draw_plot(FrameContext& context, const WidgetStyle& style) {
    ImGui::PushFont(style.fonts.small);
    const float line = ImGui::GetTextLineHeight();
    const PlotMargins margins{.left = ImGui::CalcTextSize("times").x + style.px(12),
                              .top = style.px(4),
                              .right = style.px(8),
                              .bottom = line + style.px(6)};
    ImGui::PopFont();
    const ImVec2 room = ImGui::GetContentRegionAvail();
    frame_ = plot_frame("slice", {room.x, std::max(style.px(72), room.y)}, margins);
    const PlotRect& inner = frame_.inner;
    note_place(style, "plot", inner.minimum, inner.maximum);

    double low = std::numeric_limits<double>::infinity();
    for (const LossSlice::Point& point : slice_->points)
        for (const double loss : {point.batch_loss, point.held_out_loss})
            if (std::isfinite(loss)) low = std::min(low, loss);
    const int most_x = std::max(2, static_cast<int>(inner.width() / style.px(kPixelsPerMultiple)));
    const int most_y = std::max(2, static_cast<int>(inner.height() / style.px(kPixelsPerLoss)));
    x_ = {{slice_->points.front().multiple, slice_->points.back().multiple},
          inner.minimum.x + style.px(4),
          inner.maximum.x - style.px(4),
          false};
    y_ = {rounded_range({low, highest_shown(*slice_)}, most_y), inner.maximum.y - style.px(4),
          inner.minimum.y + style.px(4), false};
    linear_ticks(x_.range, most_x, /*whole=*/true, x_ticks_);
    linear_ticks(y_.range, most_y, /*whole=*/false, y_ticks_);
    draw_grid(frame_, x_, x_ticks_, y_, y_ticks_, "times", "", style);

    draw_hairline(frame_, x_.pixel(0.0), imgui_color(style.colors.text_secondary), style.scale, /*dashed=*/true);
    draw_hairline(frame_, x_.pixel(1.0), imgui_color(style.colors.text), style.scale, /*dashed=*/false);
    begin_series(frame_);
    if (slice_->held_out_count > 0)
        draw_curve(&LossSlice::Point::held_out_loss, imgui_color(style.colors.second_series), style);
    draw_curve(&LossSlice::Point::batch_loss, imgui_color(style.colors.accent), style);
    if (const LossSlice::Point* best = lowest(*slice_))
        ImGui::GetWindowDrawList()->AddCircle({x_.pixel(best->multiple), y_.pixel(best->batch_loss)}, style.px(5),
                                              imgui_color(style.colors.accent), 0, std::max(1.5F, style.px(1.5F)));
    end_series();
    if (frame_.hovered) draw_pointed(context, style);
}

// With a gap where the loss is no number.
void LossSlicePanel::draw_curve(double LossSlice::Point::*loss, ImU32 color, const WidgetStyle& style) {
    ImDrawList* list = ImGui::GetWindowDrawList();
    const auto end_stretch = [&] {
        if (points_.size() > 1)
            list->AddPolyline(points_.data(), static_cast<int>(points_.size()), color, ImDrawFlags_None,
                              std::max(1.5F, 1.6F * style.scale));
        points_.clear();
    };
    points_.clear();
    for (const LossSlice::Point& point : slice_->points) {
        if (std::isfinite(point.*loss))
            points_.emplace_back(x_.pixel(point.multiple), y_.pixel(point.*loss));
        else
            end_stretch();
    }
    end_stretch();
    const LossSlice::Point* chosen = nearest(*slice_, 1.0);
    if (std::isfinite(chosen->*loss))
        draw_dot({x_.pixel(1.0), y_.pixel(chosen->*loss)}, style.px(3.5F), color, imgui_color(style.colors.panel));
}

// Exact values under the mouse, and what a click does there.
void LossSlicePanel::draw_pointed(FrameContext& context, const WidgetStyle& style) {
    const LossSlice::Point& point = *nearest(*slice_, x_.value(ImGui::GetIO().MousePos.x));
    draw_hairline(frame_, x_.pixel(point.multiple), imgui_color(style.colors.text_secondary), style.scale,
                  /*dashed=*/false);
    const double rate = rate_at(*slice_, point.multiple);
    ImGui::BeginTooltip();
    if (point.multiple == 0.0)
        ImGui::TextUnformatted("Where the weights are");
    else if (point.multiple == 1.0)
        ImGui::TextUnformatted("The step that comes");
    else if (point.multiple > 0.0)
        ImGui::Text("%.1f times the step", point.multiple);
    else
        ImGui::Text("%.1f times the step, back", -point.multiple);
    ImGui::TextColored(imgui_vector(style.colors.accent), "next minibatch  %s",
                       format_value(point.batch_loss, 5).c_str());
    if (slice_->held_out_count > 0)
        ImGui::TextColored(imgui_vector(style.colors.second_series), "%s pictures  %s", test_word_,
                           format_value(point.held_out_loss, 5).c_str());
    if (point.multiple > 0.0 && point.multiple != 1.0)
        ImGui::TextColored(imgui_vector(style.colors.text_secondary), "Click: learning rate %s",
                           format_value(rate).c_str());
    ImGui::EndTooltip();
    if (point.multiple > 0.0 && ImGui::IsMouseClicked(ImGuiMouseButton_Left))
        context.ui.post(command::SetLearningRate{rate});
}

}  // namespace convscope
