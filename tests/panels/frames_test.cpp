// The one way to a frame: its time is the clock's that was handed in, and nothing else moves it.
#include "viz/app/offscreen_frames.h"

#include "tests/panels/stage.h"
#include "tests/support/canvas_backend.h"
#include "tests/support/catch.h"
#include "viz/app/shell.h"

#include <imgui.h>

#include <cmath>
#include <vector>

using namespace convscope;

namespace {

// A film of a session that trains an iteration a frame, with the scene open and the camera flying: all its pictures.
std::vector<std::vector<std::uint8_t>> film_of(int frames) {
    const test::EglContext egl;
    FilmClock clock(60.0);
    test::ScriptedSession session({.seed = 3}, clock);
    auto film = OffscreenFrames::create(session, clock, {640, 400}, test::make_test_backend).value();
    Shell shell;
    const Notices notices;
    std::vector<std::vector<std::uint8_t>> pictures;
    film->frames().settings.workspace = 5;
    session.begin();
    for (int i = 0; i < frames; ++i, clock.next()) {
        if (i == 4) film->frames().send(ui::Select{{.layer = LayerId{3}}});
        if (i == 5) film->frames().send(ui::FlyToSelection{});
        film->frame([&](FrameContext& context) { shell.draw(context, {.notices = notices}); });
        pictures.push_back(test::picture_of(film->target()).pixels);
        session.advance(1);
    }
    return pictures;
}

}  // namespace

TEST_CASE("the same session under the same clock gives the same film twice, to the pixel, and it moves") {
    const auto once = film_of(12);
    const auto again = film_of(12);
    for (std::size_t i = 0; i < once.size(); ++i) {
        const bool same = once[i] == again[i];
        INFO("frame " << i);
        CHECK(same);
        const bool moved = i < 7 || once[i] != once[i - 1];
        CHECK(moved);
    }
}

TEST_CASE(
    "frame n of a film at 60 per second is drawn n sixtieths of a second after the first, whatever drawing costs") {
    const test::EglContext egl;
    FilmClock clock(60.0);
    test::ScriptedSession session({}, clock);
    auto film = OffscreenFrames::create(session, clock, {64, 64}, test::make_test_backend).value();
    std::vector<double> times;
    double of_imgui = 0.0;
    for (int i = 0; i <= 600; ++i, clock.next())
        film->frame([&](FrameContext& context) {
            times.push_back(context.time_seconds);
            of_imgui = ImGui::GetTime();
        });
    CHECK(times[0] == 0.0);
    CHECK(times[60] == 1.0);
    CHECK(times[600] == 10.0);
    for (std::size_t i = 0; i < times.size(); ++i) CHECK(std::abs(times[i] - static_cast<double>(i) / 60.0) <= 0.5e-9);
    CHECK(std::abs(of_imgui - 601.0 / 60.0) < 1e-5);  // it counts the first frame as one of them
}

TEST_CASE("an animation advances by a film's time and not by the frames it is drawn in") {
    const auto flown = [](double frames_per_second, int frames) {
        const test::EglContext egl;
        FilmClock clock(frames_per_second);
        test::ScriptedSession session({.paused = true}, clock);
        auto film = OffscreenFrames::create(session, clock, {640, 400}, test::make_test_backend).value();
        const std::unique_ptr<Panel> scene = [] {
            for (const PanelKind& kind : panel_kinds())
                if (auto panel = kind.make(); panel->id() == "scene") return panel;
            return std::unique_ptr<Panel>();
        }();
        session.begin();
        const auto draw = [&] {
            film->frame([&](FrameContext& context) {
                ImGui::SetNextWindowSize(ImGui::GetIO().DisplaySize);
                ImGui::Begin("scene", nullptr, ImGuiWindowFlags_NoDecoration);
                scene->draw(context);
                ImGui::End();
            });
            clock.next();
        };
        draw();
        film->frames().lane.selection.select_layer(LayerId{3});
        film->frames().send(ui::FlyToSelection{});
        for (int i = 0; i < frames; ++i) draw();
        return film->frames().scene_view.navigator().pose();
    };
    const CameraPose slow = flown(60.0, 12);
    const CameraPose fast = flown(240.0, 48);
    CHECK(glm::length(slow.pivot - fast.pivot) < 1e-3F);
    CHECK(std::abs(slow.distance - fast.distance) < 1e-3F);
    CHECK(glm::length(flown(60.0, 6).pivot - slow.pivot) > 0.01F);  // still under way
}
