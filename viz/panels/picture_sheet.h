// The pictures of a data set that are in view, as one tensor for the tile renderer. A data set may draw a picture when
// it is first asked for, so a sheet is filled a few pictures at a time. Pure: no drawing. UI thread.
#pragma once

#include "engine/api/dataset.h"
#include "engine/api/tensor_capture.h"

#include <cstdint>
#include <span>
#include <vector>

namespace convscope {

class PictureSheet {
public:
    // Which pictures, and room for how many: sheets of the same room share a texture. Begins anew when something
    // differs from the last call, else keeps what is there. The dataset must live until the next call.
    void show(const Dataset& dataset, Split split, std::span<const std::int64_t> pictures, std::int64_t room);

    // Copies the next `pictures` of them. True when all are there.
    bool fill(std::int64_t pictures);
    // How many are there, from the first on.
    std::int64_t filled() const { return filled_; }

    // Pictures one after the other, each channels x height x width, values from 0 to 255; those not filled are 0. It
    // belongs to no run (RunId 0), and its content_id is unique among the sheets' of this process.
    const TensorCapture& capture() const { return capture_; }

private:
    const Dataset* dataset_ = nullptr;
    Split split_ = Split::Test;
    std::vector<std::int64_t> pictures_;
    std::int64_t filled_ = 0;
    TensorCapture capture_;
};

}  // namespace convscope
