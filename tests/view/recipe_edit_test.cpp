// Adding layers to a recipe, removing, renaming and moving them.
#include "viz/app/recipe_edit.h"

#include "tests/support/catch.h"

#include <algorithm>
#include <string>
#include <vector>

using namespace convscope;

namespace {

LayerSpec named(const char* name) {
    LayerSpec layer;
    layer.name = name;
    return layer;
}

std::vector<std::string> names(const Recipe& recipe) {
    std::vector<std::string> result;
    for (const LayerSpec& layer : recipe.layers) result.push_back(layer.name);
    return result;
}

}  // namespace

TEST_CASE("a layer is added where it was asked for, under a name that is free, nested layers included") {
    Recipe recipe;
    recipe.layers = {named("conv1"), named("block"), named("fc1")};
    recipe.layers[1].body = {named("conv2")};
    add_layer(recipe, 1, LayerKind::Conv2d);
    CHECK(names(recipe) == std::vector<std::string>{"conv1", "conv3", "block", "fc1"});
    add_layer(recipe, 99, LayerKind::MaxPool2d);
    CHECK(names(recipe).back() == "pool1");
    CHECK(recipe.layers.back().kernel_size == 2);
    CHECK(recipe.layers.back().stride == 2);
}

TEST_CASE("what joins others begins with the two layers before it, and its names are a line that is read again") {
    Recipe recipe;
    recipe.layers = {named("conv1"), named("conv2")};
    add_layer(recipe, 2, LayerKind::Concatenate);
    CHECK(recipe.layers[2].inputs == std::vector<std::string>{"conv1", "conv2"});
    add_layer(recipe, 1, LayerKind::Add);
    CHECK(recipe.layers[1].inputs == std::vector<std::string>{"input", "conv1"});
    CHECK(line_of_names({"a.b", "c-1", "input"}) == "a.b, c-1, input");
    CHECK(names_in_line("a.b, c-1, input") == std::vector<std::string>{"a.b", "c-1", "input"});
    CHECK(names_in_line(" ,a ;b,, ") == std::vector<std::string>{"a", "b"});
    CHECK(names_in_line("").empty());
}

TEST_CASE("a layer that is not there is not removed") {
    Recipe recipe;
    recipe.layers = {named("a"), named("b")};
    remove_layer(recipe, 2);
    CHECK(recipe.layers.size() == 2);
    remove_layer(recipe, 0);
    CHECK(names(recipe) == std::vector<std::string>{"b"});
}

TEST_CASE("a layer is renamed with all that takes from it, unless the name is taken, and moves within the network") {
    Recipe recipe;
    recipe.layers = {named("a"), named("block"), named("c")};
    recipe.layers[1].body = {named("inner")};
    recipe.layers[1].body[0].inputs = {"a", "x"};
    recipe.layers[2].weights_of = "a";
    for (const char* taken : {"", "c", "inner"}) CHECK_FALSE(rename_layer(recipe, 0, taken));
    REQUIRE(rename_layer(recipe, 0, "edges"));
    CHECK(names(recipe) == std::vector<std::string>{"edges", "block", "c"});
    CHECK(recipe.layers[1].body[0].inputs == std::vector<std::string>{"edges", "x"});
    CHECK(recipe.layers[2].weights_of == "edges");
    CHECK(move_layer(recipe, 0, 1) == 1);
    CHECK(names(recipe) == std::vector<std::string>{"block", "edges", "c"});
    CHECK(move_layer(recipe, 0, -1) == 0);
    CHECK(move_layer(recipe, 2, 1) == 2);
    CHECK(names(recipe) == std::vector<std::string>{"block", "edges", "c"});
    CHECK(layer_in_message(recipe, "Layer 'edges': 9 is too much for 'c'") == 1);
    CHECK(layer_in_message(recipe, "nothing is 'edged'") == 3);
}

TEST_CASE("every kind that can be added gets what it requires, and at most one setting stands in each column") {
    const Recipe recipe;
    for (const LayerKindRow& row : layer_kinds()) {
        if (!can_be_added(row.kind)) continue;
        const LayerSpec layer = new_layer(recipe, row.kind);
        INFO(layer.name);
        CHECK(layer.kind == row.kind);
        std::vector<std::size_t> columns;
        for (std::size_t i = 0; i < row.settings.size(); ++i) {
            if (row.settings[i].required) CHECK(row.settings[i].rule.holds(value_of(row.settings[i], layer)));
            if (const std::size_t column = field_of(row.settings, i); column != kFieldCount) columns.push_back(column);
        }
        std::sort(columns.begin(), columns.end());
        CHECK(std::adjacent_find(columns.begin(), columns.end()) == columns.end());
    }
    const auto of_convolution = row_of(LayerKind::Conv2d).settings;
    CHECK(field_of(of_convolution, 0) == 0);            // channels
    CHECK(field_of(of_convolution, 1) == 1);            // kernel_size
    CHECK(field_of(of_convolution, 4) == kFieldCount);  // dilation
    CHECK_FALSE(can_be_added(LayerKind::Residual));
}
