#include "tests/support/canvas_backend.h"
#include "tests/support/egl_context.h"

#include <imgui.h>

namespace convscope::test {

ImGuiCanvas::ImGuiCanvas(int width, int height, float scale)
    : width_(width),
      height_(height),
      scale_(scale),
      framebuffer_(gfx::Framebuffer::create(static_cast<int>(static_cast<float>(width) * scale),
                                            static_cast<int>(static_cast<float>(height) * scale))
                       .value()),
      context_(ImGui::CreateContext()) {
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.DisplaySize = ImVec2(static_cast<float>(width), static_cast<float>(height));
    io.DisplayFramebufferScale = ImVec2(scale, scale);
    begin_backend();
}

ImGuiCanvas::~ImGuiCanvas() {
    end_backend();
    ImGui::DestroyContext(context_);
}

void ImGuiCanvas::move_mouse(float x, float y) { ImGui::GetIO().MousePos = ImVec2(x, y); }

void ImGuiCanvas::press_mouse(bool down) { ImGui::GetIO().MouseDown[0] = down; }

void ImGuiCanvas::turn_wheel(float notches) { ImGui::GetIO().MouseWheel = notches; }

gfx::Image ImGuiCanvas::frame(const std::function<void()>& draw) {
    ImGui::GetIO().DeltaTime = 1.0F / 60.0F;
    begin_backend_frame();
    ImGui::NewFrame();
    draw();
    ImGui::Render();
    return draw_backend_frame(framebuffer_, clear);
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
