// The scene as a panel: what keys, clicks, the wheel and bookmarks do.
#include "tests/panels/scene_stage.h"
#include "viz/scene/loupe.h"
#include "viz/scene/scene_places.h"

#include <imgui.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

using namespace convscope;
using namespace convscope::test;

TEST_CASE("a click in the scene selects layer and map, a second one the value, and then its loupe is fed") {
    SceneStage stage;
    stage.select(kConv2);
    stage.focus();
    stage.select(kConv1);
    const Vec2 place = stage.place_of(kConv2, {5, 4, 6});
    stage.click(place);
    CHECK(stage.selection.layer == kConv2);
    CHECK(stage.selection.channel == 5);
    CHECK(stage.selection.row == -1);
    CHECK_FALSE(watches(stage.watched(), {TensorKind::Bias, kConv2}));
    stage.click(place);
    CHECK(stage.selection.channel == 5);
    CHECK(stage.selection.row == 4);
    CHECK(stage.selection.column == 6);
    for (const TensorKey& key : loupe_needs(stage.network(), kConv2)) CHECK(watches(stage.watched(), key));
    CHECK(watches(stage.watched(), {TensorKind::Bias, kConv2}));
    stage.click(stage.place_of(kConv2, {9, 1, 1}));
    CHECK(stage.selection.channel == 9);
    CHECK(stage.selection.row == -1);  // another map, and no value of it yet
}

TEST_CASE("a click on a unit of the scene selects it with its value, one beside every wall nothing") {
    SceneStage stage;
    stage.select(kOutput);
    stage.focus();
    stage.click(stage.place_of(kOutput, {0, 0, 7}));
    CHECK(stage.selection.layer == kOutput);
    CHECK(stage.selection.channel == 7);
    CHECK(stage.selection.row == 0);
    CHECK(watches(stage.watched(), {TensorKind::Bias, kOutput}));
    stage.send(ui::FlyHome{});
    stage.settle();
    stage.click({kWidth / 2.0F, 90.0F});  // the sky
    CHECK(stage.selection.channel == 7);
}

TEST_CASE("a click on a kernel in the scene selects the map that it makes") {
    SceneStage stage;
    stage.select(kConv2);
    stage.focus();
    const SceneSurface& kernels = *stage.layout.walls[stage.layout.wall_of(kConv2)].weights;
    const CameraPose onto = fit({.yaw = 1.57F, .pitch = 1.3F}, kernels.box(), 1.6F, 0.05F);
    stage.fly_to(onto);
    stage.select(kConv1);
    stage.click(stage.place_of(kernels.cell_center({13 * 10 + 4, 1, 1})));  // output 13 of input 4
    CHECK(stage.selection.layer == kConv2);
    CHECK(stage.selection.channel == 13);
    CHECK(stage.selection.row == -1);
}

TEST_CASE("a double click in the scene flies to what it selects, a drag selects nothing") {
    SceneStage stage;
    const CameraPose home = stage.goal();
    const Vec2 place = stage.place_of(kConv1, {4, 12, 12});
    stage.frame_seconds = 0.0;
    stage.double_click(place);
    CHECK(stage.selection.layer == kConv1);
    CHECK(stage.selection.channel == 4);
    CHECK(stage.unfinished());
    stage.settle();
    const CameraPose near = stage.goal();
    CHECK(near.distance < 0.7F * home.distance);

    stage.select(kConv2, 3);
    stage.point(360.0F, 225.0F);
    stage.press(true);
    stage.frame();
    stage.point(440.0F, 235.0F);
    stage.press(false);
    stage.frames(2);
    stage.settle();
    CHECK(stage.selection.layer == kConv2);
    CHECK(stage.selection.channel == 3);
    CHECK_FALSE(same_pose(stage.goal(), near));
}

TEST_CASE("two clicks that a slow frame takes for one are a double click all the same: the window has counted them") {
    SceneStage stage;
    const CameraPose home = stage.goal();
    const Vec2 place = stage.place_of(kConv2, {5, 4, 6});
    stage.point(place.x, place.y);
    stage.press(true);
    stage.Stage::double_click = true;
    stage.frame();
    stage.press(false);
    stage.frame();
    stage.settle();
    CHECK(stage.selection.layer == kConv2);
    CHECK(stage.selection.channel == 5);
    CHECK_FALSE(same_pose(stage.goal(), home));
}

TEST_CASE("the wheel comes nearer, held keys fly, and Home goes back to where everything is seen") {
    SceneStage stage;
    const CameraPose home = stage.goal();
    stage.point(300.0F, 225.0F);
    stage.wheel(2.0F);
    stage.settle();
    const CameraPose nearer = stage.goal();
    CHECK(nearer.distance < home.distance);
    stage.keys.forward = 1.0F;
    stage.frames(5);
    stage.keys = {};
    stage.settle();
    CHECK(glm::length(stage.goal().eye() - nearer.eye()) > 1.0F);
    stage.send(ui::FlyHome{});
    stage.settle();
    CHECK(same_pose(stage.goal(), home));
}

TEST_CASE("Escape steps out of the scene's selection: from the value to its map, its layer, the whole") {
    SceneStage stage;
    const CameraPose home = stage.goal();
    stage.select(kConv2, 5, 4, 6);
    stage.focus();
    const CameraPose near = stage.goal();
    const auto step_out = [&] {
        stage.send(ui::StepOut{});
        stage.settle();
    };
    step_out();
    CHECK(stage.selection.channel == 5);
    CHECK(stage.selection.row == -1);
    step_out();
    CHECK(stage.selection.channel == -1);
    CHECK(stage.selection.layer == kConv2);
    CHECK(same_pose(stage.goal(), near));
    step_out();
    CHECK(stage.selection.layer == kConv2);
    CHECK(same_pose(stage.goal(), home));
    stage.select(kConv2, 5, 4, 6);
    for (int i = 0; i < 3; ++i) stage.send(ui::StepOut{});  // pressed faster than frames come
    stage.settle();
    CHECK(stage.selection.channel == -1);
}

TEST_CASE("a click on the trail goes back to the map, the layer, the whole") {
    SceneStage stage;
    stage.select(kConv2, 5, 4, 6);
    stage.frames(2);
    stage.click("scene.trail/2");
    CHECK(stage.selection.channel == 5);
    CHECK(stage.selection.row == -1);
    stage.click("scene.trail/1");
    CHECK(stage.selection.layer == kConv2);
    CHECK(stage.selection.channel == -1);
    stage.click("scene.trail/0");
    CHECK(stage.selection.layer == kInputLayer);
}

TEST_CASE("a kept view of the scene is come back to, and one that was never kept is spoken of") {
    SceneStage stage;
    stage.select(kConv1, 3);
    stage.focus();
    const CameraPose kept = stage.goal();
    stage.send(ui::KeepBookmark{4});
    stage.frame();
    auto notices = stage.take_notices();
    REQUIRE(notices.size() == 1);
    CHECK_THAT(notices[0].text, contains_text("kept as 4"));
    stage.send(ui::FlyHome{});
    stage.settle();
    CHECK_FALSE(same_pose(stage.goal(), kept));
    stage.send(ui::FlyToBookmark{4});
    stage.settle();
    CHECK(same_pose(stage.goal(), kept));
    CHECK(stage.take_notices().empty());
    stage.send(ui::FlyToBookmark{5});
    stage.settle();
    CHECK(same_pose(stage.goal(), kept));
    stage.send(ui::FlyToBookmark{5});
    stage.frame();
    notices = stage.take_notices();
    REQUIRE(notices.size() == 1);
    CHECK_THAT(notices[0].text, contains_text("No view is kept as 5"));
}

TEST_CASE("a click on the scene's map from above flies to the wall there") {
    SceneStage stage;
    const CameraPose home = stage.goal();
    stage.select(kConv2, 5);
    stage.click("scene.map", 0.02F);
    CHECK(stage.selection.layer == kInputLayer);
    CHECK(stage.selection.channel == -1);
    stage.settle();
    CHECK_FALSE(same_pose(stage.goal(), home));
    stage.click("scene.map", 0.98F);
    CHECK(stage.selection.layer == kOutput);
}
