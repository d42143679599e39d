#include "tests/support/egl_context.h"

#include "tests/support/canvas_backend.h"
#include "tests/support/catch.h"
#include "viz/gfx/messages.h"

#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace convscope::test {

EglContext::EglContext() {
    setenv("LIBGL_ALWAYS_SOFTWARE", "1", /*overwrite=*/1);  // the same pixels on every machine
    auto made = gfx::HeadlessContext::create(/*for_debugging=*/true);
    if (!made) throw std::runtime_error(made.error().message);
    context_ = std::move(made).value();
    // In the midst of the call that is wrong: a debugger stops there too.
    gfx::on_message([](const gfx::Message& message) {
        if (message.serious) FAIL_CHECK("OpenGL: " << message.text);
    });
}

std::unique_ptr<ImGuiBackend> make_test_backend() { return make_offscreen_backend(); }

gfx::Image picture_of(const gfx::Framebuffer& target) { return target.read(); }

}  // namespace convscope::test
