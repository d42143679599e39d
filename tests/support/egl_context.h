// OpenGL 3.3 core without a display: EGL's surfaceless platform on Mesa's software rasteriser, so that GL tests run
// anywhere and never skip.
#pragma once

#include "viz/app/imgui_layer.h"
#include "viz/gfx/framebuffer.h"
#include "viz/gfx/headless_context.h"

#include <functional>
#include <memory>

namespace convscope::test {

// Makes a context for debugging current on this thread and loads OpenGL: whatever the driver complains of as an error
// from then on fails the test that caused it. Throws std::runtime_error, which fails the test, when that
// is not possible. Everything that lives in the context must be gone before it.
class EglContext {
public:
    EglContext();

private:
    std::unique_ptr<gfx::HeadlessContext> context_;
};

// What ImGui's next frame sees of the mouse; the wheel's turn counts for one frame, the rest stays.
struct Mouse {
    void move_mouse(float x, float y) const;
    void press_mouse(bool down, int button = 0) const;  // 0: the left one; 1: the right one
    void turn_wheel(float notches) const;
};

// ImGui on a framebuffer, with a mouse moved by hand, in ImGui's own look. Size in screen units; the framebuffer has
// `scale` times as many pixels in each direction.
class ImGuiCanvas : public Mouse {
public:
    ImGuiCanvas(int width, int height, float scale = 1.0F);

    // One whole frame, over a ground of `clear` (0xRRGGBBAA).
    gfx::Image frame(const std::function<void()>& draw);
    std::uint32_t clear = 0x000000FF;

private:
    float scale_;
    gfx::Framebuffer framebuffer_;
    ImGuiLayer gui_;
};

// Opens a window without decoration at the canvas' origin that covers it, and closes it after `content`.
void in_bare_window(const std::function<void()>& content);

}  // namespace convscope::test
