#include "tests/support/egl_context.h"

#include "tests/support/canvas_backend.h"

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

void begin_backend() { ImGui_ImplOpenGL3_Init("#version 330 core"); }

void begin_backend_frame() { ImGui_ImplOpenGL3_NewFrame(); }

gfx::Image draw_backend_frame(gfx::Framebuffer& target, std::uint32_t clear) {
    target.bind();
    const auto channel = [clear](int shift) { return static_cast<float>((clear >> shift) & 0xFFU) / 255.0F; };
    glDisable(GL_SCISSOR_TEST);
    glClearColor(channel(24), channel(16), channel(8), channel(0));
    glClear(GL_COLOR_BUFFER_BIT);
    ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
    gfx::Image image = target.read();
    glBindFramebuffer(GL_FRAMEBUFFER, 0);
    return image;
}

void end_backend() { ImGui_ImplOpenGL3_Shutdown(); }

}  // namespace convscope::test
