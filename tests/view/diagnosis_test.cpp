// The diagnosis, on evidence that is made up: each check says so where it is time, and is silent just before.
#include "viz/view/diagnosis.h"

#include "engine/api/dataset.h"
#include "tests/support/catch.h"
#include "tests/support/scripted_network.h"
#include "viz/view/metric_history.h"

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <variant>
#include <vector>

using namespace convscope;

namespace {

constexpr std::size_t kFirst = 0, kRelu = 1, kSecond = 3, kLast = 8;

// A run of wide-cnn that is well: 600 iterations, everything measured.
Evidence healthy(const std::function<void(Recipe&)>& change = {}) {
    auto run = std::make_shared<RunInfo>();
    run->run = RunId{1};
    run->recipe = test::wide_cnn_recipe();
    run->recipe.input_mean = {0.1307};
    run->recipe.input_deviation = {0.3081};
    run->recipe.batch_size = 64;
    if (change) change(run->recipe);
    run->network = test::wide_cnn_description();
    run->data.class_names = {"zero", "one", "two", "three"};
    run->seed = 7;
    Evidence evidence;
    evidence.run = run;
    evidence.iteration = 600;
    evidence.iterations_per_epoch = 118;
    evidence.settings = {.learning_rate = 0.01, .momentum = 0.9, .batch_size = 64};
    evidence.loss = {.iterations = 600,
                     .stretch = 16,
                     .recent = 0.5,
                     .best = 0.45,
                     .best_at = 584,
                     .highest = 2.6,
                     .lowest_recent = 0.3,
                     .highest_recent = 0.8,
                     .quarters = {1.8, 1.1, 0.7, 0.5},
                     .compared = 300,
                     .halves = {0.6, 0.5}};
    evidence.held_out = {.measurements = 5,
                         .since_best = 0,
                         .best_at = 590,
                         .best_loss = 0.5,
                         .train_loss_at_best = 0.5,
                         .loss = 0.5,
                         .train_loss = 0.5};
    evidence.classes = {.pictures = 1000, .iteration = 600};
    evidence.input = ValueStatistics{.minimum = -0.4F, .maximum = 2.8F, .mean = 0.0F, .deviation = 1.0F};
    evidence.same_as_next = 0.1;
    for (const LayerDescription& layer : run->network.layers) {
        LayerEvidence one;
        one.layer = layer.id;
        one.weighs = layer.owns_weights();
        one.outputs = LayerStatistics{.iteration = 600, .mean = 0.3F, .deviation = 0.5F, .dead_fraction = 0.1F};
        if (one.weighs) {
            one.weight_size = 0.1;
            one.gradient_size = 0.01;
            one.gradient_norm = 1.0;
            one.update_size = 1e-4;
        }
        evidence.layers.push_back(one);
    }
    return evidence;
}

Diagnosis diagnosed(const Evidence& evidence) {
    Diagnosis diagnosis;
    diagnose(evidence, diagnosis);
    return diagnosis;
}

std::vector<std::string> found(const Evidence& evidence) {
    std::vector<std::string> ids;
    for (const Finding& finding : diagnosed(evidence).findings) ids.emplace_back(row_of(finding.check).id);
    return ids;
}

// The one thing that is found, which is of that check.
Finding only(const Evidence& evidence, Check check) {
    const Diagnosis diagnosis = diagnosed(evidence);
    REQUIRE(diagnosis.findings.size() == 1);
    const Finding& finding = diagnosis.findings.front();
    CHECK(std::string(row_of(finding.check).id) == row_of(check).id);
    CHECK(finding.what[0] != '\0');
    CHECK(std::string(finding.what.data()).size() + 1 < finding.what.size());
    CHECK(std::string(finding.meaning).size() > 20);
    CHECK(std::string(finding.advice).size() > 10);
    CHECK((finding.button[0] != '\0') == (finding.remedy.what != Remedy::What::None));
    CHECK(finding.showing.panel[0] != '\0');
    return finding;
}

bool says(const Finding& finding, const char* text) {
    INFO(finding.what.data());
    return std::string(finding.what.data()).find(text) != std::string::npos;
}

using Change = std::function<void(Evidence&)>;
Evidence changed(const Change& change) {
    Evidence evidence = healthy();
    change(evidence);
    return evidence;
}
const std::vector<std::string> kNothing;

}  // namespace

TEST_CASE("of a run that is well nothing is found, by any of the checks that it has evidence for") {
    const Diagnosis diagnosis = diagnosed(healthy());
    CHECK(diagnosis.findings.empty());
    // wide-cnn has no sigmoid that could saturate.
    CHECK(diagnosis.checked.count() == kCheckCount - 1);
    CHECK_FALSE(diagnosis.checked.test(static_cast<std::size_t>(Check::SaturatedUnits)));
}

TEST_CASE("without a run nothing is checked, and at fresh weights only what needs no training") {
    CHECK(diagnosed({}).checked.none());
    Evidence fresh = healthy();
    fresh.iteration = 0;
    fresh.loss = {};
    fresh.held_out = {};
    fresh.classes = {};
    for (LayerEvidence& layer : fresh.layers) layer.gradient_size = layer.gradient_norm = layer.update_size = {};
    const Diagnosis diagnosis = diagnosed(fresh);
    CHECK(diagnosis.findings.empty());
    CHECK(diagnosis.checked.count() == 6);  // recipe, data, batch, dead units, units alike
}

TEST_CASE("a loss that is no number is the first thing said, with the layer where it shows first") {
    const auto no_number = [](Evidence& e) {
        e.loss = {.iterations = 600, .stretch = 16, .no_number_since = 412};
        e.layers[kSecond].no_number = e.layers[kLast].no_number = true;
    };
    const Finding finding = only(changed(no_number), Check::NotANumber);
    CHECK(finding.gravity == Gravity::Problem);
    CHECK(says(finding, "since iteration 412"));
    CHECK(says(finding, "conv2"));
    CHECK(finding.showing.layer == LayerId{kSecond});
    Snapshot snapshot;
    snapshot.run_info = healthy().run;
    const auto again = std::get<command::Reset>(*command_of(finding.remedy, snapshot));
    CHECK(again.seed == 7);
    CHECK(again.recipe->optimizer.learning_rate == Approx(snapshot.run_info->recipe.optimizer.learning_rate / 10.0));
}

TEST_CASE("a loss that rises by a quarter of what guessing costs is a rate that is too high") {
    const double rise = 0.25 * std::log(10.0);
    const auto risen = [](double recent) { return changed([recent](Evidence& e) { e.loss.recent = recent; }); };
    CHECK(found(risen(0.45 + 0.99 * rise)) == kNothing);
    const Finding finding = only(risen(0.45 + 1.01 * rise), Check::RateTooHigh);
    CHECK(says(finding, "0.45 at iteration 584"));
    CHECK(finding.remedy.what == Remedy::What::SetRate);
    CHECK(finding.remedy.number == Approx(0.001));
    CHECK(std::string(finding.button.data()) == "Rate 0.001");
    // Above half of what guessing costs, such a rise is less than half of what was.
    CHECK(found(changed([&](Evidence& e) { e.loss.best = 1.3, e.loss.recent = 1.3 + 1.01 * rise; })) == kNothing);
    // Where somebody has just raised it, that is taken back.
    Evidence by_hand = risen(2.0);
    by_hand.rate_is_undone = true;
    CHECK(only(by_hand, Check::RateTooHigh).remedy.what == Remedy::What::TakeBack);
}

TEST_CASE("a loss that was thrown far above a guess, and has not come down, is a rate that is too high") {
    const auto thrown = [](double highest, double recent) {
        return changed([=](Evidence& e) {
            e.loss.highest = highest;
            e.loss.best = e.loss.recent.emplace(recent);
            e.loss.compared = 0;
        });
    };
    CHECK(found(thrown(6.8, 2.3)) == kNothing);
    CHECK(found(thrown(70.0, 2.0)) == kNothing);
    CHECK(says(only(thrown(70.0, 2.3), Check::RateTooHigh), "jumped to 70"));
}

TEST_CASE("a loss that falls all the time and hardly at all is a rate that is too low") {
    const auto falling = [](double to) {
        return changed([to](Evidence& e) {
            const double fall = (2.3 - to) / 3.0;
            e.loss.quarters = {2.3, 2.3 - fall, 2.3 - 2.0 * fall, to};
            e.loss.halves = {to + 0.5 * fall, to};
            e.loss.recent = e.loss.best = to;
        });
    };
    CHECK(found(falling(2.06)) == kNothing);
    const Finding finding = only(falling(2.08), Check::RateTooLow);
    CHECK(finding.remedy.number == Approx(0.1));
    CHECK(says(finding, "from 2.3 to 2.08"));
    Evidence scheduled = falling(2.25);
    scheduled.rate_share = 0.05;  // the schedule wants it so
    CHECK(found(scheduled) == kNothing);
}

TEST_CASE("a loss that stands still while there is much to learn is a plateau, and one that has learned is not") {
    const auto still = [](double first, double second) {
        return changed([=](Evidence& e) {
            e.loss.quarters = {second, first, second, second};
            e.loss.halves = {first, second};
            e.loss.recent = e.loss.best = second;
        });
    };
    CHECK(found(still(1.53, 1.5)) == kNothing);
    CHECK(says(only(still(1.51, 1.5), Check::Plateau), "1.51, then 1.5"));
    CHECK(found(still(1.11, 1.1)) == kNothing);
}

TEST_CASE("a held-out loss that rises while the training loss falls is overfitting, and one can go back to before it") {
    const auto measured = [](double loss, double train_loss, int since) {
        return changed([=](Evidence& e) {
            e.held_out.best_at = 240;
            e.held_out.best_loss = 0.5;
            e.held_out.loss = loss;
            e.held_out.train_loss = train_loss;
            e.held_out.since_best = since;
        });
    };
    const Finding finding = only(measured(0.56, 0.3, 2), Check::Overfitting);
    CHECK(says(finding, "0.5 at iteration 240 to 0.56"));
    Snapshot snapshot;
    snapshot.run_info = healthy().run;
    CHECK(std::get<command::GoTo>(*command_of(finding.remedy, snapshot)).iteration == 240);
    CHECK(found(measured(0.54, 0.3, 2)) == kNothing);   // hardly risen
    CHECK(found(measured(0.56, 0.3, 1)) == kNothing);   // once
    CHECK(found(measured(0.56, 0.5, 2)) == kNothing);   // the training loss has not fallen
    CHECK(found(measured(0.56, 0.45, 2)) == kNothing);  // the gap is small
    Evidence left_out = measured(0.56, 0.3, 2);
    left_out.left_out = true;
    CHECK(found(left_out) == kNothing);  // it forgets a class
}

TEST_CASE("unseen pictures told better than those that are learned from, for an epoch and more, is wrong labels") {
    const auto measured = [](double accuracy, double train_accuracy, double before) {
        return changed([=](Evidence& e) {
            e.held_out.accuracy = accuracy;
            e.held_out.train_accuracy = train_accuracy;
            e.held_out.train_accuracy_before = before;
            e.relabelled = true;
        });
    };
    const Finding finding = only(measured(0.95, 0.55, 0.54), Check::WrongLabels);
    CHECK(says(finding, "95.0 % are right, of the training pictures 55.0 %"));
    Snapshot snapshot;
    snapshot.run_info = healthy().run;
    auto restraints = std::make_shared<Restraints>();
    restraints->data = {.shuffled_labels = 0.5, .times = {0, 1}, .relabelled = {{3, 1}}};
    snapshot.restraints = restraints;
    CHECK(std::get<command::ChangeData>(*command_of(finding.remedy, snapshot)).changes == DataChanges{.times = {0, 1}});
    CHECK(found(measured(0.95, 0.86, 0.85)) == kNothing);  // a little better
    CHECK(found(measured(0.95, 0.55, 0.50)) == kNothing);  // it still learns
    // What explains the loss is not said of the rate: found, or known from whoever shuffled them.
    const auto stands_still = [](Evidence& e) {
        e.loss.halves = {1.51, 1.5};
        e.loss.recent = 1.5;
        e.loss.best = 1.49;
    };
    Evidence explained = measured(0.95, 0.55, 0.54);
    stands_still(explained);
    CHECK(only(explained, Check::WrongLabels).check == Check::WrongLabels);
    Evidence early = changed(stands_still);
    CHECK(only(early, Check::Plateau).check == Check::Plateau);
    early.shuffled = true;
    CHECK(found(early) == kNothing);
    Evidence noisy = measured(0.95, 0.55, 0.54);
    noisy.noisy = true;
    CHECK(found(noisy) == kNothing);
    Evidence by_itself = measured(0.95, 0.55, 0.54);
    by_itself.relabelled = false;
    CHECK(only(by_itself, Check::WrongLabels).remedy.what == Remedy::What::None);
}

TEST_CASE("half of a ReLU layer's units dead is a warning, nearly all of them a problem") {
    const auto dead = [](float share) {
        return changed([share](Evidence& e) { e.layers[kRelu].outputs->dead_fraction = share; });
    };
    CHECK(found(dead(0.49F)) == kNothing);
    const Finding warning = only(dead(0.5F), Check::DeadUnits);
    CHECK(warning.gravity == Gravity::Warning);
    CHECK(says(warning, "50 % of relu1"));
    CHECK(warning.showing.layer == LayerId{kRelu});
    CHECK(warning.remedy.layer == LayerId{kFirst});
    const Finding problem = only(dead(0.95F), Check::DeadUnits);
    CHECK(problem.gravity == Gravity::Problem);
    CHECK(problem.remedy.layer == kInputLayer);
    // Of a convolution it says nothing: what is below 0 there passes on.
    CHECK(found(changed([](Evidence& e) { e.layers[kFirst].outputs->dead_fraction = 1.0F; })) == kNothing);
}

TEST_CASE("sigmoid and tanh are saturated where their mean slope is below a tenth of the steepest") {
    const auto squashed = [](LayerKind kind, float mean, float deviation) {
        return changed([=](Evidence& e) {
            auto run = std::make_shared<RunInfo>(*e.run);
            run->network.layers[kRelu].spec.kind = kind;
            e.run = run;
            e.layers[kRelu].outputs->mean = mean;
            e.layers[kRelu].outputs->deviation = deviation;
        });
    };
    CHECK(found(squashed(LayerKind::Sigmoid, 0.5F, 0.47F)) == kNothing);
    CHECK(says(only(squashed(LayerKind::Sigmoid, 0.5F, 0.48F), Check::SaturatedUnits), "relu1"));
    only(squashed(LayerKind::Sigmoid, 0.01F, 0.01F), Check::SaturatedUnits);
    CHECK(found(squashed(LayerKind::Tanh, 0.0F, 0.94F)) == kNothing);
    only(squashed(LayerKind::Tanh, 0.0F, 0.96F), Check::SaturatedUnits);
}

TEST_CASE("gradients vanish below a thousandth of the last layer's, and a layer that is frozen has none to judge") {
    const auto faint = [](double size) {
        return changed([size](Evidence& e) { e.layers[kFirst].gradient_size = size; });
    };
    CHECK(found(faint(1.01e-5)) == kNothing);
    const Finding finding = only(faint(0.5e-5), Check::VanishingGradients);
    CHECK(says(finding, "conv1 is 2000 times as small as that of fc2"));
    CHECK(finding.gravity == Gravity::Warning);
    const Finding none = only(faint(0.0), Check::VanishingGradients);
    CHECK(none.gravity == Gravity::Problem);
    CHECK(none.remedy.what == Remedy::What::FirstValues);
    Evidence frozen = faint(0.0);
    frozen.layers[kFirst].frozen = true;
    CHECK(found(frozen) == kNothing);
}

TEST_CASE("gradients explode above a norm of a hundred") {
    const auto large = [](double norm) {
        return changed([norm](Evidence& e) { e.layers[kSecond].gradient_norm = norm; });
    };
    CHECK(found(large(99.0)) == kNothing);
    CHECK(says(only(large(101.0), Check::ExplodingGradients), "conv2 has the norm 101"));
}

TEST_CASE("updates far from a thousandth of the weights are found in the middle one of the layers") {
    const auto updated = [](double size) {
        return changed([size](Evidence& e) {
            for (LayerEvidence& layer : e.layers)
                if (layer.weighs) layer.update_size = size;
            e.loss.recent = e.loss.best = 1.5;
        });
    };
    CHECK(found(updated(0.029)) == kNothing);
    CHECK(only(updated(0.031), Check::UpdateRatio).remedy.number == Approx(0.001));
    CHECK(found(updated(1.1e-6)) == kNothing);
    CHECK(only(updated(0.9e-6), Check::UpdateRatio).remedy.number == Approx(0.1));
    CHECK(found(changed([](Evidence& e) { e.layers[kLast].update_size = 1.0; })) == kNothing);  // one alone
    Evidence learned = updated(1e-7);
    learned.loss.recent = learned.loss.best = 0.1;  // there is nothing left to learn
    CHECK(found(learned) == kNothing);
}

TEST_CASE(
    "weights that are all one value are a problem, filters that are alike are worth knowing until they are many") {
    const Finding same = only(changed([](Evidence& e) { e.layers[kSecond].weights_alike = true; }), Check::UnitsAlike);
    CHECK(same.gravity == Gravity::Problem);
    CHECK(says(same, "Every weight of conv2 is 0"));
    Snapshot snapshot;
    snapshot.run_info = healthy().run;
    CHECK(std::get<command::FillWeights>(*command_of(same.remedy, snapshot)).with ==
          command::FillWeights::With::FirstValues);
    const auto twins = [](std::int64_t with_twin) {
        return changed([with_twin](Evidence& e) { e.layers[kFirst].twins = {10, with_twin, 3, 7, 0.9991}; });
    };
    CHECK(only(twins(2), Check::UnitsAlike).gravity == Gravity::Note);
    CHECK(only(twins(4), Check::UnitsAlike).gravity == Gravity::Note);
    const Finding many = only(twins(5), Check::UnitsAlike);
    CHECK(many.gravity == Gravity::Warning);
    CHECK(many.showing.channel == 3);
    CHECK(says(many, "3 and 7 have a cosine of 0.999"));
}

TEST_CASE("a class that is never predicted is found after an epoch, but not before 500 iterations") {
    const auto missing = [](std::int64_t iteration, int classes) {
        return changed([=](Evidence& e) {
            e.classes = {.pictures = 1000,
                         .iteration = iteration,
                         .never_predicted = classes,
                         .first_never = 2,
                         .pictures_of_first = 98};
        });
    };
    CHECK(found(missing(499, 1)) == kNothing);
    const Finding finding = only(missing(500, 1), Check::ClassNeverPredicted);
    CHECK(says(finding, "taken for two, although 98 are"));
    const Selection selection = selected_for(finding.showing, {.layer = LayerId{4}});
    CHECK(selection.true_class == 2);
    CHECK(selection.predicted_class == 2);
    CHECK(selection.layer == LayerId{4});
    CHECK(says(only(missing(500, 3), Check::ClassNeverPredicted), "3 classes"));
    CHECK(found(missing(500, 0)) == kNothing);
    Evidence long_epoch = missing(900, 1);
    long_epoch.iterations_per_epoch = 938;
    CHECK(found(long_epoch) == kNothing);
    long_epoch.iterations_per_epoch = 60'000;
    long_epoch.classes.iteration = 1000;
    only(long_epoch, Check::ClassNeverPredicted);
}

TEST_CASE("a softmax before cross-entropy is a problem, a log-softmax or another loss is none") {
    const auto ending = [](LayerKind kind, LossKind loss) {
        return healthy([=](Recipe& recipe) {
            LayerSpec last;
            last.name = "last";
            last.kind = kind;
            recipe.layers.push_back(last);
            recipe.loss = loss;
        });
    };
    Evidence twice = ending(LayerKind::Softmax, LossKind::CrossEntropy);
    twice.loss = {};
    const Finding finding = only(twice, Check::SoftmaxTwice);
    CHECK(finding.gravity == Gravity::Problem);
    CHECK(says(finding, "below 1.46, where guessing costs 2.30"));
    Snapshot snapshot;
    snapshot.run_info = twice.run;
    const auto again = std::get<command::Reset>(*command_of(finding.remedy, snapshot));
    CHECK(again.recipe->layers.size() + 1 == twice.run->recipe.layers.size());
    const auto twin = std::get<command::BeginTwin>(*command_for_twin(finding.remedy, snapshot));
    CHECK(twin.from_start);
    CHECK(twin.recipe == again.recipe);
    CHECK_FALSE(command_for_twin({.what = Remedy::What::StartOver}, snapshot));
    CHECK(std::holds_alternative<command::Undo>(*command_for_twin({.what = Remedy::What::TakeBack}, snapshot)));
    CHECK(found(ending(LayerKind::LogSoftmax, LossKind::CrossEntropy)) == kNothing);
    CHECK(found(ending(LayerKind::LogSoftmax, LossKind::NegativeLogLikelihood)) == kNothing);
    Evidence squared = ending(LayerKind::Softmax, LossKind::MeanSquaredError);
    squared.loss = {};
    squared.held_out = {};
    CHECK(found(squared) == kNothing);
}

TEST_CASE("pixels from 0 to 1 are worth knowing, inputs far from 0 and 1 a warning") {
    const auto plain = [](Recipe& recipe) {
        recipe.input_mean = {0.0};
        recipe.input_deviation = {1.0};
    };
    const Finding note = only(healthy(plain), Check::NotNormalised);
    CHECK(note.gravity == Gravity::Note);
    Snapshot snapshot;
    snapshot.run_info = healthy(plain).run;
    CHECK(std::get<command::Reset>(*command_of(note.remedy, snapshot)).recipe->normalise_from_data);
    CHECK(found(healthy([&](Recipe& recipe) { plain(recipe), recipe.normalise_from_data = true; })) == kNothing);
    const auto seen = [](float deviation) {
        return changed([deviation](Evidence& e) { e.input->deviation = deviation; });
    };
    CHECK(found(seen(4.9F)) == kNothing);
    CHECK(only(seen(80.0F), Check::NotNormalised).gravity == Gravity::Warning);
}

TEST_CASE("data that are not shuffled are worth knowing, and a problem where they come class by class") {
    Evidence mixed = healthy([](Recipe& recipe) { recipe.shuffle = false; });
    const Finding note = only(mixed, Check::Unshuffled);
    CHECK(note.gravity == Gravity::Note);
    Snapshot snapshot;
    snapshot.run_info = mixed.run;
    CHECK(std::get<command::Reset>(*command_of(note.remedy, snapshot)).recipe->shuffle);
    mixed.same_as_next = 0.49;
    CHECK(only(mixed, Check::Unshuffled).gravity == Gravity::Note);
    mixed.same_as_next = 0.99;
    CHECK(only(mixed, Check::Unshuffled).gravity == Gravity::Problem);
    mixed.loss.recent = 2.2;  // it swings from class to class, whatever the rate is
    only(mixed, Check::Unshuffled);
    mixed.same_as_next = std::nullopt;  // nobody says where the pictures are
    mixed.loss.recent = 0.5;
    CHECK(only(mixed, Check::Unshuffled).gravity == Gravity::Note);
}

TEST_CASE("fewer than four pictures in a minibatch are a warning, and the recipe's batch is the remedy") {
    const auto batch = [](std::int64_t size) { return changed([size](Evidence& e) { e.settings.batch_size = size; }); };
    CHECK(found(batch(4)) == kNothing);
    CHECK(says(only(batch(3), Check::SmallBatch), "of 3 pictures"));
    const Finding finding = only(batch(1), Check::SmallBatch);
    CHECK(says(finding, "a single picture"));
    Snapshot snapshot;
    snapshot.run_info = healthy().run;
    CHECK(std::get<command::SetBatchSize>(*command_of(finding.remedy, snapshot)).batch_size == 64);
}

TEST_CASE("the worst comes first, and what was said before is forgotten") {
    Evidence ill = healthy([](Recipe& recipe) { recipe.shuffle = false; });
    ill.layers[kRelu].outputs->dead_fraction = 0.6F;
    ill.layers[kSecond].weights_alike = true;
    CHECK(found(ill) == std::vector<std::string>{"units-alike", "dead-units", "unshuffled"});
    Diagnosis diagnosis;
    diagnose(ill, diagnosis);
    diagnose(healthy(), diagnosis);
    CHECK(diagnosis.findings.empty());
}
