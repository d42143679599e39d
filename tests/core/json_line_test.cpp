#include "engine/core/json_line.h"
#include "tests/support/catch.h"

#include <string>

using namespace convscope;

TEST_CASE("A line that no run writes is no object, whatever it would take to read it") {
    const auto times = [](const std::string& text, int count) {
        std::string all;
        for (int i = 0; i < count; ++i) all += text;
        return all;
    };
    CHECK_FALSE(parse_json_line("").has_value());
    CHECK_FALSE(parse_json_line("3").has_value());
    CHECK_FALSE(parse_json_line(R"({"a":1)").has_value());
    CHECK_FALSE(parse_json_line(R"({"a":[1]})").has_value());
    CHECK_FALSE(parse_json_line(times("[", 100000)).has_value());
    CHECK_FALSE(parse_json_line(times(R"({"a":)", 5) + "1" + times("}", 5)).has_value());
    CHECK_FALSE(parse_json_line("{" + times(R"("a":1,)", 100) + R"("b":2})").has_value());
}

TEST_CASE("What stands in a line's strings is text, whatever it looks like") {
    const auto object = parse_json_line(R"({"recipe":"[[layer]]\n{{{{{{ \"[\" \\","probe":{"split":"test"}})");
    REQUIRE(object.has_value());
    CHECK(object->at("recipe") == "[[layer]]\n{{{{{{ \"[\" \\");
    CHECK(object->at("probe").at("split") == "test");
}
