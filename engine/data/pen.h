// An antialiased round pen on a small grey canvas.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace convscope {

struct PenPoint {
    float x = 0.0F;  // pixels; the top left pixel covers 0..1
    float y = 0.0F;
    float radius = 1.0F;  // of the nib here, pixels
};

// 28 x 28 pixels of ink, 0 to 1.
class Canvas {
public:
    static constexpr int kSide = 28;

    // Inks a polyline. Where strokes overlap the canvas gets no darker. `softness` is the width in pixels over which
    // ink fades out at the edge of a stroke, more than 0.
    void draw(std::span<const PenPoint> stroke, float softness);

    float at(int x, int y) const { return ink_[static_cast<std::size_t>(y * kSide + x)]; }

    // Centre of mass in pixels; the middle of the canvas when there is no ink.
    struct Centre {
        float x, y;
    };
    Centre centre_of_mass() const;

    // Writes kSide x kSide bytes, shifted by whole pixels; what leaves the canvas is lost.
    void write(std::span<std::uint8_t> out, int shift_x, int shift_y) const;

private:
    void draw_segment(const PenPoint& from, const PenPoint& to, float softness);

    std::array<float, static_cast<std::size_t>(kSide) * kSide> ink_{};
};

}  // namespace convscope
