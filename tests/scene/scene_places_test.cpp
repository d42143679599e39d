#include "viz/scene/scene_places.h"

#include "engine/recipe/network_plan.h"
#include "engine/recipe/recipe_library.h"
#include "tests/support/catch.h"

using namespace convscope;

namespace {

NetworkDescription wide_cnn() { return plan_network(find_recipe("wide-cnn").value()).value(); }

constexpr LayerId kConv1{0};
constexpr LayerId kFlatten{5};
constexpr LayerId kFc1{6};

}  // namespace

TEST_CASE("What is selected is a layer, one of its maps, a value of that, or a unit, and nothing that is not there") {
    const NetworkDescription network = wide_cnn();
    const Shape maps = output_shape(network, kConv1);
    Selection selection{.layer = kConv1};
    CHECK_FALSE(selected_place(network, selection).has_value());
    selection.channel = 2;
    CHECK(selected_place(network, selection) == Place{kConv1, 2, Place::kWholeMap, Place::kWholeMap});
    selection.row = maps[1] - 1;
    selection.column = 0;
    CHECK(selected_place(network, selection) == Place{kConv1, 2, maps[1] - 1, 0});
    selection.row = maps[1];
    CHECK_FALSE(selected_place(network, selection).has_value());
    selection = {.layer = kConv1, .channel = maps[0]};
    CHECK_FALSE(selected_place(network, selection).has_value());
    selection = {.layer = kFc1, .channel = 4};
    CHECK(selected_place(network, selection) == Place{kFc1, 4, 0, 0});
}

TEST_CASE("A value stands in the cell of its map, a flattened one in that of the map that it was flattened from") {
    const NetworkDescription network = wide_cnn();
    const SceneLayout layout = layout_scene(network);
    CHECK(cell_of(layout, network, {kConv1, 3, 5, 7}) == SurfaceCell{3, 5, 7});
    CHECK_FALSE(cell_of(layout, network, {kConv1, 3, Place::kWholeMap, Place::kWholeMap}).has_value());
    CHECK(cell_of(layout, network, {kFc1, 9, 0, 0}) == SurfaceCell{0, 0, 9});

    const LayerId pooled = network.layers[static_cast<std::size_t>(kFlatten.index)].inputs[0];
    const Shape maps = output_shape(network, pooled);
    const Place flat{kFlatten, index_of(maps, {pooled, 2, 1, 3}), 0, 0};
    CHECK(cell_of(layout, network, flat) == SurfaceCell{2, 1, 3});
    CHECK(center_of(layout, network, flat) == center_of(layout, network, {pooled, 2, 1, 3}));
}

TEST_CASE("To look at a value is to look at its cell, at a map its tile, at a layer its whole wall") {
    const NetworkDescription network = wide_cnn();
    const SceneLayout layout = layout_scene(network);
    const Box wall = focus_box(layout, network, kConv1, std::nullopt);
    const Place map{kConv1, 3, Place::kWholeMap, Place::kWholeMap};
    const Place value{kConv1, 3, 12, 12};
    const Box tile = focus_box(layout, network, kConv1, map);
    const Box cells = focus_box(layout, network, kConv1, value);
    CHECK(glm::length(tile.center() - center_of(layout, network, map)) < 1e-4F);
    CHECK(glm::length(cells.center() - center_of(layout, network, value)) < 1e-4F);
    CHECK(tile.size().z < wall.size().z);
    CHECK(cells.size().z < tile.size().z);
}
