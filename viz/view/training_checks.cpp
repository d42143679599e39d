// Checks of how the loss goes, and of what the recipe and the data say.
#include "viz/view/examination.h"

#include <algorithm>
#include <cmath>

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
// Inputs are well within a few units; pixels from 0 to 255 deviate by about 80.
constexpr double kFarOff = 5.0;
// By chance a tenth of the pictures of ten classes have the class of the one before.
constexpr double kSorted = 0.5;
constexpr std::int64_t kSmallBatch = 4;  // the gradient's own noise falls with the root of the batch
constexpr std::int64_t kUsualBatch = 32;

bool is_cross_entropy(LossKind loss) { return loss == LossKind::CrossEntropy || loss == LossKind::CrossEntropyOneHot; }

}  // namespace

void Examination::not_a_number() {
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
        : first
            ? find(Check::NotANumber, Gravity::Problem, kMeaning, kAdvice,
                   "%.40s holds values that are not numbers, the first layer on the way forward.", name(first->layer))
            : find(Check::NotANumber, Gravity::Problem, kMeaning, kAdvice,
                   "The loss is not a number since iteration %lld.", since);
    offer(finding, {Remedy::What::StartOverSlower}, "Start over, a tenth the rate");
    finding.showing = first ? Showing{.layer = first->layer, .panel = "filters"} : Showing{.panel = "curves"};
}

void Examination::recipe_and_data() {
    for (const Check check : {Check::SoftmaxTwice, Check::NotNormalised, Check::Unshuffled}) checked(check);
    if (ends_in_softmax(recipe_) && is_cross_entropy(recipe_.loss)) {
        Finding& finding =
            find(Check::SoftmaxTwice, Gravity::Problem,
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

void Examination::normalisation() {
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

void Examination::shuffling() {
    if (recipe_.shuffle) return;
    const bool sorted = e_.same_as_next.value_or(0.0) >= kSorted;
    Finding& finding =
        sorted ? find(Check::Unshuffled, Gravity::Problem,
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

void Examination::small_batch() {
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

bool Examination::sorted_by_class() const { return !recipe_.shuffle && e_.same_as_next.value_or(0.0) >= kSorted; }

bool Examination::rate_too_high() {
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

void Examination::slow(bool vanished) {
    const LossEvidence& loss = e_.loss;
    if (!loss.recent || loss.compared == 0) return;
    checked(Check::RateTooLow);
    checked(Check::Plateau);
    if (e_.shuffled) return;  // what is left of the loss is that of wrong labels
    const auto& quarter = loss.quarters;
    const double fall = (quarter[0] - quarter[3]) / scale_.span();
    const bool falls = quarter[0] > quarter[1] && quarter[1] > quarter[2] && quarter[2] > quarter[3];
    const bool scheduled = e_.rate_share < kScheduled;
    if (falls && fall > kLeastFall && fall < kSlowFall && scale_.share_left(*loss.recent) > kHardlyBegun &&
        !scheduled && !vanished) {
        Finding& finding =
            find(Check::RateTooLow, Gravity::Warning, "It goes the right way, in steps that are too small to arrive.",
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
             "The loss stands still: %.4g, then %.4g in the two halves of the latest %lld iterations.", loss.halves[0],
             loss.halves[1], static_cast<long long>(loss.compared));
    offer(finding, {Remedy::What::StartOver}, "Another start");
    finding.showing = {.panel = "curves"};
}

void Examination::overfitting() {
    const HeldOutEvidence& held = e_.held_out;
    if (held.measurements <= kRisingMeasurements) return;
    checked(Check::Overfitting);
    if (e_.left_out) return;  // what it does not learn any more it forgets
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

bool Examination::wrong_labels() {
    const HeldOutEvidence& held = e_.held_out;
    const std::vector<LayerSpec>& layers = e_.run->recipe.layers;
    const bool harder = e_.noisy || e_.run->recipe.augmentation.any() ||
                        std::any_of(layers.begin(), layers.end(),
                                    [](const LayerSpec& layer) { return layer.kind == LayerKind::Dropout; });
    if (held.measurements < kEpochsToTrust || harder) return false;
    checked(Check::WrongLabels);
    if (held.accuracy - held.train_accuracy < kBetterUnseen ||
        std::abs(held.train_accuracy - held.train_accuracy_before) > kStandsStill)
        return false;
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
    return true;
}

}  // namespace convscope
