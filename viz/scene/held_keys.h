// The keys that move as long as they are held. By their place on the keyboard, so that they lie under the same fingers
// on every layout.
#pragma once

#include "viz/scene/navigator.h"

#include <array>
#include <cmath>
#include <cstddef>

namespace convscope {

enum class MovementKey { Forward, Back, Left, Right, Down, Up, Fast };  // W S A D Q E Shift
inline constexpr std::size_t kMovementKeyCount = 7;

class HeldKeys {
public:
    void set(MovementKey key, bool held) { held_[static_cast<std::size_t>(key)] = held; }
    bool held(MovementKey key) const { return held_[static_cast<std::size_t>(key)]; }

    // Opposite keys cancel each other; two ways at once are no faster than one.
    FlyInput fly() const {
        FlyInput input{.forward = between(MovementKey::Back, MovementKey::Forward),
                       .right = between(MovementKey::Left, MovementKey::Right),
                       .up = between(MovementKey::Down, MovementKey::Up),
                       .fast = held(MovementKey::Fast)};
        const float length = std::sqrt(input.forward * input.forward + input.right * input.right + input.up * input.up);
        if (length > 1.0F) {
            input.forward /= length;
            input.right /= length;
            input.up /= length;
        }
        return input;
    }

private:
    float between(MovementKey low, MovementKey high) const {
        return (held(high) ? 1.0F : 0.0F) - (held(low) ? 1.0F : 0.0F);
    }

    std::array<bool, kMovementKeyCount> held_{};
};

}  // namespace convscope
