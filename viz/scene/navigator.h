// Moves the camera: what is pressed and dragged sets a goal, and what is shown follows it softly, alike at every frame
// rate. Pure: time is an argument. Lengths in the scene's units, angles in radians, pixels of the viewport.
#pragma once

#include "viz/scene/camera.h"

#include <optional>

namespace convscope {

// How a held key or stick wants to move and turn, each from -1 to 1.
struct FlyInput {
    float forward = 0.0F;
    float right = 0.0F;
    float up = 0.0F;
    float turn_right = 0.0F;
    float turn_down = 0.0F;
    bool fast = false;

    bool any() const {
        return forward != 0.0F || right != 0.0F || up != 0.0F || turn_right != 0.0F || turn_down != 0.0F;
    }
};

// Anything asked for takes over from a flight under way. What is not finite is ignored.
class Navigator {
public:
    // What there is to see: it bounds how far away and how near one may be. May change at any time.
    void set_scene(const Box& box);
    // In pixels; the pointer's motions are measured by it. Poses are seen in `window` of it.
    void set_viewport(Vec2 size, const ViewWindow& window = {});

    // The shown pose now; camera() is made of it anew each time.
    const CameraPose& pose() const { return shown_; }
    // Where it comes to rest if nothing else is asked for.
    const CameraPose& goal() const { return goal_; }
    Camera camera() const { return {shown_, viewport_, scene_, window_}; }

    // The pointer was dragged by so many pixels, y down. orbit() takes the scene by its front: it follows the pointer.
    void orbit(float dx, float dy);
    // What is at the pivot's depth stays under the pointer.
    void pan(float dx, float dy);
    // Turns the head: the eye stays where it is.
    void look(float dx, float dy);
    // Each step up is a fifth nearer; the anchor stays at its place on the screen, and orbit() turns about its depth
    // from then on. A ray without a point that it meets takes the one at the pivot's depth.
    void zoom(float steps, const Vec3& anchor);
    void zoom(float steps, const Ray& pointer);
    // For the next tick() only: nothing keeps moving that nobody asks for. Speed is in proportion to the distance, so
    // that walls and pixels pass alike.
    void fly(const FlyInput& input);

    // A flight to a pose, the short way round.
    void go_to(const CameraPose& pose);
    // A flight to where all of the box is seen, from the same direction or from another. Nothing for an empty box.
    void frame(const Box& box, float margin = 0.08F);
    void frame(const Box& box, float yaw, float pitch, float margin = 0.08F);
    // There at once.
    void jump(const CameraPose& pose);

    // Time passed. What is longer than a quarter of a second (a stopped program) counts as that.
    void tick(double seconds);
    // False once shown and goal are the same to within what a pixel shows; nothing needs drawing then.
    bool moving() const { return flight_.has_value() || fly_.any() || shown_ != goal_; }

    float least_distance() const;
    float greatest_distance() const;
    // Each way from 0; straight up or down there is no right and left.
    static constexpr float kSteepest = 1.5F;

private:
    struct Flight {
        CameraPose from;
        double seconds;  // it takes
        double passed = 0.0;
        bool from_rest;
    };

    void take_over();
    void settle_pivot(const Vec3& point);
    CameraPose limited(CameraPose pose) const;
    void advance_fly(float seconds);
    void advance_flight(double seconds);
    void approach(double seconds);
    void come_to_rest();

    CameraPose shown_;
    CameraPose goal_;
    Box scene_;
    Vec2 viewport_{1.0F, 1.0F};
    ViewWindow window_{{0.0F, 0.0F}, {1.0F, 1.0F}};
    FlyInput fly_;
    std::optional<Flight> flight_;
    bool about_eye_ = false;    // the eye goes straight to its goal; else the pivot does
    double quiet_seconds_ = 0;  // since the goal was moved last
};

}  // namespace convscope
