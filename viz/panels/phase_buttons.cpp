#include "viz/panels/phase_buttons.h"

#include "viz/view/phase_walk.h"
#include "viz/widgets/controls.h"

#include <imgui.h>

#include <array>
#include <cmath>
#include <cstdio>

namespace convscope {
namespace {

struct PhaseWords {
    const char* short_title;
    const char* key;
    const char* what;
};
constexpr std::array<PhaseWords, 5> kPhaseWords{
    {{"Batch", "Y", "the minibatch's pictures are drawn"},
     {"Fwd", "U", "every layer's output is computed"},
     {"Loss", "I", "the outputs are compared with the labels"},
     {"Bwd", "O", "the gradient of the loss by every value and weight is computed"},
     {"Upd", "P", "the weights take their step"}}};

float padding_of(const WidgetStyle& style) { return style.px(8); }

}  // namespace

float phase_buttons_width(const FrameContext& context) {
    const WidgetStyle style = style_of(context);
    float width = 0.0F;
    for (const Phase phase : kPhases) width += text_width(style.fonts.body, to_title(phase)) + 2.0F * padding_of(style);
    return std::ceil(width);
}

void phase_buttons(FrameContext& context, float width) {
    const WidgetStyle style = style_of(context);
    const bool whole = phase_buttons_width(context) <= width;
    const float height = ImGui::GetFrameHeight();
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    float spare = width;
    for (std::size_t i = 0; i < kPhases.size(); ++i)
        spare -= text_width(style.fonts.body, whole ? to_title(kPhases[i]) : kPhaseWords[i].short_title);
    const float pad = std::min(std::floor(0.5F * spare / static_cast<float>(kPhases.size())), padding_of(style));
    ImDrawList* list = ImGui::GetWindowDrawList();
    ImGui::BeginGroup();
    ImGui::PushID("phases");
    float x = corner.x;
    for (std::size_t i = 0; i < kPhases.size(); ++i) {
        const Phase phase = kPhases[i];
        const char* word = whole ? to_title(phase) : kPhaseWords[i].short_title;
        const float wide = std::ceil(text_width(style.fonts.body, word) + 2.0F * pad);
        ImGui::SetCursorScreenPos({x, corner.y});
        ImGui::PushID(static_cast<int>(i));
        const bool pressed = ImGui::InvisibleButton("phase", {wide, height});
        note_item(style, "phase", static_cast<std::int64_t>(i));
        const bool hovered = ImGui::IsItemHovered();
        const bool held = context.lane.held() == phase;
        char text[200];
        if (held)
            std::snprintf(text, sizeof text, "The iteration is held here: %s. Let go of it with Esc, or a click.",
                          kPhaseWords[i].what);
        else
            std::snprintf(text, sizeof text,
                          "%s: %s. Hold the present iteration here (%s); C and V go a phase back and on.",
                          to_title(phase), kPhaseWords[i].what, kPhaseWords[i].key);
        item_tooltip(style, text);
        ImGui::PopID();
        if (held)
            list->AddRectFilled({x, corner.y}, {x + wide, corner.y + height}, imgui_color(style.colors.accent_dim),
                                style.px(4));
        else if (hovered)
            list->AddRectFilled({x, corner.y}, {x + wide, corner.y + height}, imgui_color(style.colors.raised),
                                style.px(4));
        const Rgba ink = held || hovered ? style.colors.text : style.colors.text_secondary;
        list->AddText(style.fonts.body, style.fonts.body->FontSize,
                      {x + pad, corner.y + std::round(0.5F * (height - style.fonts.body->FontSize))}, imgui_color(ink),
                      word);
        if (pressed) context.ui.send(ui::HoldPhase{phase});
        x += wide;
    }
    ImGui::PopID();
    ImGui::EndGroup();
}

}  // namespace convscope
