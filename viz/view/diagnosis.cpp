#include "viz/view/diagnosis.h"

#include "viz/view/data_by_hand.h"
#include "viz/view/examination.h"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <string>

namespace convscope {
namespace {

constexpr double kSlower = 0.1;

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

}  // namespace

bool ends_in_softmax(const Recipe& recipe) {
    return !recipe.layers.empty() && recipe.layers.back().kind == LayerKind::Softmax;
}
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

void Examination::all() {
    not_a_number();
    recipe_and_data();
    small_batch();
    // What one thing explains is not said of another: a faint gradient asks for no higher rate.
    const bool vanished = gradients();
    const bool thrown = rate_too_high();
    const bool mislabelled = wrong_labels();
    if (!thrown && !mislabelled) slow(vanished);
    overfitting();
    dead_units();
    saturated_units();
    update_ratio(vanished);
    units_alike();
    class_never_predicted();
    std::sort(out_.findings.begin(), out_.findings.end(), [](const Finding& a, const Finding& b) {
        return a.gravity != b.gravity ? a.gravity > b.gravity : a.check < b.check;
    });
}

Finding& Examination::find(Check check, Gravity gravity, const char* meaning, const char* advice, const char* format,
                           ...) {
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

void Examination::offer(Finding& finding, Remedy remedy, const char* format, ...) {
    finding.remedy = remedy;
    va_list values;
    va_start(values, format);
    std::vsnprintf(finding.button.data(), finding.button.size(), format, values);
    va_end(values);
}

void Examination::offer_slower(Finding& finding) const {
    if (e_.rate_is_undone)
        offer(finding, {Remedy::What::TakeBack}, "Take the rate back");
    else
        offer(finding, {Remedy::What::SetRate, rate() * kSlower}, "Rate %.3g", rate() * kSlower);
}

void Examination::offer_first_values(Finding& finding, LayerId layer) const {
    if (layer == kInputLayer)
        offer(finding, {Remedy::What::FirstValues}, "All weights as at first");
    else
        offer(finding, {Remedy::What::FirstValues, 0.0, layer}, "%.16s as at first", name(layer));
}

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

std::optional<Command> command_for_twin(const Remedy& remedy, const Snapshot& snapshot) {
    std::optional<Command> command = command_of(remedy, snapshot);
    auto* const reset = command ? std::get_if<command::Reset>(&*command) : nullptr;
    if (reset == nullptr) return command;
    if (!reset->recipe) return std::nullopt;
    return command::BeginTwin{.from_start = true, .difference = {}, .recipe = std::move(reset->recipe)};
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
