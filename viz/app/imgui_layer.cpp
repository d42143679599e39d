#include "viz/app/imgui_layer.h"

#include "viz/app/theme.h"
#include "viz/app/window.h"
#include "viz/gfx/context.h"
#include "viz/widgets/style.h"

#include <GLFW/glfw3.h>
#include <backends/imgui_impl_glfw.h>
#include <backends/imgui_impl_opengl3.h>
#include <imgui.h>

#include <algorithm>

namespace convscope {
namespace {

constexpr double kLeastSeconds = 1e-6;  // ImGui wants time to pass

class OffscreenBackend : public ImGuiBackend {
public:
    OffscreenBackend() { ImGui_ImplOpenGL3_Init("#version 330 core"); }
    ~OffscreenBackend() override { ImGui_ImplOpenGL3_Shutdown(); }
    OffscreenBackend(const OffscreenBackend&) = delete;
    OffscreenBackend& operator=(const OffscreenBackend&) = delete;

    void begin_frame() override { ImGui_ImplOpenGL3_NewFrame(); }
    void fonts_changed() override {
        ImGui_ImplOpenGL3_DestroyFontsTexture();
        ImGui_ImplOpenGL3_CreateFontsTexture();
    }
    void draw() override { ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData()); }
};

class WindowBackend final : public OffscreenBackend {
public:
    explicit WindowBackend(Window& window)
        : window_(window), on_window_(ImGui_ImplGlfw_InitForOpenGL(window.handle(), /*install_callbacks=*/true)) {}
    ~WindowBackend() override {
        if (on_window_) ImGui_ImplGlfw_Shutdown();
    }
    WindowBackend(const WindowBackend&) = delete;
    WindowBackend& operator=(const WindowBackend&) = delete;

    void begin_frame() override {
        OffscreenBackend::begin_frame();
        ImGui_ImplGlfw_NewFrame();
#if IMGUI_VERSION_NUM < 18700  // Debian 12's; later ones see every press in its turn
        window_.taps().begin_frame([this](int key) { return glfwGetKey(window_.handle(), key) == GLFW_PRESS; },
                                   [](int key, bool held) { ImGui::GetIO().KeysDown[key] = held; });
#endif
    }

private:
    [[maybe_unused]] Window& window_;
    bool on_window_;
};

}  // namespace

std::unique_ptr<ImGuiBackend> make_offscreen_backend() { return std::make_unique<OffscreenBackend>(); }

std::unique_ptr<ImGuiBackend> make_window_backend(Window& window) { return std::make_unique<WindowBackend>(window); }

ImGuiLayer::ImGuiLayer(const MakeImGuiBackend& make_backend) {
    ImGui::CreateContext();
    // As other desktops have it; counted in frames' times, it must also do where a frame takes a tenth of a second.
    ImGui::GetIO().MouseDoubleClickTime = 0.5F;
    ImGui::GetIO().IniFilename = nullptr;  // workspaces are ours, settings too
    backend_ = make_backend();
}

ImGuiLayer::~ImGuiLayer() {
    backend_.reset();
    ImGui::DestroyContext();
}

void ImGuiLayer::set_look(ThemeKind theme, float scale, const std::string& characters) {
    const bool first = scale_ == 0.0F;
    if (scale != scale_ || characters != characters_) {
        fonts_ = build_fonts(scale, characters);
        if (!first) backend_->fonts_changed();
    }
    if (first || scale != scale_ || theme != theme_) apply_theme(palette(theme), scale);
    scale_ = scale;
    characters_ = characters;
    theme_ = theme;
}

void ImGuiLayer::begin_frame(double seconds, Extent size, float density) {
    backend_->begin_frame();
    ImGuiIO& io = ImGui::GetIO();
    io.DeltaTime = static_cast<float>(std::max(seconds, kLeastSeconds));
    if (size.width > 0) {
        io.DisplaySize = {static_cast<float>(size.width) / density, static_cast<float>(size.height) / density};
        io.DisplayFramebufferScale = {density, density};
    }
    ImGui::NewFrame();
}

void ImGuiLayer::end_frame() { ImGui::Render(); }

void ImGuiLayer::draw_frame(Rgba ground) {
    const ImVec4 color = imgui_vector(ground);
    glDisable(GL_SCISSOR_TEST);
    glClearColor(color.x, color.y, color.z, color.w);
    glClear(GL_COLOR_BUFFER_BIT);
    backend_->draw();
}

bool ImGuiLayer::wants_text() const { return ImGui::GetIO().WantTextInput; }

bool ImGuiLayer::wants_frames() const { return ImGui::IsAnyItemActive() && !wants_text(); }

}  // namespace convscope
