#include "engine/recipe/recipe_file.h"

#include "engine/core/whole_file.h"
#include "engine/recipe/network_plan.h"
#include "engine/recipe/toml_section.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>
#include <system_error>
#include <vector>

namespace convscope {
namespace {

constexpr std::size_t kMaxFileBytes = 1 << 20;  // a recipe of 512 layers has about 50 kB
constexpr std::int64_t kMaxClasses = 1000;      // a confusion matrix has their square
constexpr std::int64_t kMaxBatchSize = 1'000'000;
constexpr std::int64_t kMaxEpochs = 1'000'000;

constexpr LayerKind kLayerKinds[] = {
    LayerKind::Conv2d,  LayerKind::Linear,  LayerKind::ReLU,      LayerKind::LeakyReLU, LayerKind::GELU,
    LayerKind::Sigmoid, LayerKind::Tanh,    LayerKind::Flatten,   LayerKind::MaxPool2d, LayerKind::AvgPool2d,
    LayerKind::Dropout, LayerKind::Softmax, LayerKind::LogSoftmax};
constexpr LossKind kLossKinds[] = {LossKind::CrossEntropy, LossKind::NegativeLogLikelihood};
constexpr OptimizerKind kOptimizerKinds[] = {OptimizerKind::Sgd, OptimizerKind::Adam};

// The settings a layer of this kind has, besides name and kind.
std::vector<std::string_view> settings_of(LayerKind kind) {
    switch (kind) {
        case LayerKind::Conv2d:
            return {"channels", "kernel_size", "stride", "padding", "bias"};
        case LayerKind::Linear:
            return {"features", "bias"};
        case LayerKind::MaxPool2d:
        case LayerKind::AvgPool2d:
            return {"kernel_size", "stride", "padding"};
        case LayerKind::LeakyReLU:
            return {"negative_slope"};
        case LayerKind::Dropout:
            return {"probability"};
        default:
            return {};
    }
}

std::vector<std::string_view> settings_of(OptimizerKind kind) {
    if (kind == OptimizerKind::Sgd) return {"kind", "learning_rate", "momentum", "weight_decay"};
    return {"kind", "learning_rate", "beta1", "beta2", "epsilon", "weight_decay"};
}

bool is_recipe_name(std::string_view name) {
    constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    return !name.empty() && name.find_first_not_of(kAllowed) == std::string_view::npos;
}

const NumberRule kAboveZero{[](double v) { return v > 0.0; }, "it must be above 0"};
const NumberRule kZeroOrMore{[](double v) { return v >= 0.0; }, "it must be 0 or more"};
const NumberRule kShareBelowOne{[](double v) { return v >= 0.0 && v < 1.0; }, "it must be 0 or more and below 1"};
const NumberRule kAnyNumber{[](double) { return true; }, ""};

// Ranges are checked by plan_network(), which knows the neighbours too; here it is only what a file can get wrong.
LayerSpec read_layer(TomlSection& section) {
    LayerSpec spec;
    section.text("name", spec.name, Need::Required);
    spec.line = section.line_of("name");
    section.choice("kind", spec.kind, kLayerKinds);
    if (section.failed()) return spec;

    std::vector<std::string_view> known = settings_of(spec.kind);
    known.insert(known.end(), {"name", "kind"});
    section.refuse_other_keys(known, "a " + std::string(to_string(spec.kind)) + " layer");
    switch (spec.kind) {
        case LayerKind::Conv2d:
            section.integer("channels", spec.output_size, Need::Required);
            section.integer("kernel_size", spec.kernel_size, Need::Required);
            section.integer("stride", spec.stride);
            section.integer("padding", spec.padding);
            section.boolean("bias", spec.bias);
            break;
        case LayerKind::Linear:
            section.integer("features", spec.output_size, Need::Required);
            section.boolean("bias", spec.bias);
            break;
        case LayerKind::MaxPool2d:
        case LayerKind::AvgPool2d:
            section.integer("kernel_size", spec.kernel_size, Need::Required);
            spec.stride = spec.kernel_size;
            section.integer("stride", spec.stride);
            section.integer("padding", spec.padding);
            break;
        case LayerKind::LeakyReLU:
            section.number("negative_slope", spec.negative_slope, kAnyNumber);
            break;
        case LayerKind::Dropout:
            section.number("probability", spec.probability, kShareBelowOne);
            break;
        default:
            break;
    }
    return spec;
}

void read_layers(const toml::table& root, TomlErrors& errors, Recipe& recipe) {
    const toml::node* node = root.get("layer");
    if (node == nullptr)
        return errors.add(0, "", "there are no layers; add at least one [[layer]] with a name and a kind");
    const toml::array* list = node->as_array();
    if (list == nullptr || !list->is_array_of_tables())
        return errors.add(line_of(*node), "", "a layer is written with two brackets: [[layer]]");
    for (const toml::node& entry : *list) {
        const toml::table& table = *entry.as_table();
        const auto name = table["name"].value<std::string_view>();
        const std::string where =
            name ? "layer " + printable(*name) : "layer " + std::to_string(recipe.layers.size() + 1) + " of the file";
        TomlSection section(table, where, errors);
        recipe.layers.push_back(read_layer(section));
        if (errors.any()) return;
    }
}

void read_input(TomlSection section, Recipe& recipe) {
    section.refuse_other_keys({"channels", "height", "width", "classes", "mean", "deviation"}, "this section");
    section.integer("channels", recipe.input_channels, 1, kMaxValues);
    section.integer("height", recipe.input_height, 1, kMaxValues);
    section.integer("width", recipe.input_width, 1, kMaxValues);
    section.integer("classes", recipe.class_count, 2, kMaxClasses);
    section.number("mean", recipe.input_mean, kAnyNumber);
    section.number("deviation", recipe.input_deviation, kAboveZero);
}

void read_training(TomlSection section, Recipe& recipe) {
    section.refuse_other_keys({"loss", "batch_size", "epochs", "shuffle"}, "this section");
    section.choice("loss", recipe.loss, kLossKinds, Need::Optional);
    section.integer("batch_size", recipe.batch_size, 1, kMaxBatchSize);
    section.integer("epochs", recipe.epochs, 1, kMaxEpochs);
    section.boolean("shuffle", recipe.shuffle);
}

void read_optimizer(TomlSection section, Recipe& recipe) {
    OptimizerSpec& optimizer = recipe.optimizer;
    section.choice("kind", optimizer.kind, kOptimizerKinds);
    if (section.failed()) return;
    section.refuse_other_keys(settings_of(optimizer.kind), "the optimizer " + std::string(to_string(optimizer.kind)));
    section.number("learning_rate", optimizer.learning_rate, kAboveZero, Need::Required);
    section.number("weight_decay", optimizer.weight_decay, kZeroOrMore);
    if (optimizer.kind == OptimizerKind::Sgd) {
        section.number("momentum", optimizer.momentum, kShareBelowOne);
    } else {
        optimizer.momentum = 0.9;
        section.number("beta1", optimizer.momentum, kShareBelowOne);
        section.number("beta2", optimizer.beta2, kShareBelowOne);
        section.number("epsilon", optimizer.epsilon, kAboveZero);
    }
}

Recipe read_recipe(const toml::table& root, TomlErrors& errors) {
    Recipe recipe;
    TomlSection top(root, "", errors);
    top.refuse_other_keys({"name", "description", "input", "layer", "training", "optimizer"}, "a recipe");
    top.text("name", recipe.name, Need::Required);
    if (!errors.any() && !is_recipe_name(recipe.name))
        errors.add(top.line_of("name"), "",
                   "name is " + printable(recipe.name) + "; use letters, digits, '.', '_' and '-', as in \"my-cnn\"");
    top.text("description", recipe.description);
    if (auto input = top.section("input", "[input]", Need::Optional)) read_input(*input, recipe);
    read_layers(root, errors, recipe);
    if (auto training = top.section("training", "[training]", Need::Optional)) read_training(*training, recipe);
    if (auto optimizer = top.section("optimizer", "[optimizer]", Need::Required)) read_optimizer(*optimizer, recipe);
    return recipe;
}

// A TOML basic string: quotes, backslashes and control characters escaped.
std::string toml_text(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            result += '\\';
            result += c;
        } else if (code < 0x20 || code == 0x7F) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\u%04X", static_cast<unsigned>(code));
            result += escape;
        } else {
            result += c;
        }
    }
    return result + '"';
}

// The shortest text that reads back as the same number.
std::string toml_number(double value) {
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    return {text, end};
}

class TomlWriter {
public:
    void header(std::string_view text) { ((text_ += '\n') += text) += '\n'; }
    void put(std::string_view key, std::string_view value) { line(key, toml_text(value)); }
    void put(std::string_view key, double value) { line(key, toml_number(value)); }
    void put(std::string_view key, std::int64_t value) { line(key, std::to_string(value)); }
    void put_flag(std::string_view key, bool value) { line(key, value ? "true" : "false"); }
    std::string take() { return std::move(text_); }

private:
    void line(std::string_view key, std::string_view value) { (((text_ += key) += " = ") += value) += '\n'; }
    std::string text_;
};

void write_layer(TomlWriter& out, const LayerSpec& spec) {
    out.header("[[layer]]");
    out.put("name", spec.name);
    out.put("kind", to_string(spec.kind));
    for (std::string_view key : settings_of(spec.kind)) {
        if (key == "channels" || key == "features") out.put(key, spec.output_size);
        if (key == "kernel_size") out.put(key, spec.kernel_size);
        if (key == "stride") out.put(key, spec.stride);
        if (key == "padding") out.put(key, spec.padding);
        if (key == "bias") out.put_flag(key, spec.bias);
        if (key == "negative_slope") out.put(key, spec.negative_slope);
        if (key == "probability") out.put(key, spec.probability);
    }
}

}  // namespace

Result<Recipe> parse_recipe(std::string_view toml_text, std::string_view file_name) {
    TomlErrors errors(file_name);
    const std::string ascii = ascii_toml(toml_text, errors);
    if (errors.any()) return errors.first();
    const toml::parse_result parsed = toml::parse(ascii);
    if (!parsed) {
        const toml::parse_error& error = parsed.error();
        errors.add(static_cast<int>(error.source().begin.line), "",
                   "this is not TOML: " + std::string(error.description()) + "; see assets/recipes/README.md");
        return errors.first();
    }
    Recipe recipe = read_recipe(parsed.table(), errors);
    if (errors.any()) return errors.first();
    if (auto plan = plan_network(recipe, file_name); !plan) return plan.error();
    return recipe;
}

Result<Recipe> load_recipe_file(const std::filesystem::path& path) {
    const std::string name = path.string();
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored))
        return Error{ErrorCode::NotFound,
                     name + ": there is no such file; `convscope recipes` lists the built-in recipes"};
    if (std::filesystem::is_directory(path, ignored))
        return Error{ErrorCode::InvalidArgument, name + ": this is a folder; give the path of a recipe's .toml file"};
    auto text = read_whole_file(path, kMaxFileBytes);
    if (!text) return text.error();
    return parse_recipe(text.value(), name);
}

std::string to_toml(const Recipe& recipe) {
    TomlWriter out;
    out.put("name", recipe.name);
    out.put("description", recipe.description);
    out.header("[input]");
    out.put("channels", recipe.input_channels);
    out.put("height", recipe.input_height);
    out.put("width", recipe.input_width);
    out.put("classes", recipe.class_count);
    out.put("mean", recipe.input_mean);
    out.put("deviation", recipe.input_deviation);
    for (const LayerSpec& spec : recipe.layers) write_layer(out, spec);
    out.header("[training]");
    out.put("loss", to_string(recipe.loss));
    out.put("batch_size", recipe.batch_size);
    out.put("epochs", recipe.epochs);
    out.put_flag("shuffle", recipe.shuffle);
    out.header("[optimizer]");
    out.put("kind", to_string(recipe.optimizer.kind));
    out.put("learning_rate", recipe.optimizer.learning_rate);
    if (recipe.optimizer.kind == OptimizerKind::Sgd) {
        out.put("momentum", recipe.optimizer.momentum);
    } else {
        out.put("beta1", recipe.optimizer.momentum);
        out.put("beta2", recipe.optimizer.beta2);
        out.put("epsilon", recipe.optimizer.epsilon);
    }
    out.put("weight_decay", recipe.optimizer.weight_decay);
    return out.take();
}

}  // namespace convscope
