#include "viz/app/recipe_edit.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace convscope {
namespace {

bool has_name(const std::vector<LayerSpec>& layers, const std::string& name) {
    return std::any_of(layers.begin(), layers.end(), [&](const LayerSpec& layer) {
        return layer.name == name || has_name(layer.body, name) || has_name(layer.shortcut, name);
    });
}

void rename_uses(std::vector<LayerSpec>& layers, const std::string& from, const std::string& to) {
    for (LayerSpec& layer : layers) {
        std::replace(layer.inputs.begin(), layer.inputs.end(), from, to);
        if (layer.weights_of == from) layer.weights_of = to;
        rename_uses(layer.body, from, to);
        rename_uses(layer.shortcut, from, to);
    }
}

}  // namespace

bool can_be_added(LayerKind kind) { return kind != LayerKind::Residual; }

std::string line_of_names(const std::vector<std::string>& names) {
    std::string line;
    for (const std::string& name : names) line += (line.empty() ? "" : ", ") + name;
    return line;
}

std::vector<std::string> names_in_line(std::string_view line) {
    constexpr std::string_view kBetween = " ,;\t";
    std::vector<std::string> names;
    while (true) {
        line.remove_prefix(std::min(line.size(), line.find_first_not_of(kBetween)));
        if (line.empty()) return names;
        const std::string_view name = line.substr(0, line.find_first_of(kBetween));
        names.emplace_back(name);
        line.remove_prefix(name.size());
    }
}

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
    place = std::min(place, recipe.layers.size());
    LayerSpec layer = new_layer(recipe, kind);
    if (takes_several(kind))
        for (const std::size_t before : {2, 1})
            layer.inputs.push_back(place < before ? std::string(kInputName) : recipe.layers[place - before].name);
    recipe.layers.insert(recipe.layers.begin() + static_cast<std::ptrdiff_t>(place), std::move(layer));
}

void remove_layer(Recipe& recipe, std::size_t place) {
    if (place < recipe.layers.size()) recipe.layers.erase(recipe.layers.begin() + static_cast<std::ptrdiff_t>(place));
}

std::size_t move_layer(Recipe& recipe, std::size_t place, int by) {
    const std::size_t other = by < 0 ? place - 1 : place + 1;  // beyond every end where there is none
    if (place >= recipe.layers.size() || other >= recipe.layers.size()) return place;
    std::swap(recipe.layers[place], recipe.layers[other]);
    return other;
}

bool rename_layer(Recipe& recipe, std::size_t place, const std::string& name) {
    if (name.empty() || has_name(recipe.layers, name)) return false;
    const std::string old = std::exchange(recipe.layers[place].name, name);
    rename_uses(recipe.layers, old, name);
    return true;
}

std::size_t layer_in_message(const Recipe& recipe, std::string_view message) {
    const auto named = std::find_if(recipe.layers.begin(), recipe.layers.end(), [&](const LayerSpec& layer) {
        return message.find("'" + layer.name + "'") != std::string_view::npos;
    });
    return static_cast<std::size_t>(named - recipe.layers.begin());
}

}  // namespace convscope
