// The loss along the step that comes: when it is measured, of which iteration it says it is, and what that costs.
#include "engine/session/loss_slicer.h"
#include "tests/session/driven_run.h"
#include "tests/support/catch.h"

namespace convscope {
namespace {

using namespace std::chrono_literals;
using SnapshotPtr = std::shared_ptr<const Snapshot>;

command::Watch look_ahead() {
    command::Watch watch;
    watch.set.loss_slice = true;
    return watch;
}

SnapshotPtr rest(DrivenRun& run) {
    while (run.driver.work()) {
    }
    return run.latest();
}

void require_slice(const SnapshotPtr& snapshot, std::int64_t iteration) {
    REQUIRE(snapshot->loss_slice);
    const LossSlice& slice = *snapshot->loss_slice;
    REQUIRE(slice.iteration == iteration);
    REQUIRE(slice.learning_rate == snapshot->settings.learning_rate);
    REQUIRE(slice.batch_count == snapshot->settings.batch_size);
    REQUIRE(slice.held_out_count == 200);
    REQUIRE(slice.points.size() == LossSlice::kPoints);
    REQUIRE(slice.points.front().multiple == -1.0);
    REQUIRE(slice.points[5].multiple == 0.0);
    REQUIRE(slice.points[10].multiple == 1.0);
    REQUIRE(slice.points.back().multiple == 4.0);
    for (const LossSlice::Point& point : slice.points) {
        const LossSlice::Point wanted = PlainTrainer::point_of(point.multiple, iteration);
        REQUIRE(point.batch_loss == wanted.batch_loss);
        REQUIRE(point.held_out_loss == wanted.held_out_loss);
    }
}

}  // namespace

TEST_CASE("While a run rests the loss along its next step is measured once, a point at a time") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    CHECK_FALSE(run.apply(look_ahead())->loss_slice);
    for (int i = 0; i < LossSlice::kPoints; ++i) {
        run.driver.work();
        CHECK(run.script->slice_points == i);
    }
    require_slice(rest(run), 0);
    CHECK(run.script->proposals == 1);
    CHECK(run.script->slice_points == LossSlice::kPoints);
    require_slice(run.step(3), 3);
    CHECK(run.latest()->state == SessionState::Paused);
}

TEST_CASE("The loss beside the step is measured where it is watched, behind the loss along it") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    run.apply(look_ahead());
    rest(run);
    CHECK(run.script->surface_points == 0);
    command::Watch aside = look_ahead();
    aside.set.loss_surface = true;
    CHECK_FALSE(run.apply(aside)->loss_surface);
    const SnapshotPtr snapshot = rest(run);
    require_slice(snapshot, 0);
    REQUIRE(snapshot->loss_surface);
    const LossSurface& surface = *snapshot->loss_surface;
    CHECK(surface.iteration == 0);
    CHECK(surface.learning_rate == snapshot->settings.learning_rate);
    CHECK(surface.batch_count == snapshot->settings.batch_size);
    REQUIRE(surface.losses.size() == LossSurface::kRows * LossSurface::kColumns);
    for (int row = 0; row < LossSurface::kRows; ++row)
        for (int column = 0; column < LossSurface::kColumns; ++column) {
            const double beside = 0.5 * (row - 4) * (row - 4);  // halves of a step
            REQUIRE(surface.at(row, column) ==
                    PlainTrainer::point_of((column - 2) / 2.0, 0).batch_loss + 0.25 * beside);
        }
    CHECK(rest(run)->loss_surface == snapshot->loss_surface);
    run.step(1);
    CHECK(rest(run)->loss_surface->iteration == 1);
    CHECK_FALSE(run.apply(look_ahead())->loss_surface);
    const std::int64_t measured = run.script->surface_points;
    run.step(5);
    rest(run);
    CHECK(run.script->surface_points == measured);
}

TEST_CASE("Flat out the surface is finished, of one step, and the line goes on behind it") {
    DrivenRun run;
    run.script->train_count = 1'000'000;
    run.script->on_train = [&run](std::int64_t) { run.clock->advance(8ms); };
    run.script->on_slice = [&run] { run.clock->advance(5ms); };
    run.begin();
    command::Watch aside = look_ahead();
    aside.set.loss_surface = true;
    run.apply(aside);
    std::shared_ptr<const LossSurface> first, second;
    while (!second) {
        const SnapshotPtr snapshot = run.work();
        REQUIRE(snapshot->iteration < 10'000);
        if (snapshot->loss_surface && !first) first = snapshot->loss_surface;
        if (snapshot->loss_surface != first) second = snapshot->loss_surface;
        if (snapshot->loss_surface) REQUIRE(snapshot->loss_slice->iteration >= snapshot->loss_surface->iteration);
    }
    CHECK(second->iteration > first->iteration);
}

TEST_CASE("Nobody who does not look ahead pays for it") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    run.step(50);
    CHECK(run.script->proposals == 0);
    run.apply(look_ahead());
    run.driver.work();
    run.driver.work();
    CHECK_FALSE(run.apply(command::Watch{})->loss_slice);
    run.step(50);
    CHECK(run.script->proposals == 1);
    CHECK(run.script->slice_points == 1);
}

TEST_CASE("Another rate, another batch size or a hand on the network makes another step") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    run.apply(look_ahead());
    rest(run);
    const Command change = GENERATE(Command{command::SetLearningRate{0.5}}, Command{command::SetMomentum{0.25}},
                                    Command{command::SetBatchSize{3}}, Command{command::SetChannel{LayerId{0}, 1}});
    run.apply(change);
    require_slice(rest(run), 0);
    CHECK(run.script->proposals == 2);
    run.apply(change);  // which is none
    rest(run);
    CHECK(run.script->proposals == 2);
}

TEST_CASE("Flat out looking ahead takes no more than its share, and no bit of what is learned") {
    DrivenRun alone, watched;
    for (DrivenRun* run : {&alone, &watched}) {
        run->script->train_count = 1'000'000;
        run->script->on_train = [run](std::int64_t) { run->clock->advance(8ms); };
        run->script->on_slice = [run] { run->clock->advance(5ms); };
        run->begin();
    }
    watched.apply(look_ahead());
    std::int64_t slices = 0;
    std::shared_ptr<const LossSlice> last;
    for (int i = 0; i < 3000; ++i) {
        alone.work();
        const SnapshotPtr snapshot = watched.work();
        REQUIRE(snapshot->iteration == i + 1);
        if (!snapshot->loss_slice || snapshot->loss_slice == last) continue;
        last = snapshot->loss_slice;
        ++slices;
        require_slice(snapshot, last->iteration);
        REQUIRE(last->iteration <= snapshot->iteration);
        REQUIRE(snapshot->iteration - last->iteration < 500);
    }
    CHECK(slices >= 5);
    CHECK(watched.logged_iterations == alone.logged_iterations);
    CHECK(seconds_between(alone.clock->now(), watched.clock->now()) < 0.06 * 3000 * 0.008);
}

TEST_CASE("At a pace the loss along the step is measured between two iterations, and delays none") {
    DrivenRun run({.recipe = plain_recipe(), .iterations_per_second = 2.0});
    run.script->on_slice = [&run] { run.clock->advance(5ms); };
    run.begin();
    run.apply(look_ahead());
    run.work();
    for (std::int64_t i = 1; i < 5; ++i) {
        require_slice(rest(run), i);
        REQUIRE(run.clock->now() < run.driver.next_due());
        run.clock->advance(run.driver.next_due() - run.clock->now());
        REQUIRE(run.work()->iteration == i + 1);
    }
}

TEST_CASE("Where there is no next step that is said once an iteration") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.script->no_step = true;
    run.begin();
    run.apply(look_ahead());
    const SnapshotPtr snapshot = rest(run);
    REQUIRE(snapshot->loss_slice);
    CHECK(snapshot->loss_slice->points.empty());
    CHECK(run.script->proposals == 1);
}

TEST_CASE("In the past the step is that of the place that is shown") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    run.apply(look_ahead());
    run.step(20);
    require_slice(run.latest(), 20);
    run.go_to(7);
    require_slice(rest(run), 7);
}

}  // namespace convscope
