// Random changes of training pictures: shifted, turned, scaled, noisy, as a recipe's [augmentation] says.
#pragma once

#include "engine/api/recipe.h"
#include "engine/api/run_info.h"

#include <cstdint>
#include <span>

namespace convscope {

// Immutable; any thread may call. What happens to a picture depends on seed, epoch and index alone, so that a run that
// is resumed goes on with the very pictures it would have seen.
class Augmenter {
public:
    Augmenter(const AugmentationSpec& spec, const DatasetInfo& data, std::uint64_t seed);

    // `in` and `out` are channels x height x width bytes and do not overlap. Pixels from outside the picture are black.
    // All channels move together; noise differs from value to value.
    void apply(std::span<const std::uint8_t> in, std::int64_t epoch, std::int64_t index,
               std::span<std::uint8_t> out) const;

private:
    AugmentationSpec spec_;
    std::int64_t channels_;
    std::int64_t height_;
    std::int64_t width_;
    std::uint64_t seed_;
};

}  // namespace convscope
