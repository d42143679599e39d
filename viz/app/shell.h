// What fills the window: top bar, the panels of the chosen workspace, status line, help page. UI thread, between the
// ImGui layer's begin_frame() and end_frame().
#pragma once

#include "viz/app/network_editor.h"
#include "viz/app/notices.h"
#include "viz/app/panel_host.h"
#include "viz/app/recipe_sections.h"
#include "viz/app/shortcuts.h"
#include "viz/panels/panel.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace convscope {

class Shell {
public:
    explicit Shell(std::vector<std::unique_ptr<Panel>> panels);

    struct Input {
        const Notices& notices;
        bool help_open = false;
        bool recipe_open = false;
        std::span<const RecipeSection> recipe = {};  // in effect; empty before there is a run
        const RecipeTools* editor = nullptr;         // null: it is not open
    };
    // The action of a tab or sign that was clicked, if any.
    std::optional<Action> draw(FrameContext& context, const Input& input);

    bool panels_hidden() const { return hidden_; }  // every one but the scene, and the bars

private:
    void draw_panels(FrameContext& context, float top, float bottom);
    void draw_floating_panels(FrameContext& context, float top, float bottom);
    void draw_panel_switches(FrameContext& context, float top) const;
    PanelHost* find(std::string_view id);
    void draw_status_line(FrameContext& context, const Notices& notices, float height);

    std::vector<PanelHost> panels_;
    NetworkEditor editor_;
    bool hidden_ = false;             // every panel but the scene, for a projector
    std::vector<PanelPlace> places_;  // reused from frame to frame
};

}  // namespace convscope
