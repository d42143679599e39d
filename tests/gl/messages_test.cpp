// What the driver says, and what it calls things by.
#include "viz/gfx/messages.h"

#include "tests/support/catch.h"
#include "tests/support/egl_context.h"
#include "viz/gfx/texture_array.h"

#include <array>
#include <string>
#include <vector>

using namespace convscope;

TEST_CASE("a call that OpenGL refuses is heard of within the call, once, and taken as serious") {
    const test::EglContext context;
    std::vector<gfx::Message> heard;
    REQUIRE(gfx::on_message([&](const gfx::Message& message) { heard.push_back(message); }));
    glEnable(GL_TEXTURE_2D_ARRAY);
    REQUIRE(heard.size() == 1);
    CHECK(heard[0].serious);
    CHECK(heard[0].text.find("glEnable") != std::string::npos);
    glEnable(GL_BLEND);
    CHECK(heard.size() == 1);
    CHECK(glGetError() == GL_INVALID_ENUM);
    gfx::on_message({});
    glEnable(GL_TEXTURE_2D_ARRAY);
    CHECK(heard.size() == 1);
    CHECK(glGetError() == GL_INVALID_ENUM);
}

TEST_CASE("a GL object has the label that it was given, on every page of it") {
    const test::EglContext context;
    const auto array = gfx::TextureArray::create(4, 4, 5, {.size = 64, .layers = 2}).value();
    REQUIRE(array.page_count() == 3);
    array.label("feature maps of layer 3");
    for (int page = 0; page < array.page_count(); ++page) {
        std::array<char, 64> label{};
        glGetObjectLabel(GL_TEXTURE, array.page(page), static_cast<GLsizei>(label.size()), nullptr, label.data());
        CHECK(std::string(label.data()) == "feature maps of layer 3");
    }
}
