#include "viz/view/recipe_swaps.h"

#include "engine/api/activations.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace convscope {
namespace {

constexpr double kUsualRate = 0.001;
constexpr double kUsualSgdRate = 0.01;
constexpr double kUsualMomentum = 0.9;  // Adam's beta1 too

bool bends(const LayerSpec& layer) { return is_swappable(layer) && !is_identity(layer); }

LayerSpec* find_layer(std::vector<LayerSpec>& layers, std::string_view name) {
    for (LayerSpec& layer : layers) {
        if (layer.name == name) return &layer;
        if (!name.starts_with(layer.name) || name.size() <= layer.name.size() || name[layer.name.size()] != '.')
            continue;
        const std::string_view within = name.substr(layer.name.size() + 1);
        if (LayerSpec* found = find_layer(layer.body, within)) return found;
        if (LayerSpec* found = find_layer(layer.shortcut, within)) return found;
    }
    return nullptr;
}

void straighten(std::vector<LayerSpec>& layers) {
    for (LayerSpec& layer : layers) {
        straighten(layer.body);
        straighten(layer.shortcut);
        if (bends(layer)) layer = with_identity(layer);
    }
}

bool any_bends(const std::vector<LayerSpec>& layers) {
    return std::any_of(layers.begin(), layers.end(), [](const LayerSpec& layer) {
        return bends(layer) || any_bends(layer.body) || any_bends(layer.shortcut);
    });
}

void bend(std::vector<LayerSpec>& layers, LayerKind kind) {
    for (LayerSpec& layer : layers) {
        bend(layer.body, kind);
        bend(layer.shortcut, kind);
        if (bends(layer)) layer = with_activation(layer, kind);
    }
}

bool all_bend_so(const std::vector<LayerSpec>& layers, LayerKind kind) {
    return std::all_of(layers.begin(), layers.end(), [kind](const LayerSpec& layer) {
        return (!bends(layer) || layer.kind == kind) && all_bend_so(layer.body, kind) &&
               all_bend_so(layer.shortcut, kind);
    });
}

bool any_of_kind(const std::vector<LayerSpec>& layers, LayerKind kind) {
    return std::any_of(layers.begin(), layers.end(), [kind](const LayerSpec& layer) {
        return layer.kind == kind || any_of_kind(layer.body, kind) || any_of_kind(layer.shortcut, kind);
    });
}

// Whoever named one layer among its inputs names another.
void rename_inputs(std::vector<LayerSpec>& layers, const std::string& from, const std::string& to) {
    for (LayerSpec& layer : layers) {
        std::replace(layer.inputs.begin(), layer.inputs.end(), from, to);
        rename_inputs(layer.body, from, to);
        rename_inputs(layer.shortcut, from, to);
    }
}

void add_batch_norms(std::vector<LayerSpec>& layers) {
    for (std::size_t i = 0; i < layers.size(); ++i) {
        add_batch_norms(layers[i].body);
        add_batch_norms(layers[i].shortcut);
        if (layers[i].kind != LayerKind::Conv2d) continue;
        LayerSpec norm{.name = layers[i].name + "-norm", .kind = LayerKind::BatchNorm};
        rename_inputs(layers, layers[i].name, norm.name);
        layers.insert(layers.begin() + static_cast<std::ptrdiff_t>(i) + 1, std::move(norm));
        ++i;
    }
}

void remove_batch_norms(std::vector<LayerSpec>& layers) {
    for (std::size_t i = 0; i < layers.size(); ++i) {
        remove_batch_norms(layers[i].body);
        remove_batch_norms(layers[i].shortcut);
        if (layers[i].kind != LayerKind::BatchNorm) continue;
        const LayerSpec norm = std::move(layers[i]);
        layers.erase(layers.begin() + static_cast<std::ptrdiff_t>(i));
        const std::string before = !norm.inputs.empty() ? norm.inputs.front()
                                   : i > 0              ? layers[i - 1].name
                                                        : std::string(kInputName);
        // What comes next takes the layer before it unless it says otherwise; so it does where that is the norm's.
        if (!norm.inputs.empty() && i < layers.size() && layers[i].inputs.empty()) layers[i].inputs = {before};
        rename_inputs(layers, norm.name, before);
        --i;
    }
}

}  // namespace

// The name, the inputs and the line are the recipe's own, which a network says otherwise of what is nested.
Recipe with_layer(Recipe recipe, std::string_view layer, const LayerSpec& spec) {
    if (LayerSpec* found = find_layer(recipe.layers, layer)) {
        LayerSpec other = spec;
        other.name = found->name;
        other.inputs = found->inputs;
        *found = std::move(other);
    }
    return recipe;
}

Recipe with_optimizer(Recipe recipe, OptimizerKind kind) {
    const double decay = recipe.optimizer.weight_decay;
    recipe.optimizer = {.kind = kind, .learning_rate = kUsualRate, .weight_decay = decay};
    if (kind == OptimizerKind::Sgd) recipe.optimizer.learning_rate = kUsualSgdRate;
    if (kind != OptimizerKind::RmsProp) recipe.optimizer.momentum = kUsualMomentum;
    return recipe;
}

Recipe with_loss(Recipe recipe, LossKind loss) {
    recipe.loss = loss;
    if (loss != LossKind::CrossEntropy) recipe.label_smoothing = 0.0;
    return recipe;
}

Recipe without_activations(Recipe recipe) {
    straighten(recipe.layers);
    return recipe;
}

Recipe with_activations(Recipe recipe, LayerKind kind) {
    bend(recipe.layers, kind);
    return recipe;
}

Recipe with_batch_norm(Recipe recipe) {
    add_batch_norms(recipe.layers);
    return recipe;
}

Recipe without_batch_norm(Recipe recipe) {
    remove_batch_norms(recipe.layers);
    return recipe;
}

Recipe without_shuffling(Recipe recipe) {
    recipe.shuffle = false;
    return recipe;
}

Recipe without_normalisation(Recipe recipe) {
    recipe.input_mean = {0.0};
    recipe.input_deviation = {1.0};
    recipe.normalise_from_data = false;
    return recipe;
}

bool has_activations(const Recipe& recipe) { return any_bends(recipe.layers); }

bool activations_are(const Recipe& recipe, LayerKind kind) { return all_bend_so(recipe.layers, kind); }

bool has_batch_norm(const Recipe& recipe) { return any_of_kind(recipe.layers, LayerKind::BatchNorm); }

bool has_convolutions(const Recipe& recipe) { return any_of_kind(recipe.layers, LayerKind::Conv2d); }

bool is_normalised(const Recipe& recipe) {
    const auto all = [](const std::vector<double>& values, double value) {
        return std::all_of(values.begin(), values.end(), [value](double one) { return one == value; });
    };
    return !all(recipe.input_mean, 0.0) || !all(recipe.input_deviation, 1.0);
}

}  // namespace convscope
