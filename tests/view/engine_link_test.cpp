#include "viz/view/engine_link.h"

#include "tests/support/catch.h"
#include "tests/support/manual_clock.h"
#include "tests/support/scripted_session.h"

#include <array>
#include <chrono>
#include <filesystem>
#include <string>

using namespace convscope;
using namespace std::chrono_literals;
using test::ScriptedSession;

namespace {

constexpr TensorKey kMaps{TensorKind::Activation, LayerId{0}};
constexpr TensorKey kKernels{TensorKind::Weight, LayerId{3}};

// A frame that looks at some tensors.
void frame(EngineLink& link, std::initializer_list<TensorKey> keys) {
    link.begin_frame();
    for (TensorKey key : keys) link.watch().add(key);
    link.end_frame();
}

}  // namespace

TEST_CASE("a frame keeps the snapshot it began with, whatever is published meanwhile") {
    ScriptedSession session;
    SteadyClock clock;
    EngineLink link(session, clock);
    session.begin();
    session.advance(1);
    link.begin_frame();
    CHECK(link.changed());
    session.advance(5);
    CHECK(link.live()->iteration == 1);
    link.begin_frame();
    CHECK(link.live()->iteration == 6);
    link.begin_frame();
    CHECK_FALSE(link.changed());
}

TEST_CASE("there is no snapshot before the first, and nothing breaks") {
    ScriptedSession session;
    ManualClock clock;
    EngineLink link(session, clock);
    link.begin_frame();
    CHECK(link.live() == nullptr);
    CHECK_FALSE(link.complete());
    link.end_frame();
    CHECK(session.watch_count() == 0);
}

TEST_CASE("what is watched is told to the session only when it changes") {
    ScriptedSession session;
    ManualClock clock;
    EngineLink link(session, clock);
    for (int i = 0; i < 10; ++i) frame(link, {kMaps});
    CHECK(session.watch_count() == 1);
    CHECK(session.watched().tensors == std::vector<TensorKey>{kMaps});
    frame(link, {kMaps, kKernels});
    CHECK(session.watch_count() == 2);
    CHECK(session.watched().tensors == std::vector<TensorKey>{kMaps, kKernels});
}

TEST_CASE("a tensor stays watched for a quarter of a second after it was last looked at") {
    ScriptedSession session;
    ManualClock clock;
    EngineLink link(session, clock);
    frame(link, {kMaps});
    clock.advance(240ms);
    frame(link, {kKernels});
    CHECK(session.watched().tensors == std::vector<TensorKey>{kMaps, kKernels});
    clock.advance(20ms);
    frame(link, {kKernels});
    CHECK(session.watched().tensors == std::vector<TensorKey>{kKernels});
    clock.advance(1s);
    frame(link, {});
    CHECK(session.watched().empty());
}

TEST_CASE("flicking to another tab and back posts the union once and takes nothing away") {
    ScriptedSession session;
    ManualClock clock;
    EngineLink link(session, clock);
    frame(link, {kMaps});
    for (int i = 0; i < 8; ++i) {
        clock.advance(50ms);
        frame(link, {i % 2 ? kMaps : kKernels});
    }
    CHECK(session.watch_count() == 2);
}

TEST_CASE("the probe, statistics and the test set's matrix are kept and let go like tensors") {
    ScriptedSession session;
    ManualClock clock;
    EngineLink link(session, clock);
    link.begin_frame();
    link.watch().probe = link.watch().layer_statistics = link.watch().test_confusion = true;
    link.end_frame();
    CHECK(session.watched().probe);
    CHECK(session.watched().layer_statistics);
    CHECK(session.watched().test_confusion);
    clock.advance(249ms);
    frame(link, {});
    CHECK(session.watched().probe);
    clock.advance(2ms);
    frame(link, {});
    CHECK(session.watched().empty());
}

TEST_CASE("a command is pending until a snapshot acknowledges it") {
    ScriptedSession session;
    SteadyClock clock;
    EngineLink link(session, clock);
    session.begin();
    link.begin_frame();
    CHECK_FALSE(link.pending(CommandId{}));
    const CommandId id = link.post(command::SetLearningRate{0.01});
    link.begin_frame();
    CHECK(link.pending(id));
    session.apply();
    CHECK(link.pending(id));  // the frame's snapshot is still the old one
    link.begin_frame();
    CHECK_FALSE(link.pending(id));
    CHECK(link.live()->settings.learning_rate == 0.01);
}

TEST_CASE("every iteration's scalars reach the history although snapshots are skipped") {
    ScriptedSession session;
    SteadyClock clock;
    EngineLink link(session, clock);
    session.begin();
    session.advance(300);
    link.begin_frame();
    CHECK(link.history().loss().size() == 300);
    CHECK(link.history().evaluations().size() == 2);
    REQUIRE(link.history().run_info() != nullptr);
    CHECK(link.history().run_info()->recipe.name == "wide-cnn");
    session.advance(10'000);  // more than the ring holds
    link.begin_frame();
    session.advance(1);
    for (int frame = 0; frame < 3; ++frame) {  // what did not fit is sent when there is room
        session.apply();
        link.begin_frame();
    }
    CHECK(link.history().loss().size() == 10'301);
    CHECK(link.history().missing() == 0);
}

TEST_CASE("notices are handed over once, in order") {
    ScriptedSession session;
    ManualClock clock;
    EngineLink link(session, clock);
    session.notify(event::Notice::Severity::Info, "one");
    session.notify(event::Notice::Severity::Error, "two");
    link.begin_frame();
    const auto notices = link.take_notices();
    REQUIRE(notices.size() == 2);
    CHECK(notices[0].text == "one");
    CHECK(notices[1].severity == event::Notice::Severity::Error);
    CHECK(link.take_notices().empty());
}

TEST_CASE("a run that was saved when asked is told with its file's name and iteration, once") {
    ScriptedSession session;
    SteadyClock clock;
    EngineLink link(session, clock);
    const std::string path = (std::filesystem::temp_directory_path() / "last.pt").string();
    session.begin();
    session.advance(470);
    link.begin_frame();
    link.post(command::Save{path});
    session.apply();
    link.begin_frame();
    const auto notices = link.take_notices();
    REQUIRE(notices.size() == 1);
    CHECK(notices[0].severity == event::Notice::Severity::Info);
    CHECK(notices[0].text == "Saved last.pt at iteration 470");
    link.begin_frame();
    CHECK(link.take_notices().empty());
}

TEST_CASE("a run that the session saves by itself is told only when that went wrong") {
    ScriptedSession session;
    SteadyClock clock;
    EngineLink link(session, clock);
    session.begin();
    session.save((std::filesystem::temp_directory_path() / "last.pt").string(), /*asked=*/false);
    session.save("/no such folder/last.pt", /*asked=*/false);
    link.begin_frame();
    const auto notices = link.take_notices();
    REQUIRE(notices.size() == 1);
    CHECK(notices[0].severity == event::Notice::Severity::Error);
    CHECK_THAT(notices[0].text, contains_text("/no such folder/last.pt"));
}

TEST_CASE("a run that was set aside is told once, with the key that brings it back") {
    ScriptedSession session({.checkpoint = "/runs/one/last.pt"});
    SteadyClock clock;
    EngineLink link(session, clock);
    session.begin();
    session.advance(1240);
    link.begin_frame();
    CHECK(link.take_notices().empty());
    link.post(command::Reset{1});
    session.apply();
    link.begin_frame();
    const auto notices = link.take_notices();
    REQUIRE(notices.size() == 1);
    CHECK(notices[0].severity == event::Notice::Severity::Info);
    CHECK(notices[0].text == "Ctrl Z brings back iteration 1240 of wide-cnn, which is saved as /runs/one/last.pt");
    session.advance(2);
    link.begin_frame();
    CHECK(link.take_notices().empty());
    link.post(command::BringBack{});
    session.apply();
    link.begin_frame();
    CHECK(link.live()->iteration == 1240);
    REQUIRE(link.take_notices().size() == 1);
    CHECK(link.live()->set_aside->iteration == 2);
}

TEST_CASE("a frame is complete when its snapshot holds all that the frame asked for") {
    ScriptedSession session;
    SteadyClock clock;
    EngineLink link(session, clock);
    session.begin();
    session.advance(1);
    link.begin_frame();
    link.watch().add(kMaps);
    link.watch().probe = true;
    CHECK_FALSE(link.complete());
    link.end_frame();
    session.apply();
    link.begin_frame();
    link.watch().add(kMaps);
    link.watch().probe = true;
    CHECK(link.complete());
    link.watch().add(kKernels);
    CHECK_FALSE(link.complete());
}

TEST_CASE("what does not exist yet is answered by its absence: the gradients of fresh weights, and of a resumed run") {
    ScriptedSession session({.paused = true});
    SteadyClock clock;
    EngineLink link(session, clock);
    constexpr TensorKey kGradient{TensorKind::WeightGradient, LayerId{0}};
    const bool resumed = GENERATE(false, true);
    session.begin();
    if (resumed) {
        session.advance(7);
        session.save("seven.pt", /*asked=*/true);
        session.advance(1);
        link.post(command::Resume{"seven.pt"});
        session.apply();
    }
    const auto look = [&] {
        link.begin_frame();
        link.watch().add(kMaps);
        link.watch().add(kGradient);
    };
    look();
    CHECK(link.live()->iteration == (resumed ? 7 : 0));
    CHECK_FALSE(link.complete());
    CHECK_FALSE(link.answered(kGradient));
    link.end_frame();
    session.apply();
    look();
    CHECK(link.live()->find(kGradient) == nullptr);
    CHECK(link.complete());
    CHECK(link.answered(kGradient));
    CHECK_FALSE(link.answered(kKernels));
    session.advance(1);
    look();
    CHECK(link.live()->find(kGradient) != nullptr);
    CHECK(link.complete());
}

TEST_CASE("a frame is not complete while what it asks for now is still on its way, whatever it asked for before") {
    ScriptedSession session;
    SteadyClock clock;
    EngineLink link(session, clock);
    session.begin();
    frame(link, {kMaps});
    session.apply();
    frame(link, {kMaps, kKernels});
    link.begin_frame();
    link.watch().add(kKernels);
    CHECK_FALSE(link.complete());  // posted, not applied
    link.end_frame();
    session.apply();
    link.begin_frame();
    link.watch().add(kKernels);
    CHECK(link.complete());
}

TEST_CASE("the test set's matrix is waited for as long as it is counted, and not where there is nothing to count") {
    ScriptedSession session({.capture = false});
    SteadyClock clock;
    EngineLink link(session, clock);
    session.begin();
    const auto look = [&] {
        link.begin_frame();
        link.watch().test_confusion = true;
    };
    look();
    link.end_frame();
    session.apply();
    look();
    CHECK_FALSE(link.complete());
    session.fail("the data are gone");
    look();
    CHECK(link.complete());
}

TEST_CASE("whatever nobody asks for again is let go") {
    ScriptedSession session;
    ManualClock clock;
    EngineLink link(session, clock);
    link.begin_frame();
    // Every field by itself: a new one does not compile here until it is asked for and looked at too.
    auto& [tensors, probe, layer_statistics, test_confusion, test_probabilities, batch_confusion, loss_slice,
           loss_surface, phases, film, explanations, jobs, samples, every_iteration] = link.watch();
    explanations.push_back({});
    jobs.push_back({});
    samples.push_back({});
    tensors.push_back(kMaps);
    for (bool* flag : {&probe, &layer_statistics, &test_confusion, &test_probabilities, &batch_confusion, &loss_slice,
                       &loss_surface, &phases, &film, &every_iteration})
        *flag = true;
    const WatchSet all = link.watch();
    link.end_frame();
    CHECK(session.watched() == all);
    clock.advance(1s);
    link.begin_frame();
    CHECK(link.watch() == WatchSet{});
    link.end_frame();
    CHECK(session.watched() == WatchSet{});
}

TEST_CASE("a watch set includes another when it looks at all that the other does") {
    const auto with = [](auto set_one) {
        WatchSet watch;
        auto& [tensors, probe, layer_statistics, test_confusion, test_probabilities, batch_confusion, loss_slice,
               loss_surface, phases, film, explanations, jobs, samples, every_iteration] = watch;
        set_one(tensors, std::array{&probe, &layer_statistics, &test_confusion, &test_probabilities, &batch_confusion,
                                    &loss_slice, &loss_surface, &phases, &film, &every_iteration});
        return watch;
    };
    const WatchSet all = with([](auto& tensors, auto flags) {
        tensors = {kMaps, kKernels};
        for (bool* flag : flags) *flag = true;
    });
    CHECK(all.includes(all));
    CHECK(all.includes({}));
    CHECK_FALSE(with([](auto& tensors, auto) {
                    tensors = {kMaps};
                }).includes(with([](auto& tensors, auto) { tensors = {kKernels}; })));
    for (std::size_t i = 0; i < 10; ++i) {
        const WatchSet one = with([i](auto&, auto flags) { *flags[i] = true; });
        const WatchSet others = with([i](auto&, auto flags) {
            for (std::size_t k = 0; k < flags.size(); ++k) *flags[k] = k != i;
        });
        CHECK(all.includes(one));
        CHECK_FALSE(others.includes(one));
    }
}
