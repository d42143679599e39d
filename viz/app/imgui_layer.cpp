#include "viz/app/imgui_layer.h"

#include "viz/app/theme.h"

#include <backends/imgui_impl_glfw.h>
#include <backends/imgui_impl_opengl3.h>
#include <imgui.h>

namespace convscope {

ImGuiLayer::ImGuiLayer() {
    ImGui::CreateContext();
    // As other desktops have it; counted in frames' times, it must also do where a frame takes a tenth of a second.
    ImGui::GetIO().MouseDoubleClickTime = 0.5F;
    ImGui::GetIO().IniFilename = nullptr;  // workspaces are ours, settings too
    ImGui_ImplOpenGL3_Init("#version 330 core");
}

ImGuiLayer::ImGuiLayer(Window& window) : ImGuiLayer() {
    on_window_ = ImGui_ImplGlfw_InitForOpenGL(window.handle(), /*install_callbacks=*/true);
}

ImGuiLayer::~ImGuiLayer() {
    ImGui_ImplOpenGL3_Shutdown();
    if (on_window_) ImGui_ImplGlfw_Shutdown();
    ImGui::DestroyContext();
}

void ImGuiLayer::set_look(ThemeKind theme, float scale, const std::string& characters) {
    const bool first = scale_ == 0.0F;
    if (scale != scale_ || characters != characters_) {
        fonts_ = build_fonts(scale, characters);
        if (!first) {
            ImGui_ImplOpenGL3_DestroyFontsTexture();
            ImGui_ImplOpenGL3_CreateFontsTexture();
        }
    }
    if (first || scale != scale_ || theme != theme_) apply_theme(palette(theme), scale);
    scale_ = scale;
    characters_ = characters;
    theme_ = theme;
}

void ImGuiLayer::begin_frame(Extent extent) {
    ImGui_ImplOpenGL3_NewFrame();
    if (on_window_)
        ImGui_ImplGlfw_NewFrame();
    else
        ImGui::GetIO().DeltaTime = 1.0F / 60.0F;
    if (extent.width > 0) {
        ImGuiIO& io = ImGui::GetIO();
        io.DisplaySize = {static_cast<float>(extent.width), static_cast<float>(extent.height)};
        io.DisplayFramebufferScale = {1.0F, 1.0F};
    }
    ImGui::NewFrame();
}

void ImGuiLayer::end_frame() { ImGui::Render(); }

void ImGuiLayer::draw_frame() { ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData()); }

bool ImGuiLayer::wants_text() const { return ImGui::GetIO().WantTextInput; }

bool ImGuiLayer::wants_frames() const { return ImGui::IsAnyItemActive() && !wants_text(); }

}  // namespace convscope
