// The loss along the step that comes: what is watched for it, what is said, and what a click sets.
#include "tests/panels/stage.h"
#include "tests/support/catch.h"

#include <string>
#include <variant>
#include <vector>

using namespace convscope;
using convscope::test::Stage;

namespace {

std::vector<double> rates(const Stage& stage) {
    std::vector<double> found;
    for (const Command& command : stage.session.commands())
        if (const auto* set = std::get_if<command::SetLearningRate>(&command)) found.push_back(set->learning_rate);
    return found;
}

bool says(Stage& stage, const std::string& words) { return stage.written().find(words) != std::string::npos; }

}  // namespace

TEST_CASE("the loss along the step is looked at while its panel is open, and said in words") {
    Stage stage("loss-slice", 340, 320, {.paused = true});
    CHECK(says(stage, "being built"));
    stage.session.begin();
    stage.frames(3);
    CHECK(stage.watched().loss_slice);
    CHECK(says(stage, "The best step here would be 1.8 times as long."));
    CHECK(says(stage, "Behind iteration 0"));
    CHECK(stage.shows("loss-slice.plot"));
}

TEST_CASE("a click along the step sets the rate that would take it there") {
    Stage stage("loss-slice", 340, 320, {.paused = true});
    stage.session.begin();
    stage.frames(3);
    const double rate = stage.snapshot()->settings.learning_rate;
    stage.click("loss-slice.plot", 0.6F);  // from -1 to 4: at 2
    REQUIRE(rates(stage).size() == 1);
    CHECK(rates(stage)[0] == Approx(2.0 * rate).epsilon(0.01));
    stage.click("loss-slice.plot", 0.05F);  // which leads back
    CHECK(rates(stage).size() == 1);
}

TEST_CASE("the button sets the rate of the best step") {
    Stage stage("loss-slice", 340, 320, {.paused = true});
    stage.session.begin();
    stage.frames(3);
    const double rate = stage.snapshot()->settings.learning_rate;
    stage.click("loss-slice.set rate");
    REQUIRE(rates(stage).size() == 1);
    CHECK(rates(stage)[0] == Approx(1.8 * rate).epsilon(0.01));
}

TEST_CASE("a loss that is no number anywhere is said to be none, and sets nothing") {
    Stage stage("loss-slice", 300, 221, {.paused = true});
    stage.session.poison(true);
    stage.session.begin();
    stage.frames(3);
    CHECK(says(stage, "no number anywhere"));
    stage.click("loss-slice.set rate");
    CHECK(rates(stage).empty());
}

TEST_CASE("the surface is looked at where it is chosen, and says where it is lowest") {
    Stage stage("loss-slice", 340, 360, {.paused = true});
    stage.session.begin();
    stage.frames(3);
    CHECK_FALSE(stage.watched().loss_surface);
    stage.click("loss-slice.view/1");
    stage.point(1.0F, 1.0F);  // away from what has a tooltip
    stage.frames(3);
    CHECK(stage.watched().loss_surface);
    CHECK(stage.shows("loss-slice.surface"));
    CHECK(says(stage, "Lowest beside the step: 2.0"));
    CHECK_FALSE(stage.shows("loss-slice.set rate"));
    stage.click("loss-slice.view/0");
    stage.frames(3);
    CHECK_FALSE(stage.shows("loss-slice.surface"));
    CHECK(stage.shows("loss-slice.plot"));
}

TEST_CASE("a surface that is no number anywhere is said to be none") {
    Stage stage("loss-slice", 340, 360, {.paused = true});
    stage.session.poison(true);
    stage.session.begin();
    stage.frames(3);
    stage.click("loss-slice.view/1");
    stage.point(1.0F, 1.0F);  // away from what has a tooltip
    stage.frames(3);
    CHECK(says(stage, "The loss is no number"));
}
