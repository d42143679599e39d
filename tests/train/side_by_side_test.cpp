// Runs beside others in one process: whatever another thread does with LibTorch meanwhile, a run's numbers are its own.
#include "engine/formats/checkpoint.h"
#include "engine/train/torch_trainer.h"
#include "tests/data/temp_folder.h"
#include "tests/support/catch.h"
#include "tests/support/toy_dataset.h"
#include "tests/train/recipes.h"

#include <ATen/Context.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace convscope;

namespace {

TorchTrainerOptions toy_options(int threads = 1) {
    static const std::shared_ptr<const Dataset> data = make_toy_dataset(200, 50);
    return {.data = data, .threads = threads, .device = "cpu"};
}

WatchSet probed(const NetworkDescription& network) {
    WatchSet watch;
    watch.probe = watch.layer_statistics = true;
    for (const LayerDescription& layer : network.layers) watch.add({TensorKind::Activation, layer.id});
    return watch;
}

std::vector<float> losses(const Recipe& recipe, std::uint64_t seed, std::size_t count) {
    TorchTrainer trainer(toy_options());
    REQUIRE(trainer.start({RunId{1}, recipe, seed}).ok());
    std::vector<float> all;
    while (all.size() < count) all.push_back(trainer.train_iteration().loss);
    return all;
}

// A run's whole life: begun, trained, looked at, measured, saved, read back, continued and thrown away. Returns whether
// everything went well.
bool live_through(std::uint64_t seed, int threads, const std::filesystem::path& folder) {
    TorchTrainer trainer(toy_options(threads));
    const auto info = trainer.start({RunId{1}, stateful_recipe(OptimizerKind::Adam), seed});
    if (!info.ok()) return false;
    Observation into;
    const WatchSet watch = probed(info.value()->network);
    std::vector<int> predicted(10);
    for (int i = 1; i <= 3; ++i) {
        trainer.train_iteration();
        trainer.capture({watch, true, i}, into);
        trainer.classify(Split::Test, 0, predicted);
    }
    const std::filesystem::path file = folder / "beside.pt";
    if (!write_checkpoint({trainer.state(), {}}, file).ok()) return false;
    const Result<RunState> read = read_checkpoint(file);
    return read.ok() && trainer.restore(*read.value().training).ok() && trainer.train_iteration().loss > 0.0F;
}

}  // namespace

TEST_CASE("a run with dropout keeps its losses, bit for bit, while another thread makes, trains and drops networks") {
    const TempFolder folder;
    std::atomic<int> lives{0};
    std::atomic<bool> over{false}, well{true};
    std::vector<float> beside;
    {
        TorchTrainer trainer(toy_options());
        REQUIRE(trainer.start({RunId{1}, small_recipe(), 1}).ok());
        // The first life times threads, the others have one or two of them in turn.
        std::thread other([&] {
            for (int life = 0; !over; ++life) {
                if (!live_through(static_cast<std::uint64_t>(life), life % 3, folder.path())) well = false;
                ++lives;
            }
        });
        while (beside.size() < 100 || (lives < 6 && well)) beside.push_back(trainer.train_iteration().loss);
        over = true;
        other.join();
    }
    REQUIRE(well);
    REQUIRE(losses(small_recipe(), 1, beside.size()) == beside);
}

TEST_CASE("two runs in one process have the losses that each has alone") {
    constexpr std::size_t kIterations = 60;
    const Recipe recipes[] = {small_recipe(), stateful_recipe(OptimizerKind::Sgd)};
    const std::vector<float> alone[] = {losses(recipes[0], 1, kIterations), losses(recipes[1], 2, kIterations)};

    SECTION("trained in turn on one thread") {
        TorchTrainer one(toy_options()), two(toy_options());
        REQUIRE(one.start({RunId{1}, recipes[0], 1}).ok());
        REQUIRE(two.start({RunId{2}, recipes[1], 2}).ok());
        for (std::size_t i = 0; i < kIterations; ++i) {
            REQUIRE(one.train_iteration().loss == alone[0][i]);
            REQUIRE(two.train_iteration().loss == alone[1][i]);
        }
    }
    SECTION("trained at the same time on two threads") {
        std::vector<float> beside[2];
        const auto train = [&](std::size_t which) {
            TorchTrainer trainer(toy_options());
            if (!trainer.start({RunId{which + 1}, recipes[which], which + 1}).ok()) return;
            while (beside[which].size() < kIterations) beside[which].push_back(trainer.train_iteration().loss);
        };
        std::thread one(train, 0), two(train, 1);
        one.join();
        two.join();
        REQUIRE(beside[0] == alone[0]);
        REQUIRE(beside[1] == alone[1]);
    }
}

TEST_CASE("a run's whole life, timed threads included, draws nothing from LibTorch's own generator") {
    const at::Generator of_libtorch = at::globalContext().defaultGenerator(torch::kCPU);
    const torch::Tensor before = of_libtorch.get_state();
    const TempFolder folder;
    REQUIRE(live_through(3, /*threads=*/0, folder.path()));
    apply(fixed_thread_settings(1));
    REQUIRE(torch::equal(of_libtorch.get_state(), before));
    REQUIRE(at::globalContext().userEnabledMkldnn());
}

TEST_CASE("how many threads one thread computes with is no other's matter") {
    apply(fixed_thread_settings(1));
    int of_other = 0;
    std::thread([&] {
        apply(fixed_thread_settings(2));
        of_other = torch::get_num_threads();
    }).join();
    REQUIRE(of_other == 2);
    REQUIRE(torch::get_num_threads() == 1);
}
