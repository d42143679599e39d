// The lay of the data: what is asked for, what the mouse does among the points, and that a layout can be given up.
#include "tests/panels/stage.h"
#include "tests/support/catch.h"
#include "viz/app/shortcuts.h"
#include "viz/app/workspaces.h"

#include <string>

using namespace convscope;
using convscope::test::Stage;

namespace {

bool says(Stage& stage, const std::string& words) { return stage.written().find(words) != std::string::npos; }

// Until the points rest.
void rest(Stage& stage) {
    int frames = 0;
    do {
        stage.frame();
        REQUIRE(++frames < 3000);
    } while (stage.unfinished());
    stage.frames(2);
}

// The mouse, and its tooltips.
void away(Stage& stage) {
    stage.point(1.0F, 1.0F);
    stage.frames(2);
}

Stage& opened(Stage& stage) {
    stage.session.begin();
    stage.frames(3);
    rest(stage);
    return stage;
}

SampleQuestion asked(const Stage& stage) {
    REQUIRE(stage.watched().samples.size() == 1);
    return stage.watched().samples.front();
}

// The mouse onto some point: from the plot's left on, in its middle.
void point_at_one(Stage& stage) {
    for (float across = 0.1F; across < 0.9F; across += 0.004F) {
        stage.point("lay.plot", across, 0.5F);
        stage.frames(2);
        if (stage.shows("lay.pointed")) return;
    }
    FAIL("no point is under the mouse anywhere");
}

void enclose(Stage& stage, float from, float to) {
    const AnchorRect plot = stage.anchor("lay.plot");
    const auto at = [&](float across, float down) {
        stage.point(plot.left + across * (plot.right - plot.left), plot.top + down * (plot.bottom - plot.top));
        stage.frame();
    };
    at(from, from);
    stage.press(true);
    stage.frame();
    at(to, from);
    at(to, to);
    at(from, to);
    at(from, from + 0.01F);
    stage.press(false);
    stage.frames(3);
}

}  // namespace

TEST_CASE("the selected layer's activations are asked for, and the layout says what it is of") {
    Stage stage("lay", 620, 620, {.paused = true});
    CHECK(says(stage, "The session is starting"));
    opened(stage);
    CHECK(asked(stage) == SampleQuestion{stage.selection.layer, 2000});
    const std::string written = stage.written();
    CHECK(written.find("PCA at iteration 0, 2,000 test pictures") != std::string::npos);
    CHECK(written.find("of the variance") != std::string::npos);
    CHECK(written.find("folded into") != std::string::npos);
    stage.session.advance(1);
    rest(stage);
    CHECK(says(stage, "at iteration 1"));
    CHECK(stage.lane.complete());
}

TEST_CASE("another count is another question") {
    Stage stage("lay", 620, 620, {.paused = true});
    opened(stage);
    stage.click("lay.count");
    stage.frames(2);
    stage.click("lay.count is/0");
    away(stage);
    rest(stage);
    CHECK(asked(stage).count == 1000);
    CHECK(says(stage, "1,000 test pictures"));
}

TEST_CASE("the picture under the mouse is shown with its class, and a click makes it the probe") {
    Stage stage("lay", 620, 620, {.paused = true});
    opened(stage);
    const ProbeSource before = stage.snapshot()->seen.probe.source;
    point_at_one(stage);
    CHECK(stage.shows("lay.hovered"));
    CHECK(says(stage, "a click makes it the probe"));
    stage.click("lay.pointed");
    stage.frames(3);
    CHECK(stage.snapshot()->seen.probe.source != before);
    CHECK(std::get<HeldPicture>(stage.snapshot()->seen.probe.source).split == Split::Test);
    CHECK(stage.shows("lay.probe"));
}

TEST_CASE("a lasso chooses what it encloses, whose pictures are shown, and a click beside the points lets go") {
    Stage stage("lay", 620, 620, {.paused = true});
    opened(stage);
    enclose(stage, 0.05F, 0.95F);
    REQUIRE(stage.shows("lay.chosen"));
    CHECK(stage.shows("lay.picture/0"));
    CHECK(says(stage, "got wrong"));
    stage.click("lay.picture/2");
    stage.frames(3);
    CHECK(std::holds_alternative<HeldPicture>(stage.snapshot()->seen.probe.source));
    stage.click("lay.clear");
    stage.frames(3);
    CHECK_FALSE(stage.shows("lay.chosen"));
    enclose(stage, 0.3F, 0.7F);
    REQUIRE(stage.shows("lay.chosen"));
    stage.click("lay.plot", 0.004F, 0.004F);
    stage.frames(3);
    CHECK_FALSE(stage.shows("lay.chosen"));
}

TEST_CASE("t-SNE is worked out when it is chosen, and stays as it is when it is given up") {
    Stage stage("lay", 620, 620, {.paused = true});
    opened(stage);
    stage.click("lay.method/1");
    stage.frames(20);
    REQUIRE(stage.shows("lay.cancel"));
    away(stage);
    CHECK(says(stage, "% done"));
    stage.click("lay.cancel");
    away(stage);
    rest(stage);
    CHECK(says(stage, "stopped at"));
    CHECK(stage.shows("lay.anew"));
    stage.click("lay.method/0");
    away(stage);
    rest(stage);
    CHECK(says(stage, "PCA at iteration"));
}

TEST_CASE("in 3-D the pointer turns the points and held keys fly, while the mouse is over them") {
    Stage stage("lay", 620, 620, {.paused = true});
    opened(stage);
    stage.click("lay.dimensions/1");
    stage.point(1.0F, 1.0F);
    rest(stage);
    const auto still = stage.settle().pixels;
    stage.keys = {.forward = 1.0F};
    stage.frames(10);
    CHECK(stage.settle().pixels == still);
    stage.point("lay.plot");
    stage.frames(10);
    CHECK(stage.film->frames().takes_keys());
    stage.keys = {};
    stage.point(1.0F, 1.0F);
    rest(stage);
    CHECK(stage.settle().pixels != still);
    CHECK_FALSE(stage.film->frames().takes_keys());
}

TEST_CASE("mistakes have a colour of their own", "[pixels]") {
    Stage stage("lay", 620, 620, {.paused = true});
    opened(stage);
    const auto classes = stage.settle().pixels;
    stage.click("lay.colors/1");
    stage.point(1.0F, 1.0F);
    rest(stage);
    CHECK(stage.settle().pixels != classes);
    CHECK_FALSE(stage.shows("lay.class/0"));
}

TEST_CASE("activations that are no numbers are a sentence") {
    Stage stage("lay", 620, 620, {.paused = true});
    stage.session.poison(true);
    opened(stage);
    CHECK(says(stage, "are not numbers"));
}

TEST_CASE("nothing of the lay is cut off where it is narrow, at any size of type") {
    for (const float scale : {1.0F, 2.0F}) {
        const auto width = static_cast<int>(300.0F * scale);
        Stage stage("lay", width, static_cast<int>(460.0F * scale), {.paused = true});
        stage.settings.font_scale = scale;
        opened(stage);
        for (const char* name : {"lay.method/0", "lay.method/2", "lay.dimensions/1", "lay.colors/1", "lay.count",
                                 "lay.anew", "lay.plot", "lay.state", "lay.class/9"}) {
            INFO(name << " at " << scale);
            REQUIRE(stage.shows(name));
            CHECK(stage.anchor(name).right <= static_cast<float>(width) + 1.0F);
        }
    }
}

TEST_CASE("Shift L opens the lay: over the scene, or in the workspace that has it") {
    Stage stage("lay", 420, 420, {.paused = true});
    stage.session.begin();
    stage.frames(2);
    stage.send(ui::ShowPanel{"lay"});
    CHECK(workspaces()[static_cast<std::size_t>(stage.settings.workspace)].id == "lay");
    stage.settings.workspace = find_workspace("scene").value();
    stage.send(ui::ShowPanel{"lay"});
    CHECK(stage.settings.floating == std::vector<std::string>{"lay"});
}

TEST_CASE("in steady state the lay allocates nothing") {
    Stage stage("lay", 620, 620, {.paused = true});
    opened(stage);
    stage.frames(8);
    for (int i = 0; i < 10; ++i) {
        stage.frame();
        CHECK(stage.allocations() == 0);
    }
}
