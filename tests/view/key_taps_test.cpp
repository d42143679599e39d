#include "viz/app/key_taps.h"

#include "tests/support/catch.h"

#include <map>
#include <set>

using namespace convscope;

namespace {

// A keyboard as GLFW has it, and what a frame sees of it.
struct Keyboard {
    std::set<int> down;
    std::map<int, bool> seen;
    KeyTaps taps;

    void press(int key) {
        down.insert(key);
        seen[key] = true;  // as the callback sets it
        taps.pressed(key);
    }
    void let_go(int key) {
        down.erase(key);
        seen[key] = false;
    }
    void tap(int key) {
        press(key);
        let_go(key);
    }
    bool frame_sees(int key) {
        taps.begin_frame([this](int one) { return down.contains(one); },
                         [this](int one, bool held) { seen[one] = held; });
        return seen[key];
    }
};

}  // namespace

TEST_CASE("a key that is tapped between two frames is seen by one of them, and only by one") {
    Keyboard keyboard;
    keyboard.tap(257);
    CHECK(keyboard.frame_sees(257));
    CHECK(keyboard.taps.pending());
    CHECK_FALSE(keyboard.frame_sees(257));
    CHECK_FALSE(keyboard.taps.pending());
}

TEST_CASE("a key that is tapped three times between two frames is pressed three times") {
    Keyboard keyboard;
    for (int i = 0; i < 3; ++i) keyboard.tap(259);
    int presses = 0;
    bool before = false;
    for (int frame = 0; frame < 10; ++frame) {
        const bool now = keyboard.frame_sees(259);
        presses += now && !before ? 1 : 0;
        before = now;
    }
    CHECK(presses == 3);
    CHECK_FALSE(before);
    CHECK_FALSE(keyboard.taps.pending());
}

TEST_CASE("a key that is held stays held until it is let go of") {
    Keyboard keyboard;
    keyboard.press(32);
    for (int frame = 0; frame < 4; ++frame) CHECK(keyboard.frame_sees(32));
    CHECK_FALSE(keyboard.taps.pending());
    keyboard.let_go(32);
    CHECK_FALSE(keyboard.frame_sees(32));
}
