// The scene as a panel: what it watches, and that it draws whatever happens, what is true.
#include "viz/panels/scene_panel.h"

#include "tests/panels/scene_stage.h"
#include "tests/scene/captured_network.h"
#include "tests/support/catch.h"
#include "viz/scene/connections.h"
#include "viz/scene/loupe.h"
#include "viz/scene/scene_places.h"
#include "viz/widgets/format.h"

#include <imgui.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

using namespace convscope;
using namespace convscope::test;

namespace {

// A network that is there, and nothing of it captured.
class OtherSession final : public Session {
public:
    CommandId post(Command) override { return {1}; }
    std::shared_ptr<const Snapshot> latest() override { return snapshot; }
    void drain_metrics(std::vector<IterationMetrics>&) override {}
    void drain_events(std::vector<Event>&) override {}

    void show(NetworkDescription network) {
        auto info = std::make_shared<RunInfo>();
        info->run = RunId{++run};
        info->network = std::move(network);
        auto next = std::make_shared<Snapshot>();
        next->sequence = run;
        next->state = SessionState::Paused;
        next->run_info = info;
        snapshot = next;
    }

    std::uint64_t run = 100;
    std::shared_ptr<const Snapshot> snapshot;
};

// Looks at the classes' bars from the front, of a network that is sure of itself.
struct BarsStage : SceneStage {
    BarsStage() {
        session.advance(1500);
        select(kInputLayer);
        Box box = layout.classes.box();
        box.add(layout.classes.at(layout.classes.width() + 1.2F + layout.bar_length, 0.0F));
        fly_to(fit({.yaw = 1.57F, .pitch = 0.05F}, box, 1.6F, 0.1F));
        pose_ = goal();
    }

    // Whether a class's bar, at this length, is painted in the accent's colour.
    bool is_accent(const gfx::Image& image, std::size_t unit, float length) {
        const SceneSurface& classes = layout.classes;
        Vec3 point = classes.at(classes.width() + 1.2F + length, 0.0F) + 0.5F * classes.front();
        point.y = classes.cell_center({0, 0, static_cast<std::int64_t>(unit)}).y;
        const auto place = Camera(pose_, {kWidth, kHeight}, layout.box).project(point);
        const std::uint8_t* p = image.at(static_cast<int>(place->x), static_cast<int>(place->y));
        const Rgba accent = palette(settings.theme).accent;
        const Vec3 wanted{static_cast<float>(accent >> 24), static_cast<float>(accent >> 16 & 0xFFU),
                          static_cast<float>(accent >> 8 & 0xFFU)};
        return glm::dot(glm::normalize(Vec3{p[0], p[1], p[2]}), glm::normalize(wanted)) > 0.999F;
    }

private:
    CameraPose pose_;
};

}  // namespace

TEST_CASE("the scene watches the walls in view with the weights between them, and what explains the passes") {
    SceneStage stage;
    const WatchSet& watch = stage.watched();
    CHECK(watch.probe);
    CHECK(watch.phases);
    CHECK(watches(watch, {TensorKind::Input, kInputLayer}));
    for (const std::int32_t layer : {0, 1, 2, 3, 4, 6, 7, 8})
        CHECK(watches(watch, {TensorKind::Activation, LayerId{layer}}));
    CHECK(watches(watch, {TensorKind::Weight, kConv2}));
    CHECK_FALSE(watches(watch, {TensorKind::Activation, LayerId{5}}));  // flatten has no wall of its own
    CHECK_FALSE(watches(watch, {TensorKind::PassActivation, kConv1}));  // flat out nobody can follow a pass
}

TEST_CASE("what is not in view of the scene is not watched") {
    SceneStage stage;
    CameraPose away = stage.goal();
    away.pivot.x = -500.0F;  // before the network, looking away from it
    away.yaw = -1.5F;
    away.pitch = 0.1F;
    away.distance = 10.0F;
    stage.fly_to(away);
    CHECK(stage.watched().tensors.empty());
    CHECK(stage.watched().probe);

    stage.select(kOutput);
    stage.focus();
    CHECK(watches(stage.watched(), {TensorKind::Activation, kOutput}));
    CHECK_FALSE(watches(stage.watched(), {TensorKind::Input, kInputLayer}));
    CHECK_FALSE(watches(stage.watched(), {TensorKind::Activation, kConv1}));
}

TEST_CASE("where a pass can be followed, all that it shows is watched beforehand") {
    SceneStage paused({.paused = true});
    for (const TensorKind kind :
         {TensorKind::PassActivation, TensorKind::PassGradient, TensorKind::WeightGradient, TensorKind::WeightUpdate})
        CHECK(watches(paused.watched(), {kind, kConv2}));
    CHECK(watches(paused.watched(), {TensorKind::PassActivation, kInputLayer}));
    CHECK_FALSE(watches(paused.watched(), {TensorKind::PassGradient, kInputLayer}));
}

TEST_CASE("every phase of a pass looks different in the scene, at its beginning and at its end", "[pixels]") {
    SceneStage stage({.paused = true});
    stage.settle();
    std::vector<std::vector<std::uint8_t>> pictures{stage.frame().pixels};
    for (const Phase phase : {Phase::Batch, Phase::Forward, Phase::Loss, Phase::Backward, Phase::Update}) {
        stage.session.show_phase(phase, 1.0);
        for (const double age : {0.01, 0.6}) {
            if (age > 0.5 && phase != Phase::Forward && phase != Phase::Backward) continue;
            stage.frame_seconds = age;
            stage.frames(3);
            pictures.push_back(stage.frame().pixels);
            CHECK(stage.watched().phases);
        }
    }
    for (std::size_t i = 0; i < pictures.size(); ++i)
        for (std::size_t k = 0; k < i; ++k) {
            const bool alike = pictures[i] == pictures[k];
            INFO("pictures " << k << " and " << i);
            CHECK_FALSE(alike);
        }
}

TEST_CASE("values that are no numbers are hatched in the scene, and nothing else is", "[pixels]") {
    SceneStage stage;
    stage.select(kConv1);
    stage.focus();
    const Rgba hatch = palette(stage.settings.theme).no_data;
    const auto hatched = [&](const gfx::Image& image) {
        int count = 0;
        for (std::size_t i = 0; i < image.pixels.size(); i += 4)
            count += image.pixels[i] == hatch >> 24 && image.pixels[i + 1] == (hatch >> 16 & 0xFFU) &&
                     image.pixels[i + 2] == (hatch >> 8 & 0xFFU);
        return count;
    };
    const int before = hatched(stage.frame());
    stage.session.poison(true);
    CHECK(hatched(stage.settle()) > before + 5000);
    stage.select(kConv1, 2, 3, 4);  // with its loupe and its connections
    stage.focus();
    stage.select(kOutput, 2, 0, 0);
    stage.focus();
}

TEST_CASE("the scene draws in a place of any size, with a window of none") {
    Stage stage(ScriptedOptions{}, 400, 300);
    stage.session.begin();
    stage.session.advance(5);
    stage.selection.channel = 1;
    stage.selection.row = stage.selection.column = 2;
    ScenePanel panel;
    std::vector<std::uint8_t> first;
    for (const ImVec2 size : {ImVec2{400.0F, 300.0F}, ImVec2{1.0F, 1.0F}, ImVec2{0.0F, 0.0F}, ImVec2{400.0F, 2.0F},
                              ImVec2{2.0F, 300.0F}, ImVec2{60.0F, 40.0F}, ImVec2{400.0F, 300.0F}}) {
        stage.show([&panel, size](FrameContext& context) {
            ImGui::SetNextWindowPos({0.0F, 0.0F});
            ImGui::SetNextWindowSize({400.0F, 300.0F});
            ImGui::Begin("around", nullptr, ImGuiWindowFlags_NoDecoration);
            ImGui::BeginChild("scene", {std::max(size.x, 0.01F), std::max(size.y, 0.01F)});
            panel.draw(context);
            ImGui::EndChild();
            ImGui::End();
        });
        const gfx::Image image = stage.frames(8);  // what was not watched in between has to arrive again
        if (first.empty()) first = image.pixels;
    }
    const bool as_before = stage.frame().pixels == first;
    CHECK(as_before);
}

TEST_CASE("without OpenGL's renderer the scene says so, before the first snapshot what is missing") {
    Stage stage("scene", 400, 300);
    CHECK(stage.written() != "");
    ScenePanel panel;
    stage.session.begin();
    stage.show([&](FrameContext& context) {
        context.scene.renderer = nullptr;
        ImGui::Begin("around");
        panel.draw(context);
        ImGui::End();
    });
    stage.frames(2);
    CHECK_THAT(stage.written(), contains_text("no scene without OpenGL"));
}

TEST_CASE("another network while the camera flies is shown whole, and a selection that it has not is given up") {
    Stage stage(ScriptedOptions{}, kWidth, kHeight);
    stage.session.begin();
    stage.frame_seconds = 0.05;
    OtherSession session;
    session.show(test::wide_cnn_description());
    Lane lane(session, stage.clock);
    ScenePanel panel;
    SceneView view;
    UiStream ui;
    bool unfinished = false;
    stage.show([&](FrameContext& context) {
        lane.begin_frame();
        lane.selection = context.lane.selection;
        lane.selection.fit_into(lane.shown()->run_info->network.layers.size());
        FrameContext other{.lane = lane,
                           .watch = lane.watch(),
                           .settings = context.settings,
                           .ui = ui,
                           .scene_view = view,
                           .colors = context.colors,
                           .fonts = context.fonts,
                           .tiles = context.tiles,
                           .anchors = context.anchors,
                           .time_seconds = context.time_seconds,
                           .scale = 1.0F,
                           .scene = context.scene};
        ImGui::SetNextWindowSize({kWidth, kHeight});
        ImGui::Begin("around", nullptr, ImGuiWindowFlags_NoDecoration);
        panel.draw(other);
        ImGui::End();
        unfinished = other.unfinished;
        lane.end_frame();
    });
    stage.frames(2);
    const std::vector<test::CapturedNetwork> others{{{1, 12, 12}, {test::layer("conv", LayerKind::Conv2d, 3, 3)}},
                                                    {{3, 9, 9}, {test::layer("pool", LayerKind::MaxPool2d, 0, 3, 3)}},
                                                    {{1, 1, 1}, {}}};
    for (const test::CapturedNetwork& other : others) {
        stage.selection.select_layer(kOutput);
        stage.selection.select_channel(400);
        stage.selection.row = stage.selection.column = 500;
        view.focus(stage.selection);
        stage.frames(3);
        CHECK(unfinished);
        session.show(other.network);
        stage.frame();
        CHECK_FALSE(unfinished);  // there at once, not flown to from another network's view
        CHECK(lane.selection.layer.index < static_cast<std::int32_t>(other.network.layers.size()));
        stage.frames(3);
        session.show(test::wide_cnn_description());
        stage.frames(2);
    }
}

TEST_CASE("a new run of the same network is seen from where the camera was") {
    SceneStage stage;
    stage.select(kConv2);
    stage.focus();
    const CameraPose before = stage.goal();
    stage.session.post(command::Reset{7, {}});
    stage.settle();
    REQUIRE(stage.snapshot()->iteration == 0);
    CHECK(same_pose(stage.goal(), before));
}

TEST_CASE("a class's probability is a bar of that length in the scene, the likeliest in the accent's colour",
          "[pixels]") {
    BarsStage stage;
    const gfx::Image image = stage.settle();
    const ProbeState& probe = stage.snapshot()->seen.probe;
    const auto best = static_cast<std::size_t>(probe.predicted());
    REQUIRE(probe.probabilities[best] > 0.6F);
    const float length = stage.layout.bar_length * probe.probabilities[best];
    CHECK(stage.is_accent(image, best, 0.5F * length));
    CHECK(stage.is_accent(image, best, length - 0.3F));
    CHECK_FALSE(stage.is_accent(image, best, length + 0.3F));
    for (std::size_t i = 0; i < probe.probabilities.size(); ++i)
        if (i != best) CHECK_FALSE(stage.is_accent(image, i, 0.5F * length));
}

TEST_CASE("during a pass the scene's bars are those of its own sample, from when the wave has come to them",
          "[pixels]") {
    BarsStage stage;
    const auto at = [&](Phase phase, double age) {
        stage.session.show_phase(phase, 1.0);
        stage.frame_seconds = age;
        stage.frames(3);
        return stage.frame();
    };
    const auto any_bar = [&](const gfx::Image& image) {
        for (std::size_t i = 0; i < 10; ++i)
            if (stage.is_accent(image, i, 0.3F)) return true;
        return false;
    };
    CHECK_FALSE(any_bar(at(Phase::Batch, 0.1)));
    CHECK_FALSE(any_bar(at(Phase::Forward, 0.1)));
    CHECK(any_bar(at(Phase::Forward, 1.0)));
    const gfx::Image image = at(Phase::Loss, 0.1);
    const PassState& pass = stage.snapshot()->seen.pass;
    REQUIRE(pass.probabilities != stage.snapshot()->seen.probe.probabilities);
    const auto best = static_cast<std::size_t>(pass.predicted());
    const float length = stage.layout.bar_length * pass.probabilities[best];
    CHECK(stage.is_accent(image, best, length - 0.1F));
    CHECK_FALSE(stage.is_accent(image, best, length + 0.3F));
}

TEST_CASE("what is under the mouse in the scene is read out: the snapshot's own value, exactly") {
    SceneStage stage;
    stage.select(kConv2);
    stage.focus();
    for (const SurfaceCell cell : {SurfaceCell{5, 4, 6}, SurfaceCell{12, 0, 9}}) {
        const Vec2 place = stage.place_of(kConv2, cell);
        stage.point(place.x, place.y);
        const TensorCapture& capture = *stage.snapshot()->find({TensorKind::Activation, kConv2});
        const auto at = (cell.tile * capture.plane_height() + cell.row) * capture.plane_width() + cell.column;
        std::array<char, 64> number{};
        std::snprintf(number.data(), number.size(), "%.7g",
                      static_cast<double>(capture.values[static_cast<std::size_t>(at)]));
        const std::string text = stage.written();
        CHECK_THAT(text, contains_text(number.data()));
        CHECK_THAT(text, contains_text("row " + std::to_string(cell.row) + ", column " + std::to_string(cell.column)));
    }
    stage.select(kOutput);
    stage.focus();
    const Vec2 place = stage.place_of(kOutput, {0, 0, 3});
    stage.point(place.x, place.y);
    CHECK_THAT(stage.written(), contains_text("unit 3"));
}

TEST_CASE(
    "lines lead from what is under the mouse in the scene to where its value comes from, else from what is selected",
    "[pixels]") {
    SceneStage stage;
    stage.frame_seconds = 0.1;
    const CameraPose home = stage.goal();
    const auto middles = [&](const Place& of) {
        std::vector<Connection> found;
        REQUIRE_FALSE(
            strongest_connections(stage.network(), *stage.snapshot(), of, Direction::Upstream, 4, found).any());
        std::vector<Vec2> places;
        for (const Connection& connection : found) {
            const Vec3 from = center_of(stage.layout, stage.network(), connection.place);
            const Vec3 to = center_of(stage.layout, stage.network(), of);
            for (const float t : {0.3F, 0.5F, 0.7F})
                places.push_back(
                    Vec2(*Camera(home, {kWidth, kHeight}, stage.layout.box).project(glm::mix(from, to, t))));
        }
        return places;
    };
    const auto changed = [](const gfx::Image& a, const gfx::Image& b, const std::vector<Vec2>& places) {
        return std::count_if(places.begin(), places.end(), [&](const Vec2& place) {
            const auto x = static_cast<int>(place.x);
            const auto y = static_cast<int>(place.y);
            return !std::equal(a.at(x, y), a.at(x, y) + 3, b.at(x, y));
        });
    };
    const Place map{kConv2, 7, Place::kWholeMap, Place::kWholeMap};
    const Place other{kConv1, 3, Place::kWholeMap, Place::kWholeMap};
    stage.point(2.0F, 2.0F);
    const gfx::Image nothing = stage.settle();
    const Vec2 on_map = stage.place_of(kConv2, {map.channel, 5, 5});
    stage.point(on_map.x, on_map.y);
    const gfx::Image hovered = stage.settle();
    CHECK(changed(nothing, hovered, middles(map)) > 0);
    CHECK(stage.selection.channel == -1);

    stage.point(2.0F, 2.0F);
    stage.select(kConv1, other.channel);
    const gfx::Image selected = stage.settle();
    CHECK(changed(nothing, selected, middles(other)) > 0);
    stage.point(on_map.x, on_map.y);
    const gfx::Image both = stage.settle();
    CHECK(changed(selected, both, middles(other)) > 0);
    CHECK(changed(nothing, both, middles(map)) > 0);
}

TEST_CASE("the loupe beside the scene explains the snapshot's value, and is away while a pass is shown") {
    SceneStage stage;
    stage.select(kConv2, 5, 4, 6);
    stage.settle();
    Loupe loupe;
    explain(stage.network(), *stage.snapshot(), {kConv2, 5, 4, 6}, loupe);
    REQUIRE_FALSE(loupe.problem.any());
    CHECK(loupe.agrees());
    REQUIRE(loupe.channels.size() == 10);
    const std::string text = stage.written();
    CHECK_THAT(text, contains_text("conv2 map 5 (4, 6)"));
    for (const ChannelSum& sum : loupe.channels)
        CHECK_THAT(text, contains_text(format_value(static_cast<double>(sum.sum), 4).c_str()));

    stage.session.show_phase(Phase::Forward, 1.0);  // it is the probe's, not the pass's
    stage.frame_seconds = 0.5;
    stage.frames(3);
    CHECK(stage.written().find("conv2 map 5") == std::string::npos);
    CHECK(watches(stage.watched(), {TensorKind::Bias, kConv2}));
}

TEST_CASE("in steady state the scene allocates nothing, with a value selected and under the mouse") {
    SceneStage stage;
    stage.select(kConv2, 5);
    stage.focus();
    const Vec2 place = stage.place_of(kConv2, {5, 4, 7});
    stage.point(place.x, place.y);
    stage.frames(10);
    CHECK(stage.allocations() == 0);
}
