#include "tests/support/some_run.h"

#include "engine/recipe/network_plan.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace convscope {
namespace {

constexpr std::int64_t kPictures = 90;

TensorBlob some_floats(std::vector<std::int64_t> shape, std::minstd_rand& random) {
    std::vector<float> values(TensorBlob{DType::Float32, shape, {}}.element_count());
    for (float& value : values) value = static_cast<float>(random() % 2001) / 1000.0F - 1.0F;
    return blob_of<float>(std::move(shape), values);
}

std::vector<std::int64_t> sizes(const Shape& shape) {
    std::vector<std::int64_t> all;
    for (int i = 0; i < shape.rank(); ++i) all.push_back(shape[i]);
    return all;
}

}  // namespace

TensorBlob some_generator(std::uint64_t seed) {
    std::vector<std::uint8_t> bytes(5056);
    for (std::size_t i = 24; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(seed * 31 + i * 7);
    const std::int32_t left = 5;
    const std::int32_t seeded = 1;
    const std::uint64_t next = 619;
    std::memcpy(&bytes[0], &seed, sizeof seed);
    std::memcpy(&bytes[8], &left, sizeof left);
    std::memcpy(&bytes[12], &seeded, sizeof seeded);
    std::memcpy(&bytes[16], &next, sizeof next);
    return blob_of<std::uint8_t>({5056}, bytes);
}

TrainingState some_training_state(const Recipe& recipe) {
    std::minstd_rand random(7);
    TrainingState state;
    state.recipe = recipe;
    state.seed = 0xfedcba9876543210U;
    state.iteration = 8;
    state.learning_rate = 0.0013;
    state.momentum = 0.8;
    state.batch_size = 7;
    std::vector<NamedBlob> buffers;
    const NetworkDescription plan = plan_network(recipe).value();
    for (const LayerDescription& layer : plan.layers) {
        const std::string& name = layer.spec.name;
        for (const auto& [kind, shape] : {std::pair{".weight", layer.weight_shape}, {".bias", layer.bias_shape}}) {
            if (shape.rank() == 0) continue;
            state.weights.push_back({name + kind, some_floats(sizes(shape), random)});
            state.optimizer.push_back({.step = 8, .tensors = {}});
            for (const std::string& moment : needed_tensors(recipe.optimizer.kind))
                state.optimizer.back().tensors.push_back({moment, some_floats(sizes(shape), random)});
        }
        if (layer.spec.kind != LayerKind::BatchNorm) continue;
        buffers.push_back({name + ".running_mean", some_floats(sizes(layer.weight_shape), random)});
        buffers.push_back({name + ".running_var", some_floats(sizes(layer.weight_shape), random)});
        const std::int64_t seen = 8;
        buffers.push_back({name + ".num_batches_tracked", blob_of<std::int64_t>({}, {&seen, 1})});
    }
    state.weights.insert(state.weights.end(), buffers.begin(), buffers.end());
    state.generator = some_generator(4);
    std::vector<std::int64_t> order(kPictures);
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), random);
    state.data = {blob_of<std::int64_t>({kPictures}, order), 32, 25, 2, some_generator(5)};
    state.data_name = "some pictures";
    state.data_option = "/some/pictures";
    state.data_fingerprint = 4'000'000'000;
    state.fingerprint_kind = FingerprintKind::FirstPicture;
    for (std::int64_t i = 0; i < recipe.class_count; ++i) state.class_names.push_back("Kläßchen " + std::to_string(i));
    return state;
}

void add_iteration(RunProgress& progress, const IterationMetrics& metrics) {
    progress.iteration = metrics.iteration;
    progress.latest = metrics;
    progress.history.add(metrics);
}

RunProgress some_progress() {
    RunProgress progress;
    progress.epoch = 2;
    progress.planned_epochs = 5;
    progress.evaluation_due = true;
    progress.epoch_sums = {.loss = 1.0 / 3.0, .correct = 17, .samples = 32, .seconds = 0.1};
    progress.lowest_loss = 0.7;
    progress.measurements_without_gain = 1;
    for (std::int64_t i = 1; i <= 8; ++i)
        add_iteration(progress,
                      {.run = RunId{1},
                       .iteration = i,
                       .epoch = (i + 5) / 6,
                       .loss = i == 4 ? std::numeric_limits<float>::quiet_NaN() : 1.0F / static_cast<float>(i),
                       .accuracy = 0.1F * static_cast<float>(i),
                       .learning_rate = 0.002F});
    progress.history.evaluations.push_back({.run = RunId{1},
                                            .iteration = 6,
                                            .epoch = 1,
                                            .ends_epoch = false,
                                            .train_loss = 1.0 / 7.0,
                                            .train_accuracy = 0.3,
                                            .test_loss = 0.7,
                                            .test_accuracy = 0.4,
                                            .seconds = 1.5,
                                            .samples_per_second = 60.0});
    return progress;
}

RunState some_run(const Recipe& recipe) {
    return {std::make_shared<const TrainingState>(some_training_state(recipe)), some_progress()};
}

}  // namespace convscope
