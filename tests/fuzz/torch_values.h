// What both targets do with what was read of a file of weights: look at all of it.
#pragma once

#include "engine/formats/state_dict.h"

#include <cstdint>
#include <cstdlib>

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
    const auto dict = find_state_dict(read.value(), "fuzz.pth", {}, BatchCounts::Drop);
    if (!dict) return check(dict.error().message.find("fuzz.pth") == 0);
    std::vector<WantedTensor> wanted;
    for (const NamedTensor& tensor : dict.value()) wanted.push_back({tensor.name, tensor.shape});
    check(match_state_dict(wanted, dict.value()).places.size() == wanted.size());
    if (!wanted.empty()) wanted.front().shape.push_back(7);
    check(match_state_dict(wanted, dict.value()).places.size() == 0);
}

}  // namespace convscope::fuzz
