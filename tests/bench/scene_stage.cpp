#include "tests/bench/scene_stage.h"

#include "tests/support/null_gl.h"

#include <imgui.h>

#include <ctime>

#include <cmath>
#include <numbers>

namespace convscope::bench {
namespace {

constexpr Extent kWindow{1440, 900};
constexpr double kTurnSeconds = 4.0;
const ImVec2 kTurnPixels{40.0F, 12.0F};  // each way: fronts stay in sight, or half of the values would not be drawn

// Of the calling thread, which a machine that others use too does not slow down by much.
double cpu_milliseconds() {
    std::timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return 1e3 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
}

// Handing ImGui's triangles on is nobody's work here.
class NothingDrawn final : public ImGuiBackend {
public:
    void begin_frame() override {
        const ImGuiIO& io = ImGui::GetIO();
        if (io.Fonts->IsBuilt()) return;
        unsigned char* pixels = nullptr;
        int width = 0;
        int height = 0;
        io.Fonts->GetTexDataAsRGBA32(&pixels, &width, &height);
    }
    void fonts_changed() override {}
    void draw() override {}
};

}  // namespace

SceneStage::SceneStage(Session& session, const Clock& clock) : clock_(clock), begin_(clock.now()) {
    test::load_null_gl();
    film_ = OffscreenFrames::create(session, clock, kWindow, std::make_unique<NothingDrawn>).value();
}

void SceneStage::focus(LayerId layer) {
    lane().selection.select_layer(layer);
    film_->frames().send(ui::FlyToSelection{});
}

StagedFrame SceneStage::draw() {
    const auto turn = static_cast<float>(2.0 * std::numbers::pi * seconds_between(begin_, clock_.now()) / kTurnSeconds);
    ImGuiIO& io = ImGui::GetIO();
    io.MousePos = {0.5F * static_cast<float>(kWindow.width) + kTurnPixels.x * std::sin(turn),
                   0.5F * static_cast<float>(kWindow.height) + kTurnPixels.y * std::cos(turn)};
    io.MouseDown[0] = held_;

    const test::NullGlCounters before = test::null_gl_counters();
    const double begin = cpu_milliseconds();
    const FrameOutcome outcome = film_->frame([this](FrameContext& context) {
        ImGui::SetNextWindowPos({0.0F, 0.0F});
        ImGui::SetNextWindowSize(ImGui::GetIO().DisplaySize);
        ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0.0F, 0.0F));
        ImGui::Begin("scene", nullptr, ImGuiWindowFlags_NoDecoration);
        ImGui::PopStyleVar();
        panel_.draw(context);
        ImGui::End();
        watched_ = context.watch;
    });
    const double end = cpu_milliseconds();
    const test::NullGlCounters after = test::null_gl_counters();
    return {end - begin, after.draw_calls - before.draw_calls, after.uploaded_bytes - before.uploaded_bytes,
            outcome.unfinished};
}

}  // namespace convscope::bench
