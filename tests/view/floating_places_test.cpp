#include "viz/view/floating_places.h"

#include "tests/support/catch.h"
#include "viz/panels/panel.h"

#include <vector>

using namespace convscope;

namespace {

constexpr PixelRect kRoom{8.0F, 48.0F, 1264.0F, 690.0F};
constexpr PixelRect kLeast{0.0F, 0.0F, 300.0F, 170.0F};
constexpr float kGap = 8.0F;

bool lies_within(const PixelRect& rect, const PixelRect& room) {
    return rect.x >= room.x && rect.y >= room.y && rect.right() <= room.right() && rect.bottom() <= room.bottom();
}

bool overlap(const std::vector<PixelRect>& rects) {
    for (std::size_t i = 0; i < rects.size(); ++i)
        for (std::size_t j = i + 1; j < rects.size(); ++j)
            if (shared_area(rects[i], rects[j]) > 0.0F) return true;
    return false;
}

}  // namespace

TEST_CASE("any two panels that float, opened one after the other, stand beside each other") {
    std::vector<PixelRect> wanted;
    for (const PanelKind& kind : panel_kinds())
        if (kind.floating.width > 0.0F) wanted.push_back(pixels_of(kind.floating, kRoom));
    for (const PixelRect& first : wanted)
        for (const PixelRect& second : wanted) {
            std::vector<PixelRect> open;
            for (const PixelRect& one : {first, second}) open.push_back(free_place(one, open, kRoom, kLeast, kGap));
            CAPTURE(first.x, first.width, second.x, second.width);
            CHECK_FALSE(overlap(open));
            CHECK(lies_within(open[0], kRoom));
            CHECK(lies_within(open[1], kRoom));
        }
}

TEST_CASE("a panel that wants a free place has one near it, and as large as it wants") {
    const PixelRect left{8.0F, 100.0F, 300.0F, 400.0F};
    const PixelRect found = free_place(left, {}, kRoom, kLeast, kGap);
    CHECK(found.width == left.width);
    CHECK(found.height == left.height);
    CHECK(found.x == kRoom.x);  // at the edge, where it leaves most of the rest in one piece
}

TEST_CASE("where there is no room as it is, a panel makes itself smaller, and not smaller than can be read") {
    const std::vector<PixelRect> taken{{8.0F, 48.0F, 880.0F, 690.0F}};
    const PixelRect wanted{8.0F, 100.0F, 500.0F, 500.0F};
    const PixelRect found = free_place(wanted, taken, kRoom, kLeast, kGap);
    CHECK(shared_area(found, taken[0]) == 0.0F);
    CHECK(found.width < wanted.width);
    CHECK(found.width >= kLeast.width);
    const std::vector<PixelRect> all{kRoom};
    const PixelRect covering = free_place(wanted, all, kRoom, kLeast, kGap);
    CHECK(lies_within(covering, kRoom));
    CHECK(covering.width >= kLeast.width);
}

TEST_CASE("what is free of the room is its largest part that no panel covers") {
    CHECK(largest_free(kRoom, {}) == kRoom);
    const std::vector<PixelRect> side{{8.0F, 48.0F, 300.0F, 690.0F}};
    CHECK(largest_free(kRoom, side) == PixelRect{308.0F, 48.0F, 964.0F, 690.0F});
    const std::vector<PixelRect> both{{8.0F, 100.0F, 300.0F, 400.0F}, {700.0F, 48.0F, 572.0F, 200.0F}};
    const PixelRect free = largest_free(kRoom, both);
    CHECK(free.area() > 0.5F * kRoom.area());
    for (const PixelRect& one : both) CHECK(shared_area(free, one) == 0.0F);
    const std::vector<PixelRect> all{kRoom};
    CHECK(largest_free(kRoom, all).area() == 0.0F);
}

TEST_CASE("a place comes back to the same pixels from its share of the room, and lies within a room of any size") {
    const PixelRect rect{317.0F, 91.0F, 403.0F, 299.0F};
    CHECK(pixels_of(share_of(rect, kRoom), kRoom) == rect);
    const PixelRect small{8.0F, 48.0F, 624.0F, 300.0F};
    CHECK(lies_within(pixels_of(share_of(rect, kRoom), small), small));
    CHECK(lies_within(pixels_of({0.9F, 0.9F, 0.5F, 0.5F}, small), small));
}
