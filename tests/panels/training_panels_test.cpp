// Control, curves, probe and performance: what they ask the session for, by themselves and when they are clicked.
#include "tests/panels/stage.h"
#include "tests/support/catch.h"
#include "viz/panels/split_names.h"
#include "viz/view/control_values.h"

#include <algorithm>
#include <set>
#include <string>
#include <variant>
#include <vector>

using namespace convscope;
using convscope::test::Stage;

namespace {

template <typename Wanted>
std::vector<Wanted> posted(const Stage& stage) {
    std::vector<Wanted> found;
    for (const Command& command : stage.session.commands())
        if (const auto* wanted = std::get_if<Wanted>(&command)) found.push_back(*wanted);
    return found;
}

}  // namespace

TEST_CASE("the big button pauses a running session and runs a paused one") {
    Stage stage("control", 340, 700);
    stage.session.begin();
    stage.frames(2);
    stage.click("control.run");
    CHECK(posted<command::Pause>(stage).size() == 1);
    CHECK(posted<command::Run>(stage).empty());
    stage.click("control.run");
    CHECK(posted<command::Pause>(stage).size() == 1);
    CHECK(posted<command::Run>(stage).size() == 1);
}

TEST_CASE("the step button asks for one iteration") {
    Stage stage("control", 340, 700, {.paused = true});
    stage.session.begin();
    stage.frames(2);
    stage.click("control.step");
    const auto steps = posted<command::Step>(stage);
    REQUIRE(steps.size() == 1);
    CHECK(steps[0].iterations == 1);
}

namespace {

std::vector<Recipe> recipes_on_offer() {
    std::vector<Recipe> recipes(3, test::wide_cnn_recipe());
    recipes[1].name = "two-block-cnn";
    recipes[2].name = "colour-cnn";
    recipes[2].input_channels = 3;
    return recipes;
}

}  // namespace

TEST_CASE("choosing a recipe starts it over with the run's seed") {
    Stage stage("control", 340, 700, {.seed = 7, .paused = true});
    stage.recipes = recipes_on_offer();
    stage.session.begin();
    stage.frames(2);
    stage.click("control.recipe");
    stage.click("control.recipe/1");
    const auto resets = posted<command::Reset>(stage);
    REQUIRE(resets.size() == 1);
    CHECK(resets[0].seed == 7);
    REQUIRE(resets[0].recipe);
    CHECK(resets[0].recipe->name == "two-block-cnn");
    CHECK(stage.session.latest()->run_info->recipe.name == "two-block-cnn");
}

TEST_CASE("a recipe that does not fit is refused with a notice and the run goes on") {
    Stage stage("control", 340, 700, {.paused = true});
    stage.recipes = recipes_on_offer();
    stage.session.begin();
    stage.session.advance(5);
    stage.frames(2);
    stage.click("control.recipe");
    stage.click("control.recipe/2");
    REQUIRE(posted<command::Reset>(stage).size() == 1);
    const auto notices = stage.take_notices();
    REQUIRE(notices.size() == 1);
    CHECK_THAT(notices[0].text, contains_text("colour-cnn"));
    CHECK(stage.session.latest()->iteration == 5);
    CHECK(stage.session.latest()->run_info->recipe.name == "wide-cnn");
}

TEST_CASE("a button saves the run to its own file") {
    Stage stage("control", 340, 800, {.paused = true, .checkpoint = "/tmp/runs/last.pt"});
    stage.session.begin();
    stage.frames(2);
    stage.click("control.save");
    REQUIRE(posted<command::Save>(stage).size() == 1);
    CHECK(posted<command::Save>(stage).front().path.empty());
}

TEST_CASE("the button does not save a run without a file of its own") {
    Stage stage("control", 340, 800, {.paused = true});
    stage.session.begin();
    stage.frames(2);
    stage.click("control.save");
    CHECK(posted<command::Save>(stage).empty());
}

TEST_CASE("a typed path is resumed when the button beside it is pressed, and nothing is without one") {
    Stage stage("control", 340, 800, {.paused = true, .checkpoint = "last.pt"});
    stage.session.begin();
    stage.frames(2);
    stage.click("control.resume");
    CHECK(posted<command::Resume>(stage).empty());
    stage.click("control.resume-path");
    stage.type("runs/other.pt");
    stage.click("control.resume");
    const auto resumes = posted<command::Resume>(stage);
    REQUIRE(resumes.size() == 1);
    CHECK(resumes[0].path == "runs/other.pt");
    const auto notices = stage.take_notices();  // the scripted session has never saved it
    REQUIRE_FALSE(notices.empty());
    CHECK(notices.back().severity == event::Notice::Severity::Error);
}

TEST_CASE("after a failure nothing but a reset can be asked for") {
    Stage stage("control", 340, 800);
    stage.session.begin();
    stage.session.advance(3);
    stage.session.fail("out of memory");
    stage.frames(2);
    for (const char* button : {"run", "step", "steps", "reset"}) stage.click("control." + std::string(button));
    CHECK(posted<command::Run>(stage).empty());
    CHECK(posted<command::Step>(stage).empty());
    CHECK_FALSE(posted<command::Reset>(stage).empty());
}

TEST_CASE("every speed on offer has a place to click") {
    Stage stage("control", 340, 700);
    stage.session.begin();
    stage.frames(2);
    std::set<double> speeds;
    for (std::size_t i = 0; i + 1 < kSpeeds.size(); ++i) stage.click("control.speed/" + std::to_string(i));
    stage.click("control.flat out/0");
    for (const auto& set : posted<command::SetSpeed>(stage)) speeds.insert(set.iterations_per_second);
    CHECK(speeds == std::set<double>(kSpeeds.begin(), kSpeeds.end()));
}

TEST_CASE("a run that is measured on a validation set calls it so, another one calls it test set") {
    RunInfo info;
    CHECK(names_of_test(&info).word == std::string("test"));
    info.data.measured_on = "validation";
    CHECK(names_of_test(&info).word == std::string("validation"));
    CHECK(names_of_test(static_cast<const Snapshot*>(nullptr)).set == std::string("Test set"));
}

TEST_CASE("panels about the run itself make the trainer capture nothing") {
    for (const char* id : {"control", "curves", "performance"}) {
        INFO(id);
        Stage stage(id, 400, 500);
        stage.session.begin();
        stage.session.advance(20);
        stage.frames(3);
        CHECK(stage.watched().empty());
    }
}

TEST_CASE("the probe panel watches the picture and its probabilities alone") {
    Stage stage("probe", 400, 500);
    stage.session.begin();
    stage.frames(3);
    CHECK(stage.watched().probe);
    CHECK(stage.watched().tensors == std::vector<TensorKey>{{TensorKind::Input, kInputLayer}});
    CHECK_FALSE(stage.watched().test_confusion);
    CHECK_FALSE(stage.watched().layer_statistics);
}

TEST_CASE("the picture comes from where it is asked for") {
    Stage stage("probe", 400, 500);
    stage.session.begin();
    stage.frames(2);
    stage.click("probe.source/1");
    auto probes = posted<command::SetProbe>(stage);
    REQUIRE(probes.size() == 1);
    CHECK(probes[0].source == ProbeSource{HeldPicture{Split::Train, 0}});
    stage.click("probe.source/2");
    probes = posted<command::SetProbe>(stage);
    REQUIRE(probes.size() == 2);
    CHECK(probes[1].source == ProbeSource{BatchSample{}});
    stage.click("probe.source/0");
    probes = posted<command::SetProbe>(stage);
    REQUIRE(probes.size() == 3);
    CHECK(probes[2].source == ProbeSource{HeldPicture{Split::Test, 0}});
}

TEST_CASE("a picture of one's own has no set, no label and no verdict, and any set can be gone back to") {
    Stage stage("probe", 400, 500);
    stage.session.begin();
    stage.frames(2);
    const auto pixels = std::make_shared<const std::vector<std::uint8_t>>(28 * 28, std::uint8_t{90});
    stage.session.post(command::SetProbe{OwnPicture{pixels, 1}});
    stage.session.apply();
    stage.frames(2);
    REQUIRE(stage.snapshot()->seen.probe.label == -1);
    stage.click("probe.source/0");  // the test set, which is not chosen now, though its picture was chosen last
    const auto probes = posted<command::SetProbe>(stage);
    CHECK(probes.back().source == ProbeSource{HeldPicture{Split::Test, 0}});
}

TEST_CASE("a click on a training picture's label gives it another, and the one of the data takes that back") {
    Stage stage("probe", 400, 500);
    stage.session.begin();
    stage.session.post(command::SetProbe{HeldPicture{Split::Test, 7}});
    stage.frames(3);
    stage.click("probe.label");
    stage.frames(2);
    CHECK_FALSE(stage.shows("probe.is a/0"));  // what it is tested with stays
    stage.session.post(command::SetProbe{HeldPicture{Split::Train, 7}});
    stage.frames(3);
    const int given = stage.snapshot()->seen.probe.label;
    const int other = (given + 3) % 10;
    stage.click("probe.label");
    stage.frames(2);
    stage.click("probe.is a/" + std::to_string(other));
    stage.frames(3);
    CHECK(stage.snapshot()->seen.probe.label == other);
    stage.point("probe.label");
    stage.frames(2);
    CHECK(stage.written().find("Changed by hand: the data say " + std::to_string(given)) != std::string::npos);
    stage.click("probe.label");
    stage.frames(2);
    stage.click("probe.is a/" + std::to_string(given));
    stage.frames(3);
    CHECK_FALSE(stage.snapshot()->restraints);
}

TEST_CASE("every class has a button, narrow and wide") {
    for (const int width : {300, 600}) {
        INFO(width);
        Stage stage("probe", width, 400);
        stage.session.begin();
        stage.frames(2);
        std::set<int> labels;
        for (int label = 0; label < 10; ++label) stage.click("probe.class/" + std::to_string(label));
        for (const auto& seek : posted<command::SeekClass>(stage)) labels.insert(seek.label);
        CHECK(labels == std::set<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    }
}

TEST_CASE("the panels stand in a window of any size, values that are not finite included") {
    for (const char* id : {"control", "curves", "probe", "performance"})
        for (const int side : {24, 120, 300, 1200}) {
            INFO(id << " " << side);
            Stage stage(id, side, side);
            stage.session.poison(true);
            stage.session.begin();
            stage.frames(2);
            stage.session.advance(130);
            stage.frames(3);
        }
}

TEST_CASE("a reset empties the curves and the panel goes on with the new run") {
    Stage stage("curves", 500, 400);
    stage.session.begin();
    stage.session.advance(300);
    stage.frames(2);
    stage.session.post(command::Reset{7, std::nullopt});
    stage.frames(3);
    stage.session.advance(5);
    stage.frames(2);
}
