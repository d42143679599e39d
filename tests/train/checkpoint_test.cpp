// Runs in files: what is read is what was written, and what is damaged or does not fit is refused with a sentence.
#include "engine/train/checkpoint.h"

#include "engine/data/drawn_digits.h"
#include "engine/recipe/recipe_file.h"
#include "engine/train/torch_trainer.h"
#include "tests/data/temp_folder.h"
#include "tests/support/catch.h"
#include "tests/support/toy_dataset.h"
#include "tests/train/recipes.h"

#include <cmath>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <random>

using namespace convscope;

namespace {

namespace fs = std::filesystem;

TorchTrainerOptions toy_options(std::int64_t train_count = 100) {
    return {.data = make_toy_dataset(train_count, 20), .threads = 1, .device = "cpu"};
}

std::vector<float> losses(TorchTrainer& trainer, int iterations) {
    std::vector<float> result;
    for (int i = 0; i < iterations; ++i) result.push_back(trainer.train_iteration().loss);
    return result;
}

void add_iteration(RunProgress& progress, const IterationMetrics& metrics) {
    progress.iteration = metrics.iteration;
    progress.latest = metrics;
    progress.history.add(metrics);
}

// A run in the middle of its second epoch, everything in it something else than the default.
Checkpoint some_checkpoint() {
    TorchTrainer trainer(toy_options());
    REQUIRE(trainer.start({RunId{1}, stateful_recipe(OptimizerKind::Adam), 4}).ok());
    losses(trainer, 8);
    trainer.set_learning_rate(0.0013);
    trainer.set_momentum(0.8);
    trainer.set_batch_size(7);
    RunProgress progress;
    progress.iteration = 8;
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
    return {trainer.state(), std::move(progress)};
}

void require_equal(const TrainingState& a, const TrainingState& b) {
    REQUIRE(to_toml(a.recipe) == to_toml(b.recipe));
    REQUIRE(a.seed == b.seed);
    REQUIRE(a.iteration == b.iteration);
    REQUIRE(a.learning_rate == b.learning_rate);
    REQUIRE(a.momentum == b.momentum);
    REQUIRE(a.batch_size == b.batch_size);
    REQUIRE(a.weights.size() == b.weights.size());
    for (std::size_t i = 0; i < a.weights.size(); ++i) {
        REQUIRE(a.weights[i].first == b.weights[i].first);
        REQUIRE(a.weights[i].second.dtype() == b.weights[i].second.dtype());
        REQUIRE(torch::equal(a.weights[i].second, b.weights[i].second));
    }
    REQUIRE(a.optimizer.size() == b.optimizer.size());
    for (std::size_t i = 0; i < a.optimizer.size(); ++i) {
        REQUIRE(a.optimizer[i].step == b.optimizer[i].step);
        REQUIRE(a.optimizer[i].tensors.size() == b.optimizer[i].tensors.size());
        for (std::size_t t = 0; t < a.optimizer[i].tensors.size(); ++t) {
            REQUIRE(a.optimizer[i].tensors[t].first == b.optimizer[i].tensors[t].first);
            REQUIRE(torch::equal(a.optimizer[i].tensors[t].second, b.optimizer[i].tensors[t].second));
        }
    }
    REQUIRE(torch::equal(a.generator_state, b.generator_state));
    REQUIRE(torch::equal(a.data.order, b.data.order));
    REQUIRE(a.data.next == b.data.next);
    REQUIRE(a.data.epoch == b.data.epoch);
    REQUIRE(torch::equal(a.data.generator_state, b.data.generator_state));
}

void require_equal(const MetricSeries& a, const MetricSeries& b) {
    REQUIRE(a.list().levels() == b.list().levels());
    REQUIRE(a.list().items().size() == b.list().items().size());
    for (std::size_t i = 0; i < a.list().items().size(); ++i) {
        const MetricSeries::Kept& one = a.list().items()[i];
        const MetricSeries::Kept& other = b.list().items()[i];
        REQUIRE(one.count == other.count);
        if (one.count == 0) continue;
        REQUIRE(one.minimum == other.minimum);
        REQUIRE(one.maximum == other.maximum);
        REQUIRE(one.mean == other.mean);
    }
}

void require_equal(const RunProgress& a, const RunProgress& b) {
    REQUIRE(a.iteration == b.iteration);
    REQUIRE(a.epoch == b.epoch);
    REQUIRE(a.planned_epochs == b.planned_epochs);
    REQUIRE(a.evaluation_due == b.evaluation_due);
    REQUIRE(a.epoch_sums.loss == b.epoch_sums.loss);
    REQUIRE(a.epoch_sums.correct == b.epoch_sums.correct);
    REQUIRE(a.epoch_sums.samples == b.epoch_sums.samples);
    REQUIRE(a.epoch_sums.seconds == b.epoch_sums.seconds);
    REQUIRE(a.lowest_loss == b.lowest_loss);
    REQUIRE(a.measurements_without_gain == b.measurements_without_gain);
    REQUIRE(a.latest.iteration == b.latest.iteration);
    REQUIRE(a.latest.epoch == b.latest.epoch);
    REQUIRE(a.latest.loss == b.latest.loss);
    REQUIRE(a.latest.accuracy == b.latest.accuracy);
    REQUIRE(a.latest.learning_rate == b.latest.learning_rate);
    require_equal(a.history.loss, b.history.loss);
    require_equal(a.history.accuracy, b.history.accuracy);
    REQUIRE(a.history.evaluations.levels() == b.history.evaluations.levels());
    const std::vector<EvaluationMetrics>& measured = a.history.evaluations.items();
    REQUIRE(measured.size() == b.history.evaluations.items().size());
    for (std::size_t i = 0; i < measured.size(); ++i) {
        const EvaluationMetrics& other = b.history.evaluations.items()[i];
        REQUIRE(measured[i].iteration == other.iteration);
        REQUIRE(measured[i].epoch == other.epoch);
        REQUIRE(measured[i].ends_epoch == other.ends_epoch);
        REQUIRE(measured[i].train_loss == other.train_loss);
        REQUIRE(measured[i].train_accuracy == other.train_accuracy);
        REQUIRE(measured[i].test_loss == other.test_loss);
        REQUIRE(measured[i].test_accuracy == other.test_accuracy);
        REQUIRE(measured[i].seconds == other.seconds);
        REQUIRE(measured[i].samples_per_second == other.samples_per_second);
    }
}

std::string bytes_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void put_bytes(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// What is said of a checkpoint in which `damage` was done.
std::string refusal(const Checkpoint& whole, const std::function<void(Checkpoint&)>& damage) {
    const TempFolder folder;
    const fs::path path = folder.path() / "run.pt";
    Checkpoint damaged = whole;  // whose tensors are the same
    damaged.state.data.order = whole.state.data.order.clone();
    damaged.state.data.generator_state = whole.state.data.generator_state.clone();
    damage(damaged);
    REQUIRE(write_checkpoint(damaged, path).ok());
    const Result<Checkpoint> read = read_checkpoint(path);
    if (read.ok()) return "nothing was refused";
    CHECK_THAT(read.error().message, contains_text(path.string()));
    return read.error().message;
}

}  // namespace

TEST_CASE("a checkpoint is read as it was written, to the last bit") {
    const Checkpoint written = some_checkpoint();
    const TempFolder folder;
    const fs::path path = folder.path() / "runs" / "today" / "last.pt";  // the folders are made
    REQUIRE(write_checkpoint(written, path).ok());
    const Result<Checkpoint> read = read_checkpoint(path);
    REQUIRE(read.ok());
    require_equal(read.value().state, written.state);
    require_equal(read.value().progress, written.progress);
    CHECK(std::distance(fs::directory_iterator(path.parent_path()), fs::directory_iterator()) == 1);
}

TEST_CASE(
    "a checkpoint of ten million iterations is read as it was written, and hardly larger than one of twenty thousand") {
    Checkpoint checkpoint = some_checkpoint();
    checkpoint.progress = {};
    const TempFolder folder;
    std::int64_t iteration = 0;
    const auto size_after = [&](std::int64_t iterations) {
        while (iteration < iterations) {
            ++iteration;
            const auto loss = static_cast<float>(iteration % 977);
            add_iteration(checkpoint.progress, {.iteration = iteration, .epoch = 1, .loss = loss, .accuracy = 0.5F});
            if (iteration % 100 == 0)
                checkpoint.progress.history.evaluations.push_back({.iteration = iteration, .epoch = iteration / 100});
        }
        const fs::path path = folder.path() / (std::to_string(iterations) + ".pt");
        REQUIRE(write_checkpoint(checkpoint, path).ok());
        const Result<Checkpoint> read = read_checkpoint(path);
        REQUIRE(read.ok());
        require_equal(read.value().progress, checkpoint.progress);
        return static_cast<std::int64_t>(fs::file_size(path));
    };
    const std::int64_t without = size_after(0);
    constexpr std::int64_t kMost = 600'000;  // bytes of history, however long the run
    CHECK(size_after(20'000) - without < kMost);
    CHECK(size_after(1'000'000) - without < kMost);
    CHECK(size_after(10'000'000) - without < kMost);
}

TEST_CASE("a checkpoint of before the first iteration is one too, for every optimizer and any seed") {
    for (const OptimizerKind kind :
         {OptimizerKind::Adam, OptimizerKind::AdamW, OptimizerKind::RmsProp, OptimizerKind::Sgd}) {
        TorchTrainer trainer(toy_options());
        REQUIRE(trainer.start({RunId{1}, stateful_recipe(kind), 0xfedcba9876543210U}).ok());
        const Checkpoint written{trainer.state(), {}};
        const TempFolder folder;
        REQUIRE(write_checkpoint(written, folder.path() / "a.pt").ok());
        const Result<Checkpoint> read = read_checkpoint(folder.path() / "a.pt");
        REQUIRE(read.ok());
        require_equal(read.value().state, written.state);
        REQUIRE(std::isinf(read.value().progress.lowest_loss));
    }
}

TEST_CASE("a checkpoint cut short anywhere is refused and named") {
    const TempFolder folder;
    const fs::path path = folder.path() / "cut.pt";
    REQUIRE(write_checkpoint(some_checkpoint(), path).ok());
    const std::string whole = bytes_of(path);
    REQUIRE(whole.size() > 10'000);
    std::vector<std::size_t> lengths = {0, 1, 4, 30, whole.size() - 1, whole.size() - 22, whole.size() - 23};
    for (std::size_t i = 1; i < 40; ++i) lengths.push_back(whole.size() * i / 40);
    for (const std::size_t length : lengths) {
        CAPTURE(length);
        put_bytes(path, whole.substr(0, length));
        const Result<Checkpoint> read = read_checkpoint(path);
        REQUIRE_FALSE(read.ok());
        CHECK_THAT(read.error().message, contains_text(path.string()));
    }
}

TEST_CASE("a checkpoint with a wrong byte anywhere is refused, or the byte means nothing") {
    const Checkpoint written = some_checkpoint();
    const TempFolder folder;
    const fs::path path = folder.path() / "flipped.pt";
    REQUIRE(write_checkpoint(written, path).ok());
    const std::string whole = bytes_of(path);
    std::minstd_rand random(5);
    int refused = 0;
    for (int i = 0; i < 300; ++i) {
        std::string flipped = whole;
        const std::size_t place = random() % whole.size();
        flipped[place] = static_cast<char>(flipped[place] ^ (1 << random() % 8));
        CAPTURE(place);
        put_bytes(path, flipped);
        const Result<Checkpoint> read = read_checkpoint(path);
        if (read.ok()) {
            require_equal(read.value().state, written.state);
            require_equal(read.value().progress, written.progress);
        } else {
            CHECK_THAT(read.error().message, contains_text(path.string()));
            ++refused;
        }
    }
    CHECK(refused > 200);
}

TEST_CASE("what does not belong together in a checkpoint is refused, and what it is gets named") {
    const Checkpoint whole = some_checkpoint();
    const auto refused = [&](const char* what, const std::function<void(TrainingState&)>& damage) {
        CHECK_THAT(refusal(whole, [&](Checkpoint& c) { damage(c.state); }), contains_text(what));
    };
    refused("'conv1.bias' is missing", [](TrainingState& s) { s.weights.erase(s.weights.begin() + 1); });
    refused("'conv1.bias' has the shape 5", [](TrainingState& s) { s.weights[1].second = torch::zeros({5}); });
    refused("fewer weights", [](TrainingState& s) { s.weights.resize(2); });
    refused("fewer weights", [](TrainingState& s) {
        for (LayerSpec& layer : s.recipe.layers)
            if (layer.name == "fc1") layer.output_size = 1'000'000;  // gigabytes, that must not be allocated
    });
    refused("'norm.weight' is missing", [](TrainingState& s) { s.recipe.layers[1].name = "norm"; });
    refused("recipe", [](TrainingState& s) { s.recipe.layers[0].kernel_size = 99; });
    refused("has another shape", [](TrainingState& s) { s.optimizer[0].tensors[0].second = torch::zeros({2}); });
    refused("optimizer", [](TrainingState& s) { s.optimizer[2].tensors.pop_back(); });
    refused("optimizer", [](TrainingState& s) { s.optimizer[2].tensors[0].first = "momentum_buffer"; });
    refused("'7' is missing", [](TrainingState& s) { s.optimizer.resize(7); });
    refused("generator", [](TrainingState& s) { s.generator_state = torch::zeros({9}, torch::kByte); });
    refused("generator", [](TrainingState& s) { s.data.generator_state.fill_(255); });
    refused("order", [](TrainingState& s) { s.data.order[3] = s.data.order[4].item<std::int64_t>(); });
    refused("order", [](TrainingState& s) { s.data.order[3] = 1'000'000; });
    refused("order", [](TrainingState& s) { s.data.order = s.data.order.view({10, 9}).clone(); });
    refused("order", [](TrainingState& s) { s.data.next = 91; });
    refused("order", [](TrainingState& s) { s.data.next = -1; });
    refused("settings", [](TrainingState& s) { s.batch_size = 0; });
    refused("settings", [](TrainingState& s) { s.momentum = 1.0; });
    refused("settings", [](TrainingState& s) { s.learning_rate = std::numeric_limits<double>::quiet_NaN(); });
    refused("settings", [](TrainingState& s) { s.iteration = -1; });
    CHECK_THAT(refusal(whole, [](Checkpoint& c) { c.progress.epoch = -1; }), contains_text("out of range"));
    CHECK_THAT(refusal(whole, [](Checkpoint& c) { c.progress.planned_epochs = std::int64_t{1} << 60; }),
               contains_text("out of range"));
    CHECK_THAT(refusal(whole, [](Checkpoint& c) { ++c.progress.iteration; }), contains_text("history"));
    CHECK_THAT(refusal(whole, [](Checkpoint& c) { c.progress.history.accuracy.push_back(0.5F); }),
               contains_text("levels"));
}

TEST_CASE("files that are something else are refused with what they are missing") {
    const TempFolder folder;
    const fs::path path = folder.path() / "other.pt";
    const auto message = [&] {
        const Result<Checkpoint> read = read_checkpoint(path);
        return read.ok() ? std::string("nothing was refused") : read.error().message;
    };
    CHECK_THAT(message(), contains_text(path.string()));
    put_bytes(path, "name = \"not a checkpoint\"\n");
    CHECK_THAT(message(), contains_text(path.string()));
    torch::save(torch::rand({3}), path.string());  // an archive of TorchScript, with code in it
    CHECK_THAT(message(), contains_text(path.string()));
}

TEST_CASE("a checkpoint that cannot be written says where, and leaves the one that was") {
    const TempFolder folder;
    const fs::path path = folder.path() / "last.pt";
    const Checkpoint checkpoint = some_checkpoint();
    REQUIRE(write_checkpoint(checkpoint, path).ok());
    const Result<void> below_a_file = write_checkpoint(checkpoint, path / "deeper" / "last.pt");
    REQUIRE_FALSE(below_a_file.ok());
    CHECK_THAT(below_a_file.error().message, contains_text(path.string()));
    CHECK(read_checkpoint(path).ok());
}

TEST_CASE("a trainer that cannot resume goes on with its own run as if it had not been asked") {
    const TempFolder folder;
    const fs::path other_data = folder.path() / "other-data.pt";
    {
        TorchTrainer other(toy_options(64));
        REQUIRE(other.start({RunId{1}, small_recipe(), 4}).ok());
        losses(other, 2);
        REQUIRE(other.copy_state({})(other_data).ok());
    }
    const fs::path damaged = folder.path() / "damaged.pt";
    Checkpoint checkpoint = some_checkpoint();
    checkpoint.state.weights.pop_back();
    REQUIRE(write_checkpoint(checkpoint, damaged).ok());

    TorchTrainer alone(toy_options());
    REQUIRE(alone.start({RunId{1}, stateful_recipe(OptimizerKind::Adam), 9}).ok());
    const std::vector<float> wanted = losses(alone, 30);

    TorchTrainer trainer(toy_options());
    REQUIRE(trainer.start({RunId{1}, stateful_recipe(OptimizerKind::Adam), 9}).ok());
    std::vector<float> all = losses(trainer, 8);
    for (const auto& [path, what] : {std::pair<fs::path, const char*>{folder.path() / "missing.pt", "missing.pt"},
                                     {damaged, "norm2.num_batches_tracked"},
                                     {other_data, "other pictures (toy squares, 64) than these (toy squares, 100)"}}) {
        const Result<ResumedRun> resumed = trainer.resume(path, RunId{2});
        REQUIRE_FALSE(resumed.ok());
        CHECK_THAT(resumed.error().message, contains_text(what) && contains_text(path.string()));
        for (const float loss : losses(trainer, 5)) all.push_back(loss);
    }
    for (const float loss : losses(trainer, 7)) all.push_back(loss);
    CHECK(all == wanted);
}

TEST_CASE("a run resumed from its file in a new trainer goes on bit for bit") {
    const TempFolder folder;
    const fs::path path = folder.path() / "run.pt";
    std::vector<float> went_on;
    {
        TorchTrainer trainer(toy_options());
        REQUIRE(trainer.start({RunId{1}, stateful_recipe(OptimizerKind::Sgd), 9}).ok());
        losses(trainer, 8);
        RunProgress progress{.epoch = 2, .planned_epochs = 2};
        for (int i = 1; i <= 8; ++i) add_iteration(progress, {.iteration = i, .epoch = 1, .loss = 1.0F});
        const StateWriter write = trainer.copy_state(progress);
        went_on = losses(trainer, 20);  // before it is written
        REQUIRE(write(path).ok());
    }
    TorchTrainer trainer(toy_options());
    const Result<ResumedRun> resumed = trainer.resume(path, RunId{5});
    REQUIRE(resumed.ok());
    CHECK(resumed.value().info->run == RunId{5});
    CHECK(resumed.value().info->seed == 9);
    CHECK(resumed.value().progress.iteration == 8);
    CHECK(losses(trainer, 20) == went_on);
}

TEST_CASE("a run that was saved on other data is resumed on those, where its file says how to open them") {
    const TempFolder folder;
    const fs::path path = folder.path() / "run.pt";
    Recipe recipe = small_recipe();
    std::vector<float> went_on;
    {
        TorchTrainer trainer({.data = make_drawn_digits(3), .threads = 1, .device = "cpu"});
        REQUIRE(trainer.start({RunId{1}, recipe, 9}).ok());
        losses(trainer, 2);
        REQUIRE(trainer.copy_state({})(path).ok());
        went_on = losses(trainer, 3);
    }
    for (const auto& [data, name] : {std::pair{make_toy_dataset(60'000, 20), "as many"},
                                     {make_toy_dataset(100, 20), "fewer"},
                                     {make_drawn_digits(9), "drawn from the run's own seed"}}) {
        INFO(name);
        TorchTrainer trainer({.data = data, .threads = 1, .device = "cpu"});
        const Result<ResumedRun> resumed = trainer.resume(path, RunId{2});
        REQUIRE(resumed.ok());
        CHECK(resumed.value().info->data.option == "drawn:3");
        CHECK(losses(trainer, 3) == went_on);
    }
}
