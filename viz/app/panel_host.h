// One panel on the screen: its frame, title and help, and the boundary that an exception in it does not cross. Where
// another run is trained beside the first, the panel is there for either, side by side. UI thread.
#pragma once

#include "viz/app/workspaces.h"
#include "viz/panels/panel.h"

#include <imgui.h>

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace convscope {

class PanelHost {
public:
    explicit PanelHost(const PanelKind& kind);
    // Of a panel that no table has, which is never doubled.
    explicit PanelHost(std::unique_ptr<Panel> panel);

    std::string_view id() const { return faces_[0].panel->id(); }
    const char* title() const { return title_.c_str(); }
    bool floats() const { return floating_.width > 0.0F; }
    const FloatingPlace& floating_place() const { return floating_; }
    // Over the scene: where it stands; none while it is closed.
    std::optional<FloatingPlace> standing;
    // Draws the panel as a window of its own at `place`. If it throws, its area shows why, with a button to try again;
    // ImGui is put back in order and everybody else is drawn as before. `stack`: all that share this place, of which
    // its title lets one choose; empty: it has it to itself.
    void draw(FrameContext& context, const PanelPlace& place, std::span<const PanelHost* const> stack = {});
    // The same over others, where it stands in the room; the mouse moves and resizes it, and its sign closes it.
    void draw_floating(FrameContext& context, const PixelRect& room);
    // Any of what it draws.
    bool failed() const;

private:
    // Where another run is trained beside the first, there is one panel for each of what is shown of the two.
    struct Shown {
        std::unique_ptr<Panel> panel;  // of the second and third when they are first drawn
        std::string failure;           // what it threw; empty: nothing
    };
    void draw_title(const FrameContext& context, bool closable, std::span<const PanelHost* const> stack = {}) const;
    void draw_stack(const FrameContext& context, float room, std::span<const PanelHost* const> stack) const;
    void draw_content(FrameContext& context);
    void draw_both(FrameContext& context);
    void draw_face(FrameContext& context, Face face, ImVec2 size);
    void draw_guarded(FrameContext& context, Shown& shown);

    std::array<Shown, kFaceCount> faces_;
    std::unique_ptr<Panel> (*make_)() = nullptr;
    Twinned twinned_ = Twinned::No;
    bool held_ = false;  // the mouse may be moving it over the scene
    Settings settings_;  // those that a difference is drawn with
    FloatingPlace floating_;
    std::string window_name_;
    std::string title_;
};

}  // namespace convscope
