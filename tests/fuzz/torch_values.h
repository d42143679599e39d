// What both targets do with what was read of a file of weights: look at all of it.
#pragma once

#include "engine/formats/state_dict.h"

#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

namespace convscope::fuzz {

inline void check(bool condition) {
    if (!condition) std::abort();
}

// Every promised element is gathered, so that AddressSanitizer sees a promise that is too large.
inline void look_at(const PickleValue& value) {
    if (const auto* tensor = value.as<StoredTensor>()) {
        check(tensor->floats().size() == tensor->element_count());
        const auto integers = tensor->integers();
        check(integers.empty() || integers.size() == tensor->element_count());
    } else if (const auto* list = value.as<PickleValue::List>()) {
        for (const PickleValue& item : *list) look_at(item);
    } else if (const auto* dict = value.as<PickleValue::Dict>()) {
        for (const PickleValue::Entry& entry : *dict) {
            if (dict->size() < 100) check(value.find(entry.key) == &entry.value);  // no key comes twice
            look_at(entry.value);
        }
    }
}

// A refusal names the file; a value holds what it promises.
inline void look_at(const Result<PickleValue>& read) {
    if (!read) return check(read.error().message.find("fuzz.pth") == 0);
    look_at(read.value());
    opaque_values(read.value());
    const auto found = find_state_dict(read.value(), "fuzz.pth");
    if (!found) return check(found.error().message.find("fuzz.pth") == 0);
    const StateDict& tensors = found.value().tensors;
    check(!tensors.empty());
    std::vector<WantedTensor> wanted;
    std::set<std::string> names;
    for (const auto& [name, tensor] : tensors)
        if (is_floating(tensor.dtype) && names.insert(name).second) wanted.push_back({name, tensor.shape});
    const StateDictMatch match = match_state_dict(wanted, found.value());
    for (const std::size_t place : match.places) check(place < tensors.size());
    if (!wanted.empty()) wanted.front().shape.push_back(7);
    check(match_state_dict(wanted, found.value()).places.empty());
}

}  // namespace convscope::fuzz
