#include "viz/panels/file_menu.h"

#include "viz/widgets/controls.h"

#include <imgui.h>

namespace convscope {

float file_menu_width() { return ImGui::GetFrameHeight(); }

std::optional<std::string> file_menu(FrameContext& context, ui::ChooseFile::What what) {
    const WidgetStyle style = style_of(context);
    const bool runs = what == ui::ChooseFile::What::SavedRun;
    std::optional<std::string> chosen;
    const bool open = ImGui::BeginCombo("##files", "", ImGuiComboFlags_NoPreview | ImGuiComboFlags_PopupAlignLeft);
    if (!open) {
        note_item(style, "files");
        item_tooltip(style, runs ? "Choose a saved run: from a dialog, or one that was opened lately (no key)."
                                 : "Choose a picture: from a dialog, or one that was opened lately (no key).");
        return chosen;
    }
    if (ImGui::Selectable("Choose a file…")) context.ui.send(ui::ChooseFile{what});
    note_item(style, "choose");
    item_tooltip(style, "The system's own dialog (no key).");
    std::int64_t place = 0;
    for (const std::string& file : context.settings.recent) {
        if (is_saved_run(file) != runs) continue;
        ImGui::PushID(file.c_str());
        if (ImGui::Selectable(file.c_str() + file.find_last_of('/') + 1)) chosen = file;
        ImGui::PopID();
        note_item(style, "recent", place++);
        item_tooltip(style, file);
    }
    if (place == 0) hint(style, runs ? "No run was opened lately." : "No picture was opened lately.");
    ImGui::EndCombo();
    return chosen;
}

}  // namespace convscope
