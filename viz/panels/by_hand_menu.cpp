#include "viz/panels/by_hand_menu.h"

#include "viz/view/by_hand.h"
#include "viz/widgets/controls.h"

#include <imgui.h>

namespace convscope {

void by_hand_menu(FrameContext& context, bool opens) {
    constexpr const char* kName = "by hand";
    const WidgetStyle style = style_of(context);
    if (opens) ImGui::OpenPopup(kName);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(style.px(8), style.px(8)));
    if (ImGui::BeginPopup(kName)) {
        const Snapshot& snapshot = *context.lane.shown();
        section_label(style, selected_name(snapshot, context.lane.selection).c_str());
        for (int i = 0; i < kHandActionCount; ++i) {
            const auto action = static_cast<HandAction>(i);
            const HandActionState state = state_of(action, snapshot, context.lane.selection);
            if (ImGui::MenuItem(state.label, nullptr, state.on, state.enabled)) context.ui.send(ui::DoByHand{action});
            note_item(style, state.anchor);
            item_tooltip(style, state.help);
        }
        ImGui::EndPopup();
    }
    ImGui::PopStyleVar();
}

void held_line(const FrameContext& context, LayerId layer, std::int64_t channel) {
    const char* word = held_word(*context.lane.shown(), layer, channel);
    if (word == nullptr) return;
    ImGui::BeginTooltip();  // goes on with the same one
    ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(context.colors.warning));
    ImGui::TextUnformatted(word);
    ImGui::PopStyleColor();
    ImGui::EndTooltip();
}

}  // namespace convscope
