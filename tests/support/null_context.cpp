// What egl_context.h declares, on the device that draws nothing: for sanitized builds, whose reports are to be about
// our code and not about a driver's. A frame's picture is noise that begins with everything that ImGui was told to
// draw: two frames that are drawn alike are alike, two that are not differ, and one of nothing is black.
#include "tests/support/canvas_backend.h"
#include "tests/support/egl_context.h"
#include "tests/support/null_backend.h"
#include "tests/support/null_gl.h"

#include <cstddef>
#include <cstring>

namespace convscope::test {
EglContext::EglContext() { load_null_gl(); }

std::unique_ptr<ImGuiBackend> make_test_backend() { return make_null_backend(); }

gfx::Image picture_of(const gfx::Framebuffer& target) {
    gfx::Image image{target.width(), target.height(), {}};
    image.pixels.resize(static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * 4);
    std::uint64_t noise = fingerprint_of_last_frame();
    if (noise == 0) return image;
    for (std::size_t i = 0; i + sizeof noise <= image.pixels.size(); i += sizeof noise) {
        noise = noise * 6364136223846793005u + 1442695040888963407u;  // Knuth's MMIX
        std::memcpy(image.pixels.data() + i, &noise, sizeof noise);
    }
    return image;
}

}  // namespace convscope::test
