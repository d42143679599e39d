#include "viz/app/controller.h"

#include "tests/support/catch.h"
#include "tests/support/scripted_session.h"
#include "viz/app/workspaces.h"

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

using namespace convscope;
using test::ScriptedSession;

namespace {

// The keys on a session that is turned by hand.
struct Desk {
    explicit Desk(bool paused = false) : session({.paused = paused}) {
        session.begin();
        link.begin_frame();
    }
    const Snapshot& answer() {
        session.apply();
        link.begin_frame();
        return *link.live();
    }

    ScriptedSession session;
    SteadyClock clock;
    Lane lane{session, clock};
    EngineLink& link = lane.link;
    Selection& selection = lane.selection;
    Settings settings;
    SceneView scene;
    Controller controller{lane, settings, scene};
};

template <typename Wanted>
const Wanted& last_as(const std::vector<Command>& commands) {
    REQUIRE_FALSE(commands.empty());
    REQUIRE(std::holds_alternative<Wanted>(commands.back()));
    return std::get<Wanted>(commands.back());
}

}  // namespace

TEST_CASE("Space pauses and runs again, also when pressed faster than the session answers") {
    Desk desk;
    desk.controller.apply(ui::RunOrPause{});
    last_as<command::Pause>(desk.session.commands());
    desk.controller.apply(ui::RunOrPause{});
    last_as<command::Run>(desk.session.commands());
    desk.controller.apply(ui::RunOrPause{});
    CHECK(desk.answer().state == SessionState::Paused);
    desk.controller.apply(ui::RunOrPause{});
    CHECK(desk.answer().state == SessionState::Running);
}

TEST_CASE("Opening the pad in the scene goes to the picture that one draws on, elsewhere to the workspace that has it") {
    Desk desk;
    desk.settings.workspace = find_workspace("scene").value();
    desk.selection.select_layer(LayerId{2});
    desk.controller.apply(ui::ShowPanel{"pad"});
    CHECK(desk.settings.floating == std::vector<std::string>{"pad"});
    CHECK(desk.selection.layer == kInputLayer);
    desk.settings.workspace = find_workspace("overview").value();
    desk.selection.select_layer(LayerId{2});
    desk.controller.apply(ui::ShowPanel{"pad"});
    CHECK(desk.settings.workspace == workspace_with("pad", desk.settings.workspace));
    CHECK(desk.selection.layer == LayerId{2});
}

TEST_CASE("keys and panels agree on what is pending, whoever has asked for it") {
    Desk desk;
    const auto pauses = [&] {
        const std::vector<Command> posted = desk.session.commands();
        return std::count_if(posted.begin(), posted.end(),
                             [](const Command& c) { return std::holds_alternative<command::Pause>(c); });
    };
    desk.controller.apply(ui::RunOrPause{});  // Space
    const Requested& asked = desk.link.requested();
    CHECK(desk.link.pending(asked.running.id));
    CHECK_FALSE(desk.link.asked_or(asked.running, true));
    desk.controller.apply(ui::RunOrPause{});  // the button, before the session has answered
    CHECK(pauses() == 1);
    last_as<command::Run>(desk.session.commands());
    desk.controller.apply(ui::Post{command::SetProbe{HeldPicture{Split::Train, 7}}});  // a click on a picture
    desk.controller.apply(ui::MoveProbe{1});                                           // Page down
    const auto probe = last_as<command::SetProbe>(desk.session.commands());
    CHECK(probe.source == ProbeSource{HeldPicture{Split::Train, 8}});
    desk.answer();
    CHECK_FALSE(desk.link.pending(asked.running.id));
    CHECK(desk.link.asked_or(asked.running, true));
}

TEST_CASE("one iteration is trained from running as from paused, and Space runs on from there") {
    Desk desk;
    desk.controller.apply(ui::Post{command::Step{1}});
    CHECK(last_as<command::Step>(desk.session.commands()).iterations == 1);
    desk.session.advance(1);
    desk.link.begin_frame();
    CHECK(desk.link.live()->state == SessionState::Paused);
    CHECK(desk.link.live()->iteration == 1);
    desk.controller.apply(ui::RunOrPause{});
    CHECK(desk.answer().state == SessionState::Running);
}

TEST_CASE("presses of plus and minus add up before the session answers") {
    Desk desk;
    for (int i = 0; i < 3; ++i) desk.controller.apply(ui::ChangeSpeed{-1});
    CHECK(last_as<command::SetSpeed>(desk.session.commands()).iterations_per_second == 20.0);
    CHECK(desk.answer().settings.iterations_per_second == 20.0);
    for (int i = 0; i < 20; ++i) desk.controller.apply(ui::ChangeSpeed{-1});
    CHECK(desk.answer().settings.iterations_per_second == 0.5);
    for (int i = 0; i < 20; ++i) desk.controller.apply(ui::ChangeSpeed{1});
    CHECK(desk.answer().settings.iterations_per_second == 0.0);
}

TEST_CASE("the probe moves by as many pictures as keys were pressed, around the ends") {
    Desk desk(/*paused=*/true);
    for (int i = 0; i < 3; ++i) desk.controller.apply(ui::MoveProbe{1});
    CHECK(desk.answer().chosen.index == 3);
    for (int i = 0; i < 4; ++i) desk.controller.apply(ui::MoveProbe{-1});
    CHECK(desk.answer().chosen.index == 9'999);
}

TEST_CASE("starting over keeps the seed, or takes the next") {
    Desk desk;
    desk.controller.apply(ui::StartOver{0});
    CHECK(desk.answer().run_info->seed == 0);
    desk.controller.apply(ui::StartOver{1});
    CHECK(desk.answer().run_info->seed == 1);
}

TEST_CASE("Ctrl S saves the run to its own file, whichever run it is by then") {
    Desk desk;
    desk.controller.apply(ui::Post{command::Save{}});
    CHECK(last_as<command::Save>(desk.session.commands()).path.empty());
}

TEST_CASE("breakpoints that are asked for are kept in the settings, and what one has paused at is selected, once") {
    Desk desk(/*paused=*/true);
    const std::vector<Breakpoint> list{{.kind = BreakpointKind::UnitDies}};
    desk.controller.apply(ui::Post{command::SetBreakpoints{list}});
    CHECK(desk.settings.breakpoints == list);
    CHECK(*desk.answer().breakpoints == list);
    CHECK(last_as<command::SetBreakpoints>(desk.session.commands()).list == list);

    desk.session.advance(3);
    desk.session.pause_by({.breakpoint = list[0],
                           .run = desk.answer().run_info->run,
                           .iteration = 3,
                           .what = "a unit has died",
                           .layer = LayerId{2},
                           .unit = 5});
    desk.answer();
    desk.controller.keep_selection_valid();
    CHECK(desk.selection.layer == LayerId{2});
    CHECK(desk.selection.channel == 5);
    desk.controller.apply(ui::MoveLayer{-1});
    desk.answer();
    desk.controller.keep_selection_valid();
    CHECK(desk.selection.layer == LayerId{1});
    desk.controller.apply(ui::RunOrPause{});
    desk.answer();
    desk.controller.keep_selection_valid();
    CHECK(desk.selection.layer == LayerId{1});
}

TEST_CASE("layers are walked through within the network") {
    Desk desk;
    desk.controller.apply(ui::MoveLayer{-1});
    CHECK(desk.selection.layer == LayerId{0});
    for (int i = 0; i < 30; ++i) desk.controller.apply(ui::MoveLayer{1});
    CHECK(desk.selection.layer == LayerId{8});
}

TEST_CASE("channels are walked around in the selected layer, from the first") {
    Desk desk;
    const NetworkDescription& network = desk.link.live()->run_info->network;
    for (const LayerDescription& layer : network.layers) {
        INFO(layer.spec.name);
        desk.selection.select_layer(layer.id);
        desk.selection.select_channel(-1);
        desk.controller.apply(ui::MoveChannel{-1});
        CHECK(desk.selection.channel == 0);
        desk.controller.apply(ui::MoveChannel{1});
        CHECK(desk.selection.channel == 1);
        for (std::int64_t i = 1; i < layer.output_shape[0]; ++i) desk.controller.apply(ui::MoveChannel{1});
        CHECK(desk.selection.channel == 0);
        desk.controller.apply(ui::MoveChannel{-1});
        CHECK(desk.selection.channel == layer.output_shape[0] - 1);
    }
    desk.selection.select_layer(kInputLayer);
    desk.controller.apply(ui::MoveChannel{1});
    desk.controller.apply(ui::MoveChannel{1});
    CHECK(desk.selection.channel == 1 % network.input_shape[0]);
}

TEST_CASE("a channel that another network had and this one has not is left for the first") {
    Desk desk;
    desk.selection.select_channel(100'000);
    desk.controller.apply(ui::MoveChannel{1});
    CHECK(desk.selection.channel == 0);
    desk.selection.select_layer(LayerId{99});
    desk.controller.apply(ui::MoveChannel{1});
    CHECK(desk.selection.channel == -1);
}

TEST_CASE("the scene's camera is flown, its views are kept and come back to, and one that is not kept is spoken of") {
    Desk desk;
    desk.controller.apply(ui::FlyToSelection{});  // there is none yet
    desk.controller.apply(ui::KeepBookmark{3});
    CHECK(desk.link.take_notices().empty());
    desk.scene.adopt(*desk.link.live()->run_info);
    const CameraPose home = desk.scene.navigator().goal();
    desk.selection.select_layer(LayerId{3});
    desk.controller.apply(ui::FlyToSelection{});
    const CameraPose near = desk.scene.navigator().goal();
    CHECK(near != home);
    desk.controller.apply(ui::KeepBookmark{4});
    desk.controller.apply(ui::FlyHome{});
    CHECK(desk.scene.navigator().goal() == home);
    desk.controller.apply(ui::FlyToBookmark{4});
    CHECK(desk.scene.navigator().goal() == near);
    desk.controller.apply(ui::FlyTo{{.x = 1.0F, .y = 2.0F, .z = 3.0F, .distance = 50.0F, .yaw = 0.5F, .pitch = 0.1F}});
    CHECK(desk.scene.navigator().goal().pivot == Vec3(1.0F, 2.0F, 3.0F));
    desk.controller.apply(ui::FlyToBookmark{5});
    const auto notices = desk.link.take_notices();
    REQUIRE(notices.size() == 2);
    CHECK_THAT(notices[0].text, contains_text("kept as 4"));
    CHECK_THAT(notices[1].text, contains_text("No view is kept as 5"));
    CHECK(desk.session.commands().empty());
}

TEST_CASE("Escape in the scene first closes the page that lies over it") {
    Desk desk;
    desk.selection.select_channel(2);
    desk.controller.apply(ui::TogglePage{Page::Help});
    desk.controller.apply(ui::StepOut{});
    CHECK(desk.controller.page() == Page::None);
    CHECK(desk.selection.channel == 2);
    desk.controller.apply(ui::StepOut{});
    CHECK(desk.selection.channel == -1);
}

TEST_CASE("a workspace that there is not is not opened, and another one than the scene shows the panels again") {
    Desk desk;
    const int scene = find_workspace("scene").value();
    for (const int index : {-1, static_cast<int>(workspaces().size()), 1000}) {
        desk.controller.apply(ui::OpenWorkspace{index});
        CHECK(desk.settings.workspace == 0);
    }
    desk.controller.apply(ui::OpenWorkspace{scene});
    CHECK(desk.settings.workspace == scene);
    desk.controller.apply(ui::TogglePanels{});
    CHECK(desk.controller.panels_hidden());
    desk.controller.apply(ui::OpenWorkspace{0});
    CHECK_FALSE(desk.controller.panels_hidden());
}

TEST_CASE("the list of lanes opens and closes, and whoever closes it points at no lane any more") {
    Desk desk;
    CHECK_FALSE(desk.controller.lanes_open());
    desk.controller.apply(ui::ToggleLanes{});
    CHECK(desk.controller.lanes_open());
    desk.controller.apply(ui::PointAtLane{RunId{7}});
    CHECK(desk.lane.pointed_lane == RunId{7});
    desk.controller.apply(ui::ToggleLanes{});
    CHECK_FALSE(desk.controller.lanes_open());
    CHECK(desk.lane.pointed_lane == RunId{});
}

TEST_CASE("a lane's name and the way to it are pending until the session has heard of them") {
    Desk desk(/*paused=*/true);
    const RunId lane = desk.link.live()->line.lane;
    desk.controller.apply(ui::Post{command::NameLane{lane, "baseline"}});
    desk.controller.apply(ui::Post{command::GoToLane{lane}});
    const Requested& asked = desk.link.requested();
    CHECK(desk.link.pending(asked.lane_name.id));
    CHECK(asked.lane_name.value.name == "baseline");
    CHECK(desk.link.pending(asked.lane.id));
    CHECK(asked.lane.value == lane);
    desk.answer();
    CHECK_FALSE(desk.link.pending(asked.lane_name.id));
    CHECK_FALSE(desk.link.pending(asked.lane.id));
}

TEST_CASE("a panel floats once, and settings are what was sent last") {
    Desk desk;
    for (const char* panel : {"probe", "control", "probe"}) desk.controller.apply(ui::FloatPanel{panel, true});
    CHECK(desk.settings.floating == std::vector<std::string>{"control", "probe"});
    desk.controller.apply(ui::FloatPanel{"control", false});
    desk.controller.apply(ui::FloatPanel{"control", false});
    CHECK(desk.settings.floating == std::vector<std::string>{"probe"});
    desk.controller.apply(ui::Set<bool>{&Settings::curve_log_scale, true});
    desk.controller.apply(ui::Set<Colormap>{&Settings::weight_colormap, Colormap::Grey});
    CHECK(desk.settings.curve_log_scale);
    CHECK(desk.settings.weight_colormap == Colormap::Grey);
    desk.controller.apply(ui::Highlight{"control.run"});
    CHECK(desk.controller.highlighted() == "control.run");
}

TEST_CASE("what is sent is applied once, in its order, also what is sent meanwhile") {
    UiStream stream;
    Settings settings;
    stream.set(settings, &Settings::curve_log_scale, false);  // as it is
    CHECK_FALSE(stream.apply([](const UiCommand&) {}));
    stream.send(ui::MoveLayer{1});
    stream.set(settings, &Settings::curve_log_scale, true);
    std::vector<std::size_t> kinds;
    CHECK(stream.apply([&](const UiCommand& command) {
        if (kinds.empty()) stream.send(ui::FlyHome{});
        kinds.push_back(command.index());
    }));
    CHECK(kinds == std::vector<std::size_t>{UiCommand(ui::MoveLayer{}).index(), UiCommand(ui::Set<bool>{}).index(),
                                            UiCommand(ui::FlyHome{}).index()});
    CHECK_FALSE(stream.apply([](const UiCommand&) {}));
}

TEST_CASE("keys of the window work before there is a network, keys of the run do nothing") {
    ScriptedSession session;
    SteadyClock clock;
    Lane lane(session, clock);
    Settings settings;
    SceneView scene;
    Controller controller(lane, settings, scene);
    bool screenshot = false;
    controller.on_screenshot = [&] { screenshot = true; };
    for (const UiCommand& command :
         {UiCommand(ui::RunOrPause{}), UiCommand(ui::ChangeSpeed{1}), UiCommand(ui::StartOver{1}),
          UiCommand(ui::MoveProbe{1}), UiCommand(ui::MoveLayer{1}), UiCommand(ui::MoveChannel{1})})
        controller.apply(command);
    CHECK(session.commands().empty());
    controller.apply(ui::SwitchTheme{});
    CHECK(settings.theme == ThemeKind::Light);
    controller.apply(ui::OpenWorkspace{2});
    CHECK(settings.workspace == 2);
    controller.apply(ui::TogglePage{Page::Help});
    CHECK(controller.page() == Page::Help);
    controller.apply(ui::ClosePage{});
    CHECK(controller.page() == Page::None);
    controller.apply(ui::TogglePage{Page::Help});
    controller.apply(ui::TogglePage{Page::Recipe});
    CHECK(controller.page() == Page::Recipe);
    controller.apply(ui::TogglePage{Page::Recipe});
    CHECK(controller.page() == Page::None);
    controller.apply(ui::TakeScreenshot{});
    CHECK(screenshot);
}

TEST_CASE("type grows and shrinks within its limits and comes back to normal") {
    Desk desk;
    for (int i = 0; i < 100; ++i) desk.controller.apply(ui::ChangeFontSize{1});
    CHECK(desk.settings.font_scale == 3.0F);
    for (int i = 0; i < 100; ++i) desk.controller.apply(ui::ChangeFontSize{-1});
    CHECK(desk.settings.font_scale == 0.75F);
    desk.controller.apply(ui::Set<float>{&Settings::font_scale, 1.0F});
    CHECK(desk.settings.font_scale == 1.0F);
}
