// A recipe's text, taken apart and laid out in columns.
#include "viz/app/recipe_sections.h"

#include "tests/support/catch.h"

#include <vector>

using namespace convscope;

TEST_CASE("a recipe's sections come in the file's order, with its keys and values, layers by their names") {
    const auto sections = recipe_sections(
        "name = \"a = b\"\n\n[input]\nmean = [0.1, 0.2]\n\n[[layer]]\nname = \"conv1\"\nchannels = 10\n\n"
        "[[layer.body]]\nkind = \"relu\"");
    REQUIRE(sections.size() == 4);
    CHECK(sections[0].heading == "recipe");
    CHECK(sections[0].rows[0].second == "a = b");
    CHECK(sections[1].heading == "input");
    CHECK(sections[1].rows[0].second == "[0.1, 0.2]");
    CHECK(sections[2].heading == "conv1");
    REQUIRE(sections[2].rows.size() == 1);
    CHECK(sections[2].rows[0].first == "channels");
    CHECK(sections[3].heading == "conv1 / relu");
    CHECK(sections[3].rows.empty());
    const auto quoted =
        recipe_sections("description = \"a \\\"b\\\"\"\n\n[[layer]]\nname = \"fc\"\nkind = \"linear\"\n");
    CHECK(quoted[0].rows[0].second == "\"a \\\"b\\\"\"");
    CHECK(quoted[1].heading == "fc, linear");
}

TEST_CASE("sections keep their order in columns, of which the highest is as low as can be") {
    const std::vector<int> heights{3, 3, 4, 2, 5};
    CHECK(pack_columns(heights, 3) == std::vector<int>{0, 0, 1, 1, 2});
    CHECK(pack_columns(heights, 2) == std::vector<int>{0, 0, 0, 1, 1});
    CHECK(pack_columns(heights, 1) == std::vector<int>{0, 0, 0, 0, 0});
    CHECK(pack_columns(heights, 9) == std::vector<int>{0, 1, 2, 3, 4});
    CHECK(pack_columns({}, 3).empty());
}
