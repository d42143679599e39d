// Keys as Dear ImGui 1.86 is to see them: what is pressed and let go of between two frames is held for one frame, and
// what is pressed twice for one frame twice; it looks once a frame whether a key is down, and a frame may take a tenth
// of a second.
#pragma once

#include <vector>

namespace convscope {

class KeyTaps {
public:
    void pressed(int key) { presses_.push_back(key); }

    // At the head of a frame: `down(key)` tells whether somebody holds a key at present, `set(key, held)` is what the
    // frame is to see of it.
    template <typename Down, typename Set>
    void begin_frame(const Down& down, const Set& set) {
        // What the last frame saw as held is let go of before it is pressed again.
        std::vector<int> left;
        for (const int key : tapped_) set(key, false);
        const std::vector<int> seen = std::move(tapped_);
        tapped_.clear();
        for (const int key : presses_) {
            const bool in_turn = !contains(seen, key) && !contains(tapped_, key) && !contains(left, key);
            if (in_turn) {
                set(key, true);
                tapped_.push_back(key);
            } else {
                left.push_back(key);
            }
        }
        presses_ = std::move(left);
        for (const int key : seen)
            if (down(key) && !contains(presses_, key)) set(key, true);
    }
    // Another frame is to follow: somebody's press is not over yet.
    bool pending() const { return !presses_.empty() || !tapped_.empty(); }

private:
    static bool contains(const std::vector<int>& keys, int key) {
        for (const int one : keys)
            if (one == key) return true;
        return false;
    }

    std::vector<int> presses_;  // since the last frame, or waiting for theirs
    std::vector<int> tapped_;   // seen as pressed by the last frame
};

}  // namespace convscope
