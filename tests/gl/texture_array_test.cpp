#include "viz/gfx/texture_array.h"

#include "tests/support/catch.h"
#include "tests/support/egl_context.h"

#include <numeric>
#include <vector>

using namespace convscope;

namespace {

std::vector<float> ramp(std::size_t count) {
    std::vector<float> values(count);
    std::iota(values.begin(), values.end(), 0.5F);
    return values;
}

std::vector<float> read_back(const gfx::TextureArray& array) {
    std::vector<float> all;
    const auto plane = static_cast<std::size_t>(array.width()) * static_cast<std::size_t>(array.height());
    for (int page = 0; page < array.page_count(); ++page) {
        const int layers = std::min(array.layers_per_page(), array.layers() - page * array.layers_per_page());
        std::vector<float> values(plane * static_cast<std::size_t>(layers));
        glBindTexture(GL_TEXTURE_2D_ARRAY, array.page(page));
        glGetTexImage(GL_TEXTURE_2D_ARRAY, 0, GL_RED, GL_FLOAT, values.data());
        all.insert(all.end(), values.begin(), values.end());
    }
    glBindTexture(GL_TEXTURE_2D_ARRAY, 0);
    return all;
}

}  // namespace

TEST_CASE("a handle has one owner, which deletes it") {
    const test::EglContext context;
    gfx::Buffer empty;
    CHECK_FALSE(empty);
    gfx::Buffer first = gfx::Buffer::create();
    const GLuint id = first.id();
    glBindBuffer(GL_ARRAY_BUFFER, id);  // a name becomes a buffer when it is first bound
    glBindBuffer(GL_ARRAY_BUFFER, 0);
    gfx::Buffer second = std::move(first);
    CHECK(first.id() == 0);
    CHECK(second.id() == id);
    empty = std::move(second);
    CHECK(second.id() == 0);
    CHECK(empty.id() == id);
    CHECK(glIsBuffer(id) == GL_TRUE);
    empty = gfx::Buffer::create();  // what it held before is gone
    CHECK(glIsBuffer(id) == GL_FALSE);
    gfx::Buffer& itself = empty;
    empty = std::move(itself);
    empty.reset();
    CHECK_FALSE(empty);
    CHECK(glGetError() == GL_NO_ERROR);
}

TEST_CASE("what was uploaded comes back bit for bit, across pages") {
    const test::EglContext context;
    for (const int layer_limit : {100, 7, 4, 1}) {
        auto created = gfx::TextureArray::create(5, 3, 7, {.size = 64, .layers = layer_limit});
        REQUIRE(created.ok());
        gfx::TextureArray array = std::move(created).value();
        CHECK(array.page_count() == (7 + layer_limit - 1) / layer_limit);
        const auto values = ramp(5 * 3 * 7);
        array.upload(values);
        CHECK(read_back(array) == values);
    }
    CHECK(glGetError() == GL_NO_ERROR);
}

TEST_CASE("the last row of a folded vector may be incomplete") {
    const test::EglContext context;
    gfx::TextureArray array = gfx::TextureArray::create(8, 3, 1, gfx::TextureLimits::of_context()).value();
    const auto values = ramp(19);
    array.upload(values);
    auto back = read_back(array);
    back.resize(19);
    CHECK(back == values);
    CHECK(glGetError() == GL_NO_ERROR);
}

TEST_CASE("a plane too large for the GPU is refused with both sizes") {
    const test::EglContext context;
    const auto wide = gfx::TextureArray::create(65, 3, 1, {.size = 64, .layers = 256});
    REQUIRE_FALSE(wide.ok());
    CHECK(wide.error().code == ErrorCode::Unsupported);
    CHECK(wide.error().message.find("65 x 3") != std::string::npos);
    CHECK(wide.error().message.find("64 x 64") != std::string::npos);
    CHECK_FALSE(gfx::TextureArray::create(3, 65, 1, {.size = 64, .layers = 256}).ok());
    CHECK_FALSE(gfx::TextureArray::create(0, 3, 1, {.size = 64, .layers = 256}).ok());
}
