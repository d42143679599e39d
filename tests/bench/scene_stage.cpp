#include "tests/bench/scene_stage.h"

#include "viz/widgets/style.h"

#include <imgui.h>

#include <ctime>

#include <cmath>
#include <numbers>

namespace convscope::bench {
namespace {

const ImVec2 kWindow{1440.0F, 900.0F};
constexpr int kSamples = 4;
constexpr double kTurnSeconds = 4.0;
const ImVec2 kTurnPixels{40.0F, 12.0F};  // each way: fronts stay in sight, or half of the values would not be drawn

// Of the calling thread, which a machine that others use too does not slow down by much.
double cpu_milliseconds() {
    std::timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return 1e3 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
}

}  // namespace

SceneStage::SceneStage(Session& session) : engine_(session, clock_) {
    test::load_null_gl();
    shaders_ = std::make_unique<gfx::ShaderLibrary>(gfx::ShaderLibrary::for_this_build());
    tiles_ = TileRenderer::create(*shaders_).value();
    scene_ = SceneRenderer::create(*shaders_, kSamples).value();
    context_ = ImGui::CreateContext();
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.DisplaySize = kWindow;
    io.DeltaTime = 1.0F / 60.0F;
    fonts_ = build_fonts(1.0F);
    unsigned char* pixels = nullptr;
    int width = 0;
    int height = 0;
    io.Fonts->GetTexDataAsRGBA32(&pixels, &width, &height);  // builds it, which a backend would do
}

SceneStage::~SceneStage() { ImGui::DestroyContext(context_); }

void SceneStage::focus(LayerId layer) {
    selection_.select_layer(layer);
    focus_ = true;
}

StagedFrame SceneStage::draw(double time_seconds) {
    const auto turn = static_cast<float>(2.0 * std::numbers::pi * time_seconds / kTurnSeconds);
    ImGuiIO& io = ImGui::GetIO();
    io.MousePos = {0.5F * kWindow.x + kTurnPixels.x * std::sin(turn),
                   0.5F * kWindow.y + kTurnPixels.y * std::cos(turn)};
    io.MouseDown[0] = held_;

    const test::NullGlCounters before = test::null_gl_counters();
    const double begin = cpu_milliseconds();
    engine_.begin_frame();
    tiles_->begin_frame();
    anchors_.begin_frame();
    ImGui::NewFrame();
    const Palette& colors = palette(settings_.theme);
    FrameContext context{.engine = engine_,
                         .selection = selection_,
                         .settings = settings_,
                         .ui = ui_,
                         .scene_view = view_,
                         .colors = colors,
                         .fonts = fonts_,
                         .tiles = *tiles_,
                         .anchors = anchors_,
                         .time_seconds = time_seconds,
                         .scale = 1.0F,
                         .frame_milliseconds_median = 0.0,
                         .frame_milliseconds_p99 = 0.0,
                         .frames_per_second = 60.0};
    context.scene.renderer = scene_.get();
    ImGui::SetNextWindowPos({0.0F, 0.0F});
    ImGui::SetNextWindowSize(kWindow);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0.0F, 0.0F));
    ImGui::Begin("scene", nullptr, ImGuiWindowFlags_NoDecoration);
    ImGui::PopStyleVar();
    panel_.draw(context);
    if (std::exchange(focus_, false)) view_.focus(selection_);
    ImGui::End();
    ImGui::Render();
    tiles_->end_frame();
    engine_.end_frame();
    const double end = cpu_milliseconds();
    const test::NullGlCounters after = test::null_gl_counters();
    return {end - begin, after.draw_calls - before.draw_calls, after.uploaded_bytes - before.uploaded_bytes,
            context.unfinished};
}

}  // namespace convscope::bench
