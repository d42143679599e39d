// The two confusion matrices and the evaluation at an epoch's end or when asked for.
#include "tests/session/session_under_test.h"

#include <algorithm>
#include <cmath>

namespace convscope {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kSweptCount = 1234;  // three slices of an evaluation

std::shared_ptr<PlainScript> test_set_of(std::int64_t test_count) {
    auto script = std::make_shared<PlainScript>();
    script->test_count = test_count;
    script->train_count = 95;  // ten iterations an epoch, the last of five samples
    return script;
}

// Predictions that tell of which iteration the weights were that made them.
int rotated(std::int64_t, int label, std::int64_t iteration) { return static_cast<int>((label + iteration) % 10); }

// The class distance of all counts when it is one and the same, else -1.
int rotation_of(const ConfusionMatrix& matrix) {
    int rotation = -1;
    for (int truth = 0; truth < matrix.class_count(); ++truth)
        for (int predicted = 0; predicted < matrix.class_count(); ++predicted) {
            if (matrix.at(truth, predicted) == 0) continue;
            const int distance = (predicted - truth + 10) % 10;
            if (rotation >= 0 && rotation != distance) return -1;
            rotation = distance;
        }
    return rotation;
}

WatchSet confusion_watched() {
    WatchSet watch;
    watch.test_confusion = true;
    return watch;
}

// The matrix counted again, picture by picture.
ConfusionMatrix of_predictions(const CountedConfusion& confusion) {
    ConfusionMatrix matrix(confusion.matrix.class_count());
    for (std::size_t i = 0; i < confusion.predicted.size(); ++i)
        matrix.add(plain_label(confusion.split, static_cast<std::int64_t>(i)), confusion.predicted[i]);
    return matrix;
}

}  // namespace

TEST_CASE("At an epoch's end training is summed over its samples and the test set measured at those weights") {
    auto script = test_set_of(kSweptCount);
    script->predict = [](std::int64_t index, int label, std::int64_t) { return index % 100 == 7 ? 9 : label; };
    const auto clock = std::make_shared<ManualClock>();
    script->on_train = [&clock](std::int64_t) { clock->advance(2ms); };
    SessionUnderTest run({.script = script, .clock = clock});
    run.step(20);
    const std::vector<EvaluationMetrics> evaluations = run.evaluations();
    REQUIRE(evaluations.size() == 2);
    const std::vector<IterationMetrics>& metrics = run.metrics();
    for (std::size_t epoch = 0; epoch < 2; ++epoch) {
        double loss = 0.0;
        double correct = 0.0;
        for (std::size_t i = 0; i < 10; ++i) {
            const double samples = i == 9 ? 5.0 : 10.0;
            loss += static_cast<double>(metrics[epoch * 10 + i].loss) * samples;
            correct += static_cast<double>(metrics[epoch * 10 + i].accuracy) * samples;
        }
        const EvaluationMetrics& evaluation = evaluations[epoch];
        const auto iteration = static_cast<std::int64_t>(epoch + 1) * 10;
        CHECK(evaluation.run == metrics.front().run);
        CHECK(evaluation.iteration == iteration);
        CHECK(evaluation.epoch == static_cast<std::int64_t>(epoch) + 1);
        CHECK(evaluation.train_loss == Approx(loss / 95.0));
        CHECK(evaluation.train_accuracy == Approx(correct / 95.0));
        CHECK(evaluation.test_loss == PlainTrainer::loss_sum(kSweptCount, 13, iteration) / double(kSweptCount));
        CHECK(evaluation.test_accuracy == double(kSweptCount - 13) / double(kSweptCount));
        CHECK(evaluation.seconds == Approx(10 * 0.002));
        CHECK(evaluation.samples_per_second == Approx(95.0 / (10 * 0.002)));
    }
}

TEST_CASE("An evaluation brings a confusion matrix that sums to the test set, row by row") {
    auto script = test_set_of(kSweptCount);
    script->predict = rotated;
    SessionUnderTest run({.script = script});
    const SnapshotPtr snapshot = run.step(10);
    REQUIRE(snapshot->test_confusion != nullptr);
    const CountedConfusion& confusion = *snapshot->test_confusion;
    CHECK(confusion.matrix.total() == kSweptCount);
    CHECK(rotation_of(confusion.matrix) == 0);
    CHECK(confusion.first_iteration == 10);
    CHECK(confusion.last_iteration == 10);
    CHECK(of_predictions(confusion) == confusion.matrix);
    std::vector<std::int64_t> rows(10, 0);
    for (std::int64_t i = 0; i < kSweptCount; ++i) ++rows[static_cast<std::size_t>(plain_label(Split::Test, i))];
    for (int truth = 0; truth < 10; ++truth)
        CHECK(confusion.matrix.row_total(truth) == rows[static_cast<std::size_t>(truth)]);
}

TEST_CASE("Evaluate measures now, whatever the session is doing, and leaves it doing so") {
    SessionUnderTest run({.script = test_set_of(kSweptCount)});
    SECTION("while paused within an epoch") {
        run.step(4);
        run.post(command::Evaluate{});
        const SnapshotPtr snapshot = run.wait_for([](const Snapshot& s) { return s.test_confusion && !s.evaluating; });
        CHECK(snapshot->state == SessionState::Paused);
        CHECK(snapshot->iteration == 4);
        REQUIRE(run.evaluations().size() == 1);
        CHECK(run.evaluations().front().iteration == 4);
        CHECK(run.evaluations().front().epoch == 1);
        CHECK(std::isfinite(run.evaluations().front().train_loss));
        run.step(6);  // and the epoch's own is of all its samples
        REQUIRE(run.evaluations().size() == 2);
        CHECK(run.evaluations().back().iteration == 10);
    }
    SECTION("before the first iteration, when there is no training loss yet") {
        run.post(command::Evaluate{});
        run.wait_for([](const Snapshot& s) { return s.test_confusion && !s.evaluating; });
        REQUIRE(run.evaluations().size() == 1);
        CHECK(std::isnan(run.evaluations().front().train_loss));
        CHECK(run.evaluations().front().test_loss == PlainTrainer::loss_sum(kSweptCount, 0, 0) / double(kSweptCount));
    }
    SECTION("after an epoch's end: the same again") {
        run.step(10);
        const CommandId id = run.post(command::Evaluate{});
        run.wait_for([id](const Snapshot& s) { return s.applied_command >= id && !s.evaluating; });
        REQUIRE(run.evaluations().size() == 2);
        CHECK(run.evaluations()[1].epoch == 1);
        CHECK(run.evaluations()[1].train_loss == run.evaluations()[0].train_loss);
        CHECK(run.evaluations()[1].test_loss == run.evaluations()[0].test_loss);
    }
    SECTION("while running") {
        run.post(command::Run{});
        run.wait_for_iteration(5);
        const CommandId id = run.post(command::Evaluate{});
        const std::int64_t at = run.wait_for([id](const Snapshot& s) { return s.applied_command >= id; })->iteration;
        run.wait_for_iteration(at + 30);
    }
}

TEST_CASE("Evaluate when finished measures the finished network and leaves it finished") {
    Recipe recipe = plain_recipe();
    recipe.epochs = 2;
    SessionUnderTest run({.script = test_set_of(kSweptCount), .recipe = recipe, .paused = false});
    run.wait_for_state(SessionState::Finished);
    const CommandId id = run.post(command::Evaluate{});
    const SnapshotPtr snapshot =
        run.wait_for([id](const Snapshot& s) { return s.applied_command >= id && !s.evaluating; });
    CHECK(snapshot->state == SessionState::Finished);
    REQUIRE(run.evaluations().size() == 3);
    CHECK(run.evaluations().back().iteration == 20);
    CHECK(run.evaluations().back().epoch == 2);
}

TEST_CASE("Commands are applied between the slices of an evaluation") {
    auto script = test_set_of(2000);
    Gate busy;
    script->on_classify = [&busy](std::int64_t first) {
        if (first == 500) busy.wait();
    };
    SessionUnderTest run({.script = script, .record = true});
    run.apply(command::Evaluate{});
    REQUIRE(busy.wait_for_arrival());
    WatchSet watch;
    watch.add({TensorKind::Weight, LayerId{0}});
    run.post(command::Watch{watch});
    const CommandId id = run.post(command::SetLearningRate{0.5});
    busy.open();
    run.wait_for([id](const Snapshot& s) { return s.applied_command >= id && !s.evaluating; });
    const std::vector<SnapshotPtr> all = run.recorded();
    const auto answer =
        std::find_if(all.begin(), all.end(), [id](const SnapshotPtr& s) { return s->applied_command >= id; });
    CHECK((*answer)->evaluating);
    CHECK((*answer)->sweep_progress == 0.5);
    CHECK((*answer)->seen.captures.size() == 1);
    CHECK((*answer)->settings.learning_rate == 0.5);
}

TEST_CASE("Pause during an evaluation lets it end, and step and run go on after it") {
    auto script = test_set_of(2000);
    Gate busy;
    script->on_classify = [&busy](std::int64_t first) {
        if (first == 500) busy.wait();
    };
    SessionUnderTest run({.script = script});
    run.post(command::Run{});
    REQUIRE(busy.wait_for_arrival());
    run.post(command::Pause{});
    SECTION("pause alone") {
        busy.open();
        const SnapshotPtr snapshot = run.wait_for([](const Snapshot& s) { return s.test_confusion && !s.evaluating; });
        CHECK(snapshot->state == SessionState::Paused);
        CHECK(snapshot->iteration == 10);
        CHECK(run.evaluations().size() == 1);
    }
    SECTION("step") {
        const CommandId id = run.post(command::Step{3});
        busy.open();
        CHECK(
            run.wait_for([id](const Snapshot& s) { return s.applied_command >= id && s.state == SessionState::Paused; })
                ->iteration == 13);
    }
    SECTION("run") {
        run.post(command::Run{});
        busy.open();
        run.wait_for_iteration(25);
    }
}

TEST_CASE("Evaluate during the evaluation that ends an epoch is answered by it, and the epoch ends") {
    auto script = test_set_of(2000);
    Gate busy;
    script->on_classify = [&busy](std::int64_t first) {
        if (first == 500) busy.wait();
    };
    SessionUnderTest run({.script = script});
    run.post(command::Step{10});
    REQUIRE(busy.wait_for_arrival());
    run.post(command::Evaluate{});
    busy.open();
    run.wait_for([](const Snapshot& s) { return s.test_confusion && !s.evaluating; });
    CHECK(run.evaluations().size() == 1);
    CHECK(run.script().classify_calls == 4);
    CHECK(run.step()->epoch == 2);
}

TEST_CASE("A step asked for during the last evaluation is trained all the same") {
    auto script = test_set_of(2000);
    Gate busy;
    script->on_classify = [&busy](std::int64_t first) {
        if (first == 500) busy.wait();
    };
    Recipe recipe = plain_recipe();
    recipe.epochs = 1;
    SessionUnderTest run({.script = script, .recipe = recipe, .paused = false});
    REQUIRE(busy.wait_for_arrival());
    const CommandId id = run.post(command::Step{2});
    busy.open();
    const SnapshotPtr snapshot =
        run.wait_for([id](const Snapshot& s) { return s.applied_command >= id && s.state != SessionState::Running; });
    CHECK(snapshot->state == SessionState::Paused);
    CHECK(snapshot->iteration == 12);
}

TEST_CASE("Reset during an evaluation abandons it: nothing of the old run is reported after the new one began") {
    auto script = test_set_of(2000);
    Gate busy;
    script->on_classify = [&busy](std::int64_t first) {
        if (first == 500) busy.wait();
    };
    SessionUnderTest run({.script = script});
    run.apply(command::Evaluate{});
    REQUIRE(busy.wait_for_arrival());
    const CommandId id = run.post(command::Reset{.seed = 2});
    busy.open();
    const SnapshotPtr snapshot = run.wait_for([id](const Snapshot& s) { return s.applied_command >= id; });
    CHECK_FALSE(snapshot->evaluating);
    CHECK(snapshot->test_confusion == nullptr);
    run.step(2);
    CHECK(run.evaluations().empty());
}

TEST_CASE("When paused the watched test matrix is renewed with the weights that are shown, and only those") {
    auto script = test_set_of(kSweptCount);
    script->train_count = 1'000'000;
    script->predict = rotated;
    SessionUnderTest run({.script = script});
    run.watch(confusion_watched());
    for (const std::int64_t steps : {3, 1, 4}) {
        const std::int64_t at = run.step(steps)->iteration;
        const SnapshotPtr snapshot = run.wait_for([at](const Snapshot& s) {
            return s.test_confusion && s.test_confusion->first_iteration == at && s.sweep_progress == 0.0;
        });
        CHECK(snapshot->test_confusion->last_iteration == at);
        CHECK(snapshot->test_confusion->matrix.total() == kSweptCount);
        CHECK(rotation_of(snapshot->test_confusion->matrix) == at % 10);
        CHECK(of_predictions(*snapshot->test_confusion) == snapshot->test_confusion->matrix);
    }
    const std::int64_t calls = run.script().classify_calls;
    run.apply(command::SetSpeed{1.0});
    run.apply(command::SetSpeed{0.0});
    CHECK(run.script().classify_calls == calls);  // there is nothing left to do
}

TEST_CASE("Who watches for probabilities has those of every test picture, of the same weights as the matrix") {
    auto script = test_set_of(kSweptCount);
    script->train_count = 1'000'000;
    script->predict = rotated;
    SessionUnderTest run({.script = script});
    run.watch(confusion_watched());
    run.step(3);
    const SnapshotPtr without =
        run.wait_for([](const Snapshot& s) { return s.test_confusion && s.test_confusion->first_iteration == 3; });
    CHECK(without->test_confusion->probabilities.empty());  // which nobody watches
    const auto with_probabilities = [](std::int64_t at) {
        return [at](const Snapshot& s) {
            return s.test_confusion && s.test_confusion->first_iteration == at &&
                   !s.test_confusion->probabilities.empty();
        };
    };
    WatchSet watch = confusion_watched();
    watch.test_probabilities = true;
    run.watch(watch);
    const SnapshotPtr paused = run.wait_for(with_probabilities(3));  // swept once more, of the same iteration
    REQUIRE(std::ssize(paused->test_confusion->probabilities) == 10 * kSweptCount);
    CHECK(paused->test_confusion->predicted == without->test_confusion->predicted);
    for (std::int64_t i = 0; i < kSweptCount; ++i) {
        const auto own = paused->test_confusion->probabilities_of(i);
        const float other = plain_other_probability(i);
        for (int c = 0; c < 10; ++c)
            REQUIRE(
                own[static_cast<std::size_t>(c)] ==
                (c == paused->test_confusion->predicted[static_cast<std::size_t>(i)] ? 1.0F - 9.0F * other : other));
    }
    run.step(1);
    CHECK(rotation_of(run.wait_for(with_probabilities(4))->test_confusion->matrix) == 4);
    run.apply(command::GoTo{2});  // a place in the past
    CHECK(rotation_of(run.wait_for(with_probabilities(2))->test_confusion->matrix) == 2);
    run.watch(confusion_watched());
    run.step(1);
    const SnapshotPtr again = run.wait_for([](const Snapshot& s) {
        return s.test_confusion && s.test_confusion->first_iteration == s.iteration && s.sweep_progress == 0.0;
    });
    CHECK(again->test_confusion->probabilities.empty());
}

TEST_CASE("An evaluation has the probabilities if somebody watches for them, and measures the same without") {
    double losses[2] = {};
    for (const bool watched : {false, true}) {
        auto script = test_set_of(kSweptCount);
        script->predict = rotated;
        SessionUnderTest run({.script = script});
        WatchSet watch;
        watch.test_probabilities = watched;
        run.watch(watch);
        const SnapshotPtr snapshot = run.step(10);
        REQUIRE(snapshot->test_confusion);
        CHECK(snapshot->test_confusion->probabilities.empty() == !watched);
        losses[watched ? 1 : 0] = run.evaluations().back().test_loss;
    }
    CHECK(losses[0] == losses[1]);
}

TEST_CASE("While running flat out the test matrix is renewed again and again, each of one iteration") {
    constexpr std::int64_t kManyPictures = 20'000;
    auto script = test_set_of(kManyPictures);
    script->train_count = 1'000'000'000;
    script->predict = rotated;
    const auto clock = std::make_shared<ManualClock>();
    script->on_train = [&clock](std::int64_t) { clock->advance(1ms); };
    script->on_classify = [&clock](std::int64_t) { clock->advance(1ms); };
    SessionUnderTest run({.script = script, .paused = false, .clock = clock});
    run.watch(confusion_watched());
    bool swept_meanwhile = false;
    std::int64_t last = -1;
    for (int i = 0; i < 3; ++i) {
        const SnapshotPtr snapshot = run.wait_for(
            [last](const Snapshot& s) { return s.test_confusion && s.test_confusion->last_iteration > last; });
        const CountedConfusion& confusion = *snapshot->test_confusion;
        last = confusion.last_iteration;
        CHECK(confusion.matrix.total() == kManyPictures);
        CHECK(of_predictions(confusion) == confusion.matrix);
        CHECK(last <= snapshot->iteration);
        CHECK(confusion.first_iteration == last);  // of one iteration's weights, whatever was learned meanwhile
        CHECK(rotation_of(confusion.matrix) == last % 10);
        swept_meanwhile = swept_meanwhile || last < snapshot->iteration;
    }
    CHECK(swept_meanwhile);
    // Slices of 3 ms, for which a quarter of the training time is saved up, then a twentieth.
    const SnapshotPtr unwatched = run.watch(WatchSet{});
    CHECK(run.script().classify_calls < 8 + unwatched->iteration / 4);
}

TEST_CASE("At a slow pace the test matrix is renewed between the iterations") {
    auto script = test_set_of(kSweptCount);
    script->train_count = 1'000'000;
    script->predict = rotated;
    SessionUnderTest run({.script = script, .paused = false, .iterations_per_second = 0.001});
    run.watch(confusion_watched());
    const SnapshotPtr snapshot = run.wait_for(
        [](const Snapshot& s) { return s.test_confusion && s.test_confusion->first_iteration == s.iteration; });
    CHECK(snapshot->state == SessionState::Running);
    CHECK(rotation_of(snapshot->test_confusion->matrix) == snapshot->iteration % 10);
}

TEST_CASE("A sweep that is no longer watched is dropped, and begins anew when watched again") {
    auto script = test_set_of(100'000);
    script->train_count = 1'000'000;
    script->predict = rotated;
    Gate busy;
    script->on_classify = [&busy](std::int64_t first) {
        if (first > 0) busy.wait();
    };
    SessionUnderTest run({.script = script});
    run.watch(confusion_watched());
    REQUIRE(busy.wait_for_arrival());
    run.post(command::Watch{});
    const CommandId id = run.post(command::Step{1});
    busy.open();
    const SnapshotPtr stepped =
        run.wait_for([id](const Snapshot& s) { return s.applied_command >= id && s.state == SessionState::Paused; });
    CHECK(stepped->sweep_progress == 0.0);
    run.watch(confusion_watched());
    const SnapshotPtr swept = run.wait_for([](const Snapshot& s) { return s.test_confusion != nullptr; });
    CHECK(rotation_of(swept->test_confusion->matrix) == 1);
}

TEST_CASE("The rolling matrix counts the training samples as they were predicted, up to the last two thousand") {
    SessionUnderTest run({.script = test_set_of(kSweptCount)});
    WatchSet watch;
    watch.batch_confusion = true;
    run.watch(watch);
    const SnapshotPtr early = run.step(12);
    const std::vector<IterationMetrics>& metrics = run.metrics();
    double correct = 0.0;
    for (std::size_t i = 0; i < 12; ++i) correct += static_cast<double>(metrics[i].accuracy) * (i == 9 ? 5.0 : 10.0);
    REQUIRE(early->batch_confusion != nullptr);
    CHECK(early->batch_confusion->matrix.total() == 115);
    CHECK(double(early->batch_confusion->matrix.correct()) == Approx(correct));
    CHECK(early->batch_confusion->first_iteration == 1);
    CHECK(early->batch_confusion->last_iteration == 12);

    const SnapshotPtr late = run.step(388);
    CHECK(late->batch_confusion->matrix.total() == 2000);
    CHECK(late->batch_confusion->last_iteration == 400);
    CHECK(late->batch_confusion->first_iteration == 190);  // 21 epochs of 95, and the five of the last minibatch of one
    CHECK(early->batch_confusion->matrix.total() == 115);

    CHECK(run.watch(WatchSet{})->batch_confusion == nullptr);
    CHECK(run.step(1)->batch_confusion == nullptr);
    const SnapshotPtr again = run.watch(watch);  // with what was counted meanwhile
    CHECK(again->batch_confusion->last_iteration == 401);
}

TEST_CASE("Without test pictures an epoch ends all the same") {
    Recipe recipe = plain_recipe();
    recipe.epochs = 2;
    SessionUnderTest run({.script = test_set_of(0), .recipe = recipe});
    run.watch(watch_everything());
    run.post(command::Run{});
    CHECK(run.wait_for_state(SessionState::Finished)->iteration == 20);
    REQUIRE(run.evaluations().size() == 2);
    CHECK(std::isnan(run.evaluations().front().test_loss));
    CHECK(std::isfinite(run.evaluations().front().train_loss));
    CHECK(run.script().classify_calls == 0);
}

}  // namespace convscope
