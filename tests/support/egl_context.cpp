#include "tests/support/egl_context.h"

#include "viz/gfx/context.h"

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <backends/imgui_impl_opengl3.h>
#include <imgui.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace convscope::test {

namespace {

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error("no OpenGL for this test: " + what + " (EGL error " + std::to_string(eglGetError()) +
                             "); needed: libegl1, libegl-mesa0, libgl1-mesa-dri");
}

void require(const Result<void>& result) {
    if (!result) throw std::runtime_error(result.error().message);
}

GLADapiproc load(const char* name) { return eglGetProcAddress(name); }

}  // namespace

EglContext::EglContext() {
    setenv("LIBGL_ALWAYS_SOFTWARE", "1", /*overwrite=*/1);  // the same pixels on every machine
    display_ = eglGetPlatformDisplay(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, nullptr);
    if (display_ == EGL_NO_DISPLAY || !eglInitialize(display_, nullptr, nullptr)) fail("no surfaceless EGL display");
    if (!eglBindAPI(EGL_OPENGL_API)) fail("EGL offers no desktop OpenGL");
    constexpr EGLint kAttributes[] = {
        EGL_CONTEXT_MAJOR_VERSION,           3,       EGL_CONTEXT_MINOR_VERSION, 3, EGL_CONTEXT_OPENGL_PROFILE_MASK,
        EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT, EGL_NONE};
    context_ = eglCreateContext(display_, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, kAttributes);
    if (context_ == EGL_NO_CONTEXT) fail("no OpenGL 3.3 core context");
    if (!eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, context_)) fail("the context cannot be made current");
    require(gfx::load_gl(&load));
    require(gfx::require_gl_33());
}

EglContext::~EglContext() {
    eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
    eglDestroyContext(display_, context_);
    eglTerminate(display_);
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
