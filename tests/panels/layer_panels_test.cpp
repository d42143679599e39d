#include "tests/panels/stage.h"
#include "tests/support/catch.h"
#include "viz/widgets/tile_read_out.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <variant>

using namespace convscope;
using convscope::test::Stage;

namespace {

// Layers of the scripted network.
constexpr LayerId kConv1{0};
constexpr LayerId kRelu1{1};
constexpr LayerId kConv2{3};

constexpr const char* kPanels[] = {"network", "feature-maps", "filters", "confusion"};

std::vector<int> sought_classes(const Stage& stage) {
    std::vector<int> labels;
    for (const Command& command : stage.session.commands())
        if (const auto* seek = std::get_if<command::SeekClass>(&command))
            if (labels.empty() || labels.back() != seek->label) labels.push_back(seek->label);
    return labels;
}

}  // namespace

TEST_CASE("before there is a network, and after the trainer failed, the panels stand") {
    for (const char* id : kPanels) {
        INFO(id);
        Stage stage(id, 400, 360);
        stage.frame();  // not even a snapshot
        stage.session.publish_starting();
        stage.frames(2);
        CHECK(stage.watched().tensors.empty());
        stage.session.begin();
        stage.frames(3);
        stage.session.fail("out of memory");
        stage.frames(2);
    }
}

TEST_CASE("the panels draw in a window of any size, values that are not finite included") {
    for (const char* id : kPanels)
        for (const int side : {24, 120, 360, 1200}) {
            INFO(id << " " << side);
            Stage stage(id, side, side);
            stage.session.begin();
            stage.session.poison(true);
            stage.frames(2);
            stage.session.advance(2);
            stage.frames(3);
        }
}

TEST_CASE("a legend names the hatch where something is not a number, and no ends where nothing is one") {
    TensorCapture capture;
    capture.key = {TensorKind::Activation, kConv1};
    capture.shape = Shape{2, 1, 2};
    capture.values = {0.5F, 2.0F, std::nanf(""), std::nanf("")};
    capture.planes = {{.minimum = 0.5F, .maximum = 2.0F}, {.non_finite = 2}};
    capture.whole = {.minimum = 0.5F, .maximum = 2.0F, .non_finite = 2};
    const LegendWords sound = legend_words(capture, {.mode = RangeMode::PerMap}, 0, 3);
    CHECK((sound.numbers && !sound.hatch));
    CHECK(std::string_view(sound.upper) == "2");
    const LegendWords none = legend_words(capture, {.mode = RangeMode::PerMap, .symmetric = true}, 1, 3);
    CHECK((none.hatch && !none.numbers));
    CHECK(std::string_view(none.lower).empty());
    const LegendWords mixed = legend_words(capture, {.mode = RangeMode::PerLayer}, 1, 3);
    CHECK((mixed.hatch && mixed.numbers));
}

TEST_CASE("a legend of a fixed range says where values lie beyond its ends, and only there") {
    TensorCapture capture;
    capture.key = {TensorKind::Activation, kConv1};
    capture.shape = Shape{1, 1, 2};
    capture.values = {-2.0F, 0.25F};
    capture.planes = {{.minimum = -2.0F, .maximum = 0.25F}};
    capture.whole = capture.planes[0];
    const RangeChoice fixed{.mode = RangeMode::Fixed, .fixed = {-0.5F, 0.5F}};
    CHECK(std::string_view(legend_words(capture, fixed, 0, 3).lower) == "≤ -0.5");
    CHECK(std::string_view(legend_words(capture, fixed, 0, 3).upper) == "0.5");
    CHECK(std::string_view(legend_words(capture, {.mode = RangeMode::PerLayer}, 0, 3).lower) == "-2");
}

TEST_CASE("the feature maps of one layer watch that layer's output alone") {
    Stage stage("feature-maps", 500, 400);
    stage.session.begin();
    stage.selection.select_layer(kConv2);
    stage.frames(2);
    CHECK(stage.watched().tensors == std::vector<TensorKey>{{TensorKind::Activation, kConv2}});
    stage.selection.select_layer(kInputLayer);
    stage.frames(2);
    CHECK(stage.watched().tensors == std::vector<TensorKey>{{TensorKind::Input, kInputLayer}});
}

TEST_CASE("the feature maps of all layers watch those in view, not those below") {
    Stage stage("feature-maps", 500, 400);
    stage.session.begin();
    stage.frames(2);
    stage.click("feature-maps.mode/1");  // "All layers"
    stage.frames(2);
    CHECK(stage.watched().contains({TensorKind::Input, kInputLayer}));
    CHECK(stage.watched().contains({TensorKind::Activation, kConv1}));
    CHECK_FALSE(stage.watched().contains({TensorKind::Activation, LayerId{8}}));
}

TEST_CASE("a click on a feature map selects its channel") {
    Stage stage("feature-maps", 500, 400);
    stage.session.begin();
    stage.frames(3);
    REQUIRE(stage.selection.channel == -1);
    stage.click("feature-maps.maps", 0.06F, 0.2F);  // in the upper left map
    CHECK(stage.selection.channel == 0);
}

TEST_CASE("a recipe with fewer layers than the selection does not upset the feature maps") {
    Stage stage("feature-maps", 500, 400);
    stage.session.begin();
    stage.selection.select_layer(LayerId{1000});
    stage.frames(2);
    CHECK(stage.selection.layer == kConv1);
}

TEST_CASE("the filters watch one layer's weights, gradients, updates and biases") {
    Stage stage("filters", 500, 400);
    stage.session.begin();
    stage.selection.select_layer(kConv2);
    stage.frames(2);
    CHECK(stage.watched().tensors == std::vector<TensorKey>{{TensorKind::Weight, kConv2},
                                                            {TensorKind::Bias, kConv2},
                                                            {TensorKind::WeightGradient, kConv2},
                                                            {TensorKind::WeightUpdate, kConv2}});
}

TEST_CASE("the filters say of a missing gradient whether there was none yet, or it was not kept") {
    Stage stage("filters", 500, 400);
    stage.session.begin();
    stage.selection.select_layer(kConv1);
    stage.frames(3);
    CHECK_THAT(stage.written(), contains_text("No gradient yet"));
    stage.session.advance(7);
    stage.session.save("seven.pt", /*asked=*/true);
    stage.session.post(command::Resume{"seven.pt"});
    stage.session.apply();
    stage.frames(3);
    REQUIRE(stage.snapshot()->iteration == 7);
    CHECK_THAT(stage.written(), contains_text("The gradient of this iteration was not kept with the run"));
    stage.session.advance(1);
    stage.frames(3);
    CHECK_THAT(stage.written(), !contains_text("not kept"));
}

TEST_CASE("for a layer without weights the filters show the next one that has some, and select nothing") {
    Stage stage("filters", 500, 400);
    stage.session.begin();
    stage.selection.select_layer(kRelu1);
    stage.frames(2);
    const std::vector<TensorKey> tensors = stage.watched().tensors;
    CHECK(std::count(tensors.begin(), tensors.end(), TensorKey{TensorKind::Weight, kConv2}) == 1);
    CHECK(stage.selection.layer == kRelu1);
    stage.selection.select_layer(kInputLayer);
    stage.frames(2);
    CHECK(std::count(stage.watched().tensors.begin(), stage.watched().tensors.end(),
                     TensorKey{TensorKind::Weight, kConv1}) == 1);
}

TEST_CASE("a click on a line of the network selects that layer and forgets the old one's channel") {
    Stage stage("network", 600, 400);
    stage.session.begin();
    stage.selection.channel = 7;
    stage.frames(3);
    for (int line = 9; line >= 0; --line) {
        stage.click("network.layer/" + std::to_string(line));
        CHECK(stage.selection.layer.index == kInputLayer.index + line);
        CHECK(stage.selection.channel == -1);
    }
}

TEST_CASE("the network's line by line statistics are watched while it is in view") {
    Stage stage("network", 600, 400);
    stage.session.begin();
    stage.frames(2);
    CHECK(stage.watched().layer_statistics);
}

TEST_CASE("clicking down the class names of the confusion matrix seeks every class in order") {
    Stage stage("confusion", 400, 420);
    stage.session.begin();
    stage.session.advance(80);
    stage.frames(3);
    for (int label = 0; label < 10; ++label) stage.click("confusion.class/" + std::to_string(label));
    CHECK(sought_classes(stage) == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
}

TEST_CASE("a click on a cell of the confusion matrix selects it, another one lets go") {
    Stage stage("confusion", 400, 420);
    stage.session.begin();
    stage.session.advance(80);
    stage.frames(3);
    stage.click("confusion.cells", 0.45F, 0.65F);
    const int truth = stage.selection.true_class;
    REQUIRE(truth == 6);
    REQUIRE(stage.selection.predicted_class == 4);
    stage.frames(30);  // twice at once would open it
    stage.click("confusion.cell");
    CHECK(stage.selection.true_class == -1);
    CHECK(stage.selection.predicted_class == -1);
}

TEST_CASE("the test set is swept for the confusion matrix only while that source is chosen") {
    Stage stage("confusion", 400, 420);
    stage.session.begin();
    stage.frames(2);
    CHECK(stage.watched().test_confusion);
    stage.settings.confusion_of_batches = true;
    stage.frames(2);
    CHECK_FALSE(stage.watched().test_confusion);
}
