#include "viz/scene/pass_wave.h"

#include "engine/recipe/network_plan.h"
#include "engine/recipe/recipe_library.h"
#include "tests/support/catch.h"

using namespace convscope;

namespace {

SceneLayout two_block() { return layout_scene(plan_network(find_recipe("two-block-cnn").value()).value()); }

}  // namespace

TEST_CASE("Between iterations every wall shows the probe's values and the weights themselves") {
    const SceneLayout layout = two_block();
    const PassWave wave;
    CHECK_FALSE(wave.visible());
    for (const SceneWall& wall : layout.walls) {
        CHECK(wave.values(wall) == wall.values.key);
        CHECK(wave.weights(wall) == TensorKey{TensorKind::Weight, wall.layer});
    }
}

TEST_CASE("The forward wave fills the walls one after the other, with the pass's own values") {
    const SceneLayout layout = two_block();
    std::size_t before = 0;
    for (const float progress : {0.0F, 0.25F, 0.5F, 0.75F, 1.0F}) {
        const PassWave wave(layout, Phase::Forward, progress);
        std::size_t filled = 0;
        for (const SceneWall& wall : layout.walls) {
            const auto key = wave.values(wall);
            if (!key) continue;
            ++filled;
            CHECK(*key == TensorKey{TensorKind::PassActivation, wall.layer});
        }
        CHECK(filled >= before);
        before = filled;
    }
    CHECK(before == layout.walls.size());
    CHECK_FALSE(PassWave(layout, Phase::Forward, 0.0F).values(layout.walls.back()));
}

TEST_CASE("The backward wave brings gradients from the last wall on, and those of the weights as it passes them") {
    const SceneLayout layout = two_block();
    const PassWave begin(layout, Phase::Backward, 0.0F);
    CHECK(begin.values(layout.walls.back()) == TensorKey{TensorKind::PassActivation, layout.walls.back().layer});
    const PassWave end(layout, Phase::Backward, 1.0F);
    for (const SceneWall& wall : layout.walls) {
        const bool input = wall.layer == kInputLayer;
        CHECK(end.values(wall) ==
              TensorKey{input ? TensorKind::PassActivation : TensorKind::PassGradient, wall.layer});
        if (wall.weights) CHECK(end.weights(wall) == TensorKey{TensorKind::WeightGradient, wall.layer});
    }
}

TEST_CASE("At the update the weights show by how much they moved") {
    const SceneLayout layout = two_block();
    const PassWave wave(layout, Phase::Update, 0.5F);
    for (const SceneWall& wall : layout.walls)
        if (wall.weights) CHECK(wave.weights(wall) == TensorKey{TensorKind::WeightUpdate, wall.layer});
    CHECK_FALSE(wave.front());
}
