// One panel on the screen: its frame, title and help, and the boundary that an exception in it does not cross. UI
// thread.
#pragma once

#include "viz/app/workspaces.h"
#include "viz/panels/panel.h"

#include <memory>
#include <string>

namespace convscope {

class PanelHost {
public:
    explicit PanelHost(std::unique_ptr<Panel> panel);

    std::string_view id() const { return panel_->id(); }
    // Draws the panel as a window of its own at `place`. If it throws, its area shows why, with a button to try again;
    // ImGui is put back in order and everybody else is drawn as before.
    void draw(FrameContext& context, const PanelPlace& place);
    bool failed() const { return !failure_.empty(); }

private:
    void draw_title(const FrameContext& context) const;
    void draw_guarded(FrameContext& context);

    std::unique_ptr<Panel> panel_;
    std::string window_name_;
    std::string title_;
    std::string failure_;  // what the panel threw; empty: nothing
};

}  // namespace convscope
