#include "viz/view/twin_choices.h"

#include "engine/api/activations.h"
#include "engine/api/layer_kinds.h"
#include "viz/view/by_hand.h"
#include "viz/view/control_values.h"
#include "viz/view/recipe_swaps.h"

#include <cstdio>
#include <utility>

namespace convscope {
namespace {

constexpr AugmentationSpec kUsualAugmentation{.shift = 2.0, .rotate = 10.0, .scale = 0.1};
constexpr const char* kFromStart = " Both begin at the start: the weights are drawn anew from the same seed.";

std::string rate_words(double rate) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", rate);
    return text;
}

struct Offering {
    const Snapshot& snapshot;
    const Selection& selection;
    bool from_start;
    std::vector<TwinChoice> out;

    const Recipe& recipe() const { return snapshot.run_info->recipe; }

    command::BeginTwin twin(command::Difference difference) const {
        return {.from_start = from_start, .difference = {std::move(difference)}};
    }
    void add_rates() {
        const double rate = snapshot.settings.learning_rate;
        for (const bool up : {true, false}) {
            const double other = up ? 10.0 * rate : 0.1 * rate;
            out.push_back({"Learning rate", up ? "rate-up" : "rate-down", up ? "10 times" : "A tenth",
                           "The twin learns with a rate of " + rate_words(other) + " instead of " + rate_words(rate) +
                               " (no key).",
                           twin_with_rate(other, from_start)});
        }
    }
    void add_activations() {
        const bool any = has_activations(recipe());
        for (const LayerKindRow& row : layer_kinds()) {
            if (row.role != LayerRole::Activates || !is_swappable(LayerSpec{.kind = row.kind})) continue;
            TwinChoice choice{"Activations", std::string("activation-") + row.name, row.name,
                              std::string("Every activation of the twin is ") + row.name + " (no key).", std::nullopt};
            if (!any)
                choice.help = "The network has no activations that could be others.";
            else if (activations_are(recipe(), row.kind))
                choice.help = "They are so already.";
            else
                choice.begin = twin(command::ChangeRecipe{with_activations(recipe(), row.kind)});
            out.push_back(std::move(choice));
        }
    }
    void add_optimizers() {
        for (const OptimizerKind kind : kOptimizerKinds) {
            const std::string name(to_string(kind));
            TwinChoice choice{"Optimizer", "optimizer-" + name, name,
                              "The twin learns with " + name + ", at the rate that is usual for it (no key).",
                              std::nullopt};
            if (kind == recipe().optimizer.kind)
                choice.help = "The run learns with it already.";
            else
                choice.begin = twin(command::ChangeRecipe{with_optimizer(recipe(), kind)});
            out.push_back(std::move(choice));
        }
    }
    void add_recipes() {
        Recipe other = recipe();
        const bool augmented = other.augmentation.any();
        other.augmentation = augmented ? AugmentationSpec{} : kUsualAugmentation;
        const auto add = [this](const char* anchor, const char* label, std::string help, std::optional<Recipe> with) {
            TwinChoice choice{"From the start", anchor, label, std::move(help), std::nullopt};
            if (with)
                choice.begin = command::BeginTwin{.from_start = true, .difference = {}, .recipe = std::move(with)};
            out.push_back(std::move(choice));
        };
        add("augmentation", augmented ? "No augmentation" : "Augmentation",
            std::string(augmented ? "The twin learns from the pictures as they are (no key)."
                                  : "The twin learns from pictures that are moved, turned and scaled a little, anew in "
                                    "each epoch (no key).") +
                kFromStart,
            other);
        if (has_batch_norm(recipe()))
            add("batch-norm", "No batch norm",
                std::string("The twin's network has no batch norm (no key).") + kFromStart,
                without_batch_norm(recipe()));
        else if (has_convolutions(recipe()))
            add("batch-norm", "Batch norm",
                std::string("The twin's network has a batch norm behind every convolution (no key).") + kFromStart,
                with_batch_norm(recipe()));
        else
            add("batch-norm", "Batch norm", "There is no convolution that a batch norm could stand behind.",
                std::nullopt);
    }
    void add_silenced() {
        const std::string name = selected_name(snapshot, selection);
        const LayerDescription* layer = selected_layer(snapshot, selection);
        TwinChoice choice{"By hand", "silence", "Silence " + name,
                          "The channel says 0 in the twin, which learns to do without it (no key).", std::nullopt};
        if (layer == nullptr || !selects_channel(*layer, selection)) {
            choice.label = "Silence a channel";
            choice.help = "Select a channel first, by a click on it or with the full stop key.";
        } else {
            choice.begin = twin(command::SetChannel{.layer = layer->id, .channel = selection.channel});
        }
        out.push_back(std::move(choice));
        out.push_back({"By hand", "nothing", "No difference",
                       "Both are the same run, until one of them is changed (no key).",
                       command::BeginTwin{.from_start = from_start, .difference = {}}});
    }
};

}  // namespace

std::vector<TwinChoice> twin_choices(const Snapshot& snapshot, const Selection& selection, bool from_start) {
    Offering offering{snapshot, selection, from_start, {}};
    offering.add_rates();
    offering.add_activations();
    offering.add_optimizers();
    offering.add_silenced();
    offering.add_recipes();
    return std::move(offering.out);
}

Result<double> parse_twin_rate(std::string_view text) { return parse_learning_rate(text); }

command::BeginTwin twin_with_rate(double rate, bool from_start) {
    return {.from_start = from_start, .difference = {command::SetLearningRate{rate}}};
}

}  // namespace convscope
