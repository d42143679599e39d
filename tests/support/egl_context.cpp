#include "tests/support/egl_context.h"

#include <backends/imgui_impl_opengl3.h>
#include <imgui.h>

#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace convscope::test {

EglContext::EglContext() {
    setenv("LIBGL_ALWAYS_SOFTWARE", "1", /*overwrite=*/1);  // the same pixels on every machine
    auto made = gfx::HeadlessContext::create();
    if (!made) throw std::runtime_error(made.error().message);
    context_ = std::move(made).value();
}

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
    ImGui_ImplOpenGL3_Init("#version 330 core");
}

ImGuiCanvas::~ImGuiCanvas() {
    ImGui_ImplOpenGL3_Shutdown();
    ImGui::DestroyContext(context_);
}

void ImGuiCanvas::move_mouse(float x, float y) { ImGui::GetIO().MousePos = ImVec2(x, y); }

void ImGuiCanvas::press_mouse(bool down) { ImGui::GetIO().MouseDown[0] = down; }

void ImGuiCanvas::turn_wheel(float notches) { ImGui::GetIO().MouseWheel = notches; }

gfx::Image ImGuiCanvas::frame(const std::function<void()>& draw) {
    ImGui::GetIO().DeltaTime = 1.0F / 60.0F;
    ImGui_ImplOpenGL3_NewFrame();
    ImGui::NewFrame();
    draw();
    ImGui::Render();
    framebuffer_.bind();
    const auto channel = [this](int shift) { return static_cast<float>((clear >> shift) & 0xFFU) / 255.0F; };
    glDisable(GL_SCISSOR_TEST);
    glClearColor(channel(24), channel(16), channel(8), channel(0));
    glClear(GL_COLOR_BUFFER_BIT);
    ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
    gfx::Image image = framebuffer_.read();
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
