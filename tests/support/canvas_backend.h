// What ImGuiCanvas draws with: egl_context.cpp or null_context.cpp, whichever is linked.
#pragma once

#include "viz/gfx/framebuffer.h"

#include <cstdint>

namespace convscope::test {

// With ImGui's context current; begin once, then the others in turn for each frame.
void begin_backend();
void begin_backend_frame();
// What ImGui has rendered, over a ground of `clear` (0xRRGGBBAA).
gfx::Image draw_backend_frame(gfx::Framebuffer& target, std::uint32_t clear);
void end_backend();

}  // namespace convscope::test
