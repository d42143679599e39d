#include "viz/view/diagnosis.h"

#include "engine/api/layer_kinds.h"
#include "viz/view/data_by_hand.h"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <string>

namespace convscope {
namespace {

// What guessing costs, and the least that there is to lose: shares of what lies between are what thresholds of the loss
// are in, so that they hold for two classes and for a thousand.
//
// A rise by a quarter of it, of a mean over a thousand pictures, is none of the minibatches' own: of the built-in
// recipes the largest is a tenth.
constexpr double kRise = 0.25;
constexpr double kRiseFactor = 1.5;
// An untrained network is as wrong as a guess; one that is this much worse has been thrown there.
constexpr double kThrown = 3.0;
constexpr double kAsGoodAsAGuess = 0.9;
// Standing still: less than a hundredth of it in the time compared, with more than half of it still to learn.
constexpr double kStandstill = 0.01;
constexpr double kMuchToLearn = 0.5;
// Learning at this pace, the run would take its length tens of times over.
constexpr double kSlowFall = 0.1;
constexpr double kLeastFall = 0.003;  // below it, nothing falls
constexpr double kHardlyBegun = 0.8;

// Overfitting is when the held-out loss has been rising for two measurements, by a tenth, while the training loss
// falls, and the gap matters: a twentieth of what guessing costs. On MNIST the loss rises so after some epochs by a few
// hundredths, while the accuracy rises too.
constexpr int kRisingMeasurements = 2;
constexpr double kRisingLoss = 1.1;
constexpr double kGap = 0.05;

// An epoch's accuracy is the mean over its iterations, so that it lags behind what is measured at its end: by a few
// hundredths in the first epochs, by next to nothing once it stands still.
constexpr int kEpochsToTrust = 3;
constexpr double kBetterUnseen = 0.1;
constexpr double kStandsStill = 0.02;

// Half of a layer's units, as the network panel marks it.
constexpr float kManyDead = 0.5F;
constexpr float kNearlyAllDead = 0.9F;
// The mean slope of sigmoid is mean - mean^2 - deviation^2, at most a quarter; tanh's 1 - mean^2 - deviation^2, at
// most 1. Below a tenth of that, a gradient is a hundredth of itself behind two such layers.
constexpr double kSteep = 0.1;
// Gradients fall geometrically through layers that each take some away (Glorot and Bengio 2010); three orders of
// magnitude between the ends is more than any of the built-in recipes has.
constexpr double kVanished = 1e-3;
// A norm that is usually clipped is 1 to 10 (Pascanu, Mikolov and Bengio 2013).
constexpr double kExploded = 100.0;
// An update is well about a thousandth of the weights (Karpathy, CS231n); Adam's first ones are a twentieth and more of
// small weights.
constexpr double kLargeUpdate = 0.3;
constexpr double kSmallUpdate = 1e-5;
constexpr double kScheduled = 0.1;  // of the set rate: less is the schedule's own wish
// Of a layer's filters, that have one alike.
constexpr double kManyTwins = 0.5;
// Every network begins by predicting a few classes. Of the built-in recipes linear-alexnet takes longest to have all of
// them, 300 iterations; an epoch shows it every picture.
constexpr std::int64_t kFewest = 500;
constexpr std::int64_t kSeenAll = 1000;
// Inputs are well within a few units; pixels from 0 to 255 deviate by about 80.
constexpr double kFarOff = 5.0;
// By chance a tenth of the pictures of ten classes have the class of the one before.
constexpr double kSorted = 0.5;
constexpr std::int64_t kSmallBatch = 4;  // the gradient's own noise falls with the root of the batch
constexpr std::int64_t kUsualBatch = 32;

constexpr double kSlower = 0.1;
constexpr double kFaster = 10.0;

constexpr CheckRow kRows[kCheckCount] = {
    {"not-a-number", "Not a number", "the first iteration"},
    {"rate-too-high", "Rate too high", "some iterations"},
    {"rate-too-low", "Rate too low", "300 iterations"},
    {"plateau", "Plateau", "300 iterations"},
    {"overfitting", "Overfitting", "three measurements"},
    {"wrong-labels", "Wrong labels", "three measurements"},
    {"dead-units", "Dead units", "ReLU layers that were measured"},
    {"saturated-units", "Saturated units", "sigmoid or tanh layers that were measured"},
    {"vanishing-gradients", "Vanishing gradients", "gradients of two layers"},
    {"exploding-gradients", "Exploding gradients", "a gradient"},
    {"update-ratio", "Updates", "an update"},
    {"units-alike", "Units alike", "weights"},
    {"class-never-predicted", "Class never predicted", "a sweep after an epoch"},
    {"softmax-twice", "Softmax twice", "a recipe"},
    {"not-normalised", "Not normalised", "a recipe"},
    {"unshuffled", "Unshuffled", "a recipe"},
    {"small-batch", "Small batch", "a recipe"},
};

bool ends_in_softmax(const Recipe& recipe) {
    return !recipe.layers.empty() && recipe.layers.back().kind == LayerKind::Softmax;
}
bool is_cross_entropy(LossKind loss) { return loss == LossKind::CrossEntropy || loss == LossKind::CrossEntropyOneHot; }

// What guessing costs, and what a network costs that is always right and sure.
struct LossScale {
    double guess = 0.0;
    double floor = 0.0;
    double span() const { return guess - floor; }
    double share_left(double loss) const { return (loss - floor) / span(); }
};
LossScale scale_of(const Recipe& recipe) {
    const auto classes = static_cast<double>(std::max<std::int64_t>(2, recipe.class_count));
    if (recipe.loss == LossKind::MeanSquaredError) return {(classes - 1.0) / (classes * classes), 0.0};
    LossScale scale{std::log(classes), 0.0};
    if (ends_in_softmax(recipe))  // logits are from 0 to 1 then
        scale.floor = std::log(std::exp(1.0) + classes - 1.0) - 1.0;
    else if (recipe.label_smoothing > 0.0) {
        const double other = recipe.label_smoothing / classes;
        const double right = 1.0 - recipe.label_smoothing + other;
        scale.floor = -right * std::log(right) - (classes - 1.0) * other * std::log(other);
    }
    return scale;
}

class Examination {
public:
    Examination(const Evidence& evidence, Diagnosis& out)
        : e_(evidence), out_(out), recipe_(evidence.run->recipe), scale_(scale_of(recipe_)) {}

    void all() {
        not_a_number();
        recipe_and_data();
        small_batch();
        // What one thing explains is not said of another: a faint gradient asks for no higher rate.
        const bool vanished = gradients();
        const bool thrown = rate_too_high();
        if (!thrown) slow(vanished);
        overfitting();
        wrong_labels();
        dead_units();
        saturated_units();
        update_ratio(vanished);
        units_alike();
        class_never_predicted();
        std::sort(out_.findings.begin(), out_.findings.end(), [](const Finding& a, const Finding& b) {
            return a.gravity != b.gravity ? a.gravity > b.gravity : a.check < b.check;
        });
    }

private:
    void checked(Check check) { out_.checked.set(static_cast<std::size_t>(check)); }
    const char* name(LayerId layer) const {
        return e_.run->network.layers[static_cast<std::size_t>(layer.index)].spec.name.c_str();
    }
    LayerKind kind(LayerId layer) const {
        return e_.run->network.layers[static_cast<std::size_t>(layer.index)].spec.kind;
    }
    double rate() const { return e_.settings.learning_rate; }

    // The sentence is formatted as by printf.
    [[gnu::format(printf, 6, 7)]] Finding& find(Check check, Gravity gravity, const char* meaning, const char* advice,
                                                const char* format, ...) {
        Finding& finding = out_.findings.emplace_back();
        finding.check = check;
        finding.gravity = gravity;
        finding.meaning = meaning;
        finding.advice = advice;
        va_list values;
        va_start(values, format);
        std::vsnprintf(finding.what.data(), finding.what.size(), format, values);
        va_end(values);
        return finding;
    }
    [[gnu::format(printf, 3, 4)]] static void offer(Finding& finding, Remedy remedy, const char* format, ...) {
        finding.remedy = remedy;
        va_list values;
        va_start(values, format);
        std::vsnprintf(finding.button.data(), finding.button.size(), format, values);
        va_end(values);
    }
    void offer_slower(Finding& finding) const {
        if (e_.rate_is_undone)
            offer(finding, {Remedy::What::TakeBack}, "Take the rate back");
        else
            offer(finding, {Remedy::What::SetRate, rate() * kSlower}, "Rate %.3g", rate() * kSlower);
    }
    void offer_first_values(Finding& finding, LayerId layer) const {
        if (layer == kInputLayer)
            offer(finding, {Remedy::What::FirstValues}, "All weights as at first");
        else
            offer(finding, {Remedy::What::FirstValues, 0.0, layer}, "%.16s as at first", name(layer));
    }
    // The layer with weights that this one's values come from; kInputLayer where there is none.
    LayerId weights_before(LayerId layer) const {
        while (layer.index >= 0) {
            const LayerDescription& described = e_.run->network.layers[static_cast<std::size_t>(layer.index)];
            if (role_of(described.spec.kind) == LayerRole::Weighs) return layer;
            layer = described.inputs.empty() ? kInputLayer : described.inputs.front();
        }
        return kInputLayer;
    }

    void not_a_number() {
        if (e_.iteration < 1) return;
        checked(Check::NotANumber);
        const LayerEvidence* first = nullptr;
        for (const LayerEvidence& layer : e_.layers)
            if (layer.no_number && !first) first = &layer;
        if (!first && e_.loss.no_number_since == 0) return;
        static constexpr const char* kMeaning =
            "A number grew beyond what 32 bits hold, and from there on every sum that it is part of is none; the "
            "weights do not come back by themselves.";
        static constexpr const char* kAdvice =
            "Start over with a lower learning rate, or go back to before it began and lower the rate there.";
        const auto since = static_cast<long long>(e_.loss.no_number_since);
        Finding& finding =
            first && since > 0
                ? find(Check::NotANumber, Gravity::Problem, kMeaning, kAdvice,
                       "The loss is not a number since iteration %lld; on the way forward %.40s is the first layer of "
                       "which that is true.",
                       since, name(first->layer))
            : first ? find(Check::NotANumber, Gravity::Problem, kMeaning, kAdvice,
                           "%.40s holds values that are not numbers, the first layer on the way forward.",
                           name(first->layer))
                    : find(Check::NotANumber, Gravity::Problem, kMeaning, kAdvice,
                           "The loss is not a number since iteration %lld.", since);
        offer(finding, {Remedy::What::StartOverSlower}, "Start over, a tenth the rate");
        finding.showing = first ? Showing{.layer = first->layer, .panel = "filters"} : Showing{.panel = "curves"};
    }

    void recipe_and_data() {
        for (const Check check : {Check::SoftmaxTwice, Check::NotNormalised, Check::Unshuffled}) checked(check);
        if (ends_in_softmax(recipe_) && is_cross_entropy(recipe_.loss)) {
            Finding& finding = find(
                Check::SoftmaxTwice, Gravity::Problem,
                "Cross-entropy takes a softmax itself. With two of them the network can never be sure: gradients are "
                "faint, and classes that fall behind get none.",
                "Leave the last layer out: cross-entropy wants the values before the softmax.",
                "The last layer, %.40s, is a softmax, and the loss is cross-entropy: it cannot fall below %.2f, where "
                "guessing costs %.2f.",
                recipe_.layers.back().name.c_str(), scale_.floor, scale_.guess);
            offer(finding, {Remedy::What::StartOverWithoutSoftmax}, "Start over without it");
            finding.showing = {.panel = "recipe"};
        }
        normalisation();
        shuffling();
    }

    void normalisation() {
        static constexpr const char* kMeaning =
            "Initial weights and usual learning rates are made for inputs about 0 with a deviation about 1; others "
            "make some directions of the weights far steeper than others.";
        static constexpr const char* kAdvice =
            "Measure mean and deviation over the training pictures, and normalise by them.";
        const bool far_off =
            e_.input && e_.input->non_finite == 0 &&
            std::hypot(static_cast<double>(e_.input->mean), static_cast<double>(e_.input->deviation)) > kFarOff;
        const auto is = [](const std::vector<double>& values, double value) {
            return std::all_of(values.begin(), values.end(), [&](double one) { return one == value; });
        };
        const bool as_they_are =
            !recipe_.normalise_from_data && is(recipe_.input_mean, 0.0) && is(recipe_.input_deviation, 1.0);
        if (!far_off && !as_they_are) return;
        Finding& finding =
            far_off ? find(Check::NotNormalised, Gravity::Warning, kMeaning, kAdvice,
                           "The network sees a picture with the mean %.3g and the deviation %.3g.",
                           static_cast<double>(e_.input->mean), static_cast<double>(e_.input->deviation))
                    : find(Check::NotNormalised, Gravity::Note, kMeaning, kAdvice,
                           "The network sees pixels as they are, from 0 to 1: the recipe does not normalise them.");
        if (!recipe_.normalise_from_data) offer(finding, {Remedy::What::StartOverNormalised}, "Start over normalised");
        finding.showing = {.panel = "recipe"};
    }

    void shuffling() {
        if (recipe_.shuffle) return;
        const bool sorted = e_.same_as_next.value_or(0.0) >= kSorted;
        Finding& finding =
            sorted
                ? find(Check::Unshuffled, Gravity::Problem,
                       "Each minibatch is of one class: the network learns to say that class, and forgets the others "
                       "until they come again.",
                       "Shuffle the pictures anew in each epoch.",
                       "The pictures are not shuffled, and come class by class: %.0f %% have the label of the one "
                       "before.",
                       100.0 * *e_.same_as_next)
                : find(Check::Unshuffled, Gravity::Note,
                       "Each epoch has the same minibatches, and what they have in common by chance is learned as "
                       "well.",
                       "Shuffle the pictures anew in each epoch.",
                       "The pictures come in the same order in every epoch: the recipe does not shuffle them.");
        offer(finding, {Remedy::What::StartOverShuffled}, "Start over shuffled");
        finding.showing = {.panel = "recipe"};
    }

    void small_batch() {
        checked(Check::SmallBatch);
        const std::int64_t batch = e_.settings.batch_size;
        if (batch < 1 || batch >= kSmallBatch) return;
        Finding& finding =
            find(Check::SmallBatch, Gravity::Warning,
                 "The gradient is of these alone, and mostly noise: the loss jumps about, and a batch norm has next to "
                 "nothing to measure.",
                 "Take larger minibatches.",
                 batch == 1 ? "Each minibatch is of a single picture." : "Each minibatch is of %lld pictures.",
                 static_cast<long long>(batch));
        const std::int64_t larger = recipe_.batch_size >= kSmallBatch ? recipe_.batch_size : kUsualBatch;
        offer(finding, {Remedy::What::SetBatch, static_cast<double>(larger)}, "Batch of %lld",
              static_cast<long long>(larger));
        finding.showing = {.panel = "curves"};
    }

    bool sorted_by_class() const { return !recipe_.shuffle && e_.same_as_next.value_or(0.0) >= kSorted; }

    bool rate_too_high() {
        const LossEvidence& loss = e_.loss;
        if (!loss.recent || loss.iterations < 2 * loss.stretch) return false;
        checked(Check::RateTooHigh);
        if (sorted_by_class()) return false;  // it swings from class to class
        const double rise = *loss.recent - loss.best;
        const bool rises =
            rise > kRise * scale_.span() && *loss.recent - scale_.floor > kRiseFactor * (loss.best - scale_.floor);
        const bool was_thrown = loss.highest > kThrown * scale_.guess && *loss.recent > kAsGoodAsAGuess * scale_.guess;
        if (!rises && !was_thrown) return false;
        static constexpr const char* kMeaning =
            "Each step goes too far: it jumps over the valley that the gradient points into, and lands higher up.";
        static constexpr const char* kAdvice =
            "Lower the learning rate, to a tenth to begin with; where units have died or weights have grown, go back "
            "to before it, or start over.";
        Finding& finding = rises ? find(Check::RateTooHigh, Gravity::Problem, kMeaning, kAdvice,
                                        "The loss rises: %.3g over the latest %lld iterations, where it was %.3g at "
                                        "iteration %lld.",
                                        *loss.recent, static_cast<long long>(loss.stretch), loss.best,
                                        static_cast<long long>(loss.best_at))
                                 : find(Check::RateTooHigh, Gravity::Problem, kMeaning, kAdvice,
                                        "The loss jumped to %.3g, and is %.3g now; guessing costs %.2f.", loss.highest,
                                        *loss.recent, scale_.guess);
        offer_slower(finding);
        finding.showing = {.panel = "curves"};
        return true;
    }

    void slow(bool vanished) {
        const LossEvidence& loss = e_.loss;
        if (!loss.recent || loss.compared == 0) return;
        checked(Check::RateTooLow);
        checked(Check::Plateau);
        const auto& quarter = loss.quarters;
        const double fall = (quarter[0] - quarter[3]) / scale_.span();
        const bool falls = quarter[0] > quarter[1] && quarter[1] > quarter[2] && quarter[2] > quarter[3];
        const bool scheduled = e_.rate_share < kScheduled;
        if (falls && fall > kLeastFall && fall < kSlowFall && scale_.share_left(*loss.recent) > kHardlyBegun &&
            !scheduled && !vanished) {
            Finding& finding = find(
                Check::RateTooLow, Gravity::Warning, "It goes the right way, in steps that are too small to arrive.",
                "Raise the learning rate tenfold, and lower it again if the loss rises.",
                "The loss falls all the time, and in %lld iterations only from %.3g to %.3g; guessing costs %.2f.",
                static_cast<long long>(loss.iterations), quarter[0], quarter[3], scale_.guess);
            offer(finding, {Remedy::What::SetRate, rate() * kFaster}, "Rate %.3g", rate() * kFaster);
            finding.showing = {.panel = "curves"};
            return;
        }
        if (std::abs(loss.halves[0] - loss.halves[1]) >= kStandstill * scale_.span() ||
            scale_.share_left(loss.halves[1]) < kMuchToLearn || scheduled)
            return;
        Finding& finding =
            find(Check::Plateau, Gravity::Warning,
                 "The network has stopped getting better while there is still much to learn: no gradient shows it a "
                 "way, or its steps are too large to follow one.",
                 "Look at dead units and vanishing gradients first; else try another learning rate, or another start.",
                 "The loss stands still: %.4g, then %.4g in the two halves of the latest %lld iterations.",
                 loss.halves[0], loss.halves[1], static_cast<long long>(loss.compared));
        offer(finding, {Remedy::What::StartOver}, "Another start");
        finding.showing = {.panel = "curves"};
    }

    void overfitting() {
        const HeldOutEvidence& held = e_.held_out;
        if (held.measurements <= kRisingMeasurements) return;
        checked(Check::Overfitting);
        if (held.since_best < kRisingMeasurements || held.loss < kRisingLoss * held.best_loss ||
            held.train_loss >= held.train_loss_at_best || held.loss - held.train_loss < kGap * scale_.guess)
            return;
        Finding& finding =
            find(Check::Overfitting, Gravity::Warning,
                 "It learns the training pictures by heart, and what it learns of late does not hold for others.",
                 "Stop where the held-out loss was lowest; or more pictures, augmentation, dropout, weight decay, a "
                 "smaller network.",
                 "The loss of held-out pictures rose from %.3g at iteration %lld to %.3g, while that of the training "
                 "pictures fell to %.3g.",
                 held.best_loss, static_cast<long long>(held.best_at), held.loss, held.train_loss);
        offer(finding, {Remedy::What::GoTo, static_cast<double>(held.best_at)}, "Go to iteration %lld",
              static_cast<long long>(held.best_at));
        finding.showing = {.panel = "curves"};
    }

    // Dropout, augmentation and noise make the training pictures harder than they are.
    void wrong_labels() {
        const HeldOutEvidence& held = e_.held_out;
        const std::vector<LayerSpec>& layers = e_.run->recipe.layers;
        const bool harder = e_.noisy || e_.run->recipe.augmentation.any() ||
                            std::any_of(layers.begin(), layers.end(),
                                        [](const LayerSpec& layer) { return layer.kind == LayerKind::Dropout; });
        if (held.measurements < kEpochsToTrust || harder) return;
        checked(Check::WrongLabels);
        if (held.accuracy - held.train_accuracy < kBetterUnseen ||
            std::abs(held.train_accuracy - held.train_accuracy_before) > kStandsStill)
            return;
        Finding& finding =
            find(Check::WrongLabels, Gravity::Warning,
                 "Pictures that it has never seen it tells better than those that it learns from, and that stays so: "
                 "what it gets wrong of these it would be right about, had they the label that they show.",
                 "Look at training pictures that it takes for another class and is sure of; give them the label that "
                 "they show, in the Data panel or the probe.",
                 "Of held-out pictures %.1f %% are right, of the training pictures %.1f %%, as in the epoch before.",
                 100.0 * held.accuracy, 100.0 * held.train_accuracy);
        if (e_.relabelled) offer(finding, {Remedy::What::LabelsOfData}, "Labels as the data say");
        finding.showing = {.panel = "data"};
    }

    void dead_units() {
        const LayerEvidence* worst = nullptr;
        int layers = 0;
        for (const LayerEvidence& layer : e_.layers) {
            if (!layer.outputs || kind(layer.layer) != LayerKind::ReLU) continue;
            checked(Check::DeadUnits);
            if (layer.outputs->dead_fraction < kManyDead) continue;
            ++layers;
            if (!worst || layer.outputs->dead_fraction > worst->outputs->dead_fraction) worst = &layer;
        }
        if (!worst) return;
        const bool all = worst->outputs->dead_fraction >= kNearlyAllDead;
        Finding& finding =
            find(Check::DeadUnits, all ? Gravity::Problem : Gravity::Warning,
                 "What is 0 for every picture passes nothing on, and no gradient comes back through it: such a unit "
                 "does not "
                 "recover by itself. Most die of a step that was too large.",
                 "Give the weights their first values again, with a lower learning rate; or a leaky ReLU.",
                 layers > 1 ? "%.0f %% of %.40s are 0 for every picture, and at least half of %d other ReLU layers."
                            : "%.0f %% of %.40s are 0 for every picture.",
                 100.0 * static_cast<double>(worst->outputs->dead_fraction), name(worst->layer), layers - 1);
        offer_first_values(finding, all ? kInputLayer : weights_before(worst->layer));
        finding.showing = {.layer = worst->layer, .panel = "feature-maps"};
    }

    void saturated_units() {
        const LayerEvidence* worst = nullptr;
        double least = kSteep;
        for (const LayerEvidence& layer : e_.layers) {
            const LayerKind of = kind(layer.layer);
            if (!layer.outputs || layer.no_number || (of != LayerKind::Sigmoid && of != LayerKind::Tanh)) continue;
            if (&layer == &e_.layers.back()) continue;  // an answer is to be sure
            checked(Check::SaturatedUnits);
            const auto mean = static_cast<double>(layer.outputs->mean);
            const auto deviation = static_cast<double>(layer.outputs->deviation);
            const double square = mean * mean + deviation * deviation;
            const double slope = of == LayerKind::Tanh ? 1.0 - square : 4.0 * (mean - square);  // share of the steepest
            if (slope >= least) continue;
            least = slope;
            worst = &layer;
        }
        if (!worst) return;
        Finding& finding = find(
            Check::SaturatedUnits, Gravity::Warning,
            "Its values lie at the ends of the curve, where it is flat: gradients hardly come through, and the layers "
            "before it learn slowly.",
            "Give the layer before its first weights again, normalise what it gets, or use ReLU.",
            "%.40s is at %.1f %% of its steepest slope: the mean of its values is %.2f, their deviation %.2f.",
            name(worst->layer), 100.0 * std::max(0.0, least), static_cast<double>(worst->outputs->mean),
            static_cast<double>(worst->outputs->deviation));
        offer_first_values(finding, weights_before(worst->layer));
        finding.showing = {.layer = worst->layer, .panel = "feature-maps"};
    }

    // Whether the first layer gets next to nothing.
    bool gradients() {
        const LayerEvidence* first = nullptr;
        const LayerEvidence* last = nullptr;
        const LayerEvidence* largest = nullptr;
        for (const LayerEvidence& layer : e_.layers) {
            if (!layer.gradient_size || layer.frozen) continue;
            if (!first) first = &layer;
            last = &layer;
            if (!largest || *layer.gradient_norm > *largest->gradient_norm) largest = &layer;
        }
        if (largest) exploding(*largest);
        return first && first != last && vanishing(*first, *last);
    }

    bool vanishing(const LayerEvidence& first, const LayerEvidence& last) {
        checked(Check::VanishingGradients);
        const bool none = *first.gradient_size == 0.0;
        if (!none && *first.gradient_size >= kVanished * *last.gradient_size) return false;
        static constexpr const char* kAdvice =
            "ReLU, batch norm or a residual connection lets gradients through; where units have died, first weights "
            "and "
            "a lower rate.";
        Finding& finding =
            none ? find(Check::VanishingGradients, Gravity::Problem,
                        "Nothing of the loss comes back to the first layer: it does not learn at all.", kAdvice,
                        "The gradient of every weight of %.40s is 0.", name(first.layer))
                 : find(Check::VanishingGradients, Gravity::Warning,
                        "Each layer hands back less than it got: the first ones hardly learn, and those behind them "
                        "have to do with what chance made of the picture.",
                        kAdvice, "The gradient of %.40s is %.0f times as small as that of %.40s.", name(first.layer),
                        *last.gradient_size / *first.gradient_size, name(last.layer));
        if (none) offer_first_values(finding, kInputLayer);
        finding.showing = {.layer = first.layer, .panel = "filters"};
        return true;
    }

    void exploding(const LayerEvidence& layer) {
        checked(Check::ExplodingGradients);
        if (*layer.gradient_norm <= kExploded) return;
        Finding& finding = find(Check::ExplodingGradients, Gravity::Warning,
                                "A step along such a gradient goes far beyond where it still points down.",
                                "Lower the learning rate; smaller first weights, or batch norm, keep values in bounds.",
                                "The gradient of %.40s has the norm %.3g.", name(layer.layer), *layer.gradient_norm);
        offer_slower(finding);
        finding.showing = {.layer = layer.layer, .panel = "filters"};
    }

    void update_ratio(bool vanished) {
        // The layer in the middle, of those that are known: one alone may be as it likes.
        const LayerEvidence* middle = nullptr;
        double ratio = 0.0;
        const auto ratio_of = [](const LayerEvidence& layer) {
            return layer.update_size && !layer.frozen && layer.weight_size.value_or(0.0) > 0.0
                       ? *layer.update_size / *layer.weight_size
                       : -1.0;
        };
        const auto known = std::count_if(e_.layers.begin(), e_.layers.end(),
                                         [&](const LayerEvidence& layer) { return ratio_of(layer) >= 0.0; });
        for (const LayerEvidence& layer : e_.layers) {
            const double own = ratio_of(layer);
            if (own < 0.0) continue;
            const auto smaller = std::count_if(e_.layers.begin(), e_.layers.end(), [&](const LayerEvidence& other) {
                const double its = ratio_of(other);
                return its >= 0.0 && (its < own || (its == own && other.layer < layer.layer));
            });
            if (smaller != known / 2) continue;
            middle = &layer;
            ratio = own;
        }
        if (!middle) return;
        checked(Check::UpdateRatio);
        const bool small = ratio < kSmallUpdate && ratio > 0.0 && !vanished && e_.rate_share >= kScheduled &&
                           e_.loss.recent && scale_.share_left(*e_.loss.recent) > kMuchToLearn;
        if (ratio > kLargeUpdate) {
            Finding& finding = find(
                Check::UpdateRatio, Gravity::Warning,
                "A step is well about a thousandth of the weights. Such large ones overwrite what was learned before.",
                "Lower the learning rate.", "An update of %.40s is %.2g of its weights.", name(middle->layer), ratio);
            offer_slower(finding);
            finding.showing = {.layer = middle->layer, .panel = "filters"};
        } else if (small) {
            Finding& finding = find(
                Check::UpdateRatio, Gravity::Warning,
                "A step is well about a thousandth of the weights. With such small ones nothing comes of learning.",
                "Raise the learning rate tenfold, and lower it again if the loss rises.",
                "An update of %.40s is %.2g of its weights.", name(middle->layer), ratio);
            offer(finding, {Remedy::What::SetRate, rate() * kFaster}, "Rate %.3g", rate() * kFaster);
            finding.showing = {.layer = middle->layer, .panel = "filters"};
        }
    }

    void units_alike() {
        const LayerEvidence* same = nullptr;
        const LayerEvidence* twins = nullptr;
        for (const LayerEvidence& layer : e_.layers) {
            if (!layer.weight_size) continue;
            checked(Check::UnitsAlike);
            if (layer.weights_alike && !same) same = &layer;
            if (layer.twins.with_twin > (twins ? twins->twins.with_twin : 0)) twins = &layer;
        }
        if (same) {
            Finding& finding =
                find(Check::UnitsAlike, Gravity::Problem,
                     "Units with the same weights say the same and learn the same, for ever: the layer is one unit.",
                     "Give the weights their first values again: these are drawn by chance, so that units differ.",
                     "Every weight of %.40s is %.3g.", name(same->layer), same->weight_mean);
            offer_first_values(finding, kInputLayer);
            finding.showing = {.layer = same->layer, .panel = "filters"};
        } else if (twins) {
            const Twins& pair = twins->twins;
            const bool many = static_cast<double>(pair.with_twin) >= kManyTwins * static_cast<double>(pair.filters);
            Finding& finding = find(
                Check::UnitsAlike, many ? Gravity::Warning : Gravity::Note,
                "Filters that look for the same thing: the layer could do with fewer.",
                "Give one of them its first values again, and see whether it finds something of its own; or take a "
                "smaller layer.",
                "%lld of the %lld filters of %.40s have one that is like them: %lld and %lld have a cosine of %.3f.",
                static_cast<long long>(pair.with_twin), static_cast<long long>(pair.filters), name(twins->layer),
                static_cast<long long>(pair.first), static_cast<long long>(pair.second), pair.cosine);
            finding.showing = {.layer = twins->layer, .channel = pair.first, .panel = "filters"};
        }
    }

    void class_never_predicted() {
        const ClassEvidence& classes = e_.classes;
        const std::int64_t seen_all = std::clamp(e_.iterations_per_epoch, kFewest, kSeenAll);
        if (classes.pictures == 0 || classes.iteration < seen_all) return;
        checked(Check::ClassNeverPredicted);
        if (classes.never_predicted == 0) return;
        const std::vector<std::string>& names = e_.run->data.class_names;
        const auto index = static_cast<std::size_t>(classes.first_never);
        const char* called = index < names.size() ? names[index].c_str() : "?";
        static constexpr const char* kMeaning =
            "No picture of it is ever answered rightly: its output has fallen behind the others for good, or for long.";
        static constexpr const char* kAdvice =
            "Look at its pictures and at what they are taken for; train on, or from another start. A softmax before "
            "cross-entropy does this.";
        Finding& finding =
            classes.never_predicted == 1
                ? find(Check::ClassNeverPredicted, Gravity::Warning, kMeaning, kAdvice,
                       "No picture is taken for %.40s, although %lld are.", called,
                       static_cast<long long>(classes.pictures_of_first))
                : find(Check::ClassNeverPredicted, Gravity::Warning, kMeaning, kAdvice,
                       "%d classes are never predicted, the first of them %.40s, of which there are %lld pictures.",
                       classes.never_predicted, called, static_cast<long long>(classes.pictures_of_first));
        offer(finding, {Remedy::What::StartOver}, "Another start");
        finding.showing = {.label = classes.first_never, .panel = "confusion"};
    }

    const Evidence& e_;
    Diagnosis& out_;
    const Recipe& recipe_;
    const LossScale scale_;
};

}  // namespace

const CheckRow& row_of(Check check) { return kRows[static_cast<std::size_t>(check)]; }

void diagnose(const Evidence& evidence, Diagnosis& out) {
    out.findings.clear();
    out.findings.reserve(kCheckCount);
    out.checked.reset();
    if (evidence.run) Examination(evidence, out).all();
}

std::optional<Command> command_of(const Remedy& remedy, const Snapshot& snapshot) {
    if (!snapshot.run_info) return std::nullopt;
    const RunInfo& run = *snapshot.run_info;
    command::Reset again{run.seed, run.recipe};
    switch (remedy.what) {
        case Remedy::What::None:
            return std::nullopt;
        case Remedy::What::SetRate:
            return command::SetLearningRate{remedy.number};
        case Remedy::What::SetBatch:
            return command::SetBatchSize{std::llround(remedy.number)};
        case Remedy::What::FirstValues:
            return command::FillWeights{.layer = remedy.layer, .with = command::FillWeights::With::FirstValues};
        case Remedy::What::TakeBack:
            return command::Undo{};
        case Remedy::What::LabelsOfData: {
            command::ChangeData change{data_changes(snapshot)};
            change.changes.shuffled_labels = 0.0;
            change.changes.relabelled.clear();
            return change;
        }
        case Remedy::What::GoTo:
            return command::GoTo{std::llround(remedy.number)};
        case Remedy::What::StartOver:
            return command::Reset{run.seed + 1};
        case Remedy::What::StartOverSlower:
            again.recipe->optimizer.learning_rate *= kSlower;
            return again;
        case Remedy::What::StartOverWithoutSoftmax:
            if (!ends_in_softmax(*again.recipe)) return std::nullopt;
            again.recipe->layers.pop_back();
            return again;
        case Remedy::What::StartOverNormalised:
            again.recipe->normalise_from_data = true;
            return again;
        case Remedy::What::StartOverShuffled:
            again.recipe->shuffle = true;
            return again;
    }
    return std::nullopt;
}

Selection selected_for(const Showing& showing, Selection present) {
    if (showing.layer) {
        present.select_layer(*showing.layer);
        present.select_channel(showing.channel);
    }
    if (showing.label >= 0) present.true_class = present.predicted_class = showing.label;
    return present;
}

}  // namespace convscope
