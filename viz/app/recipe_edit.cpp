#include "viz/app/recipe_edit.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace convscope {
namespace {

constexpr std::array kAddable{
    LayerKind::Conv2d,    LayerKind::Linear,  LayerKind::ReLU,      LayerKind::LeakyReLU, LayerKind::GELU,
    LayerKind::Sigmoid,   LayerKind::Tanh,    LayerKind::MaxPool2d, LayerKind::AvgPool2d, LayerKind::AdaptiveAvgPool2d,
    LayerKind::BatchNorm, LayerKind::Dropout, LayerKind::Flatten,   LayerKind::Softmax,   LayerKind::LogSoftmax};

const char* stem_of(LayerKind kind) {
    switch (kind) {
        case LayerKind::Conv2d:
            return "conv";
        case LayerKind::Linear:
            return "fc";
        case LayerKind::BatchNorm:
            return "norm";
        case LayerKind::MaxPool2d:
        case LayerKind::AvgPool2d:
        case LayerKind::AdaptiveAvgPool2d:
            return "pool";
        default:
            return to_string(kind).data();  // of a string literal, so it ends
    }
}

bool has_name(const std::vector<LayerSpec>& layers, const std::string& name) {
    return std::any_of(layers.begin(), layers.end(), [&](const LayerSpec& layer) {
        return layer.name == name || has_name(layer.body, name) || has_name(layer.shortcut, name);
    });
}

}  // namespace

std::span<const LayerKind> addable_kinds() { return kAddable; }

LayerSettings settings_of(LayerKind kind) {
    switch (kind) {
        case LayerKind::Conv2d:
            return {.size = "channels", .kernel = true};
        case LayerKind::Linear:
            return {.size = "features"};
        case LayerKind::AdaptiveAvgPool2d:
            return {.size = "side"};
        case LayerKind::MaxPool2d:
        case LayerKind::AvgPool2d:
            return {.kernel = true};
        case LayerKind::Dropout:
            return {.probability = true};
        default:
            return {};
    }
}

LayerSpec new_layer(const Recipe& recipe, LayerKind kind) {
    LayerSpec layer;
    layer.kind = kind;
    int number = 1;
    do {
        layer.name = stem_of(kind) + std::to_string(number++);
    } while (has_name(recipe.layers, layer.name));
    if (kind == LayerKind::Conv2d) {
        layer.output_size = 16;
        layer.kernel_size = 3;
        layer.padding = 1;  // keeps the maps' size
    } else if (kind == LayerKind::Linear) {
        layer.output_size = 64;
    } else if (kind == LayerKind::AdaptiveAvgPool2d) {
        layer.output_size = 1;
    } else if (settings_of(kind).kernel) {
        layer.kernel_size = 2;
        layer.stride = 2;
    }
    return layer;
}

void add_layer(Recipe& recipe, std::size_t place, LayerKind kind) {
    const auto at = recipe.layers.begin() + static_cast<std::ptrdiff_t>(std::min(place, recipe.layers.size()));
    recipe.layers.insert(at, new_layer(recipe, kind));
}

void remove_layer(Recipe& recipe, std::size_t place) {
    if (place < recipe.layers.size()) recipe.layers.erase(recipe.layers.begin() + static_cast<std::ptrdiff_t>(place));
}

}  // namespace convscope
