// Saved runs: what is read is what was written, and what is damaged or does not fit is refused with a sentence.
#include "engine/formats/checkpoint.h"

#include "engine/core/whole_file.h"
#include "engine/formats/torch_file.h"
#include "engine/recipe/network_plan.h"
#include "tests/data/temp_folder.h"
#include "tests/support/catch.h"
#include "tests/support/equal_states.h"
#include "tests/support/some_run.h"
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

RunState stateful_run(OptimizerKind kind = OptimizerKind::Adam) { return some_run(stateful_recipe(kind)); }

std::string bytes_of(const RunState& run) { return torch_file_of(checkpoint_of(run)); }

Result<RunState> read_bytes(const std::string& bytes) {
    const Result<PickleValue> file = parse_torch_file(bytes, "run.pt");
    return file.ok() ? run_of_checkpoint(file.value(), "run.pt") : file.error();
}

void require_same(const RunState& a, const RunState& b) {
    require_equal(*a.training, *b.training);
    require_equal(a.progress, b.progress);
}

// What is said of a checkpoint in which `damage` was done.
std::string checkpoint_refusal(const std::function<void(TrainingState&, RunProgress&)>& damage) {
    TrainingState state = some_training_state(stateful_recipe(OptimizerKind::Adam));
    RunProgress progress = some_progress();
    damage(state, progress);
    const Result<RunState> read =
        read_bytes(bytes_of({std::make_shared<const TrainingState>(std::move(state)), std::move(progress)}));
    if (read.ok()) return "nothing was refused";
    CHECK(read.error().message.starts_with("run.pt"));
    return read.error().message;
}

TensorBlob zeros(std::vector<std::int64_t> shape) {
    const std::vector<float> values(TensorBlob{DType::Float32, shape, {}}.element_count());
    return blob_of<float>(std::move(shape), values);
}

TensorBlob changed(const TensorBlob& blob, std::size_t place, std::int64_t value) {
    std::vector<std::int64_t> values(blob.values<std::int64_t>().begin(), blob.values<std::int64_t>().end());
    values[place] = value;
    return blob_of<std::int64_t>(blob.shape, values);
}

}  // namespace

TEST_CASE("A checkpoint is read as it was written, to the last bit") {
    for (const OptimizerKind kind :
         {OptimizerKind::Adam, OptimizerKind::AdamW, OptimizerKind::RmsProp, OptimizerKind::Sgd}) {
        const RunState written = stateful_run(kind);
        const TempFolder folder;
        const fs::path path = folder.path() / "runs" / "today" / "last.pt";  // the folders are made
        REQUIRE(write_checkpoint(written, path).ok());
        const Result<RunState> read = read_checkpoint(path);
        REQUIRE(read.ok());
        require_same(read.value(), written);
        CHECK(std::distance(fs::directory_iterator(path.parent_path()), fs::directory_iterator()) == 1);
        CHECK(bytes_of(read.value()) == bytes_of(written));
    }
}

TEST_CASE(
    "What a run is held to is in its checkpoint by the names of its layers, and older programs refuse such a file") {
    RunState written = stateful_run(OptimizerKind::Adam);
    TrainingState state = *written.training;
    state.restraints = {{{LayerId{0}, 2, -0.25F}, {LayerId{1}, 0, 0.0F}}, {{LayerId{0}}, {LayerId{0}, 3}}};
    written.training = std::make_shared<const TrainingState>(state);
    const TempFolder folder;
    const fs::path path = folder.path() / "last.pt";
    REQUIRE(write_checkpoint(written, path).ok());
    const Result<RunState> read = read_checkpoint(path);
    REQUIRE(read.ok());
    require_same(read.value(), written);

    const PickleValue file = checkpoint_of(written);
    CHECK(*file.find("convscope_checkpoint")->as<std::int64_t>() == 3);
    const auto& channels = *file.find("restraints")->find("channels")->as<PickleValue::List>();
    CHECK(*channels.front().find("layer")->as<std::string>() == "conv1");
    CHECK(*checkpoint_of(stateful_run(OptimizerKind::Adam)).find("convscope_checkpoint")->as<std::int64_t>() == 2);
    const NetworkDescription network = plan_network(state.recipe).value();
    CHECK(restraints_of_checkpoint(file, network) == state.restraints);
    Recipe other = state.recipe;
    other.layers[0].name = "first";
    CHECK_FALSE(restraints_of_checkpoint(file, plan_network(other).value()).any());
}

TEST_CASE(
    "Changed data are in a checkpoint, and so is the place that they leave a run at, and older programs refuse it") {
    RunState written = stateful_run(OptimizerKind::Adam);
    TrainingState state = *written.training;
    const auto version = [&] {
        written.training = std::make_shared<const TrainingState>(state);
        const Result<RunState> read = read_bytes(bytes_of(written));
        REQUIRE(read.ok());
        require_same(read.value(), written);
        return *checkpoint_of(written).find("convscope_checkpoint")->as<std::int64_t>();
    };
    CHECK(version() == 2);
    state.restraints.frozen = {{LayerId{0}}};
    CHECK(version() == 3);
    state.restraints.data = {0.1, 25.5, {1, 0, 8, 1, 1, 1, 1, 1, 1, 1}, {{0, 9}, {89, 0}}};
    state.data.next_turn = 3;
    state.data.latest = 80;  // of a picture that comes several times
    CHECK(version() == 4);
    state.restraints = {};  // taken back amid a place of the order
    CHECK(version() == 4);
}

TEST_CASE("A checkpoint of before the first iteration is one too") {
    TrainingState state = some_training_state(stateful_recipe(OptimizerKind::Sgd));
    state.iteration = 0;
    for (ParameterState& one : state.optimizer) one = {};
    const RunState written{std::make_shared<const TrainingState>(std::move(state)), {}};
    const Result<RunState> read = read_bytes(bytes_of(written));
    REQUIRE(read.ok());
    require_same(read.value(), written);
    CHECK(std::isinf(read.value().progress.lowest_loss));
}

TEST_CASE("What was read shares the file's bytes, and those of each tensor stay as long as somebody has it") {
    TensorBlob kept;
    {
        const Result<RunState> read = read_bytes(bytes_of(stateful_run()));
        REQUIRE(read.ok());
        kept = read.value().training->weights.front().blob;
    }
    CHECK(kept == stateful_run().training->weights.front().blob);
}

TEST_CASE("Weights that somebody has stored in another type are read as the run's own") {
    PickleValue file = checkpoint_of(stateful_run());
    const auto find = [](PickleValue& value, std::string_view key) -> PickleValue& {
        for (PickleValue::Entry& entry : std::get<PickleValue::Dict>(value.value))
            if (entry.key == key) return entry.value;
        throw std::logic_error("missing");
    };
    PickleValue& weight = find(find(file, "model"), "fc2.bias");
    const std::vector<double> values{0.5, -1, 2, 3, 4, 5, 6, 7, 8, 9};
    weight.value = stored_tensor(blob_of<double>({10}, values));
    PickleValue& seen = find(find(file, "model"), "norm1.num_batches_tracked");
    const std::int32_t count = 12;
    seen.value = stored_tensor(blob_of<std::int32_t>({}, {&count, 1}));
    const Result<RunState> read = read_bytes(torch_file_of(file));
    REQUIRE(read.ok());
    for (const NamedBlob& one : read.value().training->weights) {
        if (one.name == "fc2.bias") CHECK(one.blob.values<float>()[1] == -1.0F);
        if (one.name == "norm1.num_batches_tracked") CHECK(one.blob.values<std::int64_t>()[0] == 12);
    }
}

TEST_CASE(
    "A checkpoint of ten million iterations is read as it was written, and hardly larger than one of twenty thousand") {
    RunState run = stateful_run();
    run.progress = {};
    std::int64_t iteration = 0;
    const auto size_after = [&](std::int64_t iterations) {
        while (iteration < iterations) {
            ++iteration;
            const auto loss = static_cast<float>(iteration % 977);
            add_iteration(run.progress, {.iteration = iteration, .epoch = 1, .loss = loss, .accuracy = 0.5F});
            if (iteration % 100 == 0)
                run.progress.history.evaluations.push_back({.iteration = iteration, .epoch = iteration / 100});
        }
        const std::string bytes = bytes_of(run);
        const Result<RunState> read = read_bytes(bytes);
        REQUIRE(read.ok());
        require_equal(read.value().progress, run.progress);
        return static_cast<std::int64_t>(bytes.size());
    };
    const std::int64_t without = size_after(0);
    constexpr std::int64_t kMost = 600'000;  // bytes of history, however long the run
    CHECK(size_after(20'000) - without < kMost);
    CHECK(size_after(1'000'000) - without < kMost);
    CHECK(size_after(10'000'000) - without < kMost);
}

TEST_CASE("A checkpoint cut short anywhere is refused and named") {
    const std::string whole = bytes_of(stateful_run());
    REQUIRE(whole.size() > 10'000);
    std::vector<std::size_t> lengths = {0, 1, 4, 30, whole.size() - 1, whole.size() - 22, whole.size() - 23};
    for (std::size_t i = 1; i < 40; ++i) lengths.push_back(whole.size() * i / 40);
    for (const std::size_t length : lengths) {
        CAPTURE(length);
        const Result<RunState> read = read_bytes(whole.substr(0, length));
        REQUIRE_FALSE(read.ok());
        CHECK(read.error().message.starts_with("run.pt"));
    }
}

TEST_CASE("A checkpoint with a wrong byte anywhere is refused, or the byte means nothing") {
    const RunState written = stateful_run();
    const std::string whole = bytes_of(written);
    std::minstd_rand random(5);
    int refused = 0;
    for (int i = 0; i < 500; ++i) {
        std::string flipped = whole;
        const std::size_t place = random() % whole.size();
        flipped[place] = static_cast<char>(flipped[place] ^ (1 << random() % 8));
        CAPTURE(place);
        const Result<RunState> read = read_bytes(flipped);
        if (read.ok()) {
            require_same(read.value(), written);
        } else {
            CHECK(read.error().message.starts_with("run.pt"));
            ++refused;
        }
    }
    CHECK(refused > 330);
}

TEST_CASE("What does not belong together in a checkpoint is refused, and what it is gets named") {
    const auto refused = [&](const char* what, const std::function<void(TrainingState&)>& damage) {
        CHECK_THAT(checkpoint_refusal([&](TrainingState& state, RunProgress&) { damage(state); }), contains_text(what));
    };
    refused("'conv1.bias' is missing", [](TrainingState& s) { s.weights.erase(s.weights.begin() + 1); });
    refused("'conv1.bias' has the shape 5", [](TrainingState& s) { s.weights[1].blob = zeros({5}); });
    refused("'fc1.weight' has the shape 20x144, but the recipe's network 1000000x144", [](TrainingState& s) {
        for (LayerSpec& layer : s.recipe.layers)
            if (layer.name == "fc1") layer.output_size = 1'000'000;  // gigabytes, that must not be allocated
    });
    refused("'norm.weight' is missing", [](TrainingState& s) { s.recipe.layers[1].name = "norm"; });
    refused("recipe", [](TrainingState& s) { s.recipe.layers[0].kernel_size = 99; });
    refused("has another shape", [](TrainingState& s) { s.optimizer[0].tensors[0].blob = zeros({2}); });
    refused("optimizer", [](TrainingState& s) { s.optimizer[2].tensors.pop_back(); });
    refused("optimizer", [](TrainingState& s) { s.optimizer[2].tensors[0].name = "momentum_buffer"; });
    refused("'7' is missing", [](TrainingState& s) { s.optimizer.resize(7); });
    refused("generator", [](TrainingState& s) { s.generator = zeros({9}); });
    refused("generator", [](TrainingState& s) {
        const std::vector<std::uint8_t> bytes(5056, 255);
        s.data.generator = blob_of<std::uint8_t>({5056}, bytes);
    });
    refused("order",
            [](TrainingState& s) { s.data.order = changed(s.data.order, 3, s.data.order.values<std::int64_t>()[4]); });
    refused("order", [](TrainingState& s) { s.data.order = changed(s.data.order, 3, 1'000'000); });
    refused("order", [](TrainingState& s) { s.data.order = changed(s.data.order, 3, -1); });
    refused("order", [](TrainingState& s) { s.data.order.shape = {10, 9}; });
    refused("whole numbers", [](TrainingState& s) { s.data.order = zeros({90}); });
    refused("order", [](TrainingState& s) { s.data.next = 91; });
    refused("order", [](TrainingState& s) { s.data.next = -1; });
    refused("order", [](TrainingState& s) { s.data.latest = -1; });
    refused("order", [](TrainingState& s) { s.data.next_turn = DataChanges::kMostTimes; });
    refused("order", [](TrainingState& s) { s.data.latest = s.data.next = 90; });  // behind the last
    refused("no channel 99", [](TrainingState& s) { s.restraints.channels = {{LayerId{0}, 99, 0.0F}}; });
    refused("at a number", [](TrainingState& s) {
        s.restraints.channels = {{LayerId{0}, 0, std::numeric_limits<float>::infinity()}};
    });
    refused("no filter 77", [](TrainingState& s) { s.restraints.frozen = {{LayerId{0}, 77}}; });
    refused("in no order", [](TrainingState& s) { s.restraints.frozen = {{LayerId{0}, 1}, {LayerId{0}}}; });
    refused("no picture 90", [](TrainingState& s) { s.restraints.data.relabelled = {{90, 1}}; });
    refused("no class 10", [](TrainingState& s) { s.restraints.data.relabelled = {{8, 10}}; });
    refused("ascending", [](TrainingState& s) { s.restraints.data.relabelled = {{8, 1}, {7, 1}}; });
    refused("up to 8 times", [](TrainingState& s) { s.restraints.data.times = {9, 1, 1, 1, 1, 1, 1, 1, 1, 1}; });
    refused("10 classes", [](TrainingState& s) { s.restraints.data.times = {2, 1}; });
    refused("nothing to learn from", [](TrainingState& s) { s.restraints.data.times = std::vector<int>(10, 0); });
    refused("from 0 to 1", [](TrainingState& s) { s.restraints.data.shuffled_labels = 1.5; });
    refused("grey levels", [](TrainingState& s) { s.restraints.data.noise = 1e9; });
    refused("settings", [](TrainingState& s) { s.batch_size = 0; });
    refused("settings", [](TrainingState& s) { s.momentum = 1.0; });
    refused("settings", [](TrainingState& s) { s.learning_rate = std::numeric_limits<double>::quiet_NaN(); });
    refused("settings", [](TrainingState& s) { s.iteration = -1; });
    const auto of_progress = [&](const char* what, const std::function<void(RunProgress&)>& damage) {
        CHECK_THAT(checkpoint_refusal([&](TrainingState&, RunProgress& progress) { damage(progress); }),
                   contains_text(what));
    };
    of_progress("out of range", [](RunProgress& p) { p.epoch = -1; });
    of_progress("out of range", [](RunProgress& p) { p.planned_epochs = std::int64_t{1} << 60; });
    of_progress("history", [](RunProgress& p) { ++p.iteration; });
    of_progress("levels", [](RunProgress& p) { p.history.accuracy.push_back(0.5F); });
}

TEST_CASE("Files that are something else are refused with what they are missing") {
    const TempFolder folder;
    const fs::path path = folder.path() / "other.pt";
    const auto message = [&] {
        const Result<RunState> read = read_checkpoint(path);
        return read.ok() ? std::string("nothing was refused") : read.error().message;
    };
    CHECK_THAT(message(), contains_text(path.string()));
    std::ofstream(path) << "name = \"not a checkpoint\"\n";
    CHECK_THAT(message(), contains_text(path.string()));
    REQUIRE(write_whole_file(path, torch_file_of({PickleValue::Dict{{"w", {stored_tensor(zeros({3}))}}}})).ok());
    CHECK_THAT(message(), contains_text(path.string()) && contains_text("no run of ConvScope"));
}

TEST_CASE("A checkpoint that cannot be written says where, and leaves the one that was") {
    const TempFolder folder;
    const fs::path path = folder.path() / "last.pt";
    REQUIRE(write_checkpoint(stateful_run(), path).ok());
    const Result<void> below_a_file = write_checkpoint(stateful_run(), path / "deeper" / "last.pt");
    REQUIRE_FALSE(below_a_file.ok());
    CHECK_THAT(below_a_file.error().message, contains_text(path.string()));
    CHECK(read_checkpoint(path).ok());
}

// Of the same run, as the first version and the second wrote it with LibTorch; what they hold as Python's torch reads
// it.
TEST_CASE("Files that were written by versions before are read") {
    const fs::path folder = CONVSCOPE_CHECKPOINTS;
    SECTION("of version 1") {
        const Result<RunState> read = read_checkpoint(folder / "run.pt");
        REQUIRE(read.ok());
        const TrainingState& state = *read.value().training;
        CHECK(state.iteration == 4);
        REQUIRE(state.weights.size() == 9);
        CHECK(state.weights[5].name == "fc.bias");
        CHECK(state.weights[5].blob.values<float>()[1] == Approx(0.3342F).epsilon(1e-3));
        CHECK(state.weights[8].name == "norm.num_batches_tracked");
        CHECK(state.weights[8].blob.values<std::int64_t>()[0] == 4);
        REQUIRE(state.optimizer.size() == 6);
        CHECK(state.optimizer[5].step == 4);
        CHECK(state.optimizer[5].tensors[0].name == "exp_avg");
        CHECK(state.optimizer[5].tensors[0].blob.values<float>()[0] == Approx(0.0064F).epsilon(1e-2));
        CHECK(state.data.epoch == 2);
        CHECK(state.data.order.values<std::int64_t>()[3] == 15);
        CHECK(state.data_fingerprint == 3460795234);
        CHECK(state.fingerprint_kind == FingerprintKind::FirstPicture);
        CHECK(state.class_names.empty());
        const RunProgress& progress = read.value().progress;
        CHECK(progress.history.iterations() == 4);
        CHECK(progress.latest.loss == Approx(0.7512F).epsilon(1e-3));
        CHECK(progress.history.evaluations.items().back().test_loss == Approx(0.7367).epsilon(1e-3));
    }
    SECTION("of version 2") {
        const Result<RunState> read = read_checkpoint(folder / "run-2.pt");
        REQUIRE(read.ok());
        const TrainingState& state = *read.value().training;
        CHECK(state.iteration == 5);
        CHECK(state.learning_rate == 0.1);
        REQUIRE(state.weights.size() == 2);
        CHECK(state.weights[1].blob.values<float>()[1] == Approx(-0.1886F).epsilon(1e-3));
        REQUIRE(state.optimizer.size() == 2);
        CHECK(state.optimizer[1].tensors[0].name == "momentum_buffer");
        CHECK(state.optimizer[1].tensors[0].blob.values<float>()[1] == Approx(0.0971F).epsilon(1e-3));
        CHECK(state.data.next == 12);
        CHECK(state.data.latest == 12 - state.batch_size);  // it does not say
        CHECK(state.data.order.values<std::int64_t>()[15] == 11);
        CHECK(state.data_fingerprint == 3066354859);
        CHECK(state.fingerprint_kind == FingerprintKind::SpreadSample);
        CHECK(state.class_names == std::vector<std::string>{"0", "1"});
        const RunProgress& progress = read.value().progress;
        CHECK(progress.planned_epochs == 3);
        CHECK(progress.epoch_sums.samples == 12);
        CHECK(progress.history.loss.at(2) == Approx(0.6728F).epsilon(1e-3));
        CHECK(progress.history.evaluations.items().back().test_loss == Approx(0.3256).epsilon(1e-3));
        CHECK_FALSE(progress.history.evaluations.items().back().ends_epoch);
    }
}

TEST_CASE(
    "A recipe in a checkpoint that cannot be read leaves its weights, and names of no folder are no class names") {
    const PickleValue whole = checkpoint_of(stateful_run());
    const auto with = [&whole](const char* key, PickleValue value) {
        PickleValue changed_file = whole;
        for (PickleValue::Entry& entry : std::get<PickleValue::Dict>(changed_file.value))
            if (entry.key == key) entry.value = std::move(value);
        return changed_file;
    };
    const std::string remedy = "; the weights beside it can be opened with --checkpoint, and --recipe in its place";
    for (const std::string& text :
         {std::string(6'000'000, '#'), std::string(60'000, '['), std::string("= = ="), std::string("name = 'x'")}) {
        const Result<Recipe> recipe = recipe_of_checkpoint(with("recipe", {text}), "run.pt");
        REQUIRE_FALSE(recipe.ok());
        CHECK(recipe.error().message.starts_with("run.pt (recipe)"));
        CHECK(recipe.error().message.ends_with(remedy));
    }
    const auto count = static_cast<std::int64_t>(2);
    const auto named = [&](const std::string& name) {
        return class_names_of_checkpoint(with("class_names", {PickleValue::List{{name}, {name}}}), count);
    };
    CHECK(named(std::string(1024, 'x')).size() == 2);
    CHECK(named(std::string(1025, 'x')).empty());
}
