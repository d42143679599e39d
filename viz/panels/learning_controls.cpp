#include "viz/panels/learning_controls.h"

#include "viz/view/control_values.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"

#include <imgui.h>

#include <cmath>
#include <cstdio>
#include <utility>

namespace convscope {

namespace {

// The ends of the learning rate's slider, as powers of ten; the field takes any number. The slider is linear in the
// exponent: ImGui's own logarithmic mode takes its resolution from the number that it prints, and it prints none here.
constexpr float kSlowestLearning = -6.0F;
constexpr float kFastestLearning = 0.0F;
constexpr float kMostMomentum = 0.999F;

// The slider sets what the schedule's factor is applied to; this says what comes of it.
void draw_schedule(const Snapshot& snapshot, const WidgetStyle& style) {
    const std::string_view kind = to_string(snapshot.run_info->recipe.schedule.kind);
    char label[64];
    char value[128];
    std::snprintf(label, sizeof label, "Schedule (%.*s)", static_cast<int>(kind.size()), kind.data());
    const double base = snapshot.settings.learning_rate;
    if (const auto scheduled = scheduled_learning_rate(snapshot))
        std::snprintf(value, sizeof value, "%s, now %s", format_value(base, 3).c_str(),
                      format_value(*scheduled, 3).c_str());
    else
        std::snprintf(value, sizeof value, "%s", format_value(base, 3).c_str());
    value_row(style, label, value);
    item_tooltip(style, "The learning rate that the slider sets, and what the schedule made of it in this iteration.");
}

}  // namespace

void LearningControls::draw(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style) {
    draw_learning_rate(context, snapshot, style);
    if (has_schedule(*snapshot.run_info)) draw_schedule(snapshot, style);
    draw_momentum(context, snapshot, style);
    draw_batch_size(context, snapshot, style);
}

void LearningControls::draw_learning_rate(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style) {
    const EngineLink& engine = context.lane.link;
    auto request = [&](double value) { context.ui.post(command::SetLearningRate{value}); };
    const Asked<double>& asked = engine.requested().learning_rate;
    const bool pending = engine.pending(asked.id);
    const double shown = dragged_learning_rate_.value_or(engine.asked_or(asked, snapshot.settings.learning_rate));
    row_label(style, "Learning rate", pending || dragged_learning_rate_);
    float exponent = shown > 0.0 ? static_cast<float>(std::log10(shown)) : kSlowestLearning;
    if (bare_slider(style, "##learning rate slider", exponent, kSlowestLearning, kFastestLearning))
        dragged_learning_rate_ = rounded_to(std::pow(10.0, static_cast<double>(exponent)), 2);
    if (ImGui::IsItemDeactivated() && dragged_learning_rate_)
        request(*std::exchange(dragged_learning_rate_, std::nullopt));
    item_tooltip(style, tooltip_of(pending, "Logarithmic, from 1e-6 to 1. In effect when you let go (no key)."));
    ImGui::SameLine();
    if (const char* text =
            learning_rate_field_.draw(style, "##learning rate", format_value(shown, 6), field_width(style),
                                      tooltip_of(pending, "The exact learning rate, applied with Enter.")))
        learning_rate_field_.settle(parse_learning_rate(text), request);
    learning_rate_field_.draw_refusal(style);
}

void LearningControls::draw_momentum(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style) {
    const EngineLink& engine = context.lane.link;
    auto request = [&](double value) { context.ui.post(command::SetMomentum{value}); };
    const bool adam = snapshot.run_info->recipe.optimizer.is_adam();
    const Asked<double>& asked = engine.requested().momentum;
    const bool pending = engine.pending(asked.id);
    const double shown = dragged_momentum_.value_or(engine.asked_or(asked, snapshot.settings.momentum));
    row_label(style, "Momentum", pending || dragged_momentum_);
    auto slider = static_cast<float>(shown);
    if (bare_slider(style, "##momentum slider", slider, 0.0F, kMostMomentum))
        dragged_momentum_ = std::round(static_cast<double>(slider) * 200.0) / 200.0;
    if (ImGui::IsItemDeactivated() && dragged_momentum_) request(*std::exchange(dragged_momentum_, std::nullopt));
    item_tooltip(
        style, tooltip_of(pending, adam ? "Adam's beta 1: how much of the past gradients' mean is kept. In effect "
                                          "when you let go (no key)."
                                        : "How much of the past update is kept. In effect when you let go (no key)."));
    ImGui::SameLine();
    if (const char* text = momentum_field_.draw(style, "##momentum", format_value(shown, 6), field_width(style),
                                                tooltip_of(pending, "The exact momentum, applied with Enter.")))
        momentum_field_.settle(parse_momentum(text), request);
    momentum_field_.draw_refusal(style);
}

void LearningControls::draw_batch_size(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style) {
    const EngineLink& engine = context.lane.link;
    auto request = [&](std::int64_t value) { context.ui.post(command::SetBatchSize{value}); };
    const std::int64_t most = snapshot.run_info->data.train_count;
    const Asked<std::int64_t>& asked = engine.requested().batch_size;
    const bool pending = engine.pending(asked.id);
    const std::int64_t shown = engine.asked_or(asked, snapshot.settings.batch_size);
    row_label(style, "Batch size", pending);
    const float gap = ImGui::GetStyle().ItemSpacing.x;
    const float width = std::floor((ImGui::GetContentRegionAvail().x - field_width(style) - 2.0F * gap) * 0.5F);
    auto factor_button = [&](const char* label, std::int64_t value, const char* name, const char* tooltip) {
        ImGui::BeginDisabled(value < 1 || value > most);
        if (ImGui::Button(label, {width, 0.0F})) request(value);
        ImGui::EndDisabled();
        note_item(style, name);
        item_tooltip(style, tooltip);
        ImGui::SameLine();
    };
    factor_button("÷ 2", shown / 2, "batch size half", "Half as many pictures in a minibatch (no key).");
    factor_button("× 2", shown * 2, "batch size twice", "Twice as many pictures in a minibatch (no key).");
    if (const char* text = batch_size_field_.draw(
            style, "##batch size", format_count(shown), ImGui::GetContentRegionAvail().x,
            tooltip_of(pending, "Pictures in a minibatch, from the next one on. Applied with Enter.")))
        batch_size_field_.settle(parse_batch_size(text, most), request);
    batch_size_field_.draw_refusal(style);
}

}  // namespace convscope
