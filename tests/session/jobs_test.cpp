// Long computations: when they are worked on, of which iteration they say they are, what is kept of them, and what that
// costs.
#include "engine/session/jobs.h"
#include "engine/session/filter_biography.h"
#include "tests/session/driven_run.h"
#include "tests/support/catch.h"

#include <algorithm>

namespace convscope {
namespace {

using namespace std::chrono_literals;
using SnapshotPtr = std::shared_ptr<const Snapshot>;

const JobQuestion kPatches = TopPatchesQuestion{};
const JobQuestion kMaximised = MaximisedInputQuestion{.layer = LayerId{0}, .channel = 1};
const JobQuestion kHistogram = ActivationHistogramQuestion{.layer = LayerId{2}, .channel = 3};
const JobQuestion kBiography = FilterBiographyQuestion{.layer = LayerId{0}, .channel = 1};

command::Watch ask_jobs(std::initializer_list<JobQuestion> questions) {
    command::Watch watch;
    for (const JobQuestion& question : questions) watch.set.add(question);
    return watch;
}

SnapshotPtr rest_working(DrivenRun& run) {
    while (run.driver.work()) {
    }
    return run.latest();
}

float value_of(const JobAnswer& answer) {
    if (const auto* patches = answer.as<TopPatches>()) return patches->most(LayerId{0}, 0)[0].value;
    if (const auto* maximised = answer.as<MaximisedInput>()) return maximised->reached;
    return answer.as<ActivationHistogram>()->values.largest;
}

void require_done(const SnapshotPtr& snapshot, const JobQuestion& question, std::int64_t iteration) {
    const Job* job = snapshot->find(question);
    REQUIRE(job != nullptr);
    REQUIRE(job->answer);
    REQUIRE(job->answer->problem.empty());
    REQUIRE(job->answer->question == question);
    REQUIRE(job->answer->iteration == iteration);
    REQUIRE(job->answer->run == snapshot->run_info->run);
    REQUIRE(value_of(*job->answer) == static_cast<float>(iteration));
}

}  // namespace

TEST_CASE("While a run rests a job is worked on a slice at a time, and anew behind the next iteration") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    const SnapshotPtr asked = run.apply(ask_jobs({kPatches}));
    REQUIRE(asked->find(kPatches) != nullptr);
    CHECK_FALSE(asked->find(kPatches)->answer);
    CHECK(asked->find(kPatches)->iteration == -1);
    require_done(rest_working(run), kPatches, 0);
    CHECK(run.script->jobs == 1);
    CHECK(run.latest()->find(kPatches)->iteration == -1);
    require_done(run.step(3), kPatches, 3);
    CHECK(run.script->jobs == 2);
}

TEST_CASE("A job's progress is told, and what there is to see of it before it is done") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    run.apply(ask_jobs({kPatches}));
    std::vector<double> progress;
    bool seen_early = false;
    while (run.driver.work()) {
        run.clock->advance(100ms);  // so that progress is due
        const Job* job = run.latest()->find(kPatches);
        if (job->iteration == 0 && (progress.empty() || progress.back() < job->progress))
            progress.push_back(job->progress);
        seen_early = seen_early || (job->so_far && !job->answer);
    }
    CHECK(progress.size() > 1);
    CHECK(seen_early);
    CHECK_FALSE(run.latest()->find(kPatches)->so_far);
}

TEST_CASE("The newest question comes first, and the one before it goes on where it was") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    run.apply(ask_jobs({kPatches}));
    run.driver.work();
    run.driver.work();
    run.apply(ask_jobs({kPatches, kHistogram}));
    while (!run.latest()->find(kHistogram)->answer) REQUIRE(run.driver.work());
    CHECK_FALSE(run.latest()->find(kPatches)->answer);
    require_done(rest_working(run), kPatches, 0);
    CHECK(run.script->jobs == 2);  // nothing was begun twice
}

TEST_CASE("A job that nobody asks for any more is given up, and its answer is kept for who asks again") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    run.apply(ask_jobs({kPatches}));
    run.driver.work();
    run.driver.work();
    CHECK(run.apply(ask_jobs({}))->jobs.empty());
    CHECK_FALSE(run.driver.work());
    run.apply(ask_jobs({kPatches}));
    require_done(rest_working(run), kPatches, 0);
    CHECK(run.script->jobs == 2);
    run.apply(ask_jobs({}));
    require_done(run.apply(ask_jobs({kPatches})), kPatches, 0);  // at once
    rest_working(run);
    CHECK(run.script->jobs == 2);
}

TEST_CASE("Who comes back to an iteration finds the answers that were found there") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    run.apply(ask_jobs({kPatches}));
    run.step(4);
    rest_working(run);
    run.step(3);
    rest_working(run);
    const std::int64_t begun = run.script->jobs;
    run.go_to(4);
    require_done(rest_working(run), kPatches, 4);
    run.go_to(7);
    require_done(rest_working(run), kPatches, 7);
    CHECK(run.script->jobs == begun);
}

TEST_CASE("What was found out about a network that is changed by hand is found out anew") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    run.apply(ask_jobs({kPatches}));
    rest_working(run);
    const auto before = run.latest()->find(kPatches)->answer;
    run.apply(command::SetChannel{.layer = LayerId{0}, .channel = 0, .value = 0.0});
    CHECK(run.latest()->find(kPatches)->answer == before);  // an old one is better than none
    CHECK(rest_working(run)->find(kPatches)->answer != before);
    CHECK(run.script->jobs == 2);
}

TEST_CASE("Another run's answers are no answers") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    run.apply(ask_jobs({kPatches}));
    rest_working(run);
    const RunId first = run.latest()->run_info->run;
    CHECK_FALSE(run.apply(command::Reset{7})->find(kPatches)->answer);
    run.apply(command::Pause{});
    const SnapshotPtr later = rest_working(run);
    CHECK(later->find(kPatches)->answer->run != first);
    require_done(later, kPatches, later->iteration);
}

TEST_CASE("What cannot be asked is said in a sentence, once") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    const JobQuestion no_layer = ActivationHistogramQuestion{.layer = LayerId{9}},
                      no_channel = MaximisedInputQuestion{.layer = LayerId{0}, .channel = 2},
                      no_value = MaximisedInputQuestion{.layer = LayerId{0}, .channel = 1, .row = 4, .column = 0},
                      no_filter = FilterBiographyQuestion{.layer = LayerId{1}};
    run.apply(ask_jobs({no_layer, no_channel, no_value, no_filter}));
    const SnapshotPtr snapshot = rest_working(run);
    const auto problem = [&](const JobQuestion& question) { return snapshot->find(question)->answer->problem; };
    CHECK(problem(no_layer).find("There is no layer 9") != std::string::npos);
    CHECK(problem(no_channel).find("has no channel 2: its channels are 0 to 1") != std::string::npos);
    CHECK(problem(no_value).find("no value at row 4") != std::string::npos);
    CHECK(problem(no_filter).find("learns no filter") != std::string::npos);
    CHECK(run.script->jobs == 0);
}

TEST_CASE("A job and the test set's sweep take turns in spare time, so that neither keeps the other waiting") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.script->on_classify = [&run](std::int64_t) { run.clock->advance(3ms); };  // seven slices of a sweep
    run.begin();
    command::Watch watch = ask_jobs({kPatches});
    watch.set.test_confusion = true;
    run.apply(watch);
    while (!run.latest()->find(kPatches)->answer) REQUIRE(run.driver.work());
    CHECK_FALSE(run.latest()->test_confusion);
    CHECK(run.script->classify_calls > 2);
    CHECK(rest_working(run)->test_confusion);
}

TEST_CASE("Flat out jobs take their share of the time, from the first on, and every one is answered") {
    DrivenRun run;
    run.script->train_count = 1'000'000;
    std::chrono::nanoseconds training{}, working{};
    run.script->on_train = [&](std::int64_t) {
        run.clock->advance(8ms);
        training += 8ms;
    };
    run.script->on_job = [&] {
        run.clock->advance(5ms);
        working += 5ms;
    };
    run.begin();
    run.apply(ask_jobs({kPatches, kMaximised, kHistogram, kBiography}));
    while (run.latest()->iteration < 3000) run.work();
    CHECK(working > training / 20);
    CHECK(working < training * 9 / 100);
    for (const Job& job : run.latest()->jobs) {
        REQUIRE(job.answer);
        CHECK(job.answer->iteration > 2500);
    }
}

namespace {

KeptState kept_at(std::int64_t iteration, std::vector<float> of_conv) {
    auto state = std::make_shared<TrainingState>();
    state->weights = {{"conv.weight", blob_of<float>({2, 1, 3, 3}, of_conv)}};
    return {.training = std::move(state), .moment = {.iteration = iteration}};
}

}  // namespace

TEST_CASE("A biography begins with what the seed drew, and ends with what is now") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    run.apply(ask_jobs({kBiography}));
    const SnapshotPtr snapshot = run.step(20);
    const auto* biography = snapshot->find(kBiography)->answer->as<FilterBiography>();
    REQUIRE(biography != nullptr);
    CHECK(biography->shape == Shape{1, 3, 3});
    REQUIRE(biography->moments.size() == 2);
    CHECK(biography->moments.front().iteration == 0);
    CHECK(biography->moments.front().from_start == 0.0);
    CHECK(biography->moments.back().iteration == 20);
    CHECK(biography->moments.back().from_now == 0.0);
    CHECK(biography->settled == 0);  // nothing moves the plain trainer's kernels
}

TEST_CASE("A biography has the moments that are kept, no more than a strip has room for, and says when it settled") {
    PlainTrainer trainer(std::make_shared<PlainScript>());
    const auto info = trainer.start({RunId{1}, plain_recipe(), 4}).value();
    std::vector<float> now(9);
    trainer.read_values({TensorKind::Weight, LayerId{0}}, 9, now);
    std::vector<KeptState> kept;
    for (std::int64_t iteration = 0; iteration < 1000; iteration += 10) {
        std::vector<float> both(18, 1.0F);
        std::copy(now.begin(), now.end(), both.begin() + 9);
        // Turned away until iteration 600, then longer than now, which is no other direction.
        for (std::size_t i = 9; i < 18; ++i) both[i] *= iteration < 600 ? (i % 2 ? 1.0F : -1.0F) : 3.0F;
        kept.push_back(kept_at(iteration, std::move(both)));
    }
    const FilterBiography biography = filter_biography({.layer = LayerId{0}, .channel = 1}, info->network.layers[0],
                                                       kept, trainer, 1000, /*from_seed=*/false);
    CHECK(biography.moments.size() == FilterBiography::kMostMoments);
    CHECK(biography.moments.front().iteration == 0);
    CHECK(biography.moments.back().iteration == 1000);
    for (std::size_t i = 1; i < biography.moments.size(); ++i)
        CHECK(biography.moments[i - 1].iteration < biography.moments[i].iteration);
    CHECK(biography.settled >= 600);
    CHECK(biography.settled < 660);
    CHECK(biography.moments[biography.moments.size() - 2].norm ==
          Approx(3.0 * biography.moments.back().norm).epsilon(1e-6));
    CHECK(biography.moments.back().from_start > 0.02);
    const FilterBiography earlier = filter_biography({.layer = LayerId{0}, .channel = 1}, info->network.layers[0], kept,
                                                     trainer, 300, /*from_seed=*/false);
    CHECK(earlier.moments.back().iteration == 300);
    CHECK(earlier.moments[earlier.moments.size() - 2].iteration < 300);
    CHECK(earlier.settled == -1);
}

}  // namespace convscope
