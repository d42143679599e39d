// Dear ImGui, on a window or without one: context, backend, fonts and look, which follow theme and scale. UI thread.
#pragma once

#include "viz/app/window.h"
#include "viz/view/palette.h"
#include "viz/view/settings.h"
#include "viz/widgets/fonts.h"

#include <functional>
#include <memory>
#include <string>

namespace convscope {

// What Dear ImGui draws with, and where its input comes from.
class ImGuiBackend {
public:
    virtual ~ImGuiBackend() = default;
    virtual void begin_frame() = 0;    // before ImGui's own
    virtual void fonts_changed() = 0;  // the atlas is another one
    virtual void draw() = 0;           // what ImGui has rendered, into the framebuffer that is bound
};
// Called with ImGui's context current.
using MakeImGuiBackend = std::function<std::unique_ptr<ImGuiBackend>()>;
// OpenGL, without a window, and without input.
std::unique_ptr<ImGuiBackend> make_offscreen_backend();
// OpenGL, with the window's input and its size.
std::unique_ptr<ImGuiBackend> make_window_backend(Window& window);

class ImGuiLayer {
public:
    explicit ImGuiLayer(const MakeImGuiBackend& make_backend);
    ~ImGuiLayer();
    ImGuiLayer(const ImGuiLayer&) = delete;
    ImGuiLayer& operator=(const ImGuiLayer&) = delete;

    // Before begin_frame(): rebuilds what depends on them if one changed. `characters`: see build_fonts().
    void set_look(ThemeKind theme, float scale, const std::string& characters = {});
    const Fonts& fonts() const { return fonts_; }

    // `seconds` have passed since the last frame, 0 included. `size` in pixels replaces the window's (a picture off
    // screen), where one of ImGui's units is `density` pixels.
    void begin_frame(double seconds, Extent size = {}, float density = 1.0F);
    // Closes the frame; then draws it into the framebuffer that is bound, over a ground of one colour.
    void end_frame();
    void draw_frame(Rgba ground);

    bool wants_text() const;    // a text field has the keyboard
    bool wants_frames() const;  // a control is held

private:
    std::unique_ptr<ImGuiBackend> backend_;
    Fonts fonts_;
    ThemeKind theme_ = ThemeKind::Dark;
    float scale_ = 0.0F;
    std::string characters_;
};

}  // namespace convscope
