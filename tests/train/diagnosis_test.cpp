// The diagnosis of runs that really train: which recipes are well, and what is said of those that are not.
#include "viz/view/diagnosis.h"

#include "engine/data/drawn_digits.h"
#include "engine/recipe/recipe_library.h"
#include "engine/session/run_driver.h"
#include "engine/train/torch_trainer.h"
#include "tests/support/catch.h"
#include "tests/support/toy_dataset.h"
#include "tests/train/recipes.h"
#include "viz/view/metric_history.h"

#include <cstdio>
#include <set>
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

void tell(const Evidence& e) {
    std::printf("%5lld loss %.3f best %.3f high %.2f q %.3f %.3f %.3f %.3f | test %.3f/%.3f | never %d of %lld | same %.2f in %.2f\n",
                (long long)e.iteration, e.loss.recent.value_or(-1), e.loss.best, e.loss.highest, e.loss.quarters[0],
                e.loss.quarters[1], e.loss.quarters[2], e.loss.quarters[3], e.held_out.loss, e.held_out.train_loss,
                e.classes.never_predicted, (long long)e.classes.iteration, e.same_as_next.value_or(-1),
                e.input ? e.input->deviation : -1);
    for (const auto& l : e.layers) {
        const auto& spec = e.run->network.layers[(size_t)l.layer.index].spec;
        if (l.weighs)
            std::printf("        %s w %.3g g %.3g norm %.3g ratio %.2g twins %lld/%lld cos %.4f\n", spec.name.c_str(), l.weight_size.value_or(-1),
                        l.gradient_size.value_or(-1), l.gradient_norm.value_or(-1), l.update_size.value_or(-1) / l.weight_size.value_or(1),
                        (long long)l.twins.with_twin, (long long)l.twins.filters, l.twins.cosine);
        else if (l.outputs && (spec.kind == LayerKind::ReLU || spec.kind == LayerKind::Tanh || spec.kind == LayerKind::Sigmoid))
            std::printf("        %s mean %.3g dev %.3g dead %.2f\n", spec.name.c_str(), l.outputs->mean, l.outputs->deviation, l.outputs->dead_fraction);
    }
}

}  // namespace

TEST_CASE("measure", "[.]") {
    const char* only = std::getenv("RECIPE");
    const char* its = std::getenv("ITS");
    const char* factor = std::getenv("FACTOR");
    for (const std::string name : {"wide-cnn", "two-block-cnn", "plain-cnn", "linear-alexnet", "mlp", "lenet-5", "modern-cnn", "fast", "small-resnet", "softmax-mlp", "softmax-mlp-b"}) {
        if (only && name != only) continue;
        Recipe recipe = find_recipe(name).value();
        if (factor) recipe.optimizer.learning_rate *= std::atof(factor);
        Patient patient(recipe);
        std::printf("== %s\n", name.c_str());
        for (int i = 0; i < 4; ++i) {
            patient.train(its ? std::atoi(its) / 40 : 1, 10);
            tell(patient.evidence);
        }
        std::printf("ALARMS %s\n", patient.said.c_str());
        std::fflush(stdout);
    }
}
