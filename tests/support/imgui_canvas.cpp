#include "tests/support/canvas_backend.h"
#include "tests/support/egl_context.h"

#include <imgui.h>

namespace convscope::test {

void Mouse::move_mouse(float x, float y) const { ImGui::GetIO().MousePos = ImVec2(x, y); }

void Mouse::press_mouse(bool down, int button) const { ImGui::GetIO().MouseDown[button] = down; }

void Mouse::turn_wheel(float notches) const { ImGui::GetIO().MouseWheel = notches; }

ImGuiCanvas::ImGuiCanvas(int width, int height, float scale)
    : scale_(scale),
      framebuffer_(gfx::Framebuffer::create(static_cast<int>(static_cast<float>(width) * scale),
                                            static_cast<int>(static_cast<float>(height) * scale))
                       .value()),
      gui_(make_test_backend) {}

gfx::Image ImGuiCanvas::frame(const std::function<void()>& draw) {
    gui_.begin_frame(1.0 / 60.0, {framebuffer_.width(), framebuffer_.height()}, scale_);
    draw();
    gui_.end_frame();
    framebuffer_.bind();
    gui_.draw_frame(clear);
    gfx::Image image = picture_of(framebuffer_);
    glBindFramebuffer(GL_FRAMEBUFFER, 0);
    return image;
}

void in_bare_window(const std::function<void()>& content) {
    ImGui::SetNextWindowPos(ImVec2(0.0F, 0.0F));
    ImGui::SetNextWindowSize(ImGui::GetIO().DisplaySize);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0.0F, 0.0F));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0.0F);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, 0.0F);
    ImGui::Begin("canvas", nullptr, ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoBackground);
    content();
    ImGui::End();
    ImGui::PopStyleVar(3);
}

}  // namespace convscope::test
