// What the diagnosis judges by, gathered from snapshots and from what was told of a run.
#include "viz/view/diagnosis_evidence.h"

#include "engine/api/dataset.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_network.h"
#include "tests/support/toy_dataset.h"
#include "viz/view/metric_history.h"

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

using namespace convscope;

namespace {

constexpr RunId kRun{3};

// A run of wide-cnn, and what is told of it.
struct Told {
    Snapshot snapshot;
    MetricHistory history;
    Evidence evidence;

    explicit Told(std::shared_ptr<const Dataset> data = nullptr) {
        auto run = std::make_shared<RunInfo>();
        run->run = kRun;
        run->recipe = test::wide_cnn_recipe();
        run->network = test::wide_cnn_description();
        run->dataset = std::move(data);
        snapshot.run_info = run;
        snapshot.settings.batch_size = 64;  // stretches of 16 iterations
        snapshot.settings.learning_rate = 0.01;
        history.add(Event(event::RunStarted{.info = run}));
    }
    void losses(std::int64_t until, const std::function<double(std::int64_t)>& loss) {
        while (snapshot.iteration < until) {
            IterationMetrics metrics;
            metrics.run = kRun;
            metrics.iteration = ++snapshot.iteration;
            metrics.loss = static_cast<float>(loss(metrics.iteration));
            metrics.learning_rate = 0.01F;
            history.add(metrics);
            snapshot.metrics = metrics;
        }
    }
    void mark(const char* what) { history.add(Event(event::Changed{kRun, snapshot.iteration, what})); }
    const Evidence& gathered() {
        gather(snapshot, history, evidence);
        return evidence;
    }
    void capture(TensorKind kind, LayerId layer, Shape shape, std::vector<float> values, std::uint64_t content) {
        auto capture = std::make_shared<TensorCapture>();
        capture->key = {kind, layer};
        capture->run = kRun;
        capture->content_id = content;
        capture->shape = shape;
        capture->whole = test::statistics_of(values);
        capture->values = std::move(values);
        snapshot.seen.captures = {capture};
    }
};

}  // namespace

TEST_CASE("what the loss is, was at best and is in quarters is told of whole stretches, up to where the run is") {
    Told told;
    told.losses(15, [](std::int64_t) { return 2.0; });
    CHECK_FALSE(told.gathered().loss.recent);
    told.losses(400, [](std::int64_t i) { return i <= 100 ? 2.0 : i <= 200 ? 1.0 : 3.0; });
    const LossEvidence& loss = told.gathered().loss;
    CHECK(loss.iterations == 400);
    CHECK(loss.stretch == 16);
    CHECK(*loss.recent == Approx(3.0));
    CHECK(loss.best == Approx(1.0));
    CHECK(loss.highest == Approx(3.0));
    CHECK(loss.quarters == std::array<double, 4>{2.0, 1.0, 3.0, 3.0});
    CHECK(loss.halves == std::array<double, 2>{3.0, 3.0});
    told.snapshot.iteration = 200;  // in the past
    CHECK(*told.gathered().loss.recent == Approx(1.0));
    CHECK(told.gathered().loss.iterations == 200);
    CHECK(told.gathered().loss.compared == 0);
}

TEST_CASE("behind a change the loss begins anew, and what it was before counts where the rate was changed") {
    const auto best_behind = [](const char* what) {
        Told told;
        told.losses(100, [](std::int64_t) { return 0.5; });
        told.mark(what);
        told.losses(140, [](std::int64_t) { return 2.5; });
        return told.gathered().loss;
    };
    CHECK(best_behind("learning rate 0.01 -> 1").best == Approx(0.5));
    CHECK(best_behind("learning rate 0.01 -> 1").iterations == 40);
    CHECK(best_behind("all weights: zeros").best == Approx(2.5));
    CHECK(best_behind("continued to epoch 3").iterations == 140);
}

TEST_CASE("a loss that is no number is told with the iteration since which it is none") {
    Told told;
    told.losses(50, [](std::int64_t i) { return i < 43 ? 1.0 : std::numeric_limits<double>::quiet_NaN(); });
    CHECK(told.gathered().loss.no_number_since == 43);
    CHECK_FALSE(told.gathered().loss.recent);
}

TEST_CASE("measurements are told by the lowest, and by how many came behind it") {
    Told told;
    const double losses[] = {0.9, 0.5, 0.6, 0.7};
    for (std::int64_t i = 0; i < 4; ++i) {
        EvaluationMetrics measured;
        measured.run = kRun;
        measured.iteration = 10 * (i + 1);
        measured.test_loss = losses[i];
        measured.train_loss = 0.4 - 0.05 * static_cast<double>(i);
        told.history.add(Event(event::Evaluated{measured}));
    }
    told.snapshot.iteration = 40;
    const HeldOutEvidence& held = told.gathered().held_out;
    CHECK(held.measurements == 4);
    CHECK(held.since_best == 2);
    CHECK(held.best_at == 20);
    CHECK(held.loss == Approx(0.7));
    CHECK(held.train_loss_at_best == Approx(0.35));
    told.snapshot.iteration = 30;
    CHECK(told.gathered().held_out.measurements == 3);
}

TEST_CASE("a class without a picture is not one that is never predicted") {
    Told told;
    auto counted = std::make_shared<CountedConfusion>();
    counted->matrix = ConfusionMatrix(4);
    counted->matrix.add(0, 0, 5);
    counted->matrix.add(2, 0, 7);
    counted->first_iteration = 12;
    told.snapshot.test_confusion = counted;
    const ClassEvidence& classes = told.gathered().classes;
    CHECK(classes.pictures == 12);
    CHECK(classes.never_predicted == 1);
    CHECK(classes.first_never == 2);
    CHECK(classes.pictures_of_first == 7);
    CHECK(classes.iteration == 12);
}

TEST_CASE("kernels are twins where they point the same way, however long they are, and opposite ones are not") {
    Told told;
    std::vector<float> kernels(4 * 25);
    for (std::size_t i = 0; i < 25; ++i) {
        const auto x = static_cast<float>(i);
        kernels[i] = std::sin(x);
        kernels[25 + i] = std::cos(x);
        kernels[50 + i] = 0.25F * std::sin(x) + 0.001F * x;
        kernels[75 + i] = -std::sin(x);
    }
    told.capture(TensorKind::Weight, LayerId{0}, {4, 1, 5, 5}, kernels, 8);
    const LayerEvidence& layer = told.gathered().layers[0];
    CHECK(layer.weighs);
    CHECK(layer.twins.filters == 4);
    CHECK(layer.twins.with_twin == 2);
    CHECK(layer.twins.first == 0);
    CHECK(layer.twins.second == 2);
    CHECK(layer.twins.cosine > 0.995);
    CHECK_FALSE(layer.weights_alike);
    CHECK(*layer.weight_size > 0.5);
    told.capture(TensorKind::Weight, LayerId{0}, {4, 1, 5, 5}, std::vector<float>(100), 9);
    CHECK(told.gathered().layers[0].weights_alike);
    CHECK(told.gathered().layers[0].twins.with_twin == 0);
}

TEST_CASE("values that are no numbers are told of their layer, and say nothing of sizes") {
    Told told;
    std::vector<float> gradient(250, 0.1F);
    told.capture(TensorKind::WeightGradient, LayerId{0}, {10, 1, 5, 5}, gradient, 1);
    CHECK(*told.gathered().layers[0].gradient_size == Approx(0.1));
    CHECK(*told.gathered().layers[0].gradient_norm == Approx(0.1 * std::sqrt(250.0)));
    gradient[7] = std::numeric_limits<float>::infinity();
    told.capture(TensorKind::WeightGradient, LayerId{0}, {10, 1, 5, 5}, gradient, 2);
    CHECK(told.gathered().layers[0].no_number);
    CHECK_FALSE(told.gathered().layers[0].gradient_size);
}

TEST_CASE("how often a picture's label is that of the one before is counted once a run") {
    CHECK_FALSE(Told().gathered().same_as_next);
    Told mixed(make_toy_dataset(200, 20));
    CHECK(*mixed.gathered().same_as_next < 0.3);
}

TEST_CASE("what is changed of the data by hand is told") {
    Told told;
    CHECK_FALSE(told.gathered().noisy);
    CHECK_FALSE(told.gathered().relabelled);
    CHECK_FALSE(told.gathered().left_out);
    const auto with = [&told](DataChanges changes) -> const Evidence& {
        auto restraints = std::make_shared<Restraints>();
        restraints->data = std::move(changes);
        told.snapshot.restraints = restraints;
        return told.gathered();
    };
    CHECK(with({.noise = 10.0}).noisy);
    CHECK(with({.relabelled = {{3, 1}}}).relabelled);
    CHECK(with({.times = {1, 1, 0, 1, 1, 1, 1, 1, 1, 1}}).left_out);
    CHECK_FALSE(with({.times = {1, 1, 2, 1, 1, 1, 1, 1, 1, 1}}).left_out);
}

TEST_CASE("of another run nothing is kept") {
    Told told;
    told.losses(40, [](std::int64_t) { return 1.0; });
    told.capture(TensorKind::Weight, LayerId{0}, {10, 1, 5, 5}, std::vector<float>(250, 1.0F), 4);
    CHECK(told.gathered().layers[0].weights_alike);
    auto next = std::make_shared<RunInfo>(*told.snapshot.run_info);
    next->run = RunId{4};
    told.snapshot.run_info = next;
    CHECK_FALSE(told.gathered().loss.recent);  // nobody has told of it yet
    CHECK_FALSE(told.gathered().layers[0].weight_size);
    CHECK(told.evidence.run->run == RunId{4});
}

TEST_CASE("layers with very many weights are not watched, all others with their gradients and updates") {
    WatchSet watch;
    watch_evidence(*Told().snapshot.run_info, watch);
    for (const TensorKind kind : {TensorKind::Weight, TensorKind::WeightGradient, TensorKind::WeightUpdate}) {
        CHECK(watch.contains({kind, LayerId{0}}));
        CHECK(watch.contains({kind, LayerId{8}}));
        CHECK_FALSE(watch.contains({kind, LayerId{6}}));  // fc1's million
    }
    CHECK(watch.layer_statistics);
    CHECK(watch.test_confusion);
    CHECK_FALSE(watch.every_iteration);
}
