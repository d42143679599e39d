// Which picture a network is looked at with.
#pragma once

#include "engine/core/types.h"

#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

namespace convscope {

// One of the data set's.
struct HeldPicture {
    Split split = Split::Test;
    std::int64_t index = 0;  // from 0, in its split
    bool operator==(const HeldPicture&) const = default;
};

// "Sample 0 of the batch": of the minibatch drawn last, as it was trained on; before the first minibatch, of the one
// that comes.
struct BatchSample {
    std::int64_t index = 0;  // from 0; modulo the minibatch's size
    bool operator==(const BatchSample&) const = default;
};

// Bytes of one's own, of the size that the recipe's input has, laid out as in a Dataset. Whoever holds the pixels may
// hold them for ever; nobody changes them.
struct OwnPicture {
    std::shared_ptr<const std::vector<std::uint8_t>> pixels = {};
    std::uint64_t id = 0;  // its maker's; other pixels have another one
    std::int64_t byte_count() const { return pixels ? static_cast<std::int64_t>(pixels->size()) : 0; }
    bool operator==(const OwnPicture&) const = default;
};

using ProbeSource = std::variant<HeldPicture, BatchSample, OwnPicture>;

}  // namespace convscope
