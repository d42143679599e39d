// Dear ImGui, on a window or without one: context, backends, fonts and look, which follow theme and scale. UI thread.
#pragma once

#include "viz/app/window.h"
#include "viz/view/settings.h"
#include "viz/widgets/fonts.h"

#include <string>

namespace convscope {

class ImGuiLayer {
public:
    // Without a window: begin_frame() must be told the extent.
    ImGuiLayer();
    explicit ImGuiLayer(Window& window);
    ~ImGuiLayer();
    ImGuiLayer(const ImGuiLayer&) = delete;
    ImGuiLayer& operator=(const ImGuiLayer&) = delete;

    // Before begin_frame(): rebuilds what depends on them if one changed. `characters`: see build_fonts().
    void set_look(ThemeKind theme, float scale, const std::string& characters = {});
    const Fonts& fonts() const { return fonts_; }

    // `extent` in pixels replaces the window's size when its width is not 0 (a picture off screen).
    void begin_frame(Extent extent = {});
    // Closes the frame; then draws it into the framebuffer that is bound.
    void end_frame();
    void draw_frame();

    bool wants_text() const;    // a text field has the keyboard
    bool wants_frames() const;  // a control is held

private:
    Fonts fonts_;
    bool on_window_ = false;
    ThemeKind theme_ = ThemeKind::Dark;
    float scale_ = 0.0F;
    std::string characters_;
};

}  // namespace convscope
