// Why the network gives its answer: when it is worked out, of which iteration and picture it says it is, and what that
// costs.
#include "engine/session/explainer.h"
#include "tests/session/driven_run.h"
#include "tests/support/catch.h"

namespace convscope {
namespace {

using namespace std::chrono_literals;
using SnapshotPtr = std::shared_ptr<const Snapshot>;
using enum ExplanationMethod;

command::Watch ask(std::initializer_list<ExplanationQuestion> questions) {
    command::Watch watch;
    for (const ExplanationQuestion& question : questions) watch.set.add(question);
    return watch;
}

SnapshotPtr rest_explaining(DrivenRun& run) {
    while (run.driver.work()) {
    }
    return run.latest();
}

void require_answer(const SnapshotPtr& snapshot, const ExplanationQuestion& question, std::int64_t iteration) {
    const Explanation* answer = snapshot->find(question);
    REQUIRE(answer != nullptr);
    REQUIRE(answer->problem.empty());
    REQUIRE(answer->iteration == iteration);
    REQUIRE(answer->score == static_cast<double>(iteration));
    REQUIRE(answer->probe == snapshot->seen.probe.source);
}

constexpr ExplanationQuestion kSaliency{.method = Saliency}, kOcclusion{.method = Occlusion, .class_index = 3};

}  // namespace

TEST_CASE("While a run rests each question is answered once, a slice at a time, and anew behind the next iteration") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    CHECK(run.apply(ask({kSaliency, kOcclusion}))->explanations.empty());
    run.driver.work();
    require_answer(run.latest(), kSaliency, 0);
    CHECK(run.latest()->find(kOcclusion) == nullptr);
    require_answer(rest_explaining(run), kOcclusion, 0);
    CHECK(run.script->explanations == 2);
    run.step(3);
    const SnapshotPtr later = rest_explaining(run);
    require_answer(later, kSaliency, 3);
    require_answer(later, kOcclusion, 3);
    CHECK(later->find(kOcclusion)->class_index == 3);
}

TEST_CASE("Nobody who does not ask why pays for it") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    run.step(50);
    CHECK(run.script->explanations == 0);
    run.apply(ask({kOcclusion}));
    run.driver.work();
    CHECK(run.apply(command::Watch{})->explanations.empty());
    run.step(50);
    rest_explaining(run);
    CHECK(run.script->explanations == 1);
    CHECK(run.latest()->explanations.empty());
}

TEST_CASE("Another picture, or a hand on the network, makes another answer") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    run.apply(ask({kSaliency, kOcclusion}));
    const std::shared_ptr<const Explanation> first = rest_explaining(run)->explanations.back();
    run.apply(command::SetProbe{HeldPicture{Split::Test, 7}});
    const SnapshotPtr other = rest_explaining(run);
    CHECK(other->find(kOcclusion)->probe == ProbeSource{HeldPicture{Split::Test, 7}});
    CHECK(other->find(kSaliency)->probe == ProbeSource{HeldPicture{Split::Test, 7}});
    CHECK(run.script->explanations == 4);
    run.apply(command::SetChannel{.layer = LayerId{0}, .channel = 0, .value = 0.0});
    rest_explaining(run);
    CHECK(run.script->explanations == 6);
    CHECK(run.latest()->find(kSaliency) != other->find(kSaliency));
}

TEST_CASE("What cannot be asked is answered with a sentence, once") {
    DrivenRun run({.recipe = plain_recipe(), .paused = true});
    run.begin();
    const ExplanationQuestion no_maps{.method = GradCam, .layer = LayerId{2}}, no_class{.class_index = 12};
    run.apply(ask({no_maps, no_class}));
    const SnapshotPtr snapshot = rest_explaining(run);
    CHECK(snapshot->find(no_maps)->problem.find("has no maps") != std::string::npos);
    CHECK(snapshot->find(no_class)->problem.find("There is no class 12") != std::string::npos);
    CHECK(run.script->explanations == 2);
}

TEST_CASE("Flat out answers take their share of the time, and the quick ones do not wait for the long one") {
    DrivenRun run;
    run.script->train_count = 1'000'000;
    std::chrono::nanoseconds training{}, explaining{};
    run.script->on_train = [&](std::int64_t) {
        run.clock->advance(8ms);
        training += 8ms;
    };
    run.script->on_explain = [&] {
        run.clock->advance(5ms);
        explaining += 5ms;
    };
    run.begin();
    run.apply(ask({kSaliency, kOcclusion}));
    std::int64_t quick = 0, slow = 0;
    const Explanation *last_quick = nullptr, *last_slow = nullptr;
    while (run.latest()->iteration < 3000) {
        const SnapshotPtr snapshot = run.work();
        const Explanation *now_quick = snapshot->find(kSaliency), *now_slow = snapshot->find(kOcclusion);
        if (now_quick != last_quick) ++quick;
        if (now_slow != last_slow) ++slow;
        last_quick = now_quick;
        last_slow = now_slow;
    }
    CHECK(slow > 10);
    CHECK(quick > 2 * slow);
    CHECK(explaining < training * 5 / 100);
}

TEST_CASE("Flat out no question is passed over, however many are asked") {
    DrivenRun run;
    run.script->train_count = 1'000'000;
    run.script->on_train = [&run](std::int64_t) { run.clock->advance(8ms); };
    run.script->on_explain = [&run] { run.clock->advance(5ms); };
    run.begin();
    command::Watch watch;
    for (const ExplanationMethodRow& row : explanation_methods())
        watch.set.add(ExplanationQuestion{.method = row.method});
    run.apply(watch);
    while (run.latest()->iteration < 3000) run.work();
    REQUIRE(run.latest()->explanations.size() == explanation_methods().size());
    for (const auto& answer : run.latest()->explanations) {
        INFO(row_of(answer->question.method).name);
        CHECK(answer->iteration > 2500);
    }
}

}  // namespace convscope
