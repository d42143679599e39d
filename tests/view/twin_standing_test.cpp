// Who is ahead of two runs side by side, and what is offered to race against.
#include "viz/view/twin_standing.h"

#include "engine/recipe/network_plan.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_session.h"
#include "viz/view/metric_history.h"
#include "viz/view/recipe_swaps.h"
#include "viz/view/twin_choices.h"

#include <array>
#include <limits>
#include <set>
#include <string>

using namespace convscope;
using Lead = TwinStanding::Lead;

namespace {

constexpr float kNotANumber = std::numeric_limits<float>::quiet_NaN();

// A run whose loss was `before` up to `common` and is `after` from there on.
MetricHistory history_of(std::uint64_t run, std::int64_t common, std::int64_t last, float before, float after) {
    MetricHistory history;
    auto info = std::make_shared<RunInfo>();
    info->run = RunId{run};
    history.add(Event(event::RunStarted{info}));
    for (std::int64_t i = 1; i <= last; ++i) {
        IterationMetrics metrics;
        metrics.run = RunId{run};
        metrics.iteration = i;
        metrics.loss = i <= common ? before : after;
        history.add(metrics);
    }
    return history;
}

void measure(MetricHistory& history, std::int64_t iteration, double accuracy) {
    EvaluationMetrics test;
    test.run = history.run();
    test.iteration = iteration;
    test.test_accuracy = accuracy;
    history.add(Event(event::Evaluated{test}));
}

std::string said(const TwinStanding& standing) {
    std::array<char, 320> text{};
    say_standing(standing, "test", text);
    return text.data();
}

const TwinChoice* find_choice(const std::vector<TwinChoice>& all, std::string_view anchor) {
    for (const TwinChoice& one : all)
        if (one.anchor == anchor) return &one;
    return nullptr;
}

}  // namespace

TEST_CASE("the one with the lower mean loss since the two parted is ahead") {
    const MetricHistory run = history_of(1, 50, 200, 2.0F, 0.31F);
    const MetricHistory twin = history_of(2, 50, 200, 2.0F, 0.12F);
    const TwinStanding standing = standing_of(run, twin, 50, 200);
    CHECK(standing.lead == Lead::Twin);
    CHECK(standing.run.first == 101);
    CHECK(standing.run.last == 200);
    CHECK(said(standing) == "The twin is ahead: loss 0.12 against 0.31 over the last 100 iterations");
    CHECK(standing_of(twin, run, 50, 200).lead == Lead::Run);
    CHECK(said(standing_of(twin, run, 50, 200)) ==
          "The run is ahead: loss 0.12 against 0.31 over the last 100 iterations");
}

TEST_CASE("what was before the two parted says nothing of who is ahead") {
    const MetricHistory run = history_of(1, 150, 180, 9.0F, 0.2F);
    const MetricHistory twin = history_of(2, 150, 180, 0.0F, 0.4F);
    const TwinStanding standing = standing_of(run, twin, 150, 180);
    CHECK(standing.lead == Lead::Run);
    CHECK(standing.run.first == 151);
}

TEST_CASE("below twenty iterations apart it is too early to say, and said") {
    const MetricHistory run = history_of(1, 50, 69, 2.0F, 0.3F);
    const MetricHistory twin = history_of(2, 50, 70, 2.0F, 0.1F);
    CHECK(standing_of(run, twin, 50, 70).lead == Lead::TooEarly);
    CHECK(said(standing_of(run, twin, 50, 70)) == "Too early to say which one is ahead: 1 more iteration apart");
    CHECK(standing_of(history_of(1, 50, 70, 2.0F, 0.3F), twin, 50, 70).lead == Lead::Twin);
    // Where both have gone back to where they were one, likewise.
    CHECK(standing_of(twin, twin, 50, 40).lead == Lead::TooEarly);
}

TEST_CASE("less than a hundredth apart, both are even") {
    const MetricHistory run = history_of(1, 0, 100, 0.0F, 0.1F);
    CHECK(standing_of(run, history_of(2, 0, 100, 0.0F, 0.1005F), 0, 100).lead == Lead::Even);
    CHECK(standing_of(run, history_of(2, 0, 100, 0.0F, 0.102F), 0, 100).lead == Lead::Run);
    CHECK(said(standing_of(run, run, 0, 100)).starts_with("Both are even: loss 0.1 against 0.1"));
}

TEST_CASE("a loss that is no number loses") {
    const MetricHistory run = history_of(1, 0, 100, 0.0F, 0.1F);
    const MetricHistory broken = history_of(2, 0, 100, 0.0F, kNotANumber);
    CHECK(standing_of(run, broken, 0, 100).lead == Lead::Run);
    CHECK(said(standing_of(run, broken, 0, 100)) ==
          "The run is ahead: loss 0.1 against none that is a number over the last 100 iterations");
    CHECK(said(standing_of(broken, broken, 0, 100)) == "Neither has a loss that is a number");
}

TEST_CASE("accuracies are compared where both were measured behind the same iteration, after they parted") {
    MetricHistory run = history_of(1, 50, 200, 2.0F, 0.3F);
    MetricHistory twin = history_of(2, 50, 200, 2.0F, 0.1F);
    measure(run, 40, 0.5);
    measure(twin, 40, 0.6);
    CHECK_FALSE(standing_of(run, twin, 50, 200).run_accuracy);
    measure(run, 100, 0.95);
    measure(twin, 100, 0.971);
    measure(run, 180, 0.99);
    CHECK(
        said(standing_of(run, twin, 50, 200)) ==
        "The twin is ahead: loss 0.1 against 0.3 over the last 100 iterations; test accuracy 97.10 % against 95.00 %");
    CHECK_FALSE(standing_of(run, twin, 50, 90).run_accuracy);
}

TEST_CASE("before who is ahead comes what keeps one of them from the race") {
    Snapshot run, twin;
    run.run_info = twin.run_info = std::make_shared<RunInfo>();
    auto place = std::make_shared<TwinPlace>();
    place->begins = 40;
    run.twin = twin.twin = place;
    run.iteration = twin.iteration = 50;
    std::array<char, 320> text{};
    CHECK_FALSE(say_twin_state(run, twin, text));
    run.iteration = 30;
    CHECK(say_twin_state(run, twin, text));
    CHECK(std::string(text.data()) == "The twin begins at iteration 40: until the run comes there it waits");
    twin.state = SessionState::Failed;
    twin.failure = "no memory";
    CHECK(say_twin_state(run, twin, text));
    CHECK(std::string(text.data()) == "The twin has stopped: no memory");
}

TEST_CASE("every difference that is offered can be begun, or says what is missing") {
    test::ScriptedSession session({.paused = true});
    session.begin();
    const std::shared_ptr<const Snapshot> snapshot = session.latest();
    Selection selection;
    std::set<std::string> anchors;
    for (const TwinChoice& one : twin_choices(*snapshot, selection, false)) {
        INFO(one.anchor);
        CHECK(anchors.insert(one.anchor).second);
        CHECK_FALSE(one.label.empty());
        CHECK(one.help.ends_with("."));
    }
    const auto before = twin_choices(*snapshot, selection, false);
    CHECK_FALSE(find_choice(before, "silence")->begin);
    selection.select_channel(3);
    const auto all = twin_choices(*snapshot, selection, true);
    REQUIRE(find_choice(all, "silence")->begin);
    CHECK(find_choice(all, "silence")->begin->from_start);
    CHECK(std::get<command::SetChannel>(find_choice(all, "silence")->begin->difference[0]).channel == 3);
    CHECK(std::get<command::SetLearningRate>(find_choice(all, "rate-up")->begin->difference[0]).learning_rate ==
          Approx(0.01));
    CHECK_FALSE(find_choice(all, "activation-relu")->begin);  // they are so already
    const Recipe tanh =
        std::get<command::ChangeRecipe>(find_choice(all, "activation-tanh")->begin->difference[0]).recipe;
    CHECK(tanh.layers[1].kind == LayerKind::Tanh);
    CHECK(find_choice(all, "augmentation")->begin->recipe->augmentation.any());
    CHECK(find_choice(all, "nothing")->begin->difference.empty());
}

TEST_CASE("activations that are so already are no difference, wherever their recipe was read from") {
    Recipe recipe = test::wide_cnn_recipe();
    for (std::size_t i = 0; i < recipe.layers.size(); ++i) recipe.layers[i].line = static_cast<int>(i) + 1;
    CHECK(activations_are(recipe, LayerKind::ReLU));
    CHECK_FALSE(activations_are(recipe, LayerKind::Tanh));
    CHECK(activations_are(with_activations(recipe, LayerKind::Tanh), LayerKind::Tanh));
    recipe.layers[1].kind = LayerKind::Tanh;  // one of several
    CHECK_FALSE(activations_are(recipe, LayerKind::ReLU));
}

TEST_CASE("with batch norm behind every convolution, and without it again, a recipe is a network") {
    const Recipe plain = test::wide_cnn_recipe();
    const Recipe normed = with_batch_norm(plain);
    CHECK(has_batch_norm(normed));
    const auto network = plan_network(normed);
    REQUIRE(network);
    CHECK(network.value().layers.size() == plan_network(plain).value().layers.size() + 2);
    CHECK(network.value().layers[1].spec.kind == LayerKind::BatchNorm);
    CHECK(without_batch_norm(normed) == plain);
    CHECK_FALSE(has_batch_norm(plain));
}
