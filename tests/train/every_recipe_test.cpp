// Time with every recipe that travels inside the program, on one thread and on two: whatever a recipe is made of, what
// is gone back to, branched from, taken back or resumed comes out to the bit.
#include "engine/formats/checkpoint.h"
#include "engine/formats/lanes_file.h"
#include "engine/formats/past_file.h"
#include "engine/recipe/recipe_library.h"
#include "engine/recipe/schedule.h"
#include "engine/session/run_driver.h"
#include "engine/train/torch_trainer.h"
#include "tests/data/temp_folder.h"
#include "tests/support/catch.h"
#include "tests/support/equal_states.h"
#include "tests/support/manual_clock.h"

#include <algorithm>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace convscope;

namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kEnd = 18;        // more than an epoch, at either batch size
constexpr std::int64_t kBranch = 3;      // before anything is changed
constexpr std::int64_t kBranchEnd = 10;  // of the branch

// Noise of whatever form a recipe takes. Each training picture takes 40 ms, so that states go to disk every 6 or so
// iterations.
class SlowNoise final : public Dataset {
public:
    SlowNoise(const Recipe& recipe, std::shared_ptr<ManualClock> clock) : clock_(std::move(clock)) {
        info_.name = "slow noise";
        info_.train_count = 100;
        info_.test_count = 20;
        info_.channels = recipe.input_channels;
        info_.height = recipe.input_height;
        info_.width = recipe.input_width;
        for (std::int64_t label = 0; label < recipe.class_count; ++label)
            info_.class_names.push_back(std::to_string(label));
        std::minstd_rand random(7);
        pixels_.resize(static_cast<std::size_t>((info_.train_count + info_.test_count) * image_bytes()));
        for (std::uint8_t& pixel : pixels_) pixel = static_cast<std::uint8_t>(random() % 256);
    }
    const DatasetInfo& info() const override { return info_; }
    int label(Split, std::int64_t index) const override { return static_cast<int>(index * 7 % 10); }
    std::span<const std::uint8_t> image(Split split, std::int64_t index) const override {
        if (split == Split::Train) clock_->advance(40ms);
        const std::int64_t place = split == Split::Train ? index : info_.train_count + index;
        return std::span(pixels_).subspan(static_cast<std::size_t>(place * image_bytes()),
                                          static_cast<std::size_t>(image_bytes()));
    }

private:
    const std::shared_ptr<ManualClock> clock_;
    DatasetInfo info_;
    std::vector<std::uint8_t> pixels_;
};

Recipe in_short(std::string_view name) {
    Recipe recipe = find_recipe(name).value();
    recipe.batch_size = 8;
    recipe.epochs = 3;
    recipe.validation_count = std::min<std::int64_t>(recipe.validation_count, 10);
    return recipe;
}

struct Place {
    std::shared_ptr<const TrainingState> state;
    IterationMetrics metrics;
    std::vector<float> gradient;  // of the last layer that has weights
};

class Sitting {
public:
    Sitting(const Recipe& recipe, int threads, const std::filesystem::path& out = {}, const std::string& resume = {})
        : data_(std::make_shared<SlowNoise>(recipe, clock_)),
          driver_(
              [data = data_, threads] {
                  return std::make_unique<TorchTrainer>(
                      TorchTrainerOptions{.data = data, .threads = threads, .device = "cpu"});
              },
              options(recipe, out, resume), [](TimePoint) { return true; }) {
        driver_.begin();
        if (driver_.failure().empty() && shown()->run_info) watch();
    }
    void apply(Command command) {
        driver_.apply(CommandId{++commands_}, command);
        driver_.answer();
    }
    void step(std::int64_t iterations = 1) {
        apply(command::Step{iterations});
        while (driver_.work()) {
        }
    }
    void go_to(std::int64_t iteration) {
        apply(command::GoTo{iteration});
        while (driver_.travelling()) driver_.work();
    }
    void end() { driver_.end(); }
    std::shared_ptr<const Snapshot> shown() { return driver_.publisher().latest(); }
    Place place() {
        const auto snapshot = shown();
        const TensorCapture* gradient = snapshot->find({TensorKind::WeightGradient, last()});
        return {driver_.state(), snapshot->metrics, gradient != nullptr ? gradient->values : std::vector<float>()};
    }
    LayerId first() { return weighted().front(); }
    LayerId last() { return weighted().back(); }

private:
    void watch() {
        WatchSet set;
        set.add({TensorKind::WeightGradient, last()});
        apply(command::Watch{set});
    }
    std::vector<LayerId> weighted() {
        std::vector<LayerId> layers;
        for (const LayerDescription& layer : shown()->run_info->network.layers)
            if (layer.owns_weights() && layer.has_bias() && layer.spec.kind != LayerKind::BatchNorm)
                layers.push_back(layer.id);
        return layers;
    }
    SessionOptions options(const Recipe& recipe, const std::filesystem::path& out, const std::string& resume) {
        SessionOptions options{.recipe = recipe, .seed = 5, .paused = true, .resume = resume};
        options.clock = clock_;
        options.autosave_seconds = 3600.0;
        if (out.empty()) return options;
        options.files = checkpoint_files();
        options.files.families = lanes_files();
        options.files.past = past_files();
        options.disk_states_bytes = std::int64_t{1} << 30;
        options.save_to = [out, first = resume](const Recipe&) mutable -> std::filesystem::path {
            if (!first.empty()) return std::exchange(first, "");
            for (int i = 1;; ++i)
                if (const auto folder = out / std::to_string(i); std::filesystem::create_directories(folder))
                    return folder / "last.pt";
        };
        return options;
    }

    const std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>();
    const std::shared_ptr<const Dataset> data_;
    RunDriver driver_;
    std::uint64_t commands_ = 0;
};

void require_same(const Place& a, const Place& b) {
    require_equal(*a.state, *b.state);
    REQUIRE(a.metrics.iteration == b.metrics.iteration);
    REQUIRE(a.metrics.loss == b.metrics.loss);
    REQUIRE(a.metrics.accuracy == b.metrics.accuracy);
    REQUIRE(a.metrics.learning_rate == b.metrics.learning_rate);
    REQUIRE(a.gradient == b.gradient);
}

// A bit of everything, some of it taken back at once: where `tries` is false those are left out.
void change(Sitting& run, bool tries) {
    const std::int64_t at = run.shown()->iteration;
    if (tries && (at == 5 || at == 9)) {
        const int undone = at == 5 ? 5 : 3;
        run.apply(command::SetLearningRate{0.5});
        run.apply(command::SetWeights{run.first(), false, 1, {2.0F, 3.0F}});
        run.apply(command::SetChannel{run.first(), 0, command::SetChannel::To::Mean});
        if (at == 5) run.apply(command::ChangeData{{.shuffled_labels = 0.5, .noise = 20.0}});
        if (at == 5) run.apply(command::SetBatchSize{3});
        for (int i = 0; i < undone; ++i) run.apply(command::Undo{});
    }
    if (at == 6) run.apply(command::SetLearningRate{0.002});
    if (at == 7) run.apply(command::SetChannel{run.first(), 1, command::SetChannel::To::Mean});
    if (at == 8) run.apply(command::Freeze{{{run.last()}}, true});
    if (at == 10) run.apply(command::SetBatchSize{7});
    if (at == 11) run.apply(command::SetWeights{run.first(), false, 2, {0.25F, -0.25F}});
    if (at == 12) run.apply(command::ChangeData{{.shuffled_labels = 0.25, .noise = 5.0}});
    if (at == 13) run.apply(command::Freeze{{{run.last()}}, false});
    if (at == 14) run.apply(command::FillWeights{run.last(), -1, command::FillWeights::With::FirstValues});
    if (at == 15) {
        Recipe other = run.shown()->run_info->recipe;
        other.optimizer = {.kind = other.optimizer.is_adam() ? OptimizerKind::Sgd : OptimizerKind::Adam,
                           .learning_rate = 0.003};
        run.apply(command::ChangeRecipe{other});
    }
}

std::vector<Place> play(Sitting& run, std::int64_t until, bool tries = true) {
    std::vector<Place> places;
    while (run.shown()->iteration < until) {
        change(run, tries);
        places.push_back(run.place());
        run.step();
    }
    places.push_back(run.place());
    return places;
}

void require_places(Sitting& run, const std::vector<Place>& places, const std::vector<std::int64_t>& iterations) {
    for (const std::int64_t iteration : iterations) {
        CAPTURE(iteration);
        run.go_to(iteration);
        require_same(run.place(), places[static_cast<std::size_t>(iteration)]);
    }
}

template <typename Try>
void with_every_recipe(int threads, const Try& attempt) {
    for (const EmbeddedRecipe& recipe : recipes()) {
        INFO(recipe.name() << " with " << threads << " threads");
        attempt(in_short(recipe.name()), threads);
    }
}

}  // namespace

TEST_CASE("the recipes of the program have all that a run's state can be made of") {
    std::set<OptimizerKind> optimizers;
    bool dropout = false, norm = false, augmented = false, scheduled = false, held_out = false, unshuffled = false;
    const auto look = [&](const auto& self, const std::vector<LayerSpec>& layers) -> void {
        for (const LayerSpec& layer : layers) {
            dropout = dropout || layer.kind == LayerKind::Dropout || layer.kind == LayerKind::Dropout2d;
            norm = norm || layer.kind == LayerKind::BatchNorm;
            self(self, layer.body);
        }
    };
    for (const EmbeddedRecipe& embedded : recipes()) {
        const Recipe recipe = in_short(embedded.name());
        optimizers.insert(recipe.optimizer.kind);
        look(look, recipe.layers);
        augmented = augmented || recipe.augmentation.any();
        scheduled = scheduled || recipe.schedule.kind != ScheduleKind::Constant;
        held_out = held_out || recipe.validation_count > 0;
        unshuffled = unshuffled || !recipe.shuffle;
    }
    CHECK(optimizers.size() > 1);
    CHECK((dropout && norm && augmented && scheduled && held_out && unshuffled));
}

TEST_CASE("with every recipe a visited iteration is to the bit what it was, and what is taken back was never done") {
    with_every_recipe(GENERATE(1, 2), [](const Recipe& recipe, int threads) {
        Sitting still(recipe, threads);
        const std::vector<Place> places = play(still, kEnd, /*tries=*/false);
        Sitting run(recipe, threads);
        play(run, 16);
        require_places(run, places, {14, 2, 0, 7, 11, 16, 15, 1});
        run.go_to(16);
        play(run, kEnd);
        require_same(run.place(), places.back());
    });
}

TEST_CASE("with every recipe a branch that changes nothing is its parent, and one that is resumed half-way is itself") {
    with_every_recipe(GENERATE(1, 2), [](const Recipe& recipe, int threads) {
        const TempFolder temp;
        Sitting alone(recipe, threads);
        alone.step(5);
        alone.apply(command::SetChannel{alone.first(), 1});
        std::vector<Place> branch = play(alone, kBranchEnd, /*tries=*/false);
        branch.insert(branch.begin(), 5, Place());

        std::vector<Place> parent;
        {
            Sitting run(recipe, threads, temp.path());
            parent = play(run, kEnd);
            run.go_to(kBranch);
            run.apply(command::SetLearningRate{0.5});
            run.apply(command::Undo{});
            REQUIRE(run.shown()->line.lanes->size() == 2);
            run.step(5 - kBranch);
            require_same(run.place(), parent[5]);
            run.apply(command::SetChannel{run.first(), 1});
            play(run, 9, /*tries=*/false);
            require_same(run.place(), branch[9]);
            run.end();
        }
        Sitting again(recipe, threads, temp.path(), (temp.path() / "2" / "last.pt").string());
        REQUIRE(again.shown()->iteration == 9);
        REQUIRE(again.shown()->line.lanes);
        REQUIRE(again.shown()->line.lanes->size() == 2);
        REQUIRE(again.shown()->line.disk_bytes > 0);
        play(again, kBranchEnd, /*tries=*/false);
        require_same(again.place(), branch.back());
        // All that lies behind it, before the branch and in it.
        require_places(again, parent, {0, 2, 4, 1});
        require_places(again, branch, {7, 9, 6, kBranchEnd});
        again.apply(command::GoToLane{again.shown()->line.lanes->front().id});
        require_equal(*again.place().state, *parent.back().state);
        require_places(again, parent, {17, 0, 5, 10, 16, 9, 13});
        again.go_to(kEnd);
        again.step(3);
        Sitting on(recipe, threads);
        play(on, kEnd);
        on.step(3);
        require_same(again.place(), on.place());
        again.end();
    });
}
