// What fills the window: top bar, the panels of the chosen workspace, timeline, status line, help page. UI thread,
// between the ImGui layer's begin_frame() and end_frame().
#pragma once

#include "viz/app/breakpoints_page.h"
#include "viz/app/lane_list.h"
#include "viz/app/network_editor.h"
#include "viz/app/notices.h"
#include "viz/app/panel_host.h"
#include "viz/app/places_page.h"
#include "viz/app/recipe_sections.h"
#include "viz/app/timeline.h"
#include "viz/app/twin_page.h"
#include "viz/app/workspaces.h"
#include "viz/panels/panel.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

class Shell {
public:
    // Every panel of the table, in one of these workspaces at a time.
    explicit Shell(std::span<const Workspace> workspaces = convscope::workspaces());

    struct Input {
        const Notices& notices;
        Page page = Page::None;
        std::span<const RecipeSection> recipe = {};      // in effect; empty before there is a run
        const RecipeTools* recipe_tools = nullptr;       // of the editor
        bool panels_hidden = false;                      // over the scene: every one but it, and the bars
        std::span<const std::string> shown_panels = {};  // that were asked for, the latest last: in front of others
        std::string_view highlighted = {};               // an anchor's name; empty: none
        bool lanes_open = false;                         // their list
    };
    void draw(FrameContext& context, const Input& input);

private:
    void draw_panels(FrameContext& context, std::span<const std::string> shown, float top, float bottom);
    PanelHost* in_front(std::span<const std::string> shown);
    void place_floating_panels(FrameContext& context, const PixelRect& room, float top);
    void draw_floating_panels(FrameContext& context, const PixelRect& room, float top);
    PixelRect place_switches(const FrameContext& context, float top);
    void draw_panel_switches(FrameContext& context, float top);
    PanelHost* find(std::string_view id);
    void stand(const FrameContext& context);
    void draw_status_line(FrameContext& context, const Notices& notices, float height);

    std::vector<PanelHost> panels_;
    NetworkEditor editor_;
    BreakpointsPage breakpoints_;
    PlacesPage named_places_;
    Page page_ = Page::None;  // of the frame before
    TwinPage twin_;
    Timeline timeline_;
    LaneList lanes_;
    std::span<const Workspace> workspaces_;
    event::Notice standing_;                        // of this frame, if there is no other
    std::shared_ptr<const SetAsideRun> set_aside_;  // that these words are about
    std::string what_comes_back_;
    std::vector<PanelPlace> places_;  // reused from frame to frame, as is the next
    std::vector<const PanelHost*> stack_;
    std::vector<PixelRect> covered_;  // by what floats
    std::vector<PixelRect> words_;    // over the scene, which open panels: of each host that floats
    bool begun_ = false;              // panels that are open stand where they stood
};

}  // namespace convscope
