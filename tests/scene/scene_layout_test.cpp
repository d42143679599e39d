#include "viz/scene/scene_layout.h"

#include "engine/recipe/network_plan.h"
#include "engine/recipe/recipe_library.h"
#include "tests/scene/captured_network.h"
#include "tests/support/catch.h"

#include <random>
#include <set>

using namespace convscope;
using test::CapturedNetwork;
using test::layer;

namespace {

NetworkDescription recipe_network(const char* name) { return plan_network(find_recipe(name).value()).value(); }

bool overlap(const Box& a, const Box& b) {
    return a.low.x < b.high.x && b.low.x < a.high.x && a.low.y < b.high.y && b.low.y < a.high.y && a.low.z < b.high.z &&
           b.low.z < a.high.z;
}

// A ray that meets the middle of a cell straight from the front, from a little before the wall.
Ray towards(const SceneSurface& surface, const SurfaceCell& cell) {
    return {surface.cell_center(cell) + 3.0F * surface.front(), -surface.front()};
}

}  // namespace

TEST_CASE("A box grows with what is added to it") {
    Box box;
    CHECK(box.empty());
    box.add(Vec3{1.0F, 2.0F, 3.0F});
    box.add(Vec3{-1.0F, 4.0F, 3.0F});
    CHECK_FALSE(box.empty());
    CHECK(box.center() == Vec3{0.0F, 3.0F, 3.0F});
    CHECK(box.size() == Vec3{2.0F, 2.0F, 0.0F});
}

TEST_CASE("In every recipe each layer has a wall of its own, or shares that of the input it hands on") {
    for (const EmbeddedRecipe& recipe : recipes()) {
        const NetworkDescription network = plan_network(find_recipe(recipe.name()).value()).value();
        const SceneLayout layout = layout_scene(network);
        INFO(recipe.name());
        REQUIRE(layout.walls.front().layer == kInputLayer);
        REQUIRE(layout.wall_of_layer.size() == network.layers.size());
        for (const LayerDescription& described : network.layers) {
            const SceneWall& wall = layout.walls.at(layout.wall_of(described.id));
            const bool handed_on =
                described.spec.kind == LayerKind::Flatten || described.spec.kind == LayerKind::Dropout;
            CHECK((wall.layer == described.id) == !handed_on);
            CHECK(wall.values.tile_count * wall.values.values_per_tile() * wall.values.planes_per_tile ==
                  described.output_shape.element_count());
        }
    }
}

TEST_CASE("No two walls of a network stand in each other, and all stand on the ground or above it") {
    for (const char* name : {"wide-cnn", "small-resnet", "cifar-cnn", "modern-cnn"}) {
        INFO(name);
        const SceneLayout layout = layout_scene(recipe_network(name));
        for (std::size_t i = 0; i < layout.walls.size(); ++i) {
            CHECK(layout.walls[i].box().low.y >= 0.0F);
            for (std::size_t k = i + 1; k < layout.walls.size(); ++k)
                CHECK_FALSE(overlap(layout.walls[i].box(), layout.walls[k].box()));
        }
    }
}

TEST_CASE("The network runs along x: a layer stands behind all that it takes") {
    for (const char* name : {"two-block-cnn", "small-resnet"}) {
        const SceneLayout layout = layout_scene(recipe_network(name));
        for (const SceneLink& link : layout.links)
            CHECK(layout.walls[link.from].values.corner.x < layout.walls[link.to].values.corner.x);
    }
}

TEST_CASE("Weights lie between the wall that they lead to and the one before") {
    const SceneLayout layout = layout_scene(recipe_network("wide-cnn"));
    int seen = 0;
    for (std::size_t i = 1; i < layout.walls.size(); ++i) {
        const SceneWall& wall = layout.walls[i];
        if (!wall.weights) continue;
        ++seen;
        CHECK(wall.weights->box().low.x > layout.walls[i - 1].box().high.x);
        CHECK(wall.weights->box().high.x < wall.box().low.x);
    }
    CHECK(seen == 4);
}

TEST_CASE("A shortcut with layers of its own stands a storey above, a bare one is an arc") {
    LayerSpec projected = layer("block1", LayerKind::Residual);
    projected.body = {layer("conv", LayerKind::Conv2d, 4, 3, 1, 1)};
    projected.shortcut = {layer("fit", LayerKind::Conv2d, 4, 1)};
    LayerSpec bare = layer("block2", LayerKind::Residual);
    bare.body = {layer("conv", LayerKind::Conv2d, 4, 3, 1, 1)};
    const CapturedNetwork captured({1, 8, 8}, {projected, bare});
    const SceneLayout layout = layout_scene(captured.network);
    const SceneWall& fit = layout.walls[layout.wall_of(captured.id("block1.fit"))];
    const SceneWall& conv = layout.walls[layout.wall_of(captured.id("block1.conv"))];
    CHECK(fit.level == 1);
    CHECK(conv.level == 0);
    CHECK(fit.box().low.y > conv.box().high.y);
    std::size_t arcs = 0;
    for (const SceneLink& link : layout.links) arcs += link.shortcut ? 1 : 0;
    CHECK(arcs == 1);
}

TEST_CASE("Branches that meet stand each a storey above the other, and what skips over a U is an arc") {
    const auto taking = [](LayerSpec spec, std::vector<std::string> inputs) {
        spec.inputs = std::move(inputs);
        return spec;
    };
    const LayerSpec stem = layer("stem", LayerKind::Conv2d, 4, 3, 1, 1);
    const CapturedNetwork inception(
        {1, 8, 8},
        {stem, layer("one", LayerKind::Conv2d, 2, 1), taking(layer("two.a", LayerKind::Conv2d, 2, 1), {"stem"}),
         layer("two.b", LayerKind::Conv2d, 2, 3, 1, 1),
         taking(layer("three", LayerKind::MaxPool2d, 0, 3, 1, 1), {"stem"}),
         taking(layer("join", LayerKind::Concatenate), {"one", "two.b", "three", "stem"})});
    const CapturedNetwork net(
        {1, 8, 8}, {stem, layer("pool", LayerKind::MaxPool2d, 0, 2, 2), layer("deep", LayerKind::Conv2d, 4, 3, 1, 1),
                    layer("up", LayerKind::ConvTranspose2d, 4, 2, 2),
                    taking(layer("join", LayerKind::Concatenate), {"stem", "up"})});
    const auto level = [](const CapturedNetwork& of, const SceneLayout& layout, const char* name) {
        return layout.walls[layout.wall_of(of.id(name))].level;
    };
    const SceneLayout wide = layout_scene(inception.network), deep = layout_scene(net.network);
    CHECK(level(inception, wide, "two.a") == 0);  // the longest way
    CHECK(level(inception, wide, "two.b") == 0);
    CHECK(level(inception, wide, "one") == 1);
    CHECK(level(inception, wide, "three") == 2);
    CHECK(level(inception, wide, "join") == 0);
    for (const char* name : {"stem", "pool", "deep", "up", "join"}) CHECK(level(net, deep, name) == 0);
    for (const auto* layout : {&wide, &deep}) {
        std::size_t arcs = 0;
        for (const SceneLink& link : layout->links) {
            arcs += link.shortcut ? 1 : 0;
            CHECK(layout->walls[link.from].values.corner.x < layout->walls[link.to].values.corner.x);
        }
        CHECK(arcs == 1);  // from the stem
        for (std::size_t i = 0; i < layout->walls.size(); ++i)
            for (std::size_t k = i + 1; k < layout->walls.size(); ++k)
                CHECK_FALSE(overlap(layout->walls[i].box(), layout->walls[k].box()));
    }
}

TEST_CASE("What is picked in the middle of a cell is that cell, for every layer of every shape") {
    std::mt19937 random(7);
    for (const char* name : {"wide-cnn", "small-resnet", "cifar-cnn", "softmax-mlp"}) {
        const NetworkDescription network = recipe_network(name);
        const SceneLayout layout = layout_scene(network);
        for (std::size_t i = 0; i < layout.walls.size(); ++i) {
            const SceneSurface& surface = layout.walls[i].values;
            for (int round = 0; round < 20; ++round) {
                const auto tile = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(surface.tile_count));
                const auto index =
                    static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(surface.values_per_tile()));
                const SurfaceCell cell{tile, index / surface.plane_width, index % surface.plane_width};
                const auto hit = pick(layout, towards(surface, cell));
                INFO(name << ", wall " << i);
                REQUIRE(hit);
                CHECK(hit->wall == i);
                CHECK_FALSE(hit->weights);
                CHECK(hit->cell == cell);
                CHECK(hit->distance == Approx(3.0F).margin(1e-3));
            }
        }
    }
}

TEST_CASE("Gaps between tiles belong to no cell, but to the wall") {
    const SceneLayout layout = layout_scene(recipe_network("wide-cnn"));
    const SceneSurface& surface = layout.walls[1].values;
    REQUIRE(surface.tile_count > 1);
    CHECK_FALSE(surface.cell_at({surface.tile_width() + 0.5F * surface.gap, 0.5F}));
    const Vec3 gap = surface.at(surface.tile_width() + 0.5F * surface.gap, 0.5F);
    const auto hit = pick(layout, {gap + 3.0F * surface.front(), -surface.front()});
    REQUIRE(hit);
    CHECK(hit->wall == 1);
    CHECK_FALSE(hit->cell);
}

TEST_CASE("A wall hides what is behind it, from the back as well") {
    const SceneLayout layout = layout_scene(recipe_network("wide-cnn"));
    const Vec3 before{-50.0F, 5.0F, 0.0F};
    const auto front = pick(layout, {before, {1.0F, 0.0F, 0.0F}});
    REQUIRE(front);
    CHECK(front->wall == 0);
    const float end = layout.box.high.x + 50.0F;
    const auto back = pick(layout, {{end, 5.0F, 0.0F}, {-1.0F, 0.0F, 0.0F}});
    REQUIRE(back);
    CHECK(back->wall == layout.walls.size() - 1);
    CHECK_FALSE(back->cell);
}

TEST_CASE("Layers of one value, of 2048 channels and networks of 60 layers have a place") {
    std::vector<LayerSpec> deep{layer("wide", LayerKind::Conv2d, 2048, 3)};
    std::vector<std::string> names;
    for (int i = 0; i < 60; ++i) names.push_back("relu" + std::to_string(i));
    for (const std::string& name : names) deep.push_back(layer(name.c_str(), LayerKind::ReLU));
    deep.push_back(layer("one", LayerKind::AdaptiveAvgPool2d, 1));
    const CapturedNetwork captured({1, 5, 5}, deep);
    const SceneLayout layout = layout_scene(captured.network);
    const SceneSurface& wide = layout.walls[layout.wall_of(captured.id("wide"))].values;
    CHECK(wide.tile_count == 2048);
    const SceneSurface& one = layout.walls[layout.wall_of(captured.id("one"))].values;
    CHECK(one.values_per_tile() == 1);
    CHECK(one.cell_width > 0.0F);
    for (const SceneWall& wall : layout.walls) {
        CHECK(wall.box().radius() > 0.0F);
        CHECK(wall.box().radius() < 1000.0F);
    }
}
