// The pictures of a data set that are in view, as one tensor for the tile renderer. A data set may draw a picture when
// it is first asked for, so a sheet is filled a few pictures at a time. Pure: no drawing. UI thread.
#pragma once

#include "engine/api/dataset.h"
#include "engine/api/tensor_capture.h"

#include <cstdint>
#include <span>
#include <vector>

namespace convscope {

// For the content_id of what is made of pictures: another one each time.
std::uint64_t next_picture_content();

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

// One training picture and what the run's augmentation, and noise, make of it in some epochs, one after the other as in
// a PictureSheet. Pure; UI thread.
class AugmentedSheet {
public:
    static constexpr std::int64_t kEpochs = 5;

    // Of epochs `epoch` to epoch + kEpochs - 1. Computes nothing when nothing differs from the last call. `info` has a
    // dataset; `picture` is in its training set; `noise` as in DataChanges.
    void show(const RunInfo& info, std::int64_t picture, std::int64_t epoch, double noise = 0.0);

    // 1 + kEpochs pictures, the original first.
    const TensorCapture& capture() const { return capture_; }

private:
    RunId run_;
    std::int64_t picture_ = -1;
    std::int64_t epoch_ = 0;
    double noise_ = 0.0;
    std::vector<std::uint8_t> bytes_;  // of one augmented picture; reused
    TensorCapture capture_;
};

}  // namespace convscope
