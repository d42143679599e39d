// One panel on the screen: its frame, title and help, and the boundary that an exception in it does not cross. UI
// thread.
#pragma once

#include "viz/app/workspaces.h"
#include "viz/panels/panel.h"

#include <memory>
#include <span>
#include <string>

namespace convscope {

class PanelHost {
public:
    explicit PanelHost(std::unique_ptr<Panel> panel, const FloatingPlace& floating = {});

    std::string_view id() const { return panel_->id(); }
    const char* title() const { return title_.c_str(); }
    bool floats() const { return floating_.width > 0.0F; }
    const FloatingPlace& floating_place() const { return floating_; }
    // Draws the panel as a window of its own at `place`. If it throws, its area shows why, with a button to try again;
    // ImGui is put back in order and everybody else is drawn as before. `stack`: all that share this place, of which
    // its title lets one choose; empty: it has it to itself.
    void draw(FrameContext& context, const PanelPlace& place, std::span<const PanelHost* const> stack = {});
    // The same over others, moved and resized by the mouse; it opens at `place`, and its sign closes it.
    void draw_floating(FrameContext& context, const PanelPlace& place);
    bool failed() const { return !failure_.empty(); }

private:
    void draw_title(const FrameContext& context, bool closable, std::span<const PanelHost* const> stack = {}) const;
    void draw_stack(const FrameContext& context, float room, std::span<const PanelHost* const> stack) const;
    void draw_content(FrameContext& context);
    void draw_guarded(FrameContext& context);

    std::unique_ptr<Panel> panel_;
    FloatingPlace floating_;
    std::string window_name_;
    std::string title_;
    std::string failure_;  // what the panel threw; empty: nothing
};

}  // namespace convscope
