// Recipes as text: the counterpart of recipe_file.cpp.
#include "engine/recipe/recipe_file.h"

#include "engine/api/layer_kinds.h"

#include <charconv>
#include <cstdio>
#include <variant>

namespace convscope {
namespace {

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

std::string toml_numbers(const std::vector<double>& values) {
    if (values.size() == 1) return toml_number(values.front());
    std::string text = "[";
    for (const double value : values) text += (text.size() > 1 ? ", " : "") + toml_number(value);
    return text + ']';
}

class TomlWriter {
public:
    void header(std::string_view text) { ((text_ += '\n') += text) += '\n'; }
    void put(std::string_view key, std::string_view value) { line(key, toml_text(value)); }
    void put(std::string_view key, double value) { line(key, toml_number(value)); }
    void put(std::string_view key, std::int64_t value) { line(key, std::to_string(value)); }
    void put(std::string_view key, const std::vector<double>& values) { line(key, toml_numbers(values)); }
    void put(std::string_view key, const std::vector<std::string>& texts) {
        if (texts.size() == 1) return put(key, std::string_view(texts.front()));
        std::string list = "[";
        for (const std::string& text : texts) list += (list.size() > 1 ? ", " : "") + toml_text(text);
        line(key, list + ']');
    }
    void put_flag(std::string_view key, bool value) { line(key, value ? "true" : "false"); }
    std::string take() { return std::move(text_); }

private:
    void line(std::string_view key, std::string_view value) { (((text_ += key) += " = ") += value) += '\n'; }
    std::string text_;
};

// `list`: "layer", or "layer.body" for those within a residual layer.
void write_layer(TomlWriter& out, const LayerSpec& spec, const std::string& list) {
    out.header("[[" + list + "]]");
    out.put("name", spec.name);
    out.put("kind", to_string(spec.kind));
    if (!spec.inputs.empty()) out.put("input", spec.inputs);
    if (!spec.weights_of.empty()) out.put("weights_of", std::string_view(spec.weights_of));
    for (const LayerSetting& setting : row_of(spec.kind).settings) {
        if (const auto* whole = std::get_if<std::int64_t LayerSpec::*>(&setting.value))
            out.put(setting.key, spec.*(*whole));
        else if (const auto* number = std::get_if<double LayerSpec::*>(&setting.value))
            out.put(setting.key, spec.*(*number));
        else
            out.put_flag(setting.key, spec.*std::get<bool LayerSpec::*>(setting.value));
    }
    for (const LayerSpec& inner : spec.body) write_layer(out, inner, list + ".body");
    for (const LayerSpec& inner : spec.shortcut) write_layer(out, inner, list + ".shortcut");
}

void write_optimizer(TomlWriter& out, const OptimizerSpec& optimizer) {
    out.header("[optimizer]");
    out.put("kind", to_string(optimizer.kind));
    out.put("learning_rate", optimizer.learning_rate);
    out.put(optimizer.is_adam() ? "beta1" : "momentum", optimizer.momentum);
    if (optimizer.is_adam()) out.put("beta2", optimizer.beta2);
    if (optimizer.kind == OptimizerKind::RmsProp) out.put("smoothing", optimizer.smoothing);
    if (optimizer.kind == OptimizerKind::Sgd)
        out.put_flag("nesterov", optimizer.nesterov);
    else
        out.put("epsilon", optimizer.epsilon);
    out.put("weight_decay", optimizer.weight_decay);
}

void write_schedule(TomlWriter& out, const ScheduleSpec& schedule) {
    out.header("[schedule]");
    out.put("kind", to_string(schedule.kind));
    if (schedule.kind == ScheduleKind::OneCycle) {
        out.put("rising_share", schedule.rising_share);
        out.put("start_divisor", schedule.start_divisor);
        out.put("final_divisor", schedule.final_divisor);
        return;
    }
    out.put("warm_up_epochs", schedule.warm_up_epochs);
    if (schedule.kind == ScheduleKind::Step) {
        out.put("step_epochs", schedule.step_epochs);
        out.put("factor", schedule.factor);
    }
    if (schedule.kind == ScheduleKind::Cosine) out.put("final_factor", schedule.final_factor);
}

}  // namespace

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
    out.put_flag("normalise_from_data", recipe.normalise_from_data);
    out.put_flag("transpose", recipe.input_transposed);
    out.put("invert", to_string(recipe.pictures.invert));
    out.put("resize", to_string(recipe.pictures.resize));
    out.put("centre", to_string(recipe.pictures.centre));
    out.put_flag("grey", recipe.pictures.grey);
    out.header("[augmentation]");
    out.put("shift", recipe.augmentation.shift);
    out.put("rotate", recipe.augmentation.rotate);
    out.put("scale", recipe.augmentation.scale);
    out.put("noise", recipe.augmentation.noise);
    for (const LayerSpec& spec : recipe.layers) write_layer(out, spec, "layer");
    out.header("[training]");
    out.put("loss", to_string(recipe.loss));
    if (recipe.loss == LossKind::CrossEntropy) out.put("label_smoothing", recipe.label_smoothing);
    out.put("batch_size", recipe.batch_size);
    out.put("epochs", recipe.epochs);
    out.put_flag("shuffle", recipe.shuffle);
    out.put("validation", recipe.validation_count);
    out.put("evaluate_every", recipe.evaluate_every);
    out.put("stop_at_accuracy", recipe.stop_at_accuracy);
    out.put("patience", recipe.patience);
    write_optimizer(out, recipe.optimizer);
    write_schedule(out, recipe.schedule);
    return out.take();
}

}  // namespace convscope
