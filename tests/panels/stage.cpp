#include "tests/panels/stage.h"

#include "tests/support/allocation_count.h"
#include "tests/support/catch.h"
#include "viz/app/theme.h"
#include "viz/widgets/style.h"

#include <imgui.h>

namespace convscope::test {

Stage::Stage(ScriptedOptions options, int width, int height)
    : session(options),
      canvas_(width, height),
      shaders_(gfx::ShaderLibrary::for_this_build()),
      tiles_(TileRenderer::create(shaders_).value()),
      scene_(SceneRenderer::create(shaders_, 4).value()),
      fonts_(build_fonts(1.0F)),
      engine_(session, clock_),
      controller_(engine_, selection, settings, scene_view),
      width_(static_cast<float>(width)),
      height_(static_cast<float>(height)),
      draw_([](FrameContext&) {}) {}

Stage::Stage(std::string_view panel, int width, int height, ScriptedOptions options) : Stage(options, width, height) {
    show_panel(panel);
}

void Stage::show_panel(std::string_view id) {
    for (const PanelKind& kind : panel_kinds())
        if (auto candidate = kind.make(); candidate->id() == id) panel_ = std::move(candidate);
    REQUIRE(panel_);
    show([this, panel = panel_.get()](FrameContext& context) {
        ImGui::SetNextWindowPos({0.0F, 0.0F});
        ImGui::SetNextWindowSize({width_, height_});
        const bool bare = panel->is_backdrop();
        if (bare) {
            ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0.0F, 0.0F));
            ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0.0F);
            ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, 0.0F);
        }
        ImGui::Begin("panel", nullptr,
                     ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoNav | ImGuiWindowFlags_NoMove |
                         ImGuiWindowFlags_NoBringToFrontOnFocus);
        if (bare) ImGui::PopStyleVar(3);
        const Anchors::Scope scope(context.anchors, panel->id());
        panel->draw(context);
        ImGui::End();
    });
}

gfx::Image Stage::frame() {
    const Palette& colors = palette(settings.theme);
    apply_theme(colors, 1.0F);
    canvas_.clear = colors.background;
    engine_.begin_frame();
    if (snapshot_age && engine_.snapshot())
        clock_.stopped = engine_.snapshot()->published +
                         std::chrono::duration_cast<TimePoint::duration>(std::chrono::duration<double>(*snapshot_age));
    time_ += frame_seconds;
    controller_.keep_selection_valid();
    tiles_->begin_frame();
    anchors_.begin_frame();
    gfx::Image image = canvas_.frame([&] {
        FrameContext context{.engine = engine_,
                             .selection = selection,
                             .settings = settings,
                             .ui = ui_,
                             .scene_view = scene_view,
                             .colors = colors,
                             .fonts = fonts_,
                             .tiles = *tiles_,
                             .anchors = anchors_,
                             .time_seconds = time_,
                             .scale = 1.0F,
                             .frame_milliseconds_median = 1.0,
                             .frame_milliseconds_p99 = 2.0,
                             .frames_per_second = 60.0,
                             .scene = {.renderer = scene_.get(), .double_click = double_click, .keys = keys},
                             .recipes = recipes,
                             .fetcher = fetcher};
        if (log_) ImGui::LogToClipboard();
        const std::int64_t before = allocations_of_this_thread();
        draw_(context);
        apply_commands();
        allocations_ = allocations_of_this_thread() - before;
        unfinished_ = context.unfinished;
    });
    double_click = false;
    tiles_->end_frame();
    watched_ = engine_.watch();
    engine_.end_frame();
    CHECK(glGetError() == GL_NO_ERROR);
    if (engine_.snapshot() && engine_.snapshot()->run_info) session.apply();
    return image;
}

void Stage::send(UiCommand command) {
    ui_.send(std::move(command));
    apply_commands();
}

void Stage::apply_commands() {
    ui_.apply([this](const UiCommand& command) { controller_.apply(command); });
}

gfx::Image Stage::frames(int count) {
    gfx::Image image;
    for (int i = 0; i < count; ++i) image = frame();
    return image;
}

void Stage::point(float x, float y) {
    canvas_.move_mouse(x, y);
    frames(2);  // ImGui learns in one frame what the mouse points at in the next
}

void Stage::click(float x, float y) {
    point(x, y);
    canvas_.press_mouse(true);
    frame();
    canvas_.press_mouse(false);
    frames(2);
}

bool Stage::shows(std::string_view anchor) const { return anchors_.find(anchor).has_value(); }

AnchorRect Stage::anchor(std::string_view name) const {
    const auto found = anchors_.find(name);
    std::string known;
    for (std::size_t i = 0; i < anchors_.size(); ++i) known.append(anchors_.name(i)) += ' ';
    INFO("there is no " << name << " among " << known);
    REQUIRE(found);
    return *found;
}

void Stage::point(std::string_view name, float across, float down) {
    const AnchorRect rect = anchor(name);
    point(rect.left + across * (rect.right - rect.left), rect.top + down * (rect.bottom - rect.top));
}

void Stage::click(std::string_view name, float across, float down) {
    const AnchorRect rect = anchor(name);
    click(rect.left + across * (rect.right - rect.left), rect.top + down * (rect.bottom - rect.top));
}

void Stage::press(bool down) { canvas_.press_mouse(down); }

void Stage::wheel(float notches) {
    canvas_.turn_wheel(notches);
    frame();
}

gfx::Image Stage::settle() {
    frame_seconds = 0.1;
    frames(4);  // what is watched has arrived, and ImGui knows its sizes
    for (int i = 0; unfinished_; ++i) {
        REQUIRE(i < 200);
        frame();
    }
    return frames(2);
}

std::string Stage::written() {
    ImGui::SetClipboardText("");
    log_ = true;
    frame();
    log_ = false;
    return ImGui::GetClipboardText();
}

void Stage::type(const char* text) {
    ImGui::GetIO().AddInputCharactersUTF8(text);
    frame();
}

}  // namespace convscope::test
