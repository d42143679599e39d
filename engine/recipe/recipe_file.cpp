#include "engine/recipe/recipe_file.h"

#include "engine/api/layer_kinds.h"
#include "engine/core/plain_file.h"
#include "engine/core/whole_file.h"
#include "engine/recipe/network_plan.h"
#include "engine/recipe/toml_section.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>
#include <variant>
#include <vector>

namespace convscope {
namespace {

constexpr std::int64_t kMaxBatchSize = 1'000'000;
constexpr std::int64_t kMaxEpochs = 1'000'000;

constexpr InvertKind kInvertKinds[] = {InvertKind::Auto, InvertKind::No, InvertKind::Yes, InvertKind::ToLight,
                                       InvertKind::ToDark};
constexpr ResizeKind kResizeKinds[] = {ResizeKind::Stretch, ResizeKind::Crop, ResizeKind::Fit};
constexpr CentreKind kCentreKinds[] = {CentreKind::Auto, CentreKind::No, CentreKind::Yes};
constexpr LossKind kLossKinds[] = {LossKind::CrossEntropy, LossKind::NegativeLogLikelihood,
                                   LossKind::CrossEntropyOneHot, LossKind::MeanSquaredError};
constexpr OptimizerKind kOptimizerKinds[] = {OptimizerKind::Sgd, OptimizerKind::Adam, OptimizerKind::AdamW,
                                             OptimizerKind::RmsProp};
constexpr ScheduleKind kScheduleKinds[] = {ScheduleKind::Constant, ScheduleKind::Step, ScheduleKind::Cosine,
                                           ScheduleKind::OneCycle};

using Keys = std::vector<std::string_view>;

std::vector<LayerKind> all_layer_kinds() {
    std::vector<LayerKind> kinds;
    for (const LayerKindRow& row : layer_kinds()) kinds.push_back(row.kind);
    return kinds;
}

// The settings a layer of this kind has, besides name and kind; likewise below.
Keys settings_of(LayerKind kind) {
    Keys keys{"input"};
    if (kind == LayerKind::Residual) keys.insert(keys.end(), {"body", "shortcut"});
    if (may_have_weights(kind)) keys.push_back("weights_of");
    for (const LayerSetting& setting : row_of(kind).settings) keys.push_back(setting.key);
    return keys;
}

Keys settings_of(OptimizerKind kind) {
    switch (kind) {
        case OptimizerKind::Sgd:
            return {"kind", "learning_rate", "momentum", "nesterov", "weight_decay"};
        case OptimizerKind::RmsProp:
            return {"kind", "learning_rate", "smoothing", "momentum", "epsilon", "weight_decay"};
        default:
            return {"kind", "learning_rate", "beta1", "beta2", "epsilon", "weight_decay"};
    }
}

Keys settings_of(ScheduleKind kind) {
    switch (kind) {
        case ScheduleKind::Constant:
            return {"kind", "warm_up_epochs"};
        case ScheduleKind::Step:
            return {"kind", "warm_up_epochs", "step_epochs", "factor"};
        case ScheduleKind::Cosine:
            return {"kind", "warm_up_epochs", "final_factor"};
        case ScheduleKind::OneCycle:
            return {"kind", "rising_share", "start_divisor", "final_divisor"};
    }
    return {};
}

bool is_recipe_name(std::string_view name) {
    constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    return !name.empty() && name.find_first_not_of(kAllowed) == std::string_view::npos;
}

void read_layers(const toml::table& parent, std::string_view key, const std::string& path, TomlErrors& errors,
                 std::vector<LayerSpec>& layers);

// Ranges are checked by plan_network(), which knows the neighbours too; here it is only what a file can get wrong.
LayerSpec read_layer(TomlSection& section, const toml::table& table, const std::string& path, TomlErrors& errors) {
    LayerSpec spec;
    section.text("name", spec.name, Need::Required);
    spec.line = section.line_of("name");
    section.choice("kind", spec.kind, all_layer_kinds());
    if (section.failed()) return spec;

    Keys known = settings_of(spec.kind);
    known.insert(known.end(), {"name", "kind"});
    section.refuse_other_keys(known, "a " + std::string(to_string(spec.kind)) + " layer");
    section.texts("input", spec.inputs);
    section.text("weights_of", spec.weights_of);
    for (const LayerSetting& setting : row_of(spec.kind).settings) {
        const Need need = setting.required ? Need::Required : Need::Optional;
        if (const auto* whole = std::get_if<std::int64_t LayerSpec::*>(&setting.value)) {
            if (setting.follows != nullptr) spec.*(*whole) = spec.*setting.follows;
            section.integer(setting.key, spec.*(*whole), need);
        } else if (const auto* number = std::get_if<double LayerSpec::*>(&setting.value)) {
            section.number(setting.key, spec.*(*number), setting.rule, need);
        } else {
            section.boolean(setting.key, spec.*std::get<bool LayerSpec::*>(setting.value));
        }
    }
    if (spec.kind == LayerKind::Residual) {
        read_layers(table, "body", path + spec.name + ".", errors, spec.body);
        read_layers(table, "shortcut", path + spec.name + ".", errors, spec.shortcut);
    }
    return spec;
}

// `path` goes before the layers' names in messages: "block1.".
void read_layers(const toml::table& parent, std::string_view key, const std::string& path, TomlErrors& errors,
                 std::vector<LayerSpec>& layers) {
    const toml::node* node = parent.get(key);
    if (node == nullptr) {
        if (path.empty()) errors.add(0, "", "there are no layers; add at least one [[layer]] with a name and a kind");
        return;
    }
    const toml::array* list = node->as_array();
    if (list == nullptr || !list->is_array_of_tables())
        return errors.add(line_of(*node), "",
                          path.empty()
                              ? "a layer is written with two brackets: [[layer]]"
                              : "a nested layer is written with two brackets: [[layer." + std::string(key) + "]]");
    for (const toml::node& entry : *list) {
        const toml::table& table = *entry.as_table();
        const auto name = table["name"].value<std::string_view>();
        const std::string where = name ? "layer " + printable(path + std::string(*name))
                                       : "layer " + std::to_string(layers.size() + 1) +
                                             (path.empty() ? " of the file" : " of " + printable(path));
        TomlSection section(table, where, errors);
        layers.push_back(read_layer(section, table, path, errors));
        if (errors.any()) return;
    }
}

void read_input(TomlSection section, Recipe& recipe) {
    section.refuse_other_keys({"channels", "height", "width", "classes", "mean", "deviation", "normalise_from_data",
                               "transpose", "invert", "resize", "centre", "grey"},
                              "this section");
    section.integer("channels", recipe.input_channels, 1, kMaxValues);
    section.integer("height", recipe.input_height, 1, kMaxValues);
    section.integer("width", recipe.input_width, 1, kMaxValues);
    section.integer("classes", recipe.class_count, 2, kMaxClasses);
    section.numbers("mean", recipe.input_mean, kAnyNumber);
    section.numbers("deviation", recipe.input_deviation, kAboveZero);
    section.boolean("normalise_from_data", recipe.normalise_from_data);
    section.boolean("transpose", recipe.input_transposed);
    section.choice("invert", recipe.pictures.invert, kInvertKinds, Need::Optional);
    section.choice("resize", recipe.pictures.resize, kResizeKinds, Need::Optional);
    section.choice("centre", recipe.pictures.centre, kCentreKinds, Need::Optional);
    section.boolean("grey", recipe.pictures.grey);
    if (recipe.pictures.centre == CentreKind::Yes && recipe.input_height != recipe.input_width)
        section.fail("centre",
                     "centre is \"yes\", which is for square inputs; take it out, or make height and width alike");
}

void read_augmentation(TomlSection section, AugmentationSpec& augmentation) {
    section.refuse_other_keys({"shift", "rotate", "scale", "noise"}, "this section");
    section.number("shift", augmentation.shift, kZeroOrMore);
    section.number("rotate", augmentation.rotate, kZeroOrMore);
    section.number("scale", augmentation.scale, kShareBelowOne);
    section.number("noise", augmentation.noise, kShare);
}

void read_training(TomlSection section, Recipe& recipe) {
    section.refuse_other_keys({"loss", "label_smoothing", "batch_size", "epochs", "shuffle", "validation",
                               "evaluate_every", "stop_at_accuracy", "patience"},
                              "this section");
    section.choice("loss", recipe.loss, kLossKinds, Need::Optional);
    section.number("label_smoothing", recipe.label_smoothing, kShareBelowOne);
    if (recipe.label_smoothing > 0.0 && recipe.loss != LossKind::CrossEntropy)
        section.fail("label_smoothing", "label_smoothing belongs to the loss \"cross_entropy\"; take one of them out");
    section.integer("batch_size", recipe.batch_size, 1, kMaxBatchSize);
    section.integer("epochs", recipe.epochs, 1, kMaxEpochs);
    section.boolean("shuffle", recipe.shuffle);
    section.integer("validation", recipe.validation_count, 0, kMaxValues);
    section.integer("evaluate_every", recipe.evaluate_every, 1, kMaxEpochs);
    section.number("stop_at_accuracy", recipe.stop_at_accuracy, kShare);
    section.integer("patience", recipe.patience, 0, kMaxEpochs);
}

void read_optimizer(TomlSection section, OptimizerSpec& optimizer) {
    section.choice("kind", optimizer.kind, kOptimizerKinds);
    if (section.failed()) return;
    section.refuse_other_keys(settings_of(optimizer.kind), "the optimizer " + std::string(to_string(optimizer.kind)));
    section.number("learning_rate", optimizer.learning_rate, kAboveZero, Need::Required);
    if (optimizer.kind == OptimizerKind::AdamW) optimizer.weight_decay = 0.01;  // PyTorch's default
    section.number("weight_decay", optimizer.weight_decay, kZeroOrMore);
    section.number("epsilon", optimizer.epsilon, kAboveZero);
    if (optimizer.is_adam()) {
        optimizer.momentum = 0.9;
        section.number("beta1", optimizer.momentum, kShareBelowOne);
        section.number("beta2", optimizer.beta2, kShareBelowOne);
        return;
    }
    section.number("momentum", optimizer.momentum, kShareBelowOne);
    section.number("smoothing", optimizer.smoothing, kShareBelowOne);
    section.boolean("nesterov", optimizer.nesterov);
    if (optimizer.nesterov && optimizer.momentum == 0.0)
        section.fail("nesterov", "nesterov needs a momentum above 0; give one, or take nesterov out");
}

void read_schedule(TomlSection section, ScheduleSpec& schedule) {
    section.choice("kind", schedule.kind, kScheduleKinds);
    if (section.failed()) return;
    section.refuse_other_keys(settings_of(schedule.kind), "the schedule " + std::string(to_string(schedule.kind)));
    section.number("warm_up_epochs", schedule.warm_up_epochs, kZeroOrMore);
    section.integer("step_epochs", schedule.step_epochs, 1, kMaxEpochs);
    section.number("factor", schedule.factor, kShareAboveZero);
    section.number("final_factor", schedule.final_factor, kShare);
    section.number("rising_share", schedule.rising_share, kShare);
    section.number("start_divisor", schedule.start_divisor, kOneOrMore);
    section.number("final_divisor", schedule.final_divisor, kOneOrMore);
}

Recipe read_recipe(const toml::table& root, TomlErrors& errors) {
    Recipe recipe;
    TomlSection top(root, "", errors);
    top.refuse_other_keys(
        {"name", "description", "input", "augmentation", "layer", "training", "optimizer", "schedule"}, "a recipe");
    top.text("name", recipe.name, Need::Required);
    if (!errors.any() && !is_recipe_name(recipe.name))
        errors.add(top.line_of("name"), "",
                   "name is " + printable(recipe.name) + "; use letters, digits, '.', '_' and '-', as in \"my-cnn\"");
    top.text("description", recipe.description);
    if (auto input = top.section("input", "[input]", Need::Optional)) read_input(*input, recipe);
    if (auto section = top.section("augmentation", "[augmentation]", Need::Optional))
        read_augmentation(*section, recipe.augmentation);
    read_layers(root, "layer", "", errors, recipe.layers);
    if (auto training = top.section("training", "[training]", Need::Optional)) read_training(*training, recipe);
    if (auto optimizer = top.section("optimizer", "[optimizer]", Need::Required))
        read_optimizer(*optimizer, recipe.optimizer);
    if (auto schedule = top.section("schedule", "[schedule]", Need::Optional))
        read_schedule(*schedule, recipe.schedule);
    return recipe;
}

constexpr const char* kNotToml = "see assets/recipes/README.md";

Result<Recipe> checked_recipe(const toml::table& table, std::string_view file_name, bool has_lines) {
    TomlErrors errors(file_name, has_lines);
    Recipe recipe = read_recipe(table, errors);
    if (errors.any()) return errors.first();
    if (auto plan = plan_network(recipe, file_name); !plan) return plan.error();
    // A run writes its recipe with every setting and escape spelt out, and must be able to read it again.
    if (to_toml(recipe).size() > kMaxTomlBytes)
        return Error{ErrorCode::InvalidArgument, std::string(file_name) +
                                                     ": its names and its description are longer than can be kept with "
                                                     "a run; shorten them"};
    return recipe;
}

// ---- --set ---------------------------------------------------------------------------------------------------------

// The table of the layer with that full name ("block1.conv2") among a list of layers, nested ones included.
toml::table* find_layer(toml::table& parent, std::string_view list_key, std::string_view name) {
    toml::array* list = parent[list_key].as_array();
    if (list == nullptr) return nullptr;
    for (toml::node& entry : *list) {
        if (!entry.is_table()) continue;  // an assignment before this one may have put anything there
        toml::table& layer = *entry.as_table();
        const std::string_view own = layer["name"].value_or(std::string_view());
        if (own == name) return &layer;
        if (name.size() <= own.size() || !name.starts_with(own) || name[own.size()] != '.') continue;
        for (const std::string_view key : {"body", "shortcut"})
            if (toml::table* found = find_layer(layer, key, name.substr(own.size() + 1))) return found;
    }
    return nullptr;
}

// A kind brings settings of its own: those of the kind before that it does not have are dropped.
void drop_settings_of_other_kinds(toml::table& section, const Keys& known) {
    for (auto entry = section.begin(); entry != section.end();) {
        const std::string_view key = entry->first.str();
        const bool keep = key == "name" || key == "kind" || std::find(known.begin(), known.end(), key) != known.end();
        entry = keep ? std::next(entry) : section.erase(entry);
    }
}

template <typename Kinds>
void adapt_to_kind(toml::table& section, const Kinds& kinds) {
    const std::string_view name = section["kind"].value_or(std::string_view());
    for (const auto kind : kinds)
        if (to_string(kind) == name) drop_settings_of_other_kinds(section, settings_of(kind));
}

// Puts the text into the table if it is a number of this kind, as others write them where TOML does not: 010, .5, 5.;
// what came of it. InvalidArgument: it is none.
template <typename Number>
std::errc insert_number(toml::table& table, const std::string& key, std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    Number number{};
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (end != text.data() + text.size()) return std::errc::invalid_argument;
    if (problem == std::errc()) table.insert_or_assign(key, number);
    return problem;
}

// "optimizer.learning_rate=0.01", "layer.conv1.channels=16", "name=mine".
Result<void> assign(toml::table& root, const std::string& assignment) {
    const auto refuse = [&](const std::string& what) {
        return Error{ErrorCode::InvalidArgument, "--set " + shortened(assignment) + ": " + what};
    };
    if (assignment.find_first_of("\n\r") != std::string::npos)
        return refuse("is more than one line; give each setting a --set of its own");
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0)
        return refuse("write SECTION.KEY=VALUE, as in optimizer.learning_rate=0.01 or layer.conv1.channels=16");
    const std::string path = assignment.substr(0, equals);
    const std::string value = assignment.substr(equals + 1);
    const std::size_t dot = path.rfind('.');
    const std::string section = dot == std::string::npos ? "" : path.substr(0, dot);
    const std::string key = dot == std::string::npos ? path : path.substr(dot + 1);

    toml::table* table = &root;
    if (section.starts_with("layer.")) {
        table = find_layer(root, "layer", std::string_view(section).substr(6));
        if (table == nullptr) return refuse("the recipe has no layer " + printable(section.substr(6)));
    } else if (!section.empty()) {
        if (!root.contains(section)) root.insert(section, toml::table{});
        table = root[section].as_table();
        if (table == nullptr)
            return refuse(printable(section) +
                          " is no section; sections are input, augmentation, "
                          "training, optimizer, schedule and layer.NAME");
    }
    // As TOML where it is that (a number, true, "text", an array), else as another number, else as a text that needs no
    // quotes.
    if (Result<toml::table> parsed = parse_toml("value = " + value, "the value", kNotToml); parsed.ok()) {
        parsed.value()["value"].node()->visit([&](auto& node) { table->insert_or_assign(key, node); });
    } else if (parsed.error().code == ErrorCode::Corrupt) {
        return refuse(parsed.error().message);
    } else {
        std::errc problem = insert_number<std::int64_t>(*table, key, value);
        if (problem == std::errc::invalid_argument) problem = insert_number<double>(*table, key, value);
        if (problem == std::errc::result_out_of_range)
            return refuse("this number is too large to be held, or too close to 0; write another one");
        if (problem != std::errc()) table->insert_or_assign(key, value);
    }
    if (key != "kind") return {};
    if (section == "optimizer")
        adapt_to_kind(*table, kOptimizerKinds);
    else if (section == "schedule")
        adapt_to_kind(*table, kScheduleKinds);
    else
        adapt_to_kind(*table, all_layer_kinds());
    return {};
}

}  // namespace

Result<Recipe> parse_recipe(std::string_view toml_text, std::string_view file_name) {
    Result<toml::table> table = parse_toml(toml_text, file_name, kNotToml);
    if (!table) return table.error();
    return checked_recipe(table.value(), file_name, /*has_lines=*/true);
}

Result<Recipe> override_recipe(const Recipe& recipe, std::span<const std::string> assignments) {
    if (assignments.empty()) return recipe;
    Result<toml::table> table = parse_toml(to_toml(recipe), recipe.name, kNotToml);
    if (!table) return table.error();
    std::string all = "--set";
    for (const std::string& assignment : assignments) {
        if (auto assigned = assign(table.value(), assignment); !assigned) return assigned.error();
        all += ' ' + shortened(assignment);
    }
    return checked_recipe(table.value(), all, /*has_lines=*/false);
}

Result<Recipe> load_recipe_file(const std::filesystem::path& path) {
    const std::string name = path.string();
    std::error_code ignored;
    if (std::optional<Error> hidden = out_of_reach(path); hidden && !std::filesystem::is_directory(path, ignored))
        return *std::move(hidden);
    if (!std::filesystem::exists(path, ignored))
        return Error{ErrorCode::NotFound,
                     name + ": there is no such file; `convscope recipes` lists the built-in recipes"};
    if (std::filesystem::is_directory(path, ignored))
        return Error{ErrorCode::InvalidArgument, name + ": this is a folder; give the path of a recipe's .toml file"};
    auto text = read_whole_file(path, kMaxTomlBytes);
    if (!text) return text.error();
    if (text.value().find('\0') != std::string::npos)
        return Error{ErrorCode::InvalidArgument,
                     name +
                         ": is no text, and so no recipe; name a .toml file (a run's is its recipe.toml), or open "
                         "weights with --checkpoint"};
    return parse_recipe(text.value(), name);
}

}  // namespace convscope
