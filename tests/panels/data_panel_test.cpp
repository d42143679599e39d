// The data browser: what is clicked becomes the probe, and what is searched for is found.
#include "tests/panels/stage.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_network.h"
#include "viz/view/data_by_hand.h"

// A tooltip's size is not to be had from outside it.
#include <imgui_internal.h>

#include <optional>
#include <string>
#include <variant>

using namespace convscope;
using convscope::test::Stage;

namespace {

std::optional<HeldPicture> last_probe(const Stage& stage) {
    std::optional<HeldPicture> last;
    for (const Command& command : stage.session.commands())
        if (const auto* probe = std::get_if<command::SetProbe>(&command)) last = std::get<HeldPicture>(probe->source);
    return last;
}

Stage make_stage(test::ScriptedOptions options = {.paused = true}) { return {"data", 800, 600, options}; }

void settle(Stage& stage) {
    stage.frames(2);
    for (int i = 0; i < 10'000 && stage.unfinished(); ++i) stage.frame();
    REQUIRE_FALSE(stage.unfinished());
}

// The picture at the upper left becomes the probe.
std::int64_t click_first_picture(Stage& stage) {
    stage.click("data.pictures", 0.02F, 0.05F);
    const auto probe = last_probe(stage);
    REQUIRE(probe);
    return probe->index;
}

}  // namespace

TEST_CASE("a click on a picture makes it the probe, in the split that is shown") {
    Stage stage = make_stage();
    stage.session.begin();
    settle(stage);
    CHECK(click_first_picture(stage) == 0);
    CHECK(last_probe(stage)->split == Split::Test);
    stage.click("data.split/1");
    stage.click("data.picture/1");
    CHECK(last_probe(stage)->split == Split::Train);
    CHECK(last_probe(stage)->index == 1);
}

TEST_CASE("a click on a class shows its pictures alone, a second one shows all again") {
    Stage stage = make_stage();
    stage.session.begin();
    settle(stage);
    for (const int label : {0, 4, 9}) {
        const std::string row = "data.class/" + std::to_string(label);
        stage.click(row);
        std::int64_t first = 0;
        while (test::scripted_label(first) != label) ++first;
        CHECK(click_first_picture(stage) == first);
        stage.click(row);
        CHECK(click_first_picture(stage) == 0);
    }
}

TEST_CASE("go to brings a picture into the first row, whatever class was shown, and refuses what is not there") {
    Stage stage = make_stage();
    stage.session.begin();
    settle(stage);
    std::int64_t wanted = 5000;
    while (test::scripted_label(wanted) == 4) ++wanted;
    stage.click("data.class/4");
    stage.click("data.go to");
    stage.type(std::to_string(wanted).c_str());
    stage.click(40.0F, 580.0F);  // somewhere else
    settle(stage);
    const std::int64_t first = click_first_picture(stage);
    CHECK(first <= wanted);
    CHECK(first > wanted - 15);
    stage.click("data.go to");
    stage.type("10000");
    stage.click(40.0F, 580.0F);  // somewhere else
    settle(stage);
    click_first_picture(stage);
    CHECK(last_probe(stage)->index == first);
}

TEST_CASE("the picture under the mouse is read out, the space between pictures is not") {
    Stage stage = make_stage();
    stage.session.begin();
    settle(stage);
    stage.point(5.0F, 595.0F);
    const auto nothing = stage.frame().pixels;
    stage.point("data.picture/0");
    CHECK(stage.frame().pixels != nothing);
    stage.point(5.0F, 595.0F);
    CHECK(stage.frame().pixels == nothing);
}

TEST_CASE("the browser asks the trainer for nothing") {
    Stage stage = make_stage();
    stage.session.begin();
    settle(stage);
    CHECK(stage.watched().empty());
}

TEST_CASE("labels, noise and classes are changed where the data are seen, and put back as they were") {
    Stage stage = make_stage();
    stage.session.begin();
    settle(stage);
    const auto changes = [&]() -> const DataChanges& { return data_changes(*stage.snapshot()); };
    CHECK_FALSE(stage.shows("data.data as they were"));
    stage.click("data.change the data");
    stage.frames(2);
    stage.click("data.shuffled labels", 0.5F);
    stage.frames(2);
    CHECK(changes().shuffled_labels == Approx(0.5).margin(0.05));
    stage.click("data.noise", 0.25F);
    stage.frames(2);
    CHECK(changes().noise > 10.0);
    CHECK(changes().noise < 50.0);
    stage.click("data.times of 3/0");
    stage.frames(2);
    stage.click("data.times of 4/2");
    stage.frames(2);
    CHECK(changes().times == std::vector<int>{1, 1, 1, 0, 2, 1, 1, 1, 1, 1});
    stage.click(790.0F, 590.0F);  // somewhere else
    stage.frames(2);
    stage.point("data.changed data");
    CHECK(stage.written().find("class '3' left out") != std::string::npos);
    stage.click("data.data as they were");
    stage.frames(2);
    CHECK_FALSE(stage.snapshot()->restraints);
    stage.session.post(command::Undo{});
    stage.frames(2);
    CHECK(changes().times_of(4) == 2);
}

TEST_CASE("the right button leaves a class out, and gives a training picture another label, which it is counted by") {
    Stage stage = make_stage();
    stage.session.begin();
    settle(stage);
    stage.click_right("data.class/5");
    stage.frames(2);
    stage.click("data.times/0");
    stage.frames(2);
    CHECK(data_changes(*stage.snapshot()).times_of(5) == 0);
    const std::size_t asked = stage.session.commands().size();
    stage.click_right("data.picture/1");  // of the test set
    stage.frames(2);
    CHECK_FALSE(stage.shows("data.is a/7"));
    CHECK(stage.session.commands().size() == asked);

    const int other = (test::scripted_label(1) + 1) % 10;
    stage.click("data.split/1");
    settle(stage);
    stage.click_right("data.picture/1");
    stage.frames(2);
    stage.click("data.is a/" + std::to_string(other));
    settle(stage);
    CHECK(data_changes(*stage.snapshot()).relabelled == std::vector<RelabelledPicture>{{1, other}});
    stage.point("data.picture/1");
    stage.frames(2);
    CHECK(stage.written().find("Class " + std::to_string(other)) != std::string::npos);
    CHECK(stage.written().find("changed by hand; " + std::to_string(test::scripted_label(1)) + " in the data") !=
          std::string::npos);
    stage.click("data.class/" + std::to_string(other));  // it is among these now
    settle(stage);
    CHECK(stage.shows("data.picture/1"));
}

TEST_CASE("without a data set there is nothing to click") {
    Stage stage = make_stage({.paused = true, .dataset = false});
    stage.session.begin();
    settle(stage);
    CHECK_FALSE(stage.shows("data.pictures"));
    CHECK_FALSE(last_probe(stage));
}

TEST_CASE("in steady state the browser allocates nothing, whichever class is shown") {
    Stage stage = make_stage();
    stage.session.begin();
    stage.frame();
    CHECK(stage.allocations() > 0);  // the counter counts
    settle(stage);
    stage.frames(2);
    CHECK(stage.allocations() == 0);
    stage.click("data.class/3");
    settle(stage);
    stage.frames(2);
    CHECK(stage.allocations() == 0);
    stage.point("data.pictures", 0.02F, 0.05F);
    CHECK(stage.allocations() == 0);
}

TEST_CASE("pictures of three channels are drawn in colour", "[pixels]") {
    const auto coloured = [](std::int64_t channels) {
        Stage stage = make_stage({.paused = true, .channels = channels});
        stage.session.begin();
        settle(stage);
        const gfx::Image image = stage.frame();
        std::int64_t count = 0;
        for (int y = 80; y < 600; ++y)
            for (int x = 220; x < 780; ++x) {
                const std::uint8_t* p = image.at(x, y);
                count += std::abs(p[0] - p[1]) > 100;  // no colour of the dark theme differs so much
            }
        return count;
    };
    CHECK(coloured(1) < 1000);  // the probe's frame
    CHECK(coloured(3) > 10'000);
}

TEST_CASE("pointing at a training picture that is augmented shows its next epochs, at a test picture it does not") {
    Stage stage = make_stage({.paused = true, .augment = true});
    stage.session.begin();
    settle(stage);
    const auto tooltip_width = [&] {
        for (const ImGuiWindow* window : ImGui::GetCurrentContext()->Windows)
            if (window->WasActive && (window->Flags & ImGuiWindowFlags_Tooltip)) return window->Size.x;
        return 0.0F;
    };
    stage.point("data.picture/0");
    stage.frames(2);
    const float plain = tooltip_width();
    CHECK(plain > 0.0F);
    stage.click("data.split/1");
    settle(stage);
    stage.point("data.picture/0");
    stage.frames(2);
    CHECK(tooltip_width() > plain + 5.0F * 28.0F);
}
