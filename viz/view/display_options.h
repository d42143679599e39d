// How a tensor is turned into a picture: what settings, the renderer and the panels have to agree on.
#pragma once

#include <cstdint>

namespace convscope {

enum class Colormap : std::uint8_t { Viridis, Magma, Grey, Diverging };
inline constexpr int kColormapCount = 4;

// What the ends of the colormap stand for.
enum class RangeMode : std::uint8_t {
    PerMap,    // every map's own minimum and maximum
    PerLayer,  // the whole tensor's
    Fixed,     // two numbers the user gave
};

}  // namespace convscope
