// What egl_context.h declares, on the device that draws nothing: for sanitized builds, whose reports are to be about
// our code and not about a driver's. A frame's picture is noise that begins with everything that ImGui was told to
// draw: two frames that are drawn alike are alike, two that are not differ, and one of nothing is black.
#include "tests/support/canvas_backend.h"
#include "tests/support/egl_context.h"
#include "tests/support/null_gl.h"

#include <imgui.h>

#include <cstddef>
#include <cstring>

namespace convscope::test {
namespace {

// FNV-1a (Fowler, Noll, Vo, 1991).
class Fingerprint {
public:
    void add(const void* data, std::size_t bytes) {
        const auto* byte = static_cast<const unsigned char*>(data);
        for (std::size_t i = 0; i < bytes; ++i) value_ = (value_ ^ byte[i]) * 0x100000001B3u;
    }
    std::uint64_t value() const { return value_; }

private:
    std::uint64_t value_ = 0xCBF29CE484222325u;
};

// As ImGui's backends do: callbacks are called in their place.
void draw_list(const ImDrawList& list, Fingerprint& drawn) {
    for (const ImDrawVert& vertex : list.VtxBuffer) drawn.add(&vertex, sizeof vertex);
    drawn.add(list.IdxBuffer.Data, static_cast<std::size_t>(list.IdxBuffer.Size) * sizeof(ImDrawIdx));
    for (const ImDrawCmd& command : list.CmdBuffer) {
        drawn.add(&command.ClipRect, sizeof command.ClipRect);
        if (command.UserCallback != nullptr && command.UserCallback != ImDrawCallback_ResetRenderState)
            command.UserCallback(&list, &command);
    }
}

}  // namespace

EglContext::EglContext() { load_null_gl(); }

void begin_backend() { ImGui::GetIO().BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset; }

void begin_backend_frame() {
    const ImGuiIO& io = ImGui::GetIO();
    if (io.Fonts->IsBuilt()) return;
    unsigned char* pixels = nullptr;
    int width = 0, height = 0;
    io.Fonts->GetTexDataAsRGBA32(&pixels, &width, &height);
}

gfx::Image draw_backend_frame(gfx::Framebuffer& target, std::uint32_t clear) {
    target.bind();
    Fingerprint drawn;
    drawn.add(&clear, sizeof clear);
    const ImDrawData& data = *ImGui::GetDrawData();
    for (int i = 0; i < data.CmdListsCount; ++i) draw_list(*data.CmdLists[i], drawn);
    glBindFramebuffer(GL_FRAMEBUFFER, 0);
    gfx::Image image{target.width(), target.height(), {}};
    image.pixels.resize(static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * 4);
    if (data.TotalVtxCount == 0) return image;
    std::uint64_t noise = drawn.value();
    for (std::size_t i = 0; i + sizeof noise <= image.pixels.size(); i += sizeof noise) {
        noise = noise * 6364136223846793005u + 1442695040888963407u;  // Knuth's MMIX
        std::memcpy(image.pixels.data() + i, &noise, sizeof noise);
    }
    return image;
}

void end_backend() {}

}  // namespace convscope::test
