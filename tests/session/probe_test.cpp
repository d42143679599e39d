// Which picture is looked at, and finding the next one.
#include "tests/session/session_under_test.h"
#include "tests/support/session_contract.h"

#include <algorithm>

namespace convscope {
namespace {

constexpr std::int64_t kProbeTestCount = 500;

// Wrong on pictures 70, 71, 200 and 499, whatever was learned.
std::shared_ptr<PlainScript> four_mistakes() {
    auto script = std::make_shared<PlainScript>();
    script->test_count = kProbeTestCount;
    script->train_count = 1'000'000;
    script->predict = [](std::int64_t index, int label, std::int64_t) {
        return index == 70 || index == 71 || index == 200 || index == 499 ? (label + 1) % 10 : label;
    };
    return script;
}

SnapshotPtr seek_mistake(SessionUnderTest& run, int direction) {
    const CommandId id = run.post(command::SeekMistake{direction});
    return run.wait_for([id](const Snapshot& s) { return s.applied_command >= id && !s.seeking; });
}

std::int64_t next_of_class(Split split, std::int64_t count, std::int64_t from, int label, int direction) {
    for (std::int64_t step = 1; step <= count; ++step) {
        const std::int64_t index = ((from + step * direction) % count + count) % count;
        if (plain_label(split, index) == label) return index;
    }
    return -1;
}

WatchSet probe_watched() {
    WatchSet watch;
    watch.probe = true;
    watch.add({TensorKind::Activation, LayerId{0}});
    return watch;
}

}  // namespace

TEST_CASE("The probe is the picture asked for, counted modulo the split's size in both directions") {
    SessionUnderTest run({.script = four_mistakes()});
    SnapshotPtr snapshot = run.apply(command::SetProbe{HeldPicture{Split::Train, 12}});
    CHECK(snapshot->chosen.split == Split::Train);
    CHECK(snapshot->chosen.index == 12);
    CHECK(snapshot->seen.probe.label == plain_label(Split::Train, 12));
    CHECK(run.apply(command::SetProbe{HeldPicture{Split::Test, kProbeTestCount + 3}})->chosen.index == 3);
    CHECK(run.apply(command::SetProbe{HeldPicture{Split::Test, -1}})->chosen.index == kProbeTestCount - 1);
}

TEST_CASE("A picture never appears with the label, the maps or the logits of another") {
    SessionUnderTest run({.script = four_mistakes(), .record = true});
    run.watch(probe_watched());
    run.post(command::Run{});
    for (std::int64_t i = 0; i < 40; ++i) {
        run.apply(command::SetProbe{HeldPicture{i % 3 == 0 ? Split::Train : Split::Test, i * 7}});
        run.apply(command::SeekClass{static_cast<int>(i % 9), 1});
        if (i % 2 == 0) run.apply(command::SetProbe{BatchSample{}});
        if (i % 4 == 1) run.apply(command::SetProbe{plain_picture({Split::Test, i}, static_cast<std::uint64_t>(i))});
    }
    run.apply(command::Pause{});
    for (const SnapshotPtr& snapshot : run.recorded()) {
        if (!snapshot->run_info) continue;
        if (const auto* held = std::get_if<HeldPicture>(&snapshot->seen.probe.source)) {
            REQUIRE(*held == snapshot->chosen);
            REQUIRE(snapshot->seen.probe.label == plain_label(held->split, held->index));
        }
        if (std::holds_alternative<OwnPicture>(snapshot->seen.probe.source)) REQUIRE(snapshot->seen.probe.label == -1);
        REQUIRE(describe_inconsistency(*snapshot) == "");
    }
}

TEST_CASE("A picture chosen while nobody looks has no values until somebody does") {
    SessionUnderTest run({.script = four_mistakes()});
    run.watch(probe_watched());
    CHECK_FALSE(run.step()->seen.probe.logits.empty());
    run.watch(WatchSet{});
    const SnapshotPtr chosen = run.apply(command::SetProbe{HeldPicture{Split::Test, 9}});
    CHECK(chosen->seen.probe.logits.empty());
    CHECK(chosen->seen.probe.probabilities.empty());
    CHECK(chosen->seen.probe.iteration == -1);
    CHECK(run.watch(probe_watched())->seen.probe.iteration == 1);
}

TEST_CASE("Seeking a class goes to its next picture in either direction, around the end, within the split") {
    SessionUnderTest run({.script = four_mistakes()});
    for (const int direction : {1, -1}) {
        std::int64_t index =
            run.apply(command::SetProbe{HeldPicture{Split::Test, direction > 0 ? kProbeTestCount - 4 : 3}})
                ->chosen.index;
        for (int i = 0; i < 4; ++i) {
            index = next_of_class(Split::Test, kProbeTestCount, index, 5, direction);
            const SnapshotPtr snapshot = run.apply(command::SeekClass{5, direction});
            CHECK(snapshot->chosen.index == index);
            CHECK(snapshot->seen.probe.label == 5);
        }
    }
    run.apply(command::SetProbe{HeldPicture{Split::Train, 0}});
    const SnapshotPtr train = run.apply(command::SeekClass{2, 1});
    CHECK(train->chosen.split == Split::Train);
    CHECK(train->chosen.index == next_of_class(Split::Train, 1'000'000, 0, 2, 1));
}

TEST_CASE("Seeking a class that the data set has not says so and stays") {
    SessionUnderTest run({.script = four_mistakes()});
    run.apply(command::SetProbe{HeldPicture{Split::Test, 17}});
    CHECK(run.apply(command::SeekClass{9, 1})->chosen.index == 17);
    REQUIRE(run.notices().size() == 1);
    CHECK(run.notices().front().text.find("class 9") != std::string::npos);
}

TEST_CASE("Seeking mistakes visits them in order, forwards and backwards, around the end") {
    SessionUnderTest run({.script = four_mistakes()});
    run.watch(probe_watched());
    for (const std::int64_t expected : {70, 71, 200, 499, 70}) {
        const SnapshotPtr snapshot = seek_mistake(run, 1);
        CHECK(snapshot->chosen.index == expected);
        CHECK(snapshot->seen.probe.predicted() != snapshot->seen.probe.label);
        CHECK(snapshot->find({TensorKind::Activation, LayerId{0}}) != nullptr);
        CHECK(describe_inconsistency(*snapshot) == "");
    }
    for (const std::int64_t expected : {499, 200, 71, 70, 499}) CHECK(seek_mistake(run, -1)->chosen.index == expected);
    CHECK(run.notices().empty());
}

TEST_CASE("From a training picture the first mistake of the test set is next, and its last one previous") {
    SessionUnderTest run({.script = four_mistakes()});
    run.apply(command::SetProbe{HeldPicture{Split::Train, 300}});
    SnapshotPtr snapshot = seek_mistake(run, 1);
    CHECK(snapshot->chosen.split == Split::Test);
    CHECK(snapshot->chosen.index == 70);
    run.apply(command::SetProbe{HeldPicture{Split::Train, 300}});
    CHECK(seek_mistake(run, -1)->chosen.index == 499);
}

TEST_CASE("A network without mistakes is praised, and the probe stays") {
    auto script = std::make_shared<PlainScript>();
    SessionUnderTest run({.script = script});
    run.apply(command::SetProbe{HeldPicture{Split::Test, 33}});
    CHECK(seek_mistake(run, 1)->chosen.index == 33);
    REQUIRE(run.notices().size() == 1);
    CHECK(run.notices().front().severity == event::Notice::Severity::Info);
}

TEST_CASE("Mistakes are found while training runs, at full speed and at a slow pace") {
    SessionUnderTest run({.script = four_mistakes(), .paused = false});
    CHECK(seek_mistake(run, 1)->chosen.index == 70);
    run.apply(command::SetSpeed{1.0 / 3600.0});
    run.apply(command::SetProbe{HeldPicture{Split::Test, 100}});
    CHECK(seek_mistake(run, 1)->chosen.index == 200);
    CHECK(seek_mistake(run, -1)->chosen.index == 71);
}

TEST_CASE("A mistake asked for during an evaluation is found after it") {
    auto script = four_mistakes();
    script->test_count = 1000;
    Gate busy;
    script->on_classify = [&busy](std::int64_t first) {
        if (first == 500) busy.wait();
    };
    SessionUnderTest run({.script = script});
    run.post(command::Evaluate{});
    REQUIRE(busy.wait_for_arrival());
    run.post(command::SeekMistake{1});
    busy.open();
    const SnapshotPtr snapshot = run.wait_for([](const Snapshot& s) { return s.chosen.index == 70; });
    CHECK(snapshot->test_confusion != nullptr);
    CHECK(run.evaluations().size() == 1);
}

TEST_CASE("Choosing a picture ends the search for another") {
    auto script = four_mistakes();
    Gate busy;
    script->on_classify = [&busy](std::int64_t) { busy.wait(); };
    SessionUnderTest run({.script = script});
    run.post(command::SeekMistake{1});
    REQUIRE(busy.wait_for_arrival());
    CHECK(run.wait_for([](const Snapshot& s) { return s.seeking; })->chosen.index == 0);
    const CommandId id = run.post(command::SetProbe{HeldPicture{Split::Test, 5}});
    busy.open();
    CHECK_FALSE(run.wait_for([id](const Snapshot& s) { return s.applied_command >= id; })->seeking);
    CHECK(run.step(3)->chosen.index == 5);
}

TEST_CASE("The batch's first sample can be watched, and the chosen picture comes back with its label") {
    SessionUnderTest run({.script = four_mistakes()});
    run.watch(probe_watched());
    run.apply(command::SetProbe{HeldPicture{Split::Test, 8}});
    const SnapshotPtr batch = run.apply(command::SetProbe{BatchSample{}});
    CHECK(batch->seen.probe.from_batch());
    CHECK(describe_inconsistency(*batch) == "");
    CHECK(batch->chosen == HeldPicture{Split::Test, 8});
    const SnapshotPtr back = run.apply(command::SetProbe{batch->chosen});
    CHECK_FALSE(back->seen.probe.from_batch());
    CHECK(back->chosen.index == 8);
    CHECK(back->seen.probe.label == plain_label(Split::Test, 8));
    CHECK(describe_inconsistency(*back) == "");
}

TEST_CASE("The picture being watched survives a reset, its values do not") {
    SessionUnderTest run({.script = four_mistakes()});
    run.watch(probe_watched());
    run.apply(command::SetProbe{HeldPicture{Split::Train, 77}});
    run.step(4);
    const SnapshotPtr snapshot = run.apply(command::Reset{.seed = 2});
    CHECK(snapshot->chosen.split == Split::Train);
    CHECK(snapshot->chosen.index == 77);
    CHECK(snapshot->seen.probe.label == plain_label(Split::Train, 77));
    CHECK(snapshot->seen.probe.iteration == 0);
    CHECK(describe_inconsistency(*snapshot) == "");
}

TEST_CASE("Whoever chooses a picture is obeyed, and one of one's own that does not fit is refused") {
    SessionUnderTest run({.script = four_mistakes()});
    run.watch(probe_watched());
    require_probes_to_be_obeyed([&](Command command) { return run.apply(std::move(command)); });
    const std::vector<Event> events = run.events();
    CHECK(std::any_of(events.begin(), events.end(), [](const Event& event) {
        const auto* notice = std::get_if<event::Notice>(&event);
        return notice != nullptr &&
               notice->text.find("35 bytes is not the network's input of 1x6x6") != std::string::npos;
    }));
}

TEST_CASE("A picture of one's own is seen as the held picture with the same bytes, in a snapshot that is whole") {
    SessionUnderTest run({.script = four_mistakes()});
    run.watch(probe_watched());
    const SnapshotPtr held = run.apply(command::SetProbe{HeldPicture{Split::Test, 70}});
    const SnapshotPtr own = run.apply(command::SetProbe{plain_picture({Split::Test, 70}, 1)});
    CHECK(describe_inconsistency(*own) == "");
    CHECK(own->seen.probe.probabilities == held->seen.probe.probabilities);
    CHECK(own->seen.captures.front()->values == held->seen.captures.front()->values);
}

}  // namespace convscope
