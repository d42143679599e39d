// What a unit saw in the test pictures that excite it most and least: its receptive field cut out of each. Pure: no
// drawing. UI thread.
#pragma once

#include "engine/api/pixel_square.h"
#include "engine/api/run_info.h"
#include "engine/api/tensor_capture.h"
#include "engine/api/top_patches.h"

#include <cstdint>
#include <span>
#include <vector>

namespace convscope {

class PatchSheet {
public:
    // Cuts them out, unless they are what was cut out last. `run` has a dataset, whose test pictures they are of.
    void show(const RunInfo& run, const LayerDescription& layer, std::span<const TopPatch> most,
              std::span<const TopPatch> least);

    // kMost places for those that excite it most, then as many for those that do least; each channels x size x size,
    // values from 0 to 255. What lies outside of a picture, and places without a patch, are not a number.
    const TensorCapture& capture() const { return capture_; }
    std::int64_t channels() const { return channels_; }

private:
    void cut(const RunInfo& run, const PixelSquare& square, std::int64_t picture, std::int64_t place);

    RunId run_;
    LayerId layer_;
    std::vector<TopPatch> patches_;  // those that most and least are
    std::int64_t channels_ = 1;
    TensorCapture capture_;
};

}  // namespace convscope
