#include "tests/support/null_backend.h"

#include <imgui.h>

#include <cstddef>

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

std::uint64_t drawn_last = 0;

class NullBackend final : public ImGuiBackend {
public:
    NullBackend() { ImGui::GetIO().BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset; }
    void begin_frame() override { build_fonts_atlas(); }
    void fonts_changed() override {}
    void draw() override {
        Fingerprint drawn;
        const ImDrawData& data = *ImGui::GetDrawData();
        for (int i = 0; i < data.CmdListsCount; ++i) draw_list(*data.CmdLists[i], drawn);
        drawn_last = data.TotalVtxCount == 0 ? 0 : drawn.value();
    }

private:
    // As a backend does that uploads it.
    static void build_fonts_atlas() {
        const ImGuiIO& io = ImGui::GetIO();
        if (io.Fonts->IsBuilt()) return;
        unsigned char* pixels = nullptr;
        int width = 0, height = 0;
        io.Fonts->GetTexDataAsRGBA32(&pixels, &width, &height);
    }
};

}  // namespace

std::unique_ptr<ImGuiBackend> make_null_backend() { return std::make_unique<NullBackend>(); }

std::uint64_t fingerprint_of_last_frame() { return drawn_last; }

}  // namespace convscope::test
