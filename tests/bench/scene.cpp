// What a frame of the scene costs the UI thread, while every value in it changes with every frame.
#include "engine/recipe/recipe_library.h"
#include "tests/bench/bench.h"
#include "tests/bench/changing_session.h"
#include "tests/bench/scene_stage.h"
#include "viz/scene/consistent_captures.h"

#include <stdexcept>
#include <string>

namespace convscope::bench {
namespace {

constexpr double kFramesPerSecond = 60.0;
constexpr int kWarmUpFrames = 120;  // a flight is over by then, and everything in view is captured
constexpr int kMostFramesToRest = 600;
constexpr int kRestingFrames = 10;

LayerSpec convolution(std::string name, std::int64_t channels, std::int64_t kernel, std::int64_t stride = 1) {
    LayerSpec layer{.name = std::move(name), .kind = LayerKind::Conv2d, .output_size = channels};
    layer.kernel_size = kernel;
    layer.stride = stride;
    layer.padding = kernel / 2;
    return layer;
}

Recipe with_classifier(Recipe recipe) {
    recipe.layers.push_back({.name = "flatten", .kind = LayerKind::Flatten});
    recipe.layers.push_back({.name = "fc", .kind = LayerKind::Linear, .output_size = 10});
    return recipe;
}

// He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", 2016, table 1, 18-layer, from 32x32 pictures
// as CIFAR's: 4,800 maps out of convolutions, and those that batch norm, ReLU and the sums make of them.
Recipe resnet18() {
    Recipe recipe;
    recipe.name = "resnet-18";
    recipe.input_channels = 3;
    recipe.input_height = recipe.input_width = 32;
    recipe.layers = {convolution("conv1", 64, 3), {.name = "norm1", .kind = LayerKind::BatchNorm}, {.name = "relu1"}};
    std::int64_t channels = 64;
    for (int i = 0; i < 8; ++i) {
        const std::int64_t wanted = std::int64_t{64} << (i / 2);
        const std::int64_t stride = wanted == channels ? 1 : 2;
        LayerSpec block{.name = "block" + std::to_string(i + 1), .kind = LayerKind::Residual};
        block.body = {convolution("conv1", wanted, 3, stride),
                      {.name = "norm1", .kind = LayerKind::BatchNorm},
                      {.name = "relu"},
                      convolution("conv2", wanted, 3),
                      {.name = "norm2", .kind = LayerKind::BatchNorm}};
        if (stride == 2)
            block.shortcut = {convolution("shortcut", wanted, 1, 2),
                              {.name = "shortcut_norm", .kind = LayerKind::BatchNorm}};
        recipe.layers.push_back(block);
        recipe.layers.push_back({.name = "relu" + std::to_string(i + 2)});
        channels = wanted;
    }
    recipe.layers.push_back({.name = "average", .kind = LayerKind::AdaptiveAvgPool2d, .output_size = 1});
    return with_classifier(recipe);
}

// One wall of 512 maps of 8x8 after the other.
Recipe rows_of_maps(int layers) {
    Recipe recipe;
    recipe.name = std::to_string(512 * layers) + " maps";
    recipe.input_channels = 3;
    recipe.input_height = recipe.input_width = 8;
    for (int i = 0; i < layers; ++i) recipe.layers.push_back(convolution("conv" + std::to_string(i + 1), 512, 3));
    return with_classifier(recipe);
}

// Maps or kernels; vectors and matrices are none.
std::int64_t count_of_planes(const NetworkDescription& network, const TensorKey& key) {
    const Shape shape = shape_of(network, key);
    if (shape.rank() == 3) return shape[0];
    return shape.rank() == 4 ? shape[0] * shape[1] : 0;
}

// What the last frame looked at.
double seen_planes(SceneStage& stage, TensorKind kind) {
    std::int64_t count = 0;
    for (const TensorKey& key : stage.watched().tensors)
        if (key.kind == kind) count += count_of_planes(stage.lane().shown()->run_info->network, key);
    return static_cast<double>(count);
}

std::int64_t all_maps(const NetworkDescription& network) {
    std::int64_t count = 0;
    for (const LayerDescription& layer : network.layers)
        if (layer.has_maps()) count += layer.output_shape[0];
    return count;
}

// Nothing changes and nobody moves: the picture comes to rest, and then asks for no frame and uploads no tensor.
bool comes_to_rest(SceneStage& stage, FilmClock& clock) {
    const auto draw = [&] {
        clock.next();
        return stage.draw();
    };
    stage.hold_and_turn(false);
    for (int i = 0; draw().unfinished; ++i)
        if (i == kMostFramesToRest) return false;
    for (int i = 0; i < kRestingFrames; ++i)
        if (draw().unfinished) return false;
    return true;
}

// From far away, or near a layer.
nlohmann::ordered_json measure(const Recipe& recipe, const char* camera, int frames) {
    ChangingSession session(recipe);
    FilmClock clock(kFramesPerSecond);
    SceneStage stage(session, clock);
    stage.draw();
    if (*camera != '\0') stage.focus(session.network().find(camera)->id);
    std::vector<double> milliseconds, draw_calls, bytes, maps, kernels;
    for (int i = -kWarmUpFrames; i < frames; ++i) {
        session.change();
        if (i == -kWarmUpFrames / 4) stage.hold_and_turn(true);
        clock.next();
        const StagedFrame frame = stage.draw();
        if (i < 0) continue;
        if (!frame.unfinished) throw std::runtime_error("the camera does not move");
        milliseconds.push_back(frame.cpu_milliseconds);
        draw_calls.push_back(static_cast<double>(frame.draw_calls));
        bytes.push_back(static_cast<double>(frame.uploaded_bytes));
        maps.push_back(seen_planes(stage, TensorKind::Activation));
        kernels.push_back(seen_planes(stage, TensorKind::Weight));
    }
    const bool rests = comes_to_rest(stage, clock);
    std::sort(milliseconds.begin(), milliseconds.end());
    return {{"network", recipe.name},
            {"camera", *camera == '\0' ? "home" : camera},
            {"frames", frames},
            {"maps", all_maps(session.network())},
            {"visible_maps", median(maps)},
            {"visible_kernels", median(kernels)},
            {"milliseconds_median", median(milliseconds)},
            {"milliseconds_p99", milliseconds[milliseconds.size() * 99 / 100]},
            {"draw_calls", median(draw_calls)},
            {"uploaded_bytes", median(bytes)},
            {"comes_to_rest", rests}};
}

}  // namespace

nlohmann::ordered_json measure_scene_frames(int frames) {
    nlohmann::ordered_json rows;
    const auto row = [&](const Recipe& recipe, const char* camera, double aimed_at) {
        rows.push_back(measure(recipe, camera, frames));
        if (aimed_at > 0.0) rows.back()["aimed_at_milliseconds"] = aimed_at;
    };
    row(find_recipe("wide-cnn").value(), "", 2.0);
    row(resnet18(), "", 4.0);
    row(rows_of_maps(98), "", 10.0);
    row(rows_of_maps(49), "", 0.0);  // what grows with the visible maps
    row(rows_of_maps(24), "", 0.0);
    row(rows_of_maps(98), "conv98", 0.0);  // and with those that are not
    row(rows_of_maps(49), "conv49", 0.0);
    row(rows_of_maps(24), "conv24", 0.0);
    return rows;
}

}  // namespace convscope::bench
