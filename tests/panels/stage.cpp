#include "tests/panels/stage.h"

#include "engine/host/picture_tools.h"
#include "tests/support/allocation_count.h"
#include "tests/support/canvas_backend.h"
#include "tests/support/catch.h"

#include <imgui.h>

#include <chrono>
#include <utility>

namespace convscope::test {

Stage::Stage(ScriptedOptions options, int width, int height)
    : session(options, clock),
      film(OffscreenFrames::create(session, clock, {width, height}, make_test_backend).value()),
      lane(film->frames().lane),
      settings(film->frames().settings),
      selection(lane.selection),
      width_(static_cast<float>(width)),
      height_(static_cast<float>(height)),
      draw_([](FrameContext&) {}) {
    film->frames().controller.own_pictures().set_up(picture_tools(), Errands::Where::AtOnce);
    clock.advance(std::chrono::seconds(1));
}

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
    clock.advance(std::chrono::duration<double>(frame_seconds));
    FrameSpec& spec = film->spec;
    spec.double_click = std::exchange(double_click, false);
    spec.keys = keys;
    spec.errands = Errands::Where::AtOnce;
    spec.costs = {.milliseconds_median = 1.0, .milliseconds_p99 = 2.0, .frames_per_second = 60.0};
    spec.recipes = recipes;
    spec.fetcher = fetcher;
    const FrameOutcome outcome = film->frame([this](FrameContext& context) {
        if (log_) ImGui::LogToClipboard();
        const std::int64_t before = allocations_of_this_thread();
        draw_(context);
        allocations_ = allocations_of_this_thread() - before;
        watched_ = context.watch;
    });
    unfinished_ = outcome.unfinished;
    gfx::Image image = picture_of(film->target());
    CHECK(glGetError() == GL_NO_ERROR);
    if (snapshot() && snapshot()->run_info) session.apply();
    return image;
}

void Stage::send(UiCommand command) { film->frames().send(std::move(command)); }

gfx::Image Stage::frames(int count) {
    gfx::Image image;
    for (int i = 0; i < count; ++i) image = frame();
    return image;
}

void Stage::point(float x, float y) {
    mouse_.move_mouse(x, y);
    frames(2);  // ImGui learns in one frame what the mouse points at in the next
}

void Stage::click(float x, float y) {
    point(x, y);
    mouse_.press_mouse(true);
    frame();
    mouse_.press_mouse(false);
    frames(2);
}

bool Stage::shows(std::string_view anchor) const { return film->frames().anchors().find(anchor).has_value(); }

AnchorRect Stage::anchor(std::string_view name) const {
    const Anchors& anchors = film->frames().anchors();
    const auto found = anchors.find(name);
    std::string known;
    for (std::size_t i = 0; i < anchors.size(); ++i) known.append(anchors.name(i)) += ' ';
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

void Stage::click_right(std::string_view name, float across, float down) {
    point(name, across, down);
    mouse_.press_mouse(true, 1);
    frame();
    mouse_.press_mouse(false, 1);
    frames(3);
}

void Stage::hold(bool down, int button) { mouse_.press_mouse(down, button); }

void Stage::wheel(float notches) {
    mouse_.turn_wheel(notches);
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
