// Names in whatever script have signs that can be read in every size of type.
#include "viz/widgets/fonts.h"

#include "engine/core/utf8.h"
#include "tests/support/catch.h"
#include "viz/widgets/embedded_fonts.h"

#include <imgui.h>

#include <vector>

using namespace convscope;

namespace {

const std::vector<std::string> kNames{"ноль", "二", "さん", "four five", "fünf", "έξι", "Điện"};

struct Context {
    Context() { ImGui::CreateContext(); }
    ~Context() { ImGui::DestroyContext(); }
};

}  // namespace

TEST_CASE("the characters of class names have signs in every size of type") {
    if (roboto_regular().size == 0 || droid_fallback().size == 0) {
        WARN("skipped: this build has no fonts-roboto-unhinted or no fonts-droid-fallback");
        return;
    }
    const Context context;
    const Fonts fonts = build_fonts(1.0F, other_characters(kNames));
    for (const std::string& name : kNames)
        for (std::string_view rest = name; !rest.empty();) {
            const auto character = static_cast<ImWchar>(*take_character(rest));
            INFO(name);
            for (const ImFont* font : {fonts.body, fonts.medium, fonts.title, fonts.small, fonts.numbers})
                CHECK(font->FindGlyphNoFallback(character) != nullptr);
        }
}

TEST_CASE("only what Roboto has not is asked for, each character once") {
    CHECK(other_characters(std::vector<std::string>{"0", "T-shirt/top", "ноль", "fünf", "έξι"}).empty());
    CHECK(other_characters(kNames) == "さん二");
    CHECK(other_characters(std::vector<std::string>{"二二", "二", "broken \xE4\xBA"}) == "二");
}
