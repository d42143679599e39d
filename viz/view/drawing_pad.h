// What somebody draws by hand: strokes of a round pen on a square, and what they look like at several times the
// resolution of a network's input. Pure; UI thread.
#pragma once

#include "engine/api/picture_tools.h"

#include <cstdint>
#include <span>
#include <vector>

namespace convscope {

// In shares of the pad's side, y down; the pad goes from 0 to 1.
struct PadPoint {
    float x = 0.0F;
    float y = 0.0F;
    bool operator==(const PadPoint&) const = default;
};

struct PadPen {
    static constexpr float kThinnest = 0.02F;
    static constexpr float kThickest = 0.20F;
    float width = 0.08F;  // in shares of the pad's side: about that of MNIST's pens
    bool erases = false;
    bool operator==(const PadPen&) const = default;
};

// Light ink on dark. It is no darker where strokes cross, and where one of them erases there is none.
class DrawingPad {
public:
    static constexpr std::int64_t kSide = 112;  // pixels
    static constexpr std::int64_t kMargin = 8;  // of empty paper around it: ink at the rim is ink like any other

    // A dot, until it goes on. Points outside of the pad are moved to its rim; what is no number is passed over.
    void begin_stroke(const PadPen& pen, PadPoint at);
    // Of the stroke that was begun last; nothing where that is gone, or the way is too short to be seen.
    void go_on(PadPoint to);

    // Takes back the last stroke, or the clearing.
    void undo();
    bool can_undo() const { return !strokes_.empty(); }
    void clear();
    // Nothing was drawn since it was cleared last, or all of it was erased.
    bool empty() const;

    struct Stroke {
        PadPen pen;
        bool clears = false;  // everything before it; it has no points
        std::vector<PadPoint> points = {};
    };
    // In their order, those that were erased or cleared away included.
    std::span<const Stroke> strokes() const { return strokes_; }
    // Another number whenever it shows something else.
    std::uint64_t revision() const { return revision_; }
    // Row after row, kSide each: 0 is paper, 255 is ink.
    std::span<const std::uint8_t> ink() const { return ink_; }
    // The same as a picture, with so many pixels of paper around it.
    DrawnPicture picture(std::int64_t margin) const;

private:
    void draw(const Stroke& stroke, std::size_t from);
    void draw_segment(const PadPen& pen, PadPoint from, PadPoint to);
    void draw_all();

    std::vector<Stroke> strokes_;
    std::vector<std::uint8_t> ink_ = std::vector<std::uint8_t>(static_cast<std::size_t>(kSide * kSide));
    std::uint64_t revision_ = 0;
};

}  // namespace convscope
