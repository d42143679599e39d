#include "viz/scene/followed_value.h"

#include "tests/scene/captured_network.h"
#include "tests/support/catch.h"

#include <memory>

using namespace convscope;
using convscope::test::CapturedNetwork;
using convscope::test::layer;

namespace {

std::shared_ptr<const RunInfo> some_run() {
    auto info = std::make_shared<RunInfo>();
    info->run = RunId{1};
    return info;
}

std::vector<float> counted(std::int64_t count, float step) {
    std::vector<float> values;
    for (std::int64_t i = 0; i < count; ++i) values.push_back(step * static_cast<float>(i));
    return values;
}

}  // namespace

TEST_CASE("a value of a map is followed with the weights of its filter, the largest gradients first") {
    CapturedNetwork of({1, 4, 4}, {layer("conv", LayerKind::Conv2d, 2, 3)});
    of.snapshot.run_info = some_run();
    const LayerId conv = of.id("conv");
    of.put({TensorKind::PassActivation, conv}, counted(8, 1.0F));
    of.put({TensorKind::PassGradient, conv}, counted(8, -0.5F));
    of.put({TensorKind::Weight, conv}, counted(18, 0.1F));
    of.put({TensorKind::WeightGradient, conv}, counted(18, 0.01F));
    of.put({TensorKind::WeightUpdate, conv}, counted(18, -0.001F));
    of.put({TensorKind::Bias, conv}, {0.25F, 0.75F});
    of.put({TensorKind::BiasGradient, conv}, {0.5F, 1.5F});
    of.snapshot.phase = Phase::Update;
    IterationFilm film;
    film.at(Phase::Update) = of.snapshot.seen;
    of.put({TensorKind::Bias, conv}, {0.25F, 0.5F});
    film.at(Phase::Batch) = of.snapshot.seen;
    of.snapshot.seen = film.at(Phase::Update);
    const FollowedValue whole = follow_value(of.network, of.snapshot, film, {conv, 1, 1, 0});
    CHECK(whole.self.value == 6.0F);
    CHECK(whole.self.gradient == -3.0F);
    CHECK_FALSE(whole.self.step);
    CHECK(whole.moved);
    CHECK(whole.weight_count == 9);
    REQUIRE(whole.listed == FollowedValue::kMostWeights);
    CHECK(whole.weights[0].index == 8);
    CHECK(whole.weights[5].index == 3);
    CHECK(whole.weights[0].number.value == Approx(1.7F));
    CHECK(whole.weights[0].number.gradient == Approx(0.17F));
    CHECK(whole.weights[0].number.step == Approx(-0.017F));
    CHECK(whole.bias.value == 0.75F);
    CHECK(whole.bias.gradient == 1.5F);
    CHECK(whole.bias.step == 0.25F);
    const WeightPlace place = place_of_weight(of["conv"], whole.weights[0].index);
    CHECK(place.input == 0);
    CHECK(place.row == 2);
    CHECK(place.column == 2);

    // At an earlier phase the same weights, of which less is known.
    std::erase_if(of.snapshot.seen.captures,
                  [](const auto& capture) { return capture->key.kind != TensorKind::Weight; });
    of.snapshot.phase = Phase::Batch;
    const FollowedValue early = follow_value(of.network, of.snapshot, film, {conv, 1, 1, 0});
    CHECK_FALSE(early.self.value);
    CHECK_FALSE(early.self.gradient);
    CHECK_FALSE(early.moved);
    REQUIRE(early.listed == whole.listed);
    for (std::size_t i = 0; i < early.listed; ++i) {
        CHECK(early.weights[i].index == whole.weights[i].index);
        CHECK(early.weights[i].number.value == whole.weights[i].number.value);
        CHECK_FALSE(early.weights[i].number.gradient);
        CHECK_FALSE(early.weights[i].number.step);
    }
}

TEST_CASE("a unit is followed with its row, and a layer without weights has none") {
    CapturedNetwork of({1, 2, 2}, {layer("relu", LayerKind::ReLU)});
    of.snapshot.run_info = some_run();
    const LayerId fc = of.id("end.fc");
    of.put({TensorKind::Weight, fc}, counted(8, 1.0F));
    const FollowedValue unit = follow_value(of.network, of.snapshot, IterationFilm{}, {fc, 1, 0, 0});
    CHECK(unit.weight_count == 4);
    CHECK(unit.listed == 4);
    CHECK(unit.weights[0].number.value == 4.0F);
    CHECK(place_of_weight(of["end.fc"], 3).input == 3);
    CHECK(place_of_weight(of["end.fc"], 3).row == -1);
    const FollowedValue none = follow_value(of.network, of.snapshot, IterationFilm{}, {of.id("relu"), 0, 1, 1});
    CHECK(none.weight_count == 0);
    CHECK(none.listed == 0);
    CHECK_FALSE(none.has_bias);

    WatchSet watch;
    watch_followed(of.network, {of.id("relu"), 0, 1, 1}, watch);
    CHECK(watch.tensors.size() == 2);
    watch_followed(of.network, {fc, 1, 0, 0}, watch);
    CHECK(watch.contains({TensorKind::WeightUpdate, fc}));
    CHECK(watch.contains({TensorKind::BiasGradient, fc}));
}
