// Where panels stand that float over the scene, and what they leave free of it. Pure.
#pragma once

#include <span>
#include <string>

namespace convscope {

// Shares of the room's width and height.
struct FloatingPlace {
    float x = 0.0F;
    float y = 0.0F;
    float width = 0.0F;  // 0: it does not float
    float height = 0.0F;

    bool operator==(const FloatingPlace&) const = default;
};

struct KeptPlace {
    std::string panel;  // its id
    FloatingPlace place;

    bool operator==(const KeptPlace&) const = default;
};

// In pixels.
struct PixelRect {
    float x = 0.0F;
    float y = 0.0F;
    float width = 0.0F;
    float height = 0.0F;

    float right() const { return x + width; }
    float bottom() const { return y + height; }
    float area() const { return width * height; }
    bool operator==(const PixelRect&) const = default;
};
float shared_area(const PixelRect& a, const PixelRect& b);

// In whole pixels, and back to the same share.
PixelRect pixels_of(const FloatingPlace& place, const PixelRect& room);
FloatingPlace share_of(const PixelRect& rect, const PixelRect& room);

// A place for a panel that would like to be at `wanted`: within the room, `gap` away from all that is taken; of those,
// one near by that leaves much of the room in one piece. Smaller where there is no room as it is, down to `least`;
// where there is none even so, the place that covers least.
PixelRect free_place(const PixelRect& wanted, std::span<const PixelRect> taken, const PixelRect& room,
                     const PixelRect& least, float gap);

// The largest part of the room that nothing covers; empty where all of it is.
PixelRect largest_free(const PixelRect& room, std::span<const PixelRect> covered);

}  // namespace convscope
