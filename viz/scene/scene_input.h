// What mouse, held keys and gamepad mean for the camera: dragging and flying here, clicks handed back. Pure.
#pragma once

#include "viz/scene/held_keys.h"
#include "viz/scene/navigator.h"

#include <optional>

namespace convscope {

// The pointer in one frame; pixels of the scene's viewport, y down.
struct PointerInput {
    Vec2 position{0.0F};
    Vec2 delta{0.0F};  // since the last frame; also of a pointer that is hidden while it turns the head
    float wheel = 0.0F;
    bool left = false;  // held down
    bool right = false;
    bool middle = false;
    bool double_click = false;  // the left button went down for the second time
    bool over_scene = false;    // and not over a panel
    bool shift = false;
    // What is drawn under it; nothing where there is but ground.
    std::optional<Vec3> hit;
};

struct PointerResult {
    bool clicked = false;         // pressed and let go at `position`
    bool double_clicked = false;  // instead of clicked
    bool dragging = false;        // moves the camera: nothing is hovered
    bool looking = false;         // turns the head: the pointer may be hidden
};

// Left drag orbits. Right, middle or Shift left drag pans; right drag while a movement key is held, or left and right
// together, turns the head until the right one is let go. The wheel zooms on what is under the pointer. A press that
// begins on a panel is the panel's.
class SceneInput {
public:
    static constexpr float kClickPixels = 4.0F;  // a hand that clicks moves the mouse this far at most

    // Before Navigator::tick(). `keys` and `pad` are nothing while they are not the scene's.
    PointerResult apply(const PointerInput& pointer, const FlyInput& keys, const FlyInput& pad, Navigator& navigator);

private:
    PointerResult drag(const PointerInput& pointer, bool flying, Navigator& navigator);

    bool was_down_ = false;
    bool ours_ = false;        // the press that is under way began on the scene
    bool left_alone_ = false;  // and no other button took part
    bool moved_ = false;       // further than a click
    bool double_ = false;
    bool looking_ = false;
    Vec2 way_{0.0F};  // since the press
};

}  // namespace convscope
