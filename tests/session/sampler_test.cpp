// What a layer makes of many test pictures: when it is gathered, of which iteration it says it is, and what that costs.
#include "engine/session/sampler.h"
#include "tests/session/driven_run.h"
#include "tests/support/catch.h"

namespace convscope {
namespace {

using namespace std::chrono_literals;

command::Watch look_at(std::initializer_list<SampleQuestion> questions, bool sweeps = false) {
    command::Watch watch;
    for (const SampleQuestion& question : questions) watch.set.add(question);
    watch.set.test_confusion = sweeps;
    return watch;
}

std::shared_ptr<const Snapshot> rest_sampling(DrivenRun& run) {
    while (run.driver.work()) {
    }
    return run.latest();
}

// All of one iteration, which the plain trainer's rows say.
void require_sample(const Snapshot& snapshot, const SampleQuestion& question, std::int64_t iteration) {
    const auto sample = snapshot.find(question);
    REQUIRE(sample != nullptr);
    REQUIRE(sample->problem.empty());
    REQUIRE(sample->iteration == iteration);
    REQUIRE(sample->run == snapshot.run_info->run);
    for (std::int64_t i = 0; i < sample->count(); ++i) {
        const auto place = static_cast<std::size_t>(i);
        REQUIRE(sample->values[2 * place] == static_cast<float>(sample->pictures[place]));
        REQUIRE(sample->values[2 * place + 1] == static_cast<float>(iteration));
    }
}

constexpr SampleQuestion kFew{.layer = LayerId{0}, .count = 50}, kWholeSet{.layer = kInputLayer, .count = 10000};

}  // namespace

TEST_CASE("While a run rests each sample is gathered once, in slices, and anew behind the next iteration") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    CHECK(run.apply(look_at({kFew, kWholeSet}))->samples.empty());
    require_sample(*rest_sampling(run), kFew, 0);
    require_sample(*run.latest(), kWholeSet, 0);
    CHECK(run.latest()->find(kFew)->count() == 50);
    CHECK(run.latest()->find(kWholeSet)->count() == run.script->test_count);
    CHECK(run.script->samples == 2);
    run.step(3);
    require_sample(*rest_sampling(run), kFew, 3);
    require_sample(*run.latest(), kWholeSet, 3);
}

TEST_CASE("Pictures of a sample are spread evenly over the test set") {
    const std::vector<std::int64_t> pictures = sampled_pictures({.layer = kInputLayer, .count = 4}, 10);
    CHECK(pictures == std::vector<std::int64_t>{0, 2, 5, 7});
    CHECK(sampled_pictures({.layer = kInputLayer, .count = 40}, 10).size() == 10);
    CHECK(sampled_pictures({.layer = kInputLayer, .count = 40}, 0).empty());
}

TEST_CASE("Nobody who looks at no lay of the data pays for it") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    run.step(50);
    CHECK(run.script->samples == 0);
    run.apply(look_at({kWholeSet}));
    run.driver.work();
    CHECK(run.apply(command::Watch{})->samples.empty());
    run.step(50);
    rest_sampling(run);
    CHECK(run.script->samples == 1);
    CHECK(run.latest()->samples.empty());
}

TEST_CASE("A hand on the network, and a new run, make another sample") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    run.apply(look_at({kFew}));
    rest_sampling(run);
    run.apply(command::SetChannel{.layer = LayerId{0}, .channel = 0, .value = 0.0});
    rest_sampling(run);
    CHECK(run.script->samples == 2);
    CHECK(run.apply(command::Reset{.seed = 5})->find(kFew) == nullptr);
    rest_sampling(run);
    require_sample(*run.latest(), kFew, 0);
}

TEST_CASE("A layer that is not there, and a set of no pictures, is answered with a sentence, once") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    const SampleQuestion no_layer{.layer = LayerId{9}};
    run.apply(look_at({no_layer}));
    CHECK(rest_sampling(run)->find(no_layer)->problem.find("There is no layer 9") != std::string::npos);
    CHECK(run.script->samples == 1);
    DrivenRun empty({.recipe = plain_recipe(), .paused = true});
    empty.script->test_count = 0;
    empty.begin();
    empty.apply(look_at({kFew}));
    CHECK(rest_sampling(empty)->find(kFew)->problem.find("no test pictures") != std::string::npos);
}

TEST_CASE("Flat out samples take their share of the time, and are each of one iteration") {
    DrivenRun run;
    run.script->train_count = 1'000'000;
    std::chrono::nanoseconds training{}, sampling{};
    run.script->on_train = [&](std::int64_t) {
        run.clock->advance(8ms);
        training += 8ms;
    };
    run.script->on_sample = [&](std::int64_t pictures) {
        run.clock->advance(pictures * 200us);
        sampling += pictures * 200us;
    };
    run.begin();
    run.apply(look_at({kFew}));
    std::int64_t seen = 0;
    const ActivationSample* last = nullptr;
    while (run.latest()->iteration < 3000) {
        const auto snapshot = run.work();
        const auto sample = snapshot->find(kFew);
        if (sample.get() == last) continue;
        last = sample.get();
        ++seen;
        require_sample(*snapshot, kFew, sample->iteration);
    }
    CHECK(seen > 20);
    CHECK(sampling < training * 6 / 100);  // the first one has more
}

TEST_CASE("At a pace that leaves little time neither the sample nor the sweep starves") {
    DrivenRun run;
    run.script->train_count = 1'000'000;
    run.script->on_train = [&](std::int64_t) { run.clock->advance(1ms); };
    run.script->on_sample = [&](std::int64_t) { run.clock->advance(3ms); };
    run.script->on_classify = [&](std::int64_t) { run.clock->advance(3ms); };
    run.begin();
    run.apply(command::SetSpeed{.iterations_per_second = 20.0});
    run.apply(look_at({kFew}, /*sweeps=*/true));
    std::int64_t samples = 0, sweeps = 0;
    const ActivationSample* last = nullptr;
    const CountedConfusion* last_sweep = nullptr;
    while (run.latest()->iteration < 200) {
        if (!run.driver.work()) run.clock->advance(5ms);
        const auto snapshot = run.latest();
        if (const auto sample = snapshot->find(kFew); sample.get() != last) {
            last = sample.get();
            ++samples;
        }
        if (snapshot->test_confusion.get() != last_sweep) {
            last_sweep = snapshot->test_confusion.get();
            ++sweeps;
        }
    }
    CHECK(samples > 10);
    CHECK(sweeps > 10);
}

}  // namespace convscope
