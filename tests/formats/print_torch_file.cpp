// Prints what the program reads of files of weights, for torch_file_test.py to judge: one JSON object per file, with
// "value" (the file), "weights" (its state dict) and "key" (where that was), or "error" in place of either. After
// "--key KEY" that is where weights are looked for.
#include "engine/formats/state_dict.h"
#include "engine/formats/weights_file.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>

using namespace convscope;
using Json = nlohmann::ordered_json;

namespace {

Json number(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    return value;
}

Json tensor(DType dtype, const std::vector<std::int64_t>& shape, const std::vector<float>& values) {
    Json numbers = Json::array();
    for (const float value : values) numbers.push_back(number(static_cast<double>(value)));
    return {{"dtype", to_string(dtype)}, {"shape", shape}, {"values", numbers}};
}

Json json_of(const PickleValue& value) {
    if (const auto* flag = value.as<bool>()) return *flag;
    if (const auto* integer = value.as<std::int64_t>()) return *integer;
    if (const auto* real = value.as<double>()) return number(*real);
    if (const auto* text = value.as<std::string>()) return *text;
    if (const auto* list = value.as<PickleValue::List>()) {
        Json json = Json::array();
        for (const PickleValue& item : *list) json.push_back(json_of(item));
        return json;
    }
    if (const auto* dict = value.as<PickleValue::Dict>()) {
        Json json = Json::object();
        for (const PickleValue::Entry& entry : *dict) json[entry.key] = json_of(entry.value);
        return json;
    }
    if (const auto* stored = value.as<StoredTensor>()) {
        Json json = tensor(stored->dtype, stored->shape, stored->floats());
        json["integers"] = stored->integers();
        return json;
    }
    if (const auto* opaque = value.as<PickleValue::Opaque>()) return {{"opaque", opaque->name}};
    return nullptr;
}

Json read(const char* path, const std::string& key) {
    const auto file = read_weights_file(path);
    if (!file) return {{"value", {{"error", file.error().message}}}};
    const PickleValue& value = file.value().content;
    const auto weights = find_state_dict(value, path, {key, {}});
    if (!weights) return {{"value", json_of(value)}, {"weights", {{"error", weights.error().message}}}};
    Json named = Json::array();
    for (const auto& [name, found] : weights.value().tensors)
        named.push_back({name, tensor(found.dtype, found.shape, found.floats())});
    return {{"value", json_of(value)}, {"weights", named}, {"key", weights.value().key}};
}

}  // namespace

int main(int count, char** arguments) {
    std::string key;
    for (int i = 1; i < count; ++i) {
        if (std::string_view(arguments[i]) == "--key" && i + 1 < count)
            key = arguments[++i];
        else
            std::puts(read(arguments[i], key).dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
    }
    return 0;
}
