// The unit inspector: what it asks, what it shows of the answers, and what clicks do.
#include "tests/panels/stage.h"
#include "tests/support/catch.h"
#include "viz/app/shortcuts.h"
#include "viz/app/workspaces.h"

#include <algorithm>
#include <string>

using namespace convscope;
using convscope::test::Stage;

namespace {

bool says(Stage& stage, const std::string& words) { return stage.written().find(words) != std::string::npos; }

template <typename Question>
const Question* asked(const Stage& stage) {
    for (const JobQuestion& question : stage.watched().jobs)
        if (const auto* found = std::get_if<Question>(&question)) return found;
    return nullptr;
}

void select(Stage& stage, LayerId layer, std::int64_t channel) {
    stage.selection.select_layer(layer);
    stage.selection.select_channel(channel);
    stage.frames(4);
}

void away(Stage& stage) {
    stage.point(1.0F, 1.0F);
    stage.frames(3);
}

}  // namespace

TEST_CASE("the unit that is selected is asked about, and what is known of it is shown") {
    Stage stage("unit", 400, 900, {.paused = true});
    stage.frames(3);
    CHECK(stage.watched().jobs.empty());
    stage.session.begin();
    select(stage, LayerId{3}, 5);
    REQUIRE(asked<TopPatchesQuestion>(stage) != nullptr);
    CHECK(*asked<MaximisedInputQuestion>(stage) == MaximisedInputQuestion{.layer = LayerId{3}, .channel = 5});
    CHECK(*asked<FilterBiographyQuestion>(stage) == FilterBiographyQuestion{LayerId{3}, 5});
    CHECK(stage.watched().jobs.size() == 5);
    const std::string written = stage.written();
    for (const char* words : {"Channel 5 of 20", "test pictures, at iteration 0", "Value"}) {
        INFO(words);
        CHECK(written.find(words) != std::string::npos);
    }
    for (const char* anchor : {"unit.patch/0", "unit.patch/17", "unit.maximised", "unit.input", "unit.sums",
                               "unit.value", "unit.weights", "unit.test", "unit.moment/0"}) {
        INFO(anchor);
        CHECK(stage.shows(anchor));
    }
    CHECK(stage.lane.complete());
}

TEST_CASE("the next unit, and the one before, are a click away") {
    Stage stage("unit", 400, 900, {.paused = true});
    stage.session.begin();
    select(stage, LayerId{0}, 9);
    stage.click("unit.next");
    stage.frames(3);
    CHECK(stage.selection.channel == 0);
    stage.click("unit.previous");
    stage.frames(3);
    CHECK(stage.selection.channel == 9);
    CHECK(asked<MaximisedInputQuestion>(stage)->channel == 9);
}

TEST_CASE("a click on a patch makes its picture the probe, and selects the value that was excited") {
    Stage stage("unit", 400, 900, {.paused = true});
    stage.session.begin();
    select(stage, LayerId{0}, 2);
    stage.point("unit.patch/4");
    stage.frames(2);
    CHECK(says(stage, "Test picture 6, row 1, column 6"));
    stage.click("unit.patch/4");
    stage.frames(3);
    CHECK(stage.snapshot()->seen.probe.source == ProbeSource{HeldPicture{Split::Test, 6}});
    CHECK(stage.selection.channel == 2);
    CHECK(stage.selection.row == 1);
    CHECK(stage.selection.column == 6);
    away(stage);
    CHECK(says(stage, "Chosen, row 1, column 6"));
}

TEST_CASE("stopped, nothing is worked out, what is there stays, and it goes on when it is told to") {
    Stage stage("unit", 400, 900, {.paused = true});
    stage.session.begin();
    select(stage, LayerId{0}, 2);
    stage.click("unit.stop");
    away(stage);
    CHECK(stage.watched().jobs.empty());
    CHECK(stage.shows("unit.patch/0"));
    stage.session.advance(3);
    stage.frames(3);
    CHECK(says(stage, "at iteration 0"));
    select(stage, LayerId{0}, 3);
    CHECK(says(stage, "Stopped: let it go on above"));
    stage.click("unit.stop");
    away(stage);
    CHECK(stage.watched().jobs.size() == 5);
    CHECK(says(stage, "at iteration 3"));
}

TEST_CASE("how numbers moved is shown from when the unit was selected, and begins anew with another one") {
    Stage stage("unit", 400, 900, {.paused = true});
    stage.session.begin();
    select(stage, LayerId{0}, 2);
    stage.click("unit.spread/1");
    away(stage);
    CHECK(says(stage, "from iteration 0 to 0"));
    for (int i = 0; i < 3; ++i) {
        stage.session.advance(5);
        stage.frames(3);
    }
    CHECK(says(stage, "from iteration 0 to 15"));
    stage.point("unit.test", 0.1F, 0.5F);
    stage.frames(2);
    CHECK(says(stage, "At iteration 0: 576 values"));
    select(stage, LayerId{0}, 3);
    CHECK(says(stage, "from iteration 15 to 15"));
    CHECK_FALSE(says(stage, "from iteration 0 to"));
}

TEST_CASE("a layer without weights has no filter to tell of, and says so") {
    Stage stage("unit", 400, 900, {.paused = true});
    stage.session.begin();
    select(stage, LayerId{1}, 0);
    CHECK(says(stage, "learns no filter for each channel"));
    CHECK(stage.shows("unit.patch/0"));
    select(stage, LayerId{8}, 3);  // a unit, which has no map
    CHECK(says(stage, "Unit 3 of 10"));
    CHECK(stage.shows("unit.moment/0"));
}

TEST_CASE("where nobody has the pictures no patch is shown, and the rest is") {
    Stage stage("unit", 400, 900, {.paused = true, .dataset = false});
    stage.session.begin();
    select(stage, LayerId{0}, 1);
    CHECK_FALSE(stage.shows("unit.patch/0"));
    CHECK(stage.shows("unit.maximised"));
}

TEST_CASE("values that are not numbers are drawn as such, and excite nobody") {
    Stage stage("unit", 400, 900, {.paused = true});
    stage.session.poison(true);
    stage.session.begin();
    select(stage, LayerId{0}, 1);
    CHECK_FALSE(stage.shows("unit.patch/0"));
    CHECK(stage.shows("unit.maximised"));
}

TEST_CASE("from its smallest width on nothing of the unit runs out of its place, in either theme and twice as large") {
    for (const float width : {300.0F, 420.0F, 640.0F}) {
        Stage stage("unit", width, 1000, {.paused = true});
        stage.session.begin();
        stage.session.advance(30);
        select(stage, LayerId{3}, 5);
        for (const char* anchor : {"unit.stop", "unit.patch/2", "unit.patch/17", "unit.maximised", "unit.test",
                                   "unit.batch", "unit.sums", "unit.moment/11"}) {
            INFO(anchor << " at " << width);
            REQUIRE(stage.shows(anchor));
            CHECK(stage.anchor(anchor).left >= 0.0F);
            CHECK(stage.anchor(anchor).right <= width);
        }
    }
}

TEST_CASE("in steady state a frame of the unit allocates nothing") {
    Stage stage("unit", 400, 900, {.paused = true});
    stage.session.begin();
    select(stage, LayerId{3}, 5);
    stage.frames(10);
    CHECK(stage.allocations() == 0);
}

TEST_CASE("Shift I shows the unit, and features have a place for it") {
    const std::optional<int> place = workspace_with("unit", 0);
    REQUIRE(place);
    CHECK(workspaces()[static_cast<std::size_t>(*place)].id == "features");
}
