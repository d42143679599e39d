// Images and labels as bytes: what every data source offers to the trainer.
#pragma once

#include "engine/api/run_info.h"
#include "engine/core/types.h"

#include <cstdint>
#include <span>

namespace convscope {

// Immutable as seen from outside; any thread may read. Images are 8-bit, channels x height x width, row-major, white
// (255) on black as in MNIST.
class Dataset {
public:
    virtual ~Dataset() = default;

    virtual const DatasetInfo& info() const = 0;
    std::int64_t size(Split split) const { return split == Split::Train ? info().train_count : info().test_count; }
    std::int64_t image_bytes() const { return info().channels * info().height * info().width; }

    // Class of an image, from 0. index in [0, size(split)).
    virtual int label(Split split, std::int64_t index) const = 0;

    // The bytes of an image: image_bytes() of them, valid for the dataset's lifetime. May compute them on first use.
    virtual std::span<const std::uint8_t> image(Split split, std::int64_t index) const = 0;
};

}  // namespace convscope
