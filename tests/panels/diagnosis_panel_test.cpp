// The diagnosis as a panel: what it says, what a click does, when it looks again.
#include "tests/panels/stage.h"
#include "tests/support/catch.h"

#include <string>
#include <variant>
#include <vector>

using namespace convscope;
using convscope::test::Stage;

namespace {

struct Ward : Stage {
    explicit Ward(int width = 420, int height = 760) : Stage("diagnosis", width, height, {.paused = true}) {
        session.begin();
        session.advance(5);
        session.post(command::Pause{});
        wait();
    }
    void wait() { frames(30); }  // it looks again after 0.4 s
    bool says(const char* text) {
        point(2.0F, 2.0F);
        const std::string all = written();
        INFO(all);
        return all.find(text) != std::string::npos;
    }
    template <typename Wanted>
    std::vector<Wanted> posted() const {
        std::vector<Wanted> found;
        for (const Command& command : session.commands())
            if (const auto* wanted = std::get_if<Wanted>(&command)) found.push_back(*wanted);
        return found;
    }
    bool finds(const char* check) const { return shows(std::string("diagnosis.") + check + ".what"); }
};

}  // namespace

TEST_CASE("of a run that is well the panel says what was checked, and what it waits for") {
    Ward stage;
    CHECK(stage.says("checks, nothing stands out"));
    CHECK(stage.says("Overfitting: three measurements"));
    CHECK_FALSE(stage.finds("units-alike"));
}

TEST_CASE("all weights at zero are found, shown where they are and put right by the button") {
    Ward stage;
    stage.session.post(command::FillWeights{});
    stage.wait();
    REQUIRE(stage.finds("units-alike"));
    CHECK(stage.says("Units alike: problem"));
    CHECK(stage.says("Every weight of conv1 is 0"));
    stage.selection.select_layer(LayerId{4});
    stage.frames(2);
    stage.click("diagnosis.units-alike.what");
    CHECK(stage.selection.layer == LayerId{0});
    stage.click("diagnosis.units-alike.remedy");
    const auto filled = stage.posted<command::FillWeights>();
    REQUIRE(filled.size() == 2);
    CHECK(filled.back().with == command::FillWeights::With::FirstValues);
    CHECK(filled.back().layer == kInputLayer);
    stage.wait();
    CHECK_FALSE(stage.finds("units-alike"));
}

TEST_CASE("a batch of one is found, and its button asks for the recipe's") {
    Ward stage;
    stage.session.post(command::SetBatchSize{1});
    stage.wait();
    stage.click("diagnosis.small-batch.remedy");
    CHECK(stage.posted<command::SetBatchSize>().back().batch_size == 512);
    CHECK(stage.snapshot()->settings.batch_size == 512);
}

TEST_CASE("Show selects and goes to a workspace that has the panel, staying where one has it already") {
    Ward stage;
    stage.session.post(command::FillWeights{});
    stage.wait();
    stage.settings.workspace = 4;  // Data has no filters
    stage.selection.select_layer(LayerId{4});
    stage.click("diagnosis.units-alike.show");
    CHECK(stage.settings.workspace == 0);
    CHECK(stage.selection.layer == LayerId{0});
    stage.settings.workspace = 1;  // Features has them
    stage.click("diagnosis.units-alike.show");
    CHECK(stage.settings.workspace == 1);
    stage.settings.workspace = 5;  // over the scene they float
    stage.click("diagnosis.units-alike.show");
    CHECK(stage.settings.workspace == 5);
    CHECK(stage.settings.floating == std::vector<std::string>{"filters"});
}

TEST_CASE("the panel looks again a few times a second at most, and asks for a frame until it has") {
    Ward stage;
    CHECK_FALSE(stage.unfinished());
    stage.session.post(command::SetBatchSize{1});
    stage.frames(30);
    stage.session.post(command::SetBatchSize{2});
    stage.frames(3);
    CHECK(stage.says("a single picture"));  // as it was
    CHECK(stage.unfinished());
    stage.wait();
    CHECK(stage.says("of 2 pictures"));
    CHECK_FALSE(stage.unfinished());
}

TEST_CASE("what the diagnosis needs is watched while it is drawn, and nothing of it elsewhere") {
    Ward stage;
    CHECK(stage.watched().contains({TensorKind::WeightGradient, LayerId{3}}));
    CHECK(stage.watched().layer_statistics);
    CHECK_FALSE(stage.watched().contains({TensorKind::WeightGradient, LayerId{6}}));  // too many
    stage.show([](FrameContext&) {});
    stage.frames(2);
    CHECK(stage.watched().empty());
}

TEST_CASE("looking again allocates nothing either") {
    Stage stage("diagnosis", 420, 500);
    stage.session.begin();
    stage.session.advance(400);
    stage.frames(60);
    std::int64_t most = 0;
    for (int i = 0; i < 40; ++i) {
        stage.session.advance(1);
        stage.frame();
        most = std::max(most, stage.allocations());
    }
    CHECK(most == 0);
}
