#include "viz/app/frame_scheduler.h"

#include "tests/support/catch.h"
#include "tests/support/manual_clock.h"
#include "viz/app/frame_bell.h"

using namespace convscope;

namespace {

// A scheduler with a clock; drawing takes `frame_seconds`.
struct Loop {
    explicit Loop(bool shares_processor = false, bool woken = false) : scheduler(shares_processor, woken) {}

    void wait(double seconds) { clock.advance(std::chrono::duration<double>(seconds)); }
    bool tick(double frame_seconds = 0.001) {
        const TimePoint now = clock.now();
        if (!scheduler.should_draw(now)) return false;
        wait(frame_seconds);
        scheduler.drawn(now, clock.now());
        return true;
    }
    // How often a gamepad is asked in `seconds`.
    int polls(double seconds, bool moves) {
        const TimePoint end =
            clock.now() + std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
        int count = 0;
        while (clock.now() < end) {
            if (scheduler.should_poll_gamepad(clock.now())) {
                scheduler.gamepad_polled(clock.now(), /*present=*/true, moves);
                ++count;
            }
            tick();
            wait(std::max(1e-4, scheduler.wait_seconds(clock.now())));
        }
        return count;
    }
    // Frames drawn in `seconds`, waiting as told; `changing` says that something changes all the time.
    int run(double seconds, bool changing, double frame_seconds = 0.001) {
        const TimePoint end =
            clock.now() + std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
        int frames = 0;
        while (clock.now() < end) {
            if (changing) scheduler.note_change(clock.now());
            frames += tick(frame_seconds);
            wait(std::max(1e-4, scheduler.wait_seconds(clock.now())));
        }
        return frames;
    }

    ManualClock clock;
    FrameScheduler scheduler;
};

}  // namespace

TEST_CASE("the first frame is drawn at once") {
    Loop loop;
    CHECK(loop.scheduler.wait_seconds(loop.clock.now()) == 0.0);
    CHECK(loop.tick());
}

TEST_CASE("while everything changes, sixty frames a second are drawn and no more") {
    Loop loop;
    loop.tick();
    const int frames = loop.run(10.0, /*changing=*/true);
    CHECK(frames <= 601);
    CHECK(frames >= 580);
}

TEST_CASE("after the last change three frames follow, one more to settle, two while rates fall, and then none") {
    const bool woken = GENERATE(false, true);
    Loop loop(/*shares_processor=*/false, woken);
    loop.run(1.0, /*changing=*/true);
    const int tail = loop.run(0.2, /*changing=*/false);
    CHECK(tail <= FrameScheduler::kTail);
    CHECK(tail >= FrameScheduler::kTail - 1);
    CHECK(loop.run(0.3, /*changing=*/false) == 1);
    CHECK(loop.run(2.5, /*changing=*/false) == 2);
    CHECK(loop.run(60.0, /*changing=*/false) == 0);
    CHECK(loop.scheduler.comes_to_rest(loop.clock.now()));
    CHECK(loop.scheduler.wait_seconds(loop.clock.now()) ==
          (woken ? FrameScheduler::kIdleSeconds : FrameScheduler::kFrameSeconds));
}

TEST_CASE("while a session trains there is a frame a second, also when it has nothing new") {
    Loop loop;
    loop.run(1.0, /*changing=*/true);
    loop.run(3.0, /*changing=*/false);
    loop.scheduler.set_live(true);
    const int heartbeats = loop.run(10.0, /*changing=*/false);
    CHECK(heartbeats >= 9);
    CHECK(heartbeats <= 11);
    CHECK_FALSE(loop.scheduler.comes_to_rest(loop.clock.now()));
}

TEST_CASE("a cursor in a field blinks, for some two frames a second, as long as somebody may be typing") {
    Loop loop(/*shares_processor=*/true, /*woken=*/true);
    loop.run(5.0, /*changing=*/false);
    loop.scheduler.set_typing(true);
    const int blinks = loop.run(10.0, /*changing=*/false, 0.05);
    CHECK(blinks >= 15);
    CHECK(blinks <= 25);
    loop.scheduler.set_typing(false);
    CHECK(loop.run(10.0, /*changing=*/false) == 0);
}

TEST_CASE("a bell wakes a window that sleeps, once, and none that is awake or gone") {
    FrameBell bell;
    int woken = 0;
    bell.ring();
    bell.connect([&] { ++woken; });
    bell.ring();
    CHECK(woken == 0);
    bell.arm();
    bell.ring();
    bell.ring();
    CHECK(woken == 1);
    bell.arm();
    bell.connect({});
    bell.ring();
    CHECK(woken == 1);
}

TEST_CASE("a change is drawn within a frame's time, however long nothing happened") {
    Loop loop;
    loop.run(5.0, /*changing=*/false);
    loop.wait(0.5);
    loop.scheduler.note_change(loop.clock.now());
    CHECK(loop.scheduler.wait_seconds(loop.clock.now()) <= FrameScheduler::kFrameSeconds);
    loop.wait(FrameScheduler::kFrameSeconds);
    CHECK(loop.tick());
}

TEST_CASE("a minimised window draws nothing and looks at the session twice a second") {
    Loop loop;
    loop.tick();
    loop.scheduler.set_minimised(true);
    CHECK(loop.run(10.0, /*changing=*/true) == 0);
    CHECK(loop.scheduler.wait_seconds(loop.clock.now()) == FrameScheduler::kMinimisedSeconds);
    loop.scheduler.set_minimised(false);
    CHECK(loop.tick());
}

TEST_CASE("drawing on the processor leaves the trainer at least half of the time") {
    Loop loop(/*shares_processor=*/true);
    loop.tick(0.015);
    const int frames = loop.run(10.0, /*changing=*/true, 0.015);
    CHECK(frames * 0.015 <= 5.1);
    CHECK(frames >= 300);
    Loop slow(/*shares_processor=*/true);
    slow.tick(0.1);
    CHECK(slow.run(10.0, /*changing=*/true, 0.1) >= 80);  // but never so few that it looks stopped
}

TEST_CASE("a gamepad at rest is asked some twenty times a second, and no frame is drawn for it") {
    Loop loop;
    loop.run(2.0, /*changing=*/false);
    const int polls = loop.polls(10.0, /*moves=*/false);
    CHECK(polls <= 205);
    CHECK(polls >= 140);
    Loop drawn;
    drawn.run(5.0, /*changing=*/false);
    int frames = 0;
    for (int i = 0; i < 20; ++i) {
        drawn.scheduler.gamepad_polled(drawn.clock.now(), /*present=*/true, /*moves=*/false);
        frames += drawn.run(0.05, /*changing=*/false);
    }
    CHECK(frames == 0);
}

TEST_CASE("a gamepad that moves is asked for every frame, and the frames are drawn") {
    Loop loop;
    loop.run(2.0, /*changing=*/false);
    const int polls = loop.polls(10.0, /*moves=*/true);
    CHECK(polls >= 580);
    CHECK(polls <= 1250);
    loop.scheduler.gamepad_polled(loop.clock.now(), /*present=*/true, /*moves=*/true);
    loop.wait(FrameScheduler::kFrameSeconds);
    CHECK(loop.tick());
}

TEST_CASE("a minimised window does not ask the gamepad") {
    Loop loop;
    loop.scheduler.gamepad_polled(loop.clock.now(), /*present=*/true, /*moves=*/true);
    loop.scheduler.set_minimised(true);
    CHECK(loop.polls(2.0, /*moves=*/true) == 0);
}
