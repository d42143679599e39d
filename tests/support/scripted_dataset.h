// The pictures that the scripted session pretends to train on: MNIST's counts, digits drawn when first asked for.
#pragma once

#include "engine/api/dataset.h"

#include <cstdint>
#include <memory>

namespace convscope::test {

// From 0, around the end.
inline std::int64_t wrapped(std::int64_t index, std::int64_t size) { return (index % size + size) % size; }

// 60,000 and 10,000 pictures of 28 x 28, the same for the same index in both sets. `channels` 3: each class in a colour
// of its own, on a ground that is not black. Other numbers of channels repeat the grey picture.
std::shared_ptr<const Dataset> make_scripted_dataset(std::int64_t channels = 1);

// What RunInfo::augment may be: the picture moved by up to 3 pixels each way, another place each epoch, black where it
// came from outside.
void scripted_augmentation(const DatasetInfo& info, std::span<const std::uint8_t> in, std::int64_t epoch,
                           std::int64_t index, std::span<std::uint8_t> out);

}  // namespace convscope::test
