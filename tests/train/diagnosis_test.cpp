// The diagnosis of runs that really train: which recipes are well, and what is said of those that are not.
#include "viz/view/diagnosis.h"

#include "engine/data/drawn_digits.h"
#include "engine/recipe/recipe_library.h"
#include "engine/session/run_driver.h"
#include "engine/train/torch_trainer.h"
#include "tests/support/catch.h"
#include "tests/train/recipes.h"
#include "viz/view/metric_history.h"

#include <algorithm>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

using namespace convscope;

namespace {

std::shared_ptr<const Dataset> digits() {
    static const std::shared_ptr<const Dataset> drawn = make_drawn_digits(3, 6000, 500);
    return drawn;
}

// A run without a thread, and whoever looks at it.
class Patient {
public:
    explicit Patient(Recipe recipe, std::shared_ptr<const Dataset> data = digits())
        : driver_(
              [data = std::move(data)] {
                  return std::make_unique<TorchTrainer>(
                      TorchTrainerOptions{.data = data, .threads = 1, .device = "cpu"});
              },
              {.recipe = std::move(recipe), .seed = 5, .paused = true, .kept_states_bytes = 0},
              [](TimePoint) { return false; }) {
        driver_.begin();
        WatchSet watch;
        watch_evidence(*snapshot().run_info, watch);
        apply(command::Watch{watch});
    }

    void apply(Command command) {
        driver_.apply(CommandId{++commands_}, command);
        driver_.answer();
        rest();
    }
    // Looks so many times, each behind so many iterations more. What is more than a note is an alarm.
    void train(int looks, std::int64_t iterations) {
        for (int i = 0; i < looks; ++i) {
            apply(command::Step{iterations});
            look();
        }
    }
    const Diagnosis& look() {
        gather(snapshot(), history_, evidence);
        diagnose(evidence, diagnosis);
        for (const Finding& finding : diagnosis.findings)
            if (finding.gravity > Gravity::Note && alarms.insert(row_of(finding.check).id).second)
                said += "\n" + std::to_string(evidence.iteration) + " " + row_of(finding.check).id + ": " +
                        finding.what.data();
        return diagnosis;
    }
    const Finding* find(Check check) const {
        for (const Finding& finding : diagnosis.findings)
            if (finding.check == check) return &finding;
        return nullptr;
    }
    const Snapshot& snapshot() {
        snapshot_ = driver_.publisher().latest();
        return *snapshot_;
    }
    void take(Check check) {
        const Finding* finding = find(check);
        REQUIRE(finding);
        apply(*command_of(finding->remedy, snapshot()));
    }
    void forget() {
        alarms.clear();
        said.clear();
    }

    Evidence evidence;
    Diagnosis diagnosis;
    std::set<std::string> alarms;  // ever
    std::string said;

private:
    void rest() {
        while (driver_.work()) drain();
        drain();
    }
    void drain() {
        events_.clear();
        metrics_.clear();
        driver_.publisher().drain_events(events_);
        driver_.publisher().drain_metrics(metrics_);
        for (const Event& event : events_) history_.add(event);
        for (const IterationMetrics& metrics : metrics_) history_.add(metrics);
    }

    RunDriver driver_;
    MetricHistory history_;
    std::shared_ptr<const Snapshot> snapshot_;
    std::vector<Event> events_;
    std::vector<IterationMetrics> metrics_;
    std::uint64_t commands_ = 0;
};

// The same pictures, class by class, as folders of images come.
class Sorted final : public Dataset {
public:
    explicit Sorted(std::shared_ptr<const Dataset> of) : of_(std::move(of)) {
        for (std::int64_t i = 0; i < of_->size(Split::Train); ++i) order_.push_back(i);
        std::stable_sort(order_.begin(), order_.end(), [&](std::int64_t a, std::int64_t b) {
            return of_->label(Split::Train, a) < of_->label(Split::Train, b);
        });
    }
    const DatasetInfo& info() const override { return of_->info(); }
    int label(Split split, std::int64_t index) const override { return of_->label(split, place(split, index)); }
    std::span<const std::uint8_t> image(Split split, std::int64_t index) const override {
        return of_->image(split, place(split, index));
    }

private:
    std::int64_t place(Split split, std::int64_t index) const {
        return split == Split::Train ? order_[static_cast<std::size_t>(index)] : index;
    }
    std::shared_ptr<const Dataset> of_;
    std::vector<std::int64_t> order_;
};

Recipe built_in(const char* name, double rate_factor = 1.0) {
    Recipe recipe = find_recipe(name).value();
    recipe.optimizer.learning_rate *= rate_factor;
    return recipe;
}

Recipe deep(LayerKind activation, int layers, double deviation = 0.3081) {
    Recipe recipe = built_in("mlp");
    recipe.name = "deep";
    recipe.input_deviation = {deviation};
    recipe.layers = {layer("flatten", LayerKind::Flatten)};
    for (int i = 1; i <= layers; ++i) {
        const std::string number = std::to_string(i);
        recipe.layers.push_back(layer(("fc" + number).c_str(), LayerKind::Linear, 32));
        recipe.layers.push_back(layer(("act" + number).c_str(), activation));
    }
    recipe.layers.push_back(layer("answer", LayerKind::Linear, 10));
    return recipe;
}

}  // namespace

TEST_CASE("of the built-in recipes that learn nothing is said but what is worth knowing") {
    struct Well {
        const char* recipe;
        int looks;
        int iterations;  // between two of them
    };
    const Well well = GENERATE(Well{"wide-cnn", 6, 20}, Well{"two-block-cnn", 10, 60}, Well{"plain-cnn", 6, 20},
                               Well{"linear-alexnet", 10, 60}, Well{"mlp", 10, 80}, Well{"lenet-5", 10, 60},
                               Well{"modern-cnn", 6, 20}, Well{"fast", 6, 20}, Well{"small-resnet", 4, 15});
    Patient patient(built_in(well.recipe));
    patient.train(well.looks, well.iterations);
    INFO(well.recipe << patient.said);
    CHECK(patient.alarms.empty());
    CHECK(patient.diagnosis.checked.count() >= 11);
}

TEST_CASE("of recipes that are broken it is said what is broken") {
    struct Ill {
        const char* what;
        Recipe recipe;
        std::set<std::string> said;  // at least
        int looks;
        int iterations;
        std::shared_ptr<const Dataset> data = digits();
    };
    Recipe unshuffled = built_in("mlp");
    unshuffled.shuffle = false;
    Recipe single = built_in("mlp");
    single.batch_size = 1;
    const std::vector<Ill> all = {
        {"a rate a hundred times as high", built_in("wide-cnn", 100.0), {"rate-too-high", "dead-units"}, 6, 20},
        {"a rate a thousandth as high", built_in("mlp", 1e-3), {"rate-too-low"}, 4, 100},
        {"a rate a hundredth as high", built_in("mlp", 1e-2), {"rate-too-low"}, 4, 100},
        {"a rate that has no bounds", built_in("mlp", 1e12), {"not-a-number"}, 2, 20},
        {"a softmax too many", built_in("softmax-mlp"), {"softmax-twice", "plateau", "class-never-predicted"}, 6, 100},
        {"a softmax too many, wider", built_in("softmax-mlp-b"), {"softmax-twice", "plateau"}, 4, 100},
        {"eight sigmoids", deep(LayerKind::Sigmoid, 8), {"vanishing-gradients", "plateau"}, 4, 100},
        {"pixels up to 255 into tanh",
         deep(LayerKind::Tanh, 2, 1.0 / 255.0),
         {"not-normalised", "saturated-units"},
         3,
         40},
        {"pixels up to 255 into ReLU", deep(LayerKind::ReLU, 2, 1.0 / 255.0), {"not-normalised"}, 3, 40},
        {"class by class", unshuffled, {"unshuffled"}, 2, 40, std::make_shared<Sorted>(digits())},
        {"one at a time", single, {"small-batch"}, 2, 100},
        {"two hundred pictures by heart", built_in("mlp"), {"overfitting"}, 8, 60, make_drawn_digits(4, 200, 500)},
    };
    for (const Ill& ill : all) {
        DYNAMIC_SECTION(ill.what) {
            Patient patient(ill.recipe, ill.data);
            patient.train(ill.looks, ill.iterations);
            INFO(patient.said);
            for (const std::string& said : ill.said) {
                INFO(said);
                CHECK(patient.alarms.count(said) == 1);
            }
        }
    }
}

TEST_CASE("what is broken by hand is found, and its remedy heals it") {
    Patient patient(built_in("mlp"));
    patient.train(3, 40);
    INFO(patient.said);
    REQUIRE(patient.alarms.empty());

    SECTION("all weights at zero") {
        patient.apply(command::FillWeights{});
        patient.look();
        patient.take(Check::UnitsAlike);
    }
    SECTION("a rate a hundred times as high") {
        patient.apply(command::SetLearningRate{100.0 * patient.snapshot().settings.learning_rate});
        patient.train(2, 20);
        patient.take(Check::RateTooHigh);  // what was changed by hand is taken back,
        CHECK(patient.snapshot().settings.learning_rate == Approx(0.05));
        patient.apply(command::Reset{6});  // and such steps leave units dead, and a momentum that kills them again
    }
    SECTION("half of the labels wrong") {
        patient.apply(command::ChangeData{{.shuffled_labels = 0.5}});
        for (int i = 0; i < 60 && !patient.find(Check::WrongLabels); ++i) patient.train(1, 94);  // an epoch each
        CHECK(patient.alarms == std::set<std::string>{"wrong-labels"});
        patient.take(Check::WrongLabels);
        CHECK_FALSE(patient.snapshot().restraints);
    }
    SECTION("a batch of one") {
        patient.apply(command::SetBatchSize{1});
        patient.look();
        patient.take(Check::SmallBatch);
        CHECK(patient.snapshot().settings.batch_size == 64);
    }
    patient.train(4, 100);
    patient.forget();
    patient.look();
    INFO(patient.said);
    CHECK(patient.alarms.empty());
    CHECK(*patient.evidence.loss.recent < 1.0);
}

TEST_CASE("weights that begin at zero stay alike, however long they learn, until they get their first values") {
    Patient patient(built_in("mlp"));
    patient.apply(command::FillWeights{});
    patient.train(2, 40);
    CHECK(patient.alarms == std::set<std::string>{"dead-units", "units-alike", "vanishing-gradients"});
    CHECK(patient.diagnosis.findings.front().gravity == Gravity::Problem);
    patient.take(Check::UnitsAlike);
    patient.train(3, 100);
    patient.forget();
    patient.look();
    INFO(patient.said);
    CHECK(patient.alarms.empty());
    CHECK(*patient.evidence.loss.recent < 1.0);
}

TEST_CASE("a class whose answer is held down is found to be never predicted") {
    Patient patient(built_in("mlp"));
    const LayerId answer = patient.snapshot().run_info->network.find("fc3")->id;
    patient.train(1, 500);
    REQUIRE_FALSE(patient.find(Check::ClassNeverPredicted));
    patient.apply(command::SetChannel{answer, 3, command::SetChannel::To::Value, -500.0});
    patient.train(1, 1);  // the test set is swept anew
    const Finding* finding = patient.find(Check::ClassNeverPredicted);
    REQUIRE(finding);
    CHECK(finding->showing.label == 3);
}

TEST_CASE("a filter that is copied over another is found to have a twin") {
    Patient patient(built_in("lenet-5"));
    const LayerId conv = patient.snapshot().run_info->network.find("c1")->id;
    const std::vector<float>& kernels = patient.snapshot().find({TensorKind::Weight, conv})->values;
    patient.apply(command::SetWeights{conv, false, 2 * 25, {kernels.begin(), kernels.begin() + 25}});
    patient.look();
    const Finding* finding = patient.find(Check::UnitsAlike);
    REQUIRE(finding);
    CHECK(finding->gravity == Gravity::Note);
    CHECK(finding->showing.layer == conv);
    CHECK(finding->showing.channel == 0);
}
