// What the parts of a checkpoint are written with, and read: for checkpoint*.cpp alone.
#pragma once

#include "engine/formats/pickle_value.h"

#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace convscope {

// What is wrong with a file; read_checkpoint() makes a Result of it.
struct Damage : std::runtime_error {
    using std::runtime_error::runtime_error;
};

inline const PickleValue& member(const PickleValue& dict, std::string_view key) {
    const PickleValue* value = dict.find(key);
    if (value == nullptr) throw Damage("'" + std::string(key) + "' is missing");
    return *value;
}

template <typename T>
T number(const PickleValue& dict, const char* key) {
    const PickleValue& value = member(dict, key);
    if (const auto* found = value.as<T>()) return *found;
    throw Damage(std::string("'") + key + "' has another type");
}

inline std::string text(const PickleValue& dict, const char* key) {
    if (const auto* found = member(dict, key).as<std::string>()) return *found;
    throw Damage(std::string("'") + key + "' is no text");
}

inline const StoredTensor& stored(const PickleValue& dict, std::string_view key) {
    const PickleValue* value = dict.find(key);
    const StoredTensor* tensor = value == nullptr ? nullptr : value->as<StoredTensor>();
    if (tensor == nullptr) throw Damage("the tensor '" + std::string(key) + "' is missing");
    return *tensor;
}

}  // namespace convscope
