#include "viz/render/texture_cache.h"

#include "tests/gl/sample_capture.h"
#include "tests/support/catch.h"
#include "tests/support/egl_context.h"

using namespace convscope;
using convscope::test::make_ramp;

namespace {

TextureCache make_cache() { return TextureCache(gfx::TextureLimits::of_context()); }

constexpr std::int64_t kBytes = 2 * 3 * 4 * 4;  // of a 2x3x4 tensor

}  // namespace

TEST_CASE("a tensor is uploaded once, and again only when its content changed") {
    const test::EglContext context;
    TextureCache cache = make_cache();
    TensorCapture capture = make_ramp({2, 3, 4});
    cache.begin_frame();
    const GLuint texture = cache.get(capture).value()->page(0);
    CHECK(cache.get(capture).value()->page(0) == texture);
    CHECK(cache.bytes_uploaded() == kBytes);
    cache.end_frame();

    cache.begin_frame();
    CHECK(cache.get(capture).value()->page(0) == texture);
    CHECK(cache.bytes_uploaded() == 0);
    cache.end_frame();

    cache.begin_frame();
    CHECK(cache.get(make_ramp({2, 3, 4})).value()->page(0) == texture);  // new content, same tensor: same texture
    CHECK(cache.bytes_uploaded() == kBytes);
    cache.end_frame();
    CHECK(cache.textures() == 1);
}

TEST_CASE("a tensor that a frame did not ask for leaves the GPU") {
    const test::EglContext context;
    TextureCache cache = make_cache();
    const TensorCapture first = make_ramp({2, 3, 4});
    TensorCapture second = make_ramp({2, 3, 4});
    second.key.layer = LayerId{1};
    cache.begin_frame();
    REQUIRE(cache.get(first).ok());
    REQUIRE(cache.get(second).ok());
    cache.end_frame();
    CHECK(cache.textures() == 2);
    CHECK(cache.bytes() == 2 * kBytes);
    cache.begin_frame();
    REQUIRE(cache.get(second).ok());
    cache.end_frame();
    CHECK(cache.textures() == 1);
    cache.begin_frame();
    cache.end_frame();
    CHECK(cache.textures() == 0);
    CHECK(cache.bytes() == 0);
    CHECK(glGetError() == GL_NO_ERROR);
}

TEST_CASE("two iterations of one tensor can be drawn in the same frame") {
    const test::EglContext context;
    TextureCache cache = make_cache();
    const TensorCapture now = make_ramp({2, 3, 4});
    const TensorCapture before = make_ramp({2, 3, 4});
    cache.begin_frame();
    const GLuint first = cache.get(now).value()->page(0);
    const GLuint second = cache.get(before).value()->page(0);
    CHECK(first != second);
    CHECK(cache.get(now).value()->page(0) == first);
    cache.end_frame();
    cache.begin_frame();
    REQUIRE(cache.get(now).ok());
    REQUIRE(cache.get(before).ok());
    CHECK(cache.bytes_uploaded() == 0);
    cache.end_frame();
}

TEST_CASE("another run is another tensor") {
    const test::EglContext context;
    TextureCache cache = make_cache();
    TensorCapture capture = make_ramp({2, 3, 4});
    cache.begin_frame();
    REQUIRE(cache.get(capture).ok());
    cache.end_frame();
    capture.run = RunId{2};
    cache.begin_frame();
    REQUIRE(cache.get(capture).ok());
    CHECK(cache.bytes_uploaded() == kBytes);
    cache.end_frame();
    CHECK(cache.textures() == 1);
}

TEST_CASE("a vector longer than a texture is folded, an incomplete capture refused") {
    CHECK(texture_shape(make_ramp({500})) == TextureShape{500, 1, 1});
    CHECK(texture_shape(make_ramp({2500})) == TextureShape{1024, 3, 1});
    CHECK(texture_shape(make_ramp({20, 10, 3, 3})) == TextureShape{3, 3, 200});
    const test::EglContext context;
    TextureCache cache = make_cache();
    TensorCapture incomplete = make_ramp({2, 3, 4});
    incomplete.values.pop_back();
    CHECK_FALSE(cache.get(incomplete).ok());
    CHECK_FALSE(cache.get(TensorCapture{}).ok());
}
