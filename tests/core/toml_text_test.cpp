#include "engine/core/toml_text.h"

#include "tests/support/catch.h"

#include <string>

using namespace convscope;

namespace {

std::string refusal(const std::string& text) {
    const auto parsed = parse_toml(text, "a.toml", "see the manual");
    REQUIRE_FALSE(parsed.ok());
    return parsed.error().message;
}

std::string repeated(const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
}

// A key of so many parts.
std::string key_of(int parts) { return "a" + repeated(".a", parts - 1); }

}  // namespace

TEST_CASE("what is TOML is read, and what is not is refused with its line and the remedy") {
    const auto parsed = parse_toml("\xEF\xBB\xBF# ...\n\"\xC3\xA4\" = [1.5, 2.5]\n", "a.toml", "");
    REQUIRE(parsed.ok());
    CHECK(parsed.value()["\xC3\xA4"][1].value<double>() == 2.5);
    CHECK_THAT(refusal("a = 1\nb = =\n"),
               contains_text("a.toml:2: this is not TOML: ") && contains_text("; see the manual"));
    CHECK(refusal("a = 1\nb = '\xFF'\n") == "a.toml:2: this is not UTF-8 text; save the file as UTF-8");
}

TEST_CASE("nesting without end is refused, whatever it is made of") {
    const std::string text =
        GENERATE(key_of(30'000) + " = 1\n", "[" + key_of(30'000) + "]\n", "[[" + key_of(30'000) + "]]\n",
                 "b = " + repeated("[", 30'000) + repeated("]", 30'000), "b = " + repeated("{a=", 30'000),
                 "b = " + repeated("{a.a.a = ", 30) + "1" + repeated("}", 30), "b = { " + key_of(100) + " = 1 }\n",
                 "b = [ # ]]]]\n" + repeated("[", 100), "b = '\"' \n" + key_of(100) + " = 1\n",
                 "b = \"\\\"'\"\n" + key_of(100) + " = 1\n", "b = \"\"\"x\"\"\"\"\"\n" + key_of(100) + " = 1\n",
                 "b = '''x''''\n" + key_of(100) + " = 1\n", repeated("a . ", 100) + "a = 1\n");
    CHECK_THAT(refusal(text), contains_text("lie more than 64 deep in each other"));
}

TEST_CASE("what only looks nested is not refused") {
    const std::string text = GENERATE(
        key_of(60) + " = 1\n", "a = [" + repeated("0.5, ", 1000) + "]\n", "# " + repeated("[.", 1000) + "\n",
        "a = '" + repeated("[.", 1000) + "'\n", "a = \"\\\"" + repeated("{.", 1000) + "\"\n",
        "a = \"\"\"\n'" + repeated("[.\n", 1000) + "\"\"\"\"\"\n", "a = '''\n\"" + repeated("[.\n", 1000) + "'''''\n",
        repeated("[[b]]\nc = [[1, 2.5], [3]]\n", 1000), "a = [\n" + repeated("1.5,\n", 1000) + "]\n");
    const auto parsed = parse_toml(text, "a.toml", "");
    if (!parsed) FAIL_CHECK(parsed.error().message);
    CHECK(parsed.ok());
}

TEST_CASE("a text of more than a megabyte is not looked at") {
    CHECK_THAT(refusal(repeated("#", 1 << 20) + "#"), contains_text("a.toml: larger than the 1048576 bytes"));
    CHECK(parse_toml(repeated("#", 1 << 20), "a.toml", "").ok());
}
