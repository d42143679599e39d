#include "viz/app/recipe_edit.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {
namespace {

bool has_name(const std::vector<LayerSpec>& layers, const std::string& name) {
    return std::any_of(layers.begin(), layers.end(), [&](const LayerSpec& layer) {
        return layer.name == name || has_name(layer.body, name) || has_name(layer.shortcut, name);
    });
}

}  // namespace

bool can_be_added(LayerKind kind) { return role_of(kind) != LayerRole::Joins; }

std::size_t field_of(std::span<const LayerSetting> settings, std::size_t index) {
    constexpr std::array<std::string_view, kFieldCount> kOwn{"", "kernel_size", "stride", "padding"};
    const std::string_view key = settings[index].key;
    const auto own = std::find(kOwn.begin() + 1, kOwn.end(), key);
    if (own != kOwn.end()) return static_cast<std::size_t>(own - kOwn.begin());
    const auto has_own = [&](const LayerSetting& one) {
        return std::find(kOwn.begin(), kOwn.end(), one.key) != kOwn.end();
    };
    const auto first = std::find_if_not(settings.begin(), settings.end(), has_own);
    return first - settings.begin() == static_cast<std::ptrdiff_t>(index) ? 0 : kFieldCount;
}

LayerSpec new_layer(const Recipe& recipe, LayerKind kind) {
    LayerSpec layer = row_of(kind).usual;
    layer.kind = kind;
    int number = 1;
    do {
        layer.name = row_of(kind).stem + std::to_string(number++);
    } while (has_name(recipe.layers, layer.name));
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
