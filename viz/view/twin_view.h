// What is looked at where another run is trained beside the first, and where it stands. Pure.
#pragma once

#include <cmath>
#include <cstdint>

namespace convscope {

enum class TwinView : std::uint8_t {
    Run,        // the first alone
    Beside,     // both, side by side
    Twin,       // the other alone
    Difference  // the other less the first
};
inline constexpr int kTwinViewCount = 4;

// Of a place for two: how large each is, in whole pixels.
struct Halves {
    bool beside = false;  // else one above the other
    float width = 0.0F;
    float height = 0.0F;
};
// Side by side where each is then `least` wide, unless they are to stand above each other in any case.
inline Halves halves_of(float width, float height, float gap, float least, bool above) {
    const float half = std::floor(0.5F * (width - gap));
    if (!above && half >= least) return {true, half, height};
    return {false, width, std::floor(0.5F * (height - gap))};
}

}  // namespace convscope
