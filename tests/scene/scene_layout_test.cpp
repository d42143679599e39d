#include "tests/support/catch.h"
#include "viz/scene/geometry.h"

using namespace convscope;

TEST_CASE("A box grows with what is added to it") {
    Box box;
    CHECK(box.empty());
    box.add(Vec3{1.0F, 2.0F, 3.0F});
    box.add(Vec3{-1.0F, 4.0F, 3.0F});
    CHECK_FALSE(box.empty());
    CHECK(box.center() == Vec3{0.0F, 3.0F, 3.0F});
    CHECK(box.size() == Vec3{2.0F, 2.0F, 0.0F});
}
