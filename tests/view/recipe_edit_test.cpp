// Adding layers to a recipe and removing them.
#include "viz/app/recipe_edit.h"

#include "tests/support/catch.h"

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

TEST_CASE("a layer that is not there is not removed") {
    Recipe recipe;
    recipe.layers = {named("a"), named("b")};
    remove_layer(recipe, 2);
    CHECK(recipe.layers.size() == 2);
    remove_layer(recipe, 0);
    CHECK(names(recipe) == std::vector<std::string>{"b"});
}

TEST_CASE("every kind that can be added gets a size where it needs one") {
    const Recipe recipe;
    for (const LayerKind kind : addable_kinds()) {
        const LayerSpec layer = new_layer(recipe, kind);
        INFO(layer.name);
        CHECK(layer.kind == kind);
        CHECK((settings_of(kind).size != nullptr) == (layer.output_size > 0));
        CHECK(settings_of(kind).kernel == (layer.kernel_size > 0));
    }
}
