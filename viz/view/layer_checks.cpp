// Checks of the layers: their values, gradients, updates and weights; and of the classes that come of them.
#include "viz/view/examination.h"

#include "engine/api/layer_kinds.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace convscope {
namespace {

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
// Of a layer's filters, that have one alike.
constexpr double kManyTwins = 0.5;
// Every network begins by predicting a few classes. Of the built-in recipes linear-alexnet takes longest to have all of
// them, 300 iterations; an epoch shows it every picture.
constexpr std::int64_t kFewest = 500;
constexpr std::int64_t kSeenAll = 1000;

// The layer with weights that this one's values come from; kInputLayer where there is none.
LayerId weights_before(const NetworkDescription& network, LayerId layer) {
    while (layer.index >= 0) {
        const LayerDescription& described = network.layers[static_cast<std::size_t>(layer.index)];
        if (role_of(described.spec.kind) == LayerRole::Weighs) return layer;
        layer = described.inputs.empty() ? kInputLayer : described.inputs.front();
    }
    return kInputLayer;
}

}  // namespace

void Examination::dead_units() {
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
    offer_first_values(finding, all ? kInputLayer : weights_before(e_.run->network, worst->layer));
    finding.showing = {.layer = worst->layer, .panel = "feature-maps"};
}

void Examination::saturated_units() {
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
    Finding& finding =
        find(Check::SaturatedUnits, Gravity::Warning,
             "Its values lie at the ends of the curve, where it is flat: gradients hardly come through, and the layers "
             "before it learn slowly.",
             "Give the layer before its first weights again, normalise what it gets, or use ReLU.",
             "%.40s is at %.1f %% of its steepest slope: the mean of its values is %.2f, their deviation %.2f.",
             name(worst->layer), 100.0 * std::max(0.0, least), static_cast<double>(worst->outputs->mean),
             static_cast<double>(worst->outputs->deviation));
    offer_first_values(finding, weights_before(e_.run->network, worst->layer));
    finding.showing = {.layer = worst->layer, .panel = "feature-maps"};
}

bool Examination::gradients() {
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

bool Examination::vanishing(const LayerEvidence& first, const LayerEvidence& last) {
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

void Examination::exploding(const LayerEvidence& layer) {
    checked(Check::ExplodingGradients);
    if (*layer.gradient_norm <= kExploded) return;
    Finding& finding = find(Check::ExplodingGradients, Gravity::Warning,
                            "A step along such a gradient goes far beyond where it still points down.",
                            "Lower the learning rate; smaller first weights, or batch norm, keep values in bounds.",
                            "The gradient of %.40s has the norm %.3g.", name(layer.layer), *layer.gradient_norm);
    offer_slower(finding);
    finding.showing = {.layer = layer.layer, .panel = "filters"};
}

void Examination::update_ratio(bool vanished) {
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
        Finding& finding =
            find(Check::UpdateRatio, Gravity::Warning,
                 "A step is well about a thousandth of the weights. Such large ones overwrite what was learned before.",
                 "Lower the learning rate.", "An update of %.40s is %.2g of its weights.", name(middle->layer), ratio);
        offer_slower(finding);
        finding.showing = {.layer = middle->layer, .panel = "filters"};
    } else if (small) {
        Finding& finding =
            find(Check::UpdateRatio, Gravity::Warning,
                 "A step is well about a thousandth of the weights. With such small ones nothing comes of learning.",
                 "Raise the learning rate tenfold, and lower it again if the loss rises.",
                 "An update of %.40s is %.2g of its weights.", name(middle->layer), ratio);
        offer(finding, {Remedy::What::SetRate, rate() * kFaster}, "Rate %.3g", rate() * kFaster);
        finding.showing = {.layer = middle->layer, .panel = "filters"};
    }
}

void Examination::units_alike() {
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
        Finding& finding =
            find(Check::UnitsAlike, many ? Gravity::Warning : Gravity::Note,
                 "Filters that look for the same thing: the layer could do with fewer.",
                 "Give one of them its first values again, and see whether it finds something of its own; or take a "
                 "smaller layer.",
                 "%lld of the %lld filters of %.40s have one that is like them: %lld and %lld have a cosine of %.3f.",
                 static_cast<long long>(pair.with_twin), static_cast<long long>(pair.filters), name(twins->layer),
                 static_cast<long long>(pair.first), static_cast<long long>(pair.second), pair.cosine);
        finding.showing = {.layer = twins->layer, .channel = pair.first, .panel = "filters"};
    }
}

void Examination::class_never_predicted() {
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

}  // namespace convscope
