// What jobs find out about a network, against what one finds by asking it picture by picture.
#include "engine/train/studies.h"
#include "engine/recipe/recipe_library.h"
#include "engine/session/run_driver.h"
#include "engine/train/frozen_network.h"
#include "engine/train/torch_trainer.h"
#include "tests/support/catch.h"
#include "tests/support/toy_dataset.h"
#include "tests/train/recipes.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>
#include <string>
#include <vector>

using namespace convscope;

namespace {

// Of whatever form a recipe takes: noise, with a brighter square somewhere.
class Noise final : public Dataset {
public:
    explicit Noise(const Recipe& recipe, std::int64_t test_count = 45) {
        info_.name = "noise";
        info_.train_count = 64;
        info_.test_count = test_count;
        info_.channels = recipe.input_channels;
        info_.height = recipe.input_height;
        info_.width = recipe.input_width;
        for (std::int64_t label = 0; label < recipe.class_count; ++label)
            info_.class_names.push_back(std::to_string(label));
        std::minstd_rand random(11);
        pixels_.resize(static_cast<std::size_t>((info_.train_count + info_.test_count) * image_bytes()));
        for (std::uint8_t& pixel : pixels_) pixel = static_cast<std::uint8_t>(random() % 256);
    }
    const DatasetInfo& info() const override { return info_; }
    int label(Split, std::int64_t index) const override {
        return static_cast<int>(index * 7 % info_.class_names.size());
    }
    std::span<const std::uint8_t> image(Split split, std::int64_t index) const override {
        const std::int64_t place = split == Split::Train ? index : info_.train_count + index;
        return std::span(pixels_).subspan(static_cast<std::size_t>(place * image_bytes()),
                                          static_cast<std::size_t>(image_bytes()));
    }

private:
    DatasetInfo info_;
    std::vector<std::uint8_t> pixels_;
};

// A network that has learned a little.
struct Studied {
    TorchTrainer trainer;
    std::shared_ptr<const RunInfo> info;
    Preprocessing preprocessing;

    explicit Studied(const Recipe& recipe, std::shared_ptr<const Dataset> data = nullptr, int iterations = 3)
        : trainer({.data = data ? data : std::make_shared<Noise>(recipe), .threads = 1, .device = "cpu"}),
          info(trainer.start({RunId{1}, recipe, 4}).value()),
          preprocessing(recipe) {
        for (int i = 0; i < iterations; ++i) trainer.train_iteration();
    }
    JobResult answer(const JobQuestion& question) {
        std::unique_ptr<JobWork> work = trainer.begin_job(question, 3).value();
        double progress = work->progress();
        while (!work->advance()) {
            REQUIRE(work->progress() > progress);
            progress = work->progress();
            REQUIRE(progress < 1.0);
        }
        return work->result();
    }
    template <typename Kind>
    Kind as(const JobQuestion& question) {
        return std::get<Kind>(answer(question));
    }
    std::string problem(const JobQuestion& question) { return trainer.begin_job(question, 3).error().message; }
    // Every layer's output for one test picture.
    std::vector<torch::Tensor> outputs(std::int64_t picture) {
        Minibatch one;
        load_pictures(*info->dataset, preprocessing, Split::Test, picture, 1, one);
        return outputs_of(one.images);
    }
    std::vector<torch::Tensor> outputs_of(const torch::Tensor& pictures) {
        std::vector<torch::Tensor> all;
        trainer.network().answer(
            pictures, [&](LayerId, const torch::Tensor& output) { all.push_back(output.clone()); },
            trainer.restraints().channels);
        return all;
    }
};

Recipe short_recipe(std::string_view name) {
    Recipe recipe = find_recipe(name).value();
    recipe.batch_size = 8;
    recipe.validation_count = 0;
    return recipe;
}

// Bits may differ with how many pictures a kernel takes at once.
bool close(float one, float other) { return std::abs(one - other) <= 1e-4F * std::max(1.0F, std::abs(other)); }

// By sorting all of them.
void require_brute_force(Studied& studied, const TopPatches& found) {
    const std::int64_t count = studied.info->data.test_count;
    REQUIRE(found.pictures == count);
    std::vector<std::vector<torch::Tensor>> outputs;
    for (std::int64_t picture = 0; picture < count; ++picture) outputs.push_back(studied.outputs(picture));
    for (const LayerDescription& layer : studied.info->network.layers) {
        INFO(layer.spec.name);
        const auto l = static_cast<std::size_t>(layer.id.index);
        const std::int64_t channels = layer.output_shape[0], step = std::max<std::int64_t>(1, channels / 40);
        for (std::int64_t channel = 0; channel < channels; channel += step) {
            std::vector<float> highs, lows;
            for (const auto& of : outputs) {
                highs.push_back(of[l][0][channel].max().item<float>());
                lows.push_back(of[l][0][channel].min().item<float>());
            }
            std::sort(highs.begin(), highs.end(), std::greater<>());
            std::sort(lows.begin(), lows.end());
            const auto check = [&](std::span<const TopPatch> patches, const std::vector<float>& sorted) {
                REQUIRE(patches.size() == std::min<std::size_t>(9, sorted.size()));
                std::vector<std::int64_t> pictures;
                for (std::size_t i = 0; i < patches.size(); ++i) {
                    const TopPatch& patch = patches[i];
                    REQUIRE(close(patch.value, sorted[i]));
                    torch::Tensor value = outputs[static_cast<std::size_t>(patch.picture)][l][0][channel];
                    if (value.dim() == 2) value = value[patch.row][patch.column];
                    REQUIRE(close(patch.value, value.item<float>()));
                    pictures.push_back(patch.picture);
                }
                std::sort(pictures.begin(), pictures.end());
                REQUIRE(std::adjacent_find(pictures.begin(), pictures.end()) == pictures.end());
            };
            check(found.most(layer.id, channel), highs);
            check(found.least(layer.id, channel), lows);
        }
    }
}

}  // namespace

TEST_CASE("Top patches are those that brute force finds, of every layer of every built-in recipe") {
    for (const EmbeddedRecipe& known : recipes()) {
        DYNAMIC_SECTION(std::string(known.name())) {
            Studied studied(short_recipe(known.name()));
            require_brute_force(studied, studied.as<TopPatches>(TopPatchesQuestion{}));
        }
    }
}

TEST_CASE("Of fewer pictures than nine there are fewer patches, and what is not a number is passed over") {
    const Recipe recipe = small_recipe();
    Studied studied(recipe, std::make_shared<Noise>(recipe, 4));
    const TopPatches few = studied.as<TopPatches>(TopPatchesQuestion{});
    require_brute_force(studied, few);
    CHECK(few.most(LayerId{0}, 9).empty());
    CHECK(few.most(LayerId{99}, 0).empty());
    studied.trainer.write_values({TensorKind::Weight, LayerId{0}}, 0, std::vector<float>{NAN});
    const TopPatches poisoned = studied.as<TopPatches>(TopPatchesQuestion{});
    CHECK(poisoned.most(LayerId{0}, 0).empty());
    CHECK(poisoned.least(LayerId{0}, 0).empty());
    CHECK(poisoned.most(LayerId{0}, 1).size() == 4);
}

TEST_CASE("Of equal patches the earlier picture comes first, and in it the first place") {
    const Recipe recipe = small_recipe();
    Studied studied(recipe);
    Restraints restraints;
    restraints.channels = {{.layer = LayerId{0}, .channel = 1, .value = 0.5F}};
    studied.trainer.set_restraints(restraints);
    const TopPatches found = studied.as<TopPatches>(TopPatchesQuestion{});
    const auto most = found.most(LayerId{0}, 1);
    REQUIRE(most.size() == 9);
    for (std::size_t i = 0; i < 9; ++i)
        CHECK(most[i] == TopPatch{.picture = static_cast<std::int64_t>(i), .value = 0.5F});
}

TEST_CASE("A histogram counts every value of a channel, over the test set and over the minibatch") {
    for (const char* name : {"wide-cnn", "mlp"}) {
        Studied studied(short_recipe(name));
        const TopPatches patches = studied.as<TopPatches>(TopPatchesQuestion{});
        for (const LayerDescription& layer : studied.info->network.layers) {
            INFO(name << " " << layer.spec.name);
            const std::int64_t area = layer.output_shape[1] * layer.output_shape[2];
            const auto test = studied.as<ActivationHistogram>(ActivationHistogramQuestion{layer.id, 2});
            CHECK(test.pictures == 45);
            CHECK(test.values.count == 45 * area);
            CHECK(close(test.values.largest, patches.most(layer.id, 2)[0].value));
            CHECK(close(test.values.least, patches.least(layer.id, 2)[0].value));
            Histogram wanted;
            for (std::int64_t picture = 0; picture < 45; ++picture) {
                const torch::Tensor values =
                    studied.outputs(picture)[static_cast<std::size_t>(layer.id.index)][0][2].contiguous();
                wanted.add({values.data_ptr<float>(), static_cast<std::size_t>(values.numel())});
            }
            CHECK(std::abs(test.values.mean() - wanted.mean()) < 1e-4 * std::max(1.0, std::abs(wanted.mean())));
            const auto batch =
                studied.as<ActivationHistogram>(ActivationHistogramQuestion{layer.id, 2, HistogramPictures::Minibatch});
            CHECK(batch.pictures == 8);
            CHECK(batch.values.count == 8 * area);
        }
    }
}

TEST_CASE("A maximised input excites its channel more than the noise it began with, in every built-in recipe") {
    for (const EmbeddedRecipe& known : recipes()) {
        DYNAMIC_SECTION(std::string(known.name())) {
            Studied studied(short_recipe(known.name()));
            const auto& layers = studied.info->network.layers;
            const auto first =
                std::find_if(layers.begin(), layers.end(), [](const auto& l) { return l.owns_weights(); });
            for (const LayerDescription* layer : {&*first, &layers[layers.size() / 2], &layers.back()}) {
                INFO(layer->spec.name);
                const MaximisedInputQuestion question{.layer = layer->id, .channel = 1};
                const MaximisedInput found = studied.as<MaximisedInput>(question);
                // What has one value whatever the picture is (a norm of one value) cannot be excited.
                CHECK(found.reached >= found.begins);
                if (layer == &*first) CHECK(found.reached > found.begins);
                const TensorCapture& picture = *found.picture;
                REQUIRE(picture.shape == studied.info->network.input_shape);
                const Shape& s = picture.shape;
                const torch::Tensor input = torch::tensor(picture.values).view({1, s[0], s[1], s[2]});
                const torch::Tensor output = studied.outputs_of(input)[static_cast<std::size_t>(layer->id.index)];
                CHECK(std::abs(output[0][1].mean().item<float>() - found.reached) <=
                      1e-3F * std::max(1.0F, std::abs(found.reached)));
                const Recipe& recipe = studied.info->recipe;
                for (std::int64_t c = 0; c < s[0]; ++c) {
                    const double black = -recipe.mean_of(c) / recipe.deviation_of(c),
                                 white = (1.0 - recipe.mean_of(c)) / recipe.deviation_of(c);
                    CHECK(static_cast<double>(input[0][c].min().item<float>()) >= black - 1e-4);
                    CHECK(static_cast<double>(input[0][c].max().item<float>()) <= white + 1e-4);
                }
                CHECK(studied.as<MaximisedInput>(question).picture->values == picture.values);
            }
        }
    }
}

TEST_CASE("One value of a map is maximised by pixels that it sees") {
    Studied studied(wide_recipe(), make_toy_dataset(200, 70), 30);
    const auto found =
        studied.as<MaximisedInput>(MaximisedInputQuestion{.layer = LayerId{0}, .channel = 3, .row = 10, .column = 10});
    const auto whole = studied.as<MaximisedInput>(MaximisedInputQuestion{.layer = LayerId{0}, .channel = 3});
    CHECK(found.picture->values != whole.picture->values);
    const torch::Tensor input = torch::tensor(found.picture->values).view({1, 1, 28, 28});
    // A linear function of 25 pixels is largest where each is black or white: nothing excites it more.
    const torch::Tensor kernel = studied.trainer.network().weight(LayerId{0})[3][0];
    const double black = -0.1307 / 0.3081, white = (1.0 - 0.1307) / 0.3081;
    const double best = (kernel.clamp_min(0.0) * white + kernel.clamp_max(0.0) * black).sum().item<double>() +
                        studied.trainer.network().bias(LayerId{0})[3].item<double>();
    CHECK(static_cast<double>(found.reached) <= best + 1e-3);
    CHECK(static_cast<double>(found.reached) > 0.7 * best);
}

TEST_CASE("What cannot be asked of a network is said in a sentence") {
    Studied studied(small_recipe(), nullptr, 0);
    CHECK(studied.problem(ActivationHistogramQuestion{LayerId{0}, 0, HistogramPictures::Minibatch})
              .find("no minibatch yet") != std::string::npos);
    CHECK(studied.problem(MaximisedInputQuestion{.layer = LayerId{0}, .channel = 4}).find("has no channel 4") !=
          std::string::npos);
    CHECK(studied.problem(FilterBiographyQuestion{LayerId{0}, 0}).find("by its run") != std::string::npos);
    FrozenNetwork alone = FrozenNetwork::in(*studied.trainer.state()).value();
    CHECK(alone.answer(TopPatchesQuestion{}).error().message.find("no test pictures") != std::string::npos);
}

TEST_CASE("A frozen network finds what the run finds in the same state, to the bit, whatever is trained meanwhile") {
    Studied studied(wide_recipe(), make_toy_dataset(200, 70), 10);
    std::unique_ptr<JobWork> work = studied.trainer.begin_job(TopPatchesQuestion{}, 10).value();
    FrozenNetwork frozen = FrozenNetwork::in(*studied.trainer.state(), studied.info->dataset).value();
    while (!work->advance()) studied.trainer.train_iteration();
    const JobResult found = work->result();
    const JobResult other = frozen.answer(TopPatchesQuestion{}).value();
    for (std::int64_t channel = 0; channel < 20; ++channel) {
        const auto one = std::get<TopPatches>(found).most(LayerId{3}, channel),
                   two = std::get<TopPatches>(other).most(LayerId{3}, channel);
        CHECK(std::equal(one.begin(), one.end(), two.begin(), two.end()));
    }
}

// Quoted in the README; [.] as times are no promise of a test.
TEST_CASE("how long the top patches of wide-cnn take, by themselves and beside training", "[.times]") {
    using Clock = std::chrono::steady_clock;
    const auto seconds_since = [](Clock::time_point begin) {
        return std::chrono::duration<double>(Clock::now() - begin).count();
    };
    Recipe recipe = wide_recipe();
    recipe.batch_size = 512;
    recipe.epochs = 1000;
    const auto data = make_toy_dataset(20'000, 10'000);
    TorchTrainer alone({.data = data, .threads = 2, .device = "cpu"});
    alone.start({RunId{1}, recipe, 4}).value();
    for (int i = 0; i < 5; ++i) alone.train_iteration();
    const Clock::time_point begin = Clock::now();
    std::unique_ptr<JobWork> work = alone.begin_job(TopPatchesQuestion{}, 5).value();
    while (!work->advance()) {
    }
    WARN("10,000 pictures: " << seconds_since(begin) << " s");
    const auto train = [&](bool watched, double& answered) {
        SessionOptions options;
        options.recipe = recipe;
        RunDriver driver(
            [&] {
                return std::make_unique<TorchTrainer>(TorchTrainerOptions{.data = data, .threads = 2, .device = "cpu"});
            },
            std::move(options), [](TimePoint) { return false; });
        driver.begin();
        command::Watch watch;
        if (watched) watch.set.add(TopPatchesQuestion{});
        driver.apply(CommandId{1}, watch);
        const Clock::time_point start = Clock::now();
        while (seconds_since(start) < 15.0) {
            driver.work();
            const auto snapshot = driver.publisher().latest();
            if (answered == 0.0 && !snapshot->jobs.empty() && snapshot->jobs[0].answer) answered = seconds_since(start);
        }
        return static_cast<double>(driver.publisher().latest()->iteration) / 15.0;
    };
    double answered = 0.0, none = 0.0;
    for (int round = 0; round < 2; ++round) {
        const double without = train(false, none), with = train(true, answered);
        WARN("iterations a second: " << without << " without, " << with << " with; the first answer came after "
                                     << answered << " s");
    }
}
