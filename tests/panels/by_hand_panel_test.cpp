// What is done to the network by hand: with buttons, with the mouse on a kernel, from a menu, by keys.
#include "tests/panels/stage.h"
#include "tests/support/catch.h"

#include <string>
#include <variant>
#include <vector>

using namespace convscope;
using convscope::test::Stage;

namespace {

// Paused behind some iterations, with a channel of conv1 selected.
struct Hands : Stage {
    explicit Hands(std::string_view panel = "by-hand", int width = 340, int height = 900)
        : Stage(panel, width, height, {.paused = true}) {
        session.begin();
        session.advance(5);
        session.post(command::Pause{});
        selection.select_channel(3);
        frames(4);
    }
    const Restraints* held() const { return snapshot()->restraints.get(); }
    std::string undo() const { return snapshot()->undo ? *snapshot()->undo : ""; }
    template <typename Wanted>
    std::vector<Wanted> posted() const {
        std::vector<Wanted> found;
        for (const Command& command : session.commands())
            if (const auto* wanted = std::get_if<Wanted>(&command)) found.push_back(*wanted);
        return found;
    }
};

}  // namespace

TEST_CASE("each button does what it says to what is selected, and shows that it is in effect") {
    Hands stage;
    stage.click("by-hand.silence");
    REQUIRE(stage.held());
    CHECK(stage.held()->channels == Interventions{{LayerId{0}, 3, 0.0F}});
    stage.point(2.0F, 2.0F);
    CHECK(stage.written().find("conv1 channel 3 silenced") != std::string::npos);
    stage.click("by-hand.hold");
    CHECK(stage.held()->channels.front().value != 0.0F);
    stage.click("by-hand.hold");
    CHECK_FALSE(stage.held());
    stage.click("by-hand.freeze filter");
    stage.click("by-hand.freeze layer");
    CHECK(stage.held()->frozen == std::vector<FrozenPart>{{LayerId{0}}, {LayerId{0}, 3}});
    stage.click("by-hand.let go/0");  // of the first line
    CHECK(stage.held()->frozen == std::vector<FrozenPart>{{LayerId{0}, 3}});
    stage.selection.select_layer(LayerId{3});
    stage.frames(2);
    stage.click("by-hand.held/0");  // a click on a line selects what it is about
    CHECK(stage.selection.layer == LayerId{0});
    CHECK(stage.selection.channel == 3);
    stage.click("by-hand.take back");
    stage.click("by-hand.take back");
    CHECK(stage.undo() == "conv1 filter 3 frozen");
    stage.click("by-hand.zeros");
    CHECK(stage.undo() == "conv1 filter 3: zeros");
    stage.click("by-hand.first values");
    CHECK(stage.undo() == "conv1 filter 3: first values again");
}

TEST_CASE("activation, optimizer and loss are swapped from lists, and what is broken on purpose is put back") {
    Hands stage("by-hand", 340, 1100);
    const Recipe first = stage.snapshot()->run_info->recipe;
    const auto recipe = [&]() -> const Recipe& { return stage.snapshot()->run_info->recipe; };
    const LayerDescription* relu = nullptr;
    for (const LayerDescription& layer : stage.snapshot()->run_info->network.layers)
        if (layer.spec.kind == LayerKind::ReLU && relu == nullptr) relu = &layer;
    REQUIRE(relu);
    const std::string name = relu->spec.name;
    CHECK_FALSE(stage.shows("by-hand.activation"));
    stage.selection.select_layer(relu->id);
    stage.frames(3);
    stage.click("by-hand.activation");
    stage.frames(2);
    stage.click("by-hand.activation/1");
    CHECK(stage.undo() == name + " relu -> leaky_relu");
    stage.click("by-hand.no activations");
    CHECK(stage.undo().ends_with("identity"));
    stage.click("by-hand.optimizer");
    stage.frames(2);
    stage.click("by-hand.optimizer/0");
    CHECK(recipe().optimizer.kind == OptimizerKind::Sgd);
    CHECK(stage.snapshot()->settings.learning_rate == 0.01);
    stage.click("by-hand.loss");
    stage.frames(2);
    stage.click("by-hand.loss/3");
    CHECK(stage.undo() == "loss cross_entropy -> mse");
    stage.click("by-hand.no shuffling");
    CHECK_FALSE(recipe().shuffle);
    stage.click("by-hand.no normalisation");
    CHECK(recipe().input_mean == std::vector<double>{0.0});
    const std::size_t asked = stage.session.commands().size();
    stage.click("by-hand.no normalisation");  // there is nothing left of it
    CHECK(stage.session.commands().size() == asked);
    for (int i = 0; i < 6; ++i) stage.click("by-hand.take back");
    CHECK(stage.undo().empty());
    CHECK(recipe() == first);
}

TEST_CASE("a stroke over the kernel is one change, and counts when the button is let go of") {
    Hands stage;
    const auto before = stage.snapshot()->find({TensorKind::Weight, LayerId{0}})->values;
    stage.point("by-hand.kernel", 0.1F, 0.1F);
    stage.press(true);
    stage.frame();
    stage.point("by-hand.kernel", 0.3F, 0.1F);
    stage.point("by-hand.kernel", 0.5F, 0.1F);
    CHECK(stage.posted<command::SetWeights>().empty());
    stage.press(false);
    stage.frames(3);
    const auto strokes = stage.posted<command::SetWeights>();
    REQUIRE(strokes.size() == 1);
    CHECK(strokes[0].layer == LayerId{0});
    CHECK(strokes[0].first == 3 * 25);
    REQUIRE(strokes[0].values.size() == 25);
    for (std::size_t i = 0; i < 25; ++i) {
        CAPTURE(i);
        CHECK((strokes[0].values[i] == before[3 * 25 + i]) == (i > 2));
    }
    CHECK(strokes[0].values[0] == strokes[0].values[2]);
    CHECK(stage.undo() == "conv1 filter 3: 25 weights set");
    CHECK(stage.snapshot()->find({TensorKind::Weight, LayerId{0}})->values[3 * 25] == strokes[0].values[0]);
    stage.click_right("by-hand.kernel", 0.5F, 0.5F);  // the right button sets 0
    CHECK(stage.posted<command::SetWeights>().back().values[12] == 0.0F);
}

TEST_CASE("patterns, copies and typed numbers take the place of a kernel, or of a weight of it") {
    Hands stage;
    stage.click("by-hand.Edges |");
    const auto edges = stage.posted<command::SetWeights>().back();
    CHECK(edges.values[10] == -edges.values[14]);
    stage.click("by-hand.copy kernel");
    stage.selection.select_channel(7);
    stage.frames(3);
    stage.click("by-hand.paste kernel");
    const auto pasted = stage.posted<command::SetWeights>().back();
    CHECK(pasted.first == 7 * 25);
    CHECK(pasted.values == edges.values);
    stage.click("by-hand.kernel", 0.9F, 0.9F);
    stage.click("by-hand.weight");
    stage.type("-0.375");
    stage.click("by-hand.kernel", 0.9F, 0.9F);
    bool typed = false;
    for (const auto& set : stage.posted<command::SetWeights>())
        typed = typed || (set.first == 7 * 25 + 24 && set.values == std::vector<float>{-0.375F});
    CHECK(typed);
}

TEST_CASE("what is broken on purpose is whole again when it is taken back") {
    Hands stage;
    const double rate = stage.snapshot()->settings.learning_rate;
    stage.click("by-hand.rate x100");
    CHECK(stage.snapshot()->settings.learning_rate == Approx(100.0 * rate));
    stage.click("by-hand.batch of one");
    CHECK(stage.snapshot()->settings.batch_size == 1);
    const auto before = stage.snapshot()->find({TensorKind::Weight, LayerId{0}})->values;
    stage.click("by-hand.all zeros");
    CHECK(stage.snapshot()->find({TensorKind::Weight, LayerId{0}})->whole.zero_fraction == 1.0F);
    stage.click("by-hand.wrong labels");
    REQUIRE(stage.snapshot()->restraints);
    CHECK(stage.snapshot()->restraints->data.shuffled_labels == 0.5);
    const std::size_t asked = stage.session.commands().size();
    stage.click("by-hand.wrong labels");  // they are
    CHECK(stage.session.commands().size() == asked);
    for (int i = 0; i < 4; ++i) {
        stage.send(ui::TakeBack{});
        stage.frames(3);
    }
    CHECK_FALSE(stage.snapshot()->restraints);
    CHECK(stage.snapshot()->settings.learning_rate == rate);
    CHECK(stage.snapshot()->settings.batch_size == 512);
    CHECK(stage.snapshot()->find({TensorKind::Weight, LayerId{0}})->values == before);
    CHECK(stage.undo().empty());
    stage.send(ui::TakeBack{});  // nothing by hand any more: a run that was replaced would come back
    stage.frames(2);
    CHECK(stage.posted<command::BringBack>().size() == 1);
}

TEST_CASE("the right button on a map, or on a kernel, selects it and offers what can be done by hand") {
    for (const std::string panel : {"feature-maps", "filters"}) {
        CAPTURE(panel);
        Hands stage(panel, 700, 420);
        const std::string tiles = panel == "filters" ? "filters.kernels/0" : "feature-maps.maps";
        stage.click_right(tiles, 0.06F, 0.2F);
        CHECK(stage.selection.channel == 0);
        REQUIRE(stage.shows(panel + ".silence"));
        stage.click(panel + ".silence");
        REQUIRE(stage.held());
        CHECK(stage.held()->find(LayerId{0}, 0) != nullptr);
        CHECK_FALSE(stage.shows(panel + ".silence"));
    }
}

TEST_CASE("without a channel, a kernel or a network the panel says what is missing") {
    Stage stage("by-hand", 340, 760, {.paused = true});
    stage.session.begin();
    stage.frames(3);
    stage.selection = {.layer = LayerId{0}};
    stage.frames(2);
    CHECK(stage.written().find("Select one of its channels") != std::string::npos);
    stage.selection = {.layer = LayerId{6}};
    stage.frames(2);
    CHECK(stage.written().find("Select a convolution") != std::string::npos);
    stage.click("by-hand.silence");  // without effect
    CHECK_FALSE(stage.snapshot()->restraints);
    stage.send(ui::DoByHand{HandAction::Silence});
    stage.frame();
    REQUIRE_FALSE(stage.take_notices().empty());
}

TEST_CASE("what is held, named and taken back next is drawn without allocating") {
    Hands stage;
    stage.click("by-hand.silence");
    stage.click("by-hand.freeze filter");
    stage.click("by-hand.rate x100");
    stage.point(2.0F, 2.0F);
    stage.frames(20);
    REQUIRE(stage.held());
    CHECK(stage.allocations() == 0);
}
