#include "viz/app/controller.h"

#include "tests/support/catch.h"
#include "tests/support/scripted_session.h"
#include "viz/app/workspaces.h"

using namespace convscope;
using test::ScriptedSession;

namespace {

// The keys on a session that is turned by hand.
struct Desk {
    explicit Desk(bool paused = false) : session({.paused = paused}), link(session, clock) {
        session.begin();
        link.begin_frame();
    }
    const Snapshot& answer() {
        session.apply();
        link.begin_frame();
        return *link.snapshot();
    }

    ScriptedSession session;
    SteadyClock clock;
    EngineLink link;
    Selection selection;
    Settings settings;
    Controller controller{link, selection, settings};
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
    desk.controller.perform(Action::RunPause);
    last_as<command::Pause>(desk.session.commands());
    desk.controller.perform(Action::RunPause);
    last_as<command::Run>(desk.session.commands());
    desk.controller.perform(Action::RunPause);
    CHECK(desk.answer().state == SessionState::Paused);
    desk.controller.perform(Action::RunPause);
    CHECK(desk.answer().state == SessionState::Running);
}

TEST_CASE("one iteration is trained from running as from paused, and Space runs on from there") {
    Desk desk;
    desk.controller.perform(Action::Step);
    CHECK(last_as<command::Step>(desk.session.commands()).iterations == 1);
    desk.session.advance(1);
    desk.link.begin_frame();
    CHECK(desk.link.snapshot()->state == SessionState::Paused);
    CHECK(desk.link.snapshot()->iteration == 1);
    desk.controller.perform(Action::RunPause);
    CHECK(desk.answer().state == SessionState::Running);
}

TEST_CASE("presses of plus and minus add up before the session answers") {
    Desk desk;
    for (int i = 0; i < 3; ++i) desk.controller.perform(Action::Slower);
    CHECK(last_as<command::SetSpeed>(desk.session.commands()).iterations_per_second == 20.0);
    CHECK(desk.answer().settings.iterations_per_second == 20.0);
    for (int i = 0; i < 20; ++i) desk.controller.perform(Action::Slower);
    CHECK(desk.answer().settings.iterations_per_second == 0.5);
    for (int i = 0; i < 20; ++i) desk.controller.perform(Action::Faster);
    CHECK(desk.answer().settings.iterations_per_second == 0.0);
}

TEST_CASE("the probe moves by as many pictures as keys were pressed, around the ends") {
    Desk desk(/*paused=*/true);
    for (int i = 0; i < 3; ++i) desk.controller.perform(Action::NextProbe);
    CHECK(desk.answer().chosen.index == 3);
    for (int i = 0; i < 4; ++i) desk.controller.perform(Action::PreviousProbe);
    CHECK(desk.answer().chosen.index == 9'999);
}

TEST_CASE("starting over keeps the seed, or takes the next") {
    Desk desk;
    desk.controller.perform(Action::Reset);
    CHECK(desk.answer().run_info->seed == 0);
    desk.controller.perform(Action::ResetNewSeed);
    CHECK(desk.answer().run_info->seed == 1);
}

TEST_CASE("Ctrl S saves the run to its own file, whichever run it is by then") {
    Desk desk;
    desk.controller.perform(Action::Save);
    CHECK(last_as<command::Save>(desk.session.commands()).path.empty());
}

TEST_CASE("layers are walked through within the network") {
    Desk desk;
    desk.controller.perform(Action::PreviousLayer);
    CHECK(desk.selection.layer == LayerId{0});
    for (int i = 0; i < 30; ++i) desk.controller.perform(Action::NextLayer);
    CHECK(desk.selection.layer == LayerId{8});
}

TEST_CASE("channels are walked around in the selected layer, from the first") {
    Desk desk;
    const NetworkDescription& network = desk.link.snapshot()->run_info->network;
    for (const LayerDescription& layer : network.layers) {
        INFO(layer.spec.name);
        desk.selection.select_layer(layer.id);
        desk.selection.select_channel(-1);
        desk.controller.perform(Action::PreviousChannel);
        CHECK(desk.selection.channel == 0);
        desk.controller.perform(Action::NextChannel);
        CHECK(desk.selection.channel == 1);
        for (std::int64_t i = 1; i < layer.output_shape[0]; ++i) desk.controller.perform(Action::NextChannel);
        CHECK(desk.selection.channel == 0);
        desk.controller.perform(Action::PreviousChannel);
        CHECK(desk.selection.channel == layer.output_shape[0] - 1);
    }
    desk.selection.select_layer(kInputLayer);
    desk.controller.perform(Action::NextChannel);
    desk.controller.perform(Action::NextChannel);
    CHECK(desk.selection.channel == 1 % network.input_shape[0]);
}

TEST_CASE("a channel that another network had and this one has not is left for the first") {
    Desk desk;
    desk.selection.select_channel(100'000);
    desk.controller.perform(Action::NextChannel);
    CHECK(desk.selection.channel == 0);
    desk.selection.select_layer(LayerId{99});
    desk.controller.perform(Action::NextChannel);
    CHECK(desk.selection.channel == -1);
}

TEST_CASE("what is wanted of the scene is handed over once") {
    Desk desk;
    CHECK(desk.controller.take_scene_requests() == SceneRequests{});
    desk.controller.perform(Action::FocusSelection);
    desk.controller.perform(Action::FrameAll);
    desk.controller.perform(static_cast<Action>(static_cast<int>(Action::RecallBookmark0) + 4));
    desk.controller.perform(Action::StoreBookmark9);
    desk.controller.perform(Action::StepOut);
    desk.controller.perform(Action::StepOut);
    desk.controller.perform(Action::TogglePanels);
    CHECK(desk.controller.take_scene_requests() == SceneRequests{.focus = true,
                                                                 .frame_all = true,
                                                                 .recall_bookmark = 4,
                                                                 .store_bookmark = 9,
                                                                 .steps_out = 2,
                                                                 .toggle_panels = true});
    CHECK(desk.controller.take_scene_requests() == SceneRequests{});
    CHECK(desk.session.commands().empty());
}

TEST_CASE("Escape in the scene first closes the page that lies over it") {
    Desk desk;
    desk.controller.perform(Action::Help);
    desk.controller.perform(Action::StepOut);
    CHECK_FALSE(desk.controller.help_open());
    CHECK(desk.controller.take_scene_requests().steps_out == 0);
    desk.controller.perform(Action::StepOut);
    CHECK(desk.controller.take_scene_requests().steps_out == 1);
}

TEST_CASE("a workspace's key does nothing while there are fewer workspaces") {
    Desk desk;
    const Action keys[] = {Action::Workspace1, Action::Workspace2, Action::Workspace3,
                           Action::Workspace4, Action::Workspace5, Action::Workspace6};
    for (int i = 0; i < 6; ++i) {
        const int before = desk.settings.workspace;
        desk.controller.perform(keys[i]);
        CHECK(desk.settings.workspace == (i < static_cast<int>(workspaces().size()) ? i : before));
    }
}

TEST_CASE("keys of the window work before there is a network, keys of the run do nothing") {
    ScriptedSession session;
    SteadyClock clock;
    EngineLink link(session, clock);
    Selection selection;
    Settings settings;
    Controller controller(link, selection, settings);
    for (int action = 0; action <= static_cast<int>(Action::NextChannel); ++action)
        controller.perform(static_cast<Action>(action));
    CHECK(session.commands().empty());
    controller.perform(Action::Theme);
    CHECK(settings.theme == ThemeKind::Light);
    controller.perform(Action::Workspace3);
    CHECK(settings.workspace == 2);
    controller.perform(Action::Help);
    CHECK(controller.help_open());
    controller.perform(Action::Close);
    CHECK_FALSE(controller.help_open());
    controller.perform(Action::Help);
    controller.perform(Action::RecipePage);
    CHECK(controller.recipe_open());
    CHECK_FALSE(controller.help_open());
    controller.perform(Action::RecipePage);
    CHECK_FALSE(controller.recipe_open());
    controller.perform(Action::Screenshot);
    CHECK(controller.take_screenshot());
    CHECK_FALSE(controller.take_screenshot());
}

TEST_CASE("type grows and shrinks within its limits and comes back to normal") {
    Desk desk;
    for (int i = 0; i < 100; ++i) desk.controller.perform(Action::Larger);
    CHECK(desk.settings.font_scale == 3.0F);
    for (int i = 0; i < 100; ++i) desk.controller.perform(Action::Smaller);
    CHECK(desk.settings.font_scale == 0.75F);
    desk.controller.perform(Action::NormalSize);
    CHECK(desk.settings.font_scale == 1.0F);
}
