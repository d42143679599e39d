// What tests draw ImGui with: egl_context.cpp's or null_context.cpp's, whichever is linked.
#pragma once

#include "viz/app/imgui_layer.h"
#include "viz/gfx/framebuffer.h"

#include <memory>

namespace convscope::test {

std::unique_ptr<ImGuiBackend> make_test_backend();

// Of what was drawn last, into this.
gfx::Image picture_of(const gfx::Framebuffer& target);

}  // namespace convscope::test
