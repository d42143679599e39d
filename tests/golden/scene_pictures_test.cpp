// The scene as users see it, from a scripted session. Its labels are text, whose pixels depend on ImGui's version and
// the font rasteriser: a letter may differ as much as it likes, the picture as a whole may not.
#include "tests/golden/golden_picture.h"
#include "tests/panels/stage.h"
#include "tests/support/catch.h"

#include <string>

using namespace convscope;

namespace {

// A square of 50 x 50 pixels that changes from dark to light is above the mean.
constexpr test::GoldenLimits kWithText{.largest_difference = 255, .mean_difference = 0.4};

struct SceneStage : test::Stage {
    SceneStage() : test::Stage("scene", 960, 600) {
        session.begin();
        session.advance(60);
        settle();
    }
    // Flies to what is selected, and is there.
    void focus() {
        send(ui::FlyToSelection{});
        settle();
    }
    std::string compare(const std::string& name) { return test::compare_with_golden(settle(), name, kWithText); }
    // Of a wave that never comes to rest, because the snapshot's age is held.
    std::string compare_moving(const std::string& name) {
        return test::compare_with_golden(frames(8), name, kWithText);
    }
};

constexpr LayerId kConv1{0};
constexpr LayerId kConv2{3};
constexpr LayerId kOutput{8};

}  // namespace

TEST_CASE("the whole scene looks as it did, dark and light") {
    SceneStage stage;
    CHECK(stage.compare("scene-home-dark") == "");
    stage.settings.theme = ThemeKind::Light;
    CHECK(stage.compare("scene-home-light") == "");
}

TEST_CASE("a layer of the scene looks as it did, with the weights that lead to it") {
    SceneStage stage;
    stage.selection.select_layer(kConv2);
    stage.focus();
    CHECK(stage.compare("scene-layer") == "");
}

TEST_CASE("a map of the scene looks as it did, with where it comes from and goes to") {
    SceneStage stage;
    stage.selection.select_layer(kConv1);
    stage.selection.select_channel(3);
    stage.focus();
    CHECK(stage.compare("scene-map") == "");
}

TEST_CASE("a value of the scene looks as it did, with its loupe") {
    SceneStage stage;
    stage.selection.select_layer(kConv2);
    stage.selection.select_channel(5);
    stage.selection.row = 4;
    stage.selection.column = 6;
    stage.focus();
    CHECK(stage.compare("scene-value") == "");
}

TEST_CASE("the classes of the scene look as they did") {
    SceneStage stage;
    stage.selection.select_layer(kOutput);
    stage.selection.select_channel(2);
    stage.selection.row = stage.selection.column = 0;
    stage.focus();
    CHECK(stage.compare("scene-classes") == "");
}

TEST_CASE("a pass through the scene looks as it did: forward and backward, half way") {
    SceneStage stage;
    stage.frame_seconds = 0.5;
    stage.session.show_phase(Phase::Forward, 1.0);
    CHECK(stage.compare_moving("scene-forward") == "");
    stage.session.show_phase(Phase::Backward, 1.0);
    CHECK(stage.compare_moving("scene-backward") == "");
}

TEST_CASE("a scene without a number looks as it did: hatched") {
    SceneStage stage;
    stage.session.poison(true);
    CHECK(stage.compare("scene-not-a-number") == "");
}
