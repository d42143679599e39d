// What is watched: that it is whole, of one iteration, free when nobody looks, and never in training's way.
#include "tests/session/session_under_test.h"
#include "tests/support/allocation_count.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <set>
#include <type_traits>

namespace convscope {
namespace {

using namespace std::chrono_literals;

constexpr TensorKey kWeight{TensorKind::Weight, LayerId{0}};
constexpr TensorKey kActivation{TensorKind::Activation, LayerId{2}};

// Enough training samples that no epoch ends in a test.
std::shared_ptr<PlainScript> endless_captures() {
    auto script = std::make_shared<PlainScript>();
    script->train_count = 1'000'000'000;
    return script;
}

WatchSet at_every_iteration(WatchSet watch) {
    watch.every_iteration = true;
    return watch;
}

std::vector<std::uint32_t> loss_bits(SessionUnderTest& run, std::size_t count) {
    std::vector<std::uint32_t> bits;
    for (const IterationMetrics& metrics : run.metrics()) bits.push_back(std::bit_cast<std::uint32_t>(metrics.loss));
    REQUIRE(bits.size() >= count);
    bits.resize(count);
    return bits;
}

// FNV-1a over everything that a panel could draw.
class Checksum {
public:
    template <typename T>
    void add(const T& value) {
        static_assert(std::is_arithmetic_v<T>);
        unsigned char bytes[sizeof(T)];
        std::memcpy(bytes, &value, sizeof value);
        for (const unsigned char byte : bytes) hash_ = (hash_ ^ byte) * 0x100000001B3u;
    }
    template <typename T>
    void add(const std::vector<T>& values) {
        for (const T& value : values) add(value);
    }
    std::uint64_t value() const { return hash_; }

private:
    std::uint64_t hash_ = 0xCBF29CE484222325u;
};

std::uint64_t checksum(const Snapshot& snapshot) {
    Checksum sum;
    sum.add(snapshot.sequence);
    sum.add(snapshot.iteration);
    sum.add(snapshot.metrics.loss);
    sum.add(snapshot.applied_command.value);
    sum.add(snapshot.seen.probe.logits);
    sum.add(snapshot.seen.probe.probabilities);
    sum.add(snapshot.chosen.index);
    for (const auto& capture : snapshot.seen.captures) {
        sum.add(capture->content_id);
        sum.add(capture->iteration);
        sum.add(capture->values);
        for (const ValueStatistics& plane : capture->planes) sum.add(plane.mean);
    }
    for (const LayerStatistics& layer : snapshot.seen.layer_statistics) sum.add(layer.mean);
    for (const auto* confusion : {snapshot.test_confusion.get(), snapshot.batch_confusion.get()})
        for (int i = 0; confusion != nullptr && i < 100; ++i) sum.add(confusion->matrix.at(i / 10, i % 10));
    return sum.value();
}

}  // namespace

TEST_CASE("Watching everything at every iteration leaves the losses as they are, to the bit") {
    constexpr std::size_t kIterations = 700;  // seven epochs

    SessionUnderTest unwatched;
    unwatched.post(command::Run{});
    unwatched.wait_for_iteration(kIterations);
    const std::vector<std::uint32_t> expected = loss_bits(unwatched, kIterations);

    auto script = std::make_shared<PlainScript>();
    script->predict = [](std::int64_t index, int label, std::int64_t) { return index % 50 == 0 ? 9 : label; };
    SessionUnderTest watched({.script = script});
    watched.watch(at_every_iteration(watch_everything()));
    for (std::size_t i = 0; i < kIterations; i += 50) {
        watched.post(command::SeekMistake{});
        watched.post(command::Evaluate{});
        watched.step(50);
        watched.post(command::SetProbe{HeldPicture{Split::Train, static_cast<std::int64_t>(i)}});
    }
    CHECK(watched.script().captures >= static_cast<std::int64_t>(kIterations));
    CHECK(watched.script().classify_calls > 0);
    CHECK(loss_bits(watched, kIterations) == expected);
}

TEST_CASE("With nothing watched no tensor is copied, no statistic computed and nothing classified") {
    SessionUnderTest run({.script = endless_captures()});
    run.post(command::Run{});
    run.wait_for_iteration(3000);
    CHECK(run.script().captures == 0);
    CHECK(run.script().statistics == 0);
    CHECK(run.script().classify_calls == 0);
}

TEST_CASE("With nothing watched only the ends of epochs classify") {
    SessionUnderTest run;
    const SnapshotPtr snapshot = run.step(500);
    REQUIRE(snapshot->epoch == 5);
    CHECK(run.script().captures == 0);
    CHECK(run.script().statistics == 0);
    CHECK(run.script().classify_calls == 5);
}

TEST_CASE("Two hundred snapshots kept by a reader never change, not even after the session's end") {
    SessionUnderTest run;
    run.watch(watch_everything());
    run.post(command::Run{});
    std::vector<SnapshotPtr> kept;
    std::vector<std::uint64_t> sums;
    std::uint64_t last = 0;
    while (kept.size() < 200) {
        kept.push_back(run.wait_for([last](const Snapshot& s) { return s.sequence > last; }));
        sums.push_back(checksum(*kept.back()));
        last = kept.back()->sequence;
    }
    run.wait_for_iteration(kept.back()->iteration + 1000);
    run.apply(command::Reset{.seed = 2});
    run.wait_for_iteration(100);
    run.end();
    for (std::size_t i = 0; i < kept.size(); ++i) REQUIRE(checksum(*kept[i]) == sums[i]);
}

TEST_CASE("All captures of a snapshot are of one iteration, tensor by tensor, whatever is commanded meanwhile") {
    SessionUnderTest run;
    run.watch(watch_everything());
    run.post(command::Run{});
    WatchSet less = watch_everything();
    less.tensors.erase(less.tensors.begin(), less.tensors.begin() + 5);
    for (std::int64_t i = 0; i < 600; ++i) {
        switch (i % 12) {
            case 0:
                run.post(command::SetProbe{HeldPicture{Split::Test, i}});
                break;
            case 2:
                run.post(command::Watch{less});
                break;
            case 4:
                if (i % 24 == 4)
                    run.post(command::SetProbe{BatchSample{}});
                else
                    run.post(command::SetProbe{plain_picture({Split::Train, i}, static_cast<std::uint64_t>(i))});
                break;
            case 6:
                run.post(command::Watch{watch_everything()});
                break;
            case 8:
                run.post(command::SeekClass{3, -1});
                break;
            case 10:
                if (i % 120 == 10) run.post(command::Reset{.seed = static_cast<std::uint64_t>(i)});
                break;
            default:
                break;
        }
        const std::uint64_t seen = run.session().latest()->sequence;
        const SnapshotPtr snapshot = run.wait_for([seen](const Snapshot& s) { return s.sequence > seen; });
        REQUIRE(describe_inconsistency(*snapshot) == "");
    }
}

TEST_CASE("Every iteration is published, in sequence, none twice in the same guise") {
    SessionUnderTest run({.record = true});
    run.watch(watch_everything());
    run.step(300);
    const std::vector<SnapshotPtr> all = run.recorded();
    for (std::size_t i = 1; i < all.size(); ++i) {
        REQUIRE(all[i]->sequence == all[i - 1]->sequence + 1);
        REQUIRE(all[i]->iteration - all[i - 1]->iteration <= 1);
        REQUIRE(all[i]->applied_command >= all[i - 1]->applied_command);
        REQUIRE(describe_inconsistency(*all[i]) == "");
    }
    CHECK(all.back()->iteration == 300);
}

TEST_CASE("A tensor watched while paused is captured without an iteration") {
    SessionUnderTest run;
    run.step(3);
    WatchSet watch;
    watch.add(kWeight);
    const SnapshotPtr first = run.watch(watch);
    REQUIRE(first->find(kWeight) != nullptr);
    CHECK(first->find(kWeight)->iteration == 3);

    watch.add(kActivation);
    watch.probe = true;
    const SnapshotPtr second = run.watch(watch);
    REQUIRE(second->find(kActivation) != nullptr);
    CHECK(second->seen.captures.size() == 2);
    CHECK(second->seen.probe.iteration == 3);
    CHECK(second->iteration == 3);
    CHECK(run.script().iterations == 3);
}

TEST_CASE("What is newly watched is captured before the next iteration, even for a reader who is behind") {
    auto script = endless_captures();
    Gate busy;
    Gate next;
    std::atomic<std::int64_t> captures{0};
    script->on_train = [&, raw = script.get()](std::int64_t iteration) {
        if (iteration == 100) busy.wait();
        if (iteration != 101) return;
        captures = raw->captures.load();
        next.open();
    };
    SessionUnderTest run({.script = script});
    run.post(command::Run{});
    REQUIRE(busy.wait_for_arrival());
    WatchSet watch;
    watch.add(kWeight);
    run.post(command::Watch{watch});
    run.post(command::SetProbe{HeldPicture{Split::Test, 4}});
    const bool statistics = GENERATE(false, true);
    watch.layer_statistics = statistics;
    if (statistics) run.post(command::Watch{watch});
    busy.open();
    REQUIRE(next.wait());
    CHECK(captures == 1);
}

TEST_CASE("What is no longer watched is let go of, and the rest is not captured anew") {
    SessionUnderTest run;
    run.step(2);
    WatchSet watch;
    watch.add(kWeight);
    watch.add(kActivation);
    const SnapshotPtr both = run.watch(watch);
    const std::int64_t captures = run.script().captures;
    WatchSet fewer;
    fewer.add(kWeight);
    const SnapshotPtr one = run.watch(fewer);
    CHECK(one->seen.captures.size() == 1);
    CHECK(one->find(kWeight) == both->find(kWeight));
    CHECK(run.script().captures == captures);
    CHECK(run.watch(WatchSet{})->seen.captures.empty());
}

TEST_CASE("Flat out nothing is captured that the reader has no time to fetch") {
    auto script = endless_captures();
    Gate reached;
    script->on_train = [&reached](std::int64_t iteration) {
        if (iteration == 2000) reached.open();
    };
    SessionUnderTest run({.script = script});
    run.watch(watch_everything());
    run.post(command::Run{});
    REQUIRE(reached.wait());  // the test's thread reads nothing meanwhile
    CHECK(run.script().captures <= 3);
}

TEST_CASE("Flat out a reader that fetches gets new captures every time it does") {
    SessionUnderTest run({.script = endless_captures()});
    run.watch(watch_everything());
    run.post(command::Run{});
    std::int64_t last = -1;
    for (int i = 0; i < 100; ++i) {
        const SnapshotPtr snapshot =
            run.wait_for([last](const Snapshot& s) { return s.find(kWeight)->iteration > last; });
        last = snapshot->find(kWeight)->iteration;
    }
}

TEST_CASE("Captures that take long are made less often, so that flat out they take a small share of the time") {
    auto script = std::make_shared<PlainScript>();
    const auto clock = std::make_shared<ManualClock>();
    std::vector<TimePoint> captured;
    script->on_train = [&clock](std::int64_t) { clock->advance(1ms); };
    script->on_capture = [&](std::int64_t) {
        clock->advance(2ms);  // that much work
        captured.push_back(clock->now());
    };
    {
        SessionUnderTest run({.script = script, .clock = clock});
        run.watch(watch_everything());
        run.post(command::Run{});
        run.wait_for([&](const Snapshot&) { return script->captures >= 10; });  // fetches all the time
    }
    for (std::size_t i = 1; i < captured.size(); ++i) REQUIRE(captured[i] - captured[i - 1] >= 2ms / 0.04);
}

TEST_CASE("Under the policy of every iteration none is left out, though nobody reads") {
    auto script = endless_captures();
    Gate reached;
    std::atomic<std::int64_t> captures{0};
    script->on_train = [&, raw = script.get()](std::int64_t iteration) {
        if (iteration != 501) return;
        captures = raw->captures.load();
        reached.open();
    };
    SessionUnderTest run({.script = script});
    run.watch(at_every_iteration(watch_everything()));
    run.post(command::Run{});
    REQUIRE(reached.wait());
    CHECK(captures == 501);  // and the one of iteration 0
}

TEST_CASE("Every iteration of a step is published with captures of its own") {
    SessionUnderTest run({.record = true});
    WatchSet watch = watch_everything();
    run.watch(watch);
    run.step(25);
    std::set<std::int64_t> whole;
    for (const SnapshotPtr& snapshot : run.recorded()) {
        const TensorCapture* weight = snapshot->find(kWeight);
        if (weight == nullptr || weight->iteration != snapshot->iteration) continue;
        REQUIRE(snapshot->seen.captures.size() == (snapshot->iteration == 0 ? 8U : 14U));
        REQUIRE(snapshot->seen.layer_statistics.front().iteration == snapshot->iteration);
        whole.insert(snapshot->iteration);
    }
    CHECK(whole.size() == 26);
}

TEST_CASE("At a lecturer's pace every iteration is captured, though nobody reads") {
    auto script = endless_captures();
    Gate reached;
    std::atomic<std::int64_t> captures{0};
    script->on_train = [&, raw = script.get()](std::int64_t iteration) {
        if (iteration != 6) return;
        captures = raw->captures.load();
        reached.open();
    };
    SessionUnderTest run({.script = script, .iterations_per_second = 30.0, .clock = clock_that_moves()});
    run.watch(watch_everything());
    run.post(command::Run{});
    REQUIRE(reached.wait());
    CHECK(captures == 6);
}

TEST_CASE("A pause brings everything watched up to the iteration that is shown") {
    auto script = endless_captures();
    Gate reached;
    script->on_train = [&reached](std::int64_t iteration) {
        if (iteration == 1000) reached.open();
    };
    SessionUnderTest run({.script = script});
    run.watch(watch_everything());
    run.post(command::Run{});
    REQUIRE(reached.wait());
    const SnapshotPtr paused = run.apply(command::Pause{});
    REQUIRE(paused->state == SessionState::Paused);
    REQUIRE(paused->iteration >= 1000);
    REQUIRE(paused->seen.captures.size() == 14);
    CHECK(paused->seen.captures.front()->iteration == paused->iteration);
    CHECK(paused->seen.probe.iteration == paused->iteration);
    CHECK(paused->seen.layer_statistics.front().iteration == paused->iteration);
    CHECK(describe_inconsistency(*paused) == "");
}

TEST_CASE("Layer statistics that were looked away from are there again when looked at again, though paused") {
    SessionUnderTest run;
    run.step(1);
    WatchSet watch;
    watch.layer_statistics = true;
    CHECK(run.watch(watch)->seen.layer_statistics.size() == 3);
    CHECK(run.watch(WatchSet{})->seen.layer_statistics.empty());
    const SnapshotPtr again = run.watch(watch);
    REQUIRE(again->seen.layer_statistics.size() == 3);
    CHECK(again->seen.layer_statistics.front().iteration == 1);
}

TEST_CASE("A gradient that does not exist before the first iteration is left out, and comes with it") {
    SessionUnderTest run;
    WatchSet watch;
    const TensorKey gradient{TensorKind::WeightGradient, LayerId{0}};
    watch.add(gradient);
    CHECK(run.watch(watch)->seen.captures.empty());
    CHECK(run.step()->find(gradient) != nullptr);
}

TEST_CASE("In steady state neither a step nor the sweep after it allocates on the trainer's thread") {
    auto script = endless_captures();
    std::int64_t before = 0;
    std::int64_t after = 0;
    script->on_train = [&](std::int64_t iteration) {
        if (iteration == 31) before = test::allocations_of_this_thread();
        if (iteration == 51) after = test::allocations_of_this_thread();
    };
    SessionUnderTest run({.script = script});
    run.watch(watch_everything());
    std::vector<SnapshotPtr> held;
    for (std::int64_t i = 1; i <= 51; ++i) {
        if (i == 25) held.clear();  // the pools are warm then
        run.post(command::Step{});
        const SnapshotPtr swept = run.wait_for([i](const Snapshot& s) {
            return s.iteration == i && s.test_confusion && s.test_confusion->first_iteration == i;
        });
        if (i < 25) held.push_back(swept);
    }
    CHECK(after - before == 0);
}

TEST_CASE("In steady state an iteration allocates nothing, neither unwatched nor with everything watched") {
    struct Window {
        std::atomic<std::int64_t> from{0}, to{0};  // iterations
        std::int64_t before = 0, after = 0;
    };
    auto window = std::make_shared<Window>();
    Gate measured;
    auto script = endless_captures();
    script->on_train = [&measured, window](std::int64_t iteration) {
        if (iteration == window->from) window->before = test::allocations_of_this_thread();
        if (iteration != window->to) return;
        window->after = test::allocations_of_this_thread();
        measured.open();
    };
    SessionUnderTest run({.script = script});
    const bool watched = GENERATE(false, true);
    const bool every = GENERATE(false, true);
    if (watched) {
        WatchSet watch = watch_everything();
        watch.every_iteration = every;
        run.watch(watch);
    }
    // More snapshots at a time than the measurement will have: the pools are warm for whatever the reader does then.
    std::vector<SnapshotPtr> held;
    for (int i = 0; i < 24; ++i) held.push_back(run.step());
    held.clear();

    run.metrics();
    const std::int64_t now = run.apply(command::SetSpeed{0.0})->iteration;
    window->from = now + 300;
    window->to = now + 3800;  // the scalars of all these iterations find room though nobody fetches them
    run.post(command::Run{});
    run.wait_for_iteration(now + 3801);
    REQUIRE(measured.wait());
    CHECK(window->after - window->before == 0);
}

TEST_CASE("In steady state an iteration of two runs side by side allocates nothing") {
    std::atomic<std::int64_t> from{0}, to{0};  // iterations
    std::int64_t before = 0, after = 0;
    Gate measured;
    auto script = endless_captures();
    script->on_train = [&](std::int64_t iteration) {  // the leader's
        if (iteration == from) before = test::allocations_of_this_thread();
        if (iteration != to) return;
        after = test::allocations_of_this_thread();
        measured.open();
    };
    script->another = endless_captures();
    SessionUnderTest run({.script = script});
    Session& twin = *run.session().twin();
    run.watch(watch_everything());
    twin.post(command::Watch{watch_everything()});
    run.apply(command::BeginTwin{.difference = {command::SetLearningRate{0.001}}});
    std::vector<SnapshotPtr> held;
    std::vector<IterationMetrics> metrics;
    for (int i = 0; i < 24; ++i) {
        held.push_back(run.step());
        const std::int64_t iteration = held.back()->iteration;
        run.wait_for([&](const Snapshot&) {
            held.push_back(twin.latest());
            return held.back()->iteration == iteration;
        });
    }
    held.clear();
    run.metrics();
    twin.drain_metrics(metrics);
    from = 400;
    to = 3800;
    run.post(command::Run{});
    run.wait_for_iteration(3801);
    REQUIRE(measured.wait());
    CHECK(after - before == 0);
}

}  // namespace convscope
