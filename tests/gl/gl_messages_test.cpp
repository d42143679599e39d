#include "viz/gfx/context.h"
#include "viz/gfx/program.h"

#include "tests/support/catch.h"

#include <string>
#include <vector>

using namespace convscope;

TEST_CASE("an OpenGL older than 3.3 is refused with what was found and a remedy") {
    CHECK(gfx::check_gl_version(3, 3, "3.3", "x").ok());
    CHECK(gfx::check_gl_version(4, 0, "4.0", "x").ok());
    const auto old = gfx::check_gl_version(3, 2, "3.2 Mesa 9", "Old Chip");
    REQUIRE_FALSE(old.ok());
    CHECK(old.error().code == ErrorCode::Unsupported);
    CHECK(old.error().message.find("3.2 Mesa 9") != std::string::npos);
    CHECK(old.error().message.find("Old Chip") != std::string::npos);
    CHECK(old.error().message.find("convscope train") != std::string::npos);
    CHECK_FALSE(gfx::check_gl_version(0, 0, "2.1", "x").ok());
}

TEST_CASE("every driver's way to name a place in a shader becomes a file and a line") {
    const std::vector<std::string> files{"tiles.frag", "value_color.glsl"};
    CHECK(gfx::name_files_in_log("1:12(5): error: no such thing\n", files) ==
          "value_color.glsl:12(5): error: no such thing");
    CHECK(gfx::name_files_in_log("0(7) : error C0000: oh", files) == "tiles.frag:7 : error C0000: oh");
    CHECK(gfx::name_files_in_log("ERROR: 1:3: bad", files) == "value_color.glsl:3: bad");
    CHECK(gfx::name_files_in_log("no place here\n0:1: a\n9:1: b", files) ==
          "no place here\ntiles.frag:1: a\nsource 9:1: b");
}
