// The table of layer kinds, and that recipes, checks and plans follow it.
#include "engine/api/layer_kinds.h"

#include "engine/recipe/network_plan.h"
#include "engine/recipe/recipe_file.h"
#include "tests/support/catch.h"

#include <set>
#include <string>
#include <variant>
#include <vector>

using namespace convscope;

namespace {

constexpr auto kKindCount = static_cast<std::size_t>(LayerKind::Residual) + 1;  // the last of them

// A network of 8x4x4 maps in which the layer stands, between what it wants before it and what a network ends with.
Recipe around(LayerSpec layer) {
    Recipe recipe;
    recipe.name = "around";
    recipe.input_channels = 8;
    recipe.input_height = recipe.input_width = 4;
    recipe.optimizer.learning_rate = 0.1;
    layer.name = "it";
    if (role_of(layer.kind) == LayerRole::Compares || layer.kind == LayerKind::Linear)
        recipe.layers.push_back({.name = "before", .kind = LayerKind::Flatten});
    if (layer.kind == LayerKind::Residual) layer.body = {{.name = "within", .kind = LayerKind::ReLU}};
    if (takes_several(layer.kind)) layer.inputs = {"input", "input"};
    recipe.layers.push_back(std::move(layer));
    recipe.layers.push_back({.name = "after", .kind = LayerKind::Flatten});
    recipe.layers.push_back({.name = "end", .kind = LayerKind::Linear, .output_size = 10});
    return recipe;
}

LayerSpec usual(const LayerKindRow& row) {
    LayerSpec layer = row.usual;
    layer.kind = row.kind;
    return layer;
}

const LayerSpec& it_of(const Recipe& recipe) {
    for (const LayerSpec& layer : recipe.layers)
        if (layer.name == "it") return layer;
    throw std::logic_error("it is gone");
}

std::string kind_refusal(const Recipe& recipe) {
    const auto plan = plan_network(recipe);
    return plan.ok() ? "accepted" : plan.error().message;
}

}  // namespace

TEST_CASE("Every kind has one row, a name of its own and a network in which it can stand") {
    std::set<LayerKind> kinds;
    std::set<std::string> names;
    for (const LayerKindRow& row : layer_kinds()) {
        INFO(row.name);
        kinds.insert(row.kind);
        names.insert(row.name);
        CHECK(to_string(row.kind) == row.name);
        CHECK((row.role == LayerRole::Activates) == (row.formula != nullptr));
        CHECK(kind_refusal(around(usual(row))) == "accepted");
    }
    CHECK(layer_kinds().size() == kKindCount);
    CHECK(kinds.size() == kKindCount);
    CHECK(names.size() == kKindCount);
}

TEST_CASE("Every setting of every kind is written, read back and set from the command line") {
    for (const LayerKindRow& row : layer_kinds())
        for (const LayerSetting& setting : row.settings) {
            INFO(row.name << ' ' << setting.key);
            LayerSpec layer = usual(row);
            const LayerSpec before = layer;
            std::visit(
                [&](auto member) {
                    auto& value = layer.*member;
                    if constexpr (std::is_same_v<decltype(layer.*member), bool&>)
                        value = !value;
                    else if constexpr (std::is_same_v<decltype(layer.*member), double&>)
                        value /= 2.0;
                    else
                        value += setting.key == "groups" ? value : 1;  // must divide the channels
                },
                setting.value);
            const Recipe recipe = around(layer);
            const auto again = parse_recipe(to_toml(recipe), "written");
            REQUIRE(again.ok());
            CHECK(value_of(setting, it_of(again.value())) == value_of(setting, layer));

            const double wanted = value_of(setting, layer);
            const bool flag = std::holds_alternative<bool LayerSpec::*>(setting.value);
            const std::string value = flag ? (wanted == 1.0 ? "true" : "false") : std::to_string(wanted);
            const bool whole = std::holds_alternative<std::int64_t LayerSpec::*>(setting.value);
            const std::vector<std::string> set{"layer.it." + std::string(setting.key) + '=' +
                                               (whole ? value.substr(0, value.find('.')) : value)};
            const auto overridden = override_recipe(around(before), set);
            if (!overridden.ok()) FAIL(overridden.error().message);
            CHECK(value_of(setting, it_of(overridden.value())) == wanted);
        }
}

TEST_CASE("A number out of its range is refused by its key, in a file and in a plan") {
    for (const LayerKindRow& row : layer_kinds())
        for (const LayerSetting& setting : row.settings) {
            if (std::holds_alternative<bool LayerSpec::*>(setting.value) || setting.rule.text.empty()) continue;
            INFO(row.name << ' ' << setting.key);
            LayerSpec layer = usual(row);
            std::visit([&](auto member) { layer.*member = static_cast<std::decay_t<decltype(layer.*member)>>(-1); },
                       setting.value);
            const Recipe recipe = around(layer);
            const std::string text = std::string(setting.key) + " is ";
            CHECK_THAT(kind_refusal(recipe), contains_text(text) && contains_text(std::string(setting.rule.text)));
            CHECK_THAT(parse_recipe(to_toml(recipe), "").error().message, contains_text(text));
        }
}

TEST_CASE("A kind that is set takes what it needs from its own settings, and drops the others'") {
    const Recipe recipe = around({.kind = LayerKind::BatchNorm, .running_share = 0.3});
    const std::vector<std::string> set{"layer.it.kind=group_norm", "layer.it.groups=2"};
    const Recipe changed = override_recipe(recipe, set).value();
    const LayerSpec& layer = it_of(changed);
    CHECK(layer.kind == LayerKind::GroupNorm);
    CHECK(layer.groups == 2);
    CHECK(layer.running_share == LayerSpec{}.running_share);
}

TEST_CASE("Norms of one picture have the weights that PyTorch's have, and refuse what would leave nothing") {
    const auto weight_of = [](LayerSpec layer) {
        const NetworkDescription plan = plan_network(around(std::move(layer))).value();
        return plan.find("it")->weight_shape.to_string() + " " + plan.find("it")->bias_shape.to_string();
    };
    CHECK(weight_of({.kind = LayerKind::GroupNorm, .groups = 4}) == "8 8");
    CHECK(weight_of({.kind = LayerKind::LayerNorm}) == "8x4x4 8x4x4");
    CHECK(weight_of({.kind = LayerKind::InstanceNorm}) == "scalar scalar");
    CHECK(weight_of({.kind = LayerKind::InstanceNorm, .affine = true}) == "8 8");
    CHECK(weight_of({.kind = LayerKind::PReLU}) == "1 scalar");
    CHECK(weight_of({.kind = LayerKind::PReLU, .per_channel = true}) == "8 scalar");
    CHECK(kind_refusal(around({.kind = LayerKind::GroupNorm, .groups = 3})) ==
          "layer 'it': its 8 channels cannot be divided into 3 groups; use a number that divides them");
    Recipe single = around({.kind = LayerKind::InstanceNorm});
    single.input_height = single.input_width = 1;
    CHECK(kind_refusal(single) ==
          "layer 'it': it would normalise every value by itself alone, which leaves 0; give it larger maps or fewer "
          "groups, or take it out");
    Recipe flat = around({.kind = LayerKind::Dropout2d});
    flat.layers.insert(flat.layers.begin(), {.name = "flat", .kind = LayerKind::Flatten});
    CHECK(kind_refusal(flat) ==
          "layer 'it': a dropout2d layer takes maps (channels x height x width), but gets a vector of "
          "128; move it before the flatten layer");
}
