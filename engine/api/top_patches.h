// Which test pictures excite each channel most and least, and where in them.
#pragma once

#include "engine/core/types.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace convscope {

// Of every channel of every layer, so that one pass over the test set is enough for all.
struct TopPatchesQuestion {
    auto operator<=>(const TopPatchesQuestion&) const = default;
};

// One value of a channel's map: what it saw of the picture is its receptive field there.
struct TopPatch {
    std::int64_t picture = -1;  // of the test set
    std::int32_t row = 0;       // of the value, in the channel's map
    std::int32_t column = 0;
    float value = 0.0F;
    bool operator==(const TopPatch&) const = default;
};

// From each picture comes no more than one patch, the strongest (or weakest) of it: nine cuts of one stroke would say
// little. Of equal ones the earlier picture, and in it the first value row by row. Where a value is not a number the
// picture is passed over.
struct TopPatches {
    static constexpr std::int64_t kMost = 9;

    std::int64_t pictures = 0;  // that were looked through
    struct OfLayer {
        std::vector<TopPatch> most;        // kMost per channel, the strongest first
        std::vector<TopPatch> least;       // likewise, the weakest first
        std::vector<std::int32_t> counts;  // per channel: how many of its kMost are there
    };
    std::vector<OfLayer> layers;

    // Empty where there is no such layer or channel.
    std::span<const TopPatch> most(LayerId layer, std::int64_t channel) const;
    std::span<const TopPatch> least(LayerId layer, std::int64_t channel) const;
};

}  // namespace convscope
