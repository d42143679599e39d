// A TensorBoard event file: the records of tensorboard.proto, each framed by its length and checksums (TFRecord, as
// described in TensorFlow's tensorflow/core/lib/io/record_writer.h).
#pragma once

#include "engine/api/network_description.h"
#include "engine/core/result.h"
#include "engine/formats/append_file.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string_view>
#include <utility>

namespace convscope {

// One thread. Each record is handed to the system before its function returns, so that a program that dies loses at
// most the one it was writing. The first failure (a full disk) is returned, the file is cut back to its last whole
// record, and from then on nothing is written and every call succeeds: a run must not fail, or complain for ever,
// because its log does.
class EventFile {
public:
    using WallClock = std::function<double()>;  // seconds since 1970
    static double system_time();

    // Makes the folder if need be, and in it a file of its own, of a name by which TensorBoard finds it.
    static Result<EventFile> open(const std::filesystem::path& folder, WallClock clock = system_time);

    const std::filesystem::path& path() const { return file_.path(); }

    // Tags with slashes ("loss/train") are grouped. Values may be NaN or infinite.
    struct Scalar {
        std::string_view tag;
        double value = 0.0;
    };
    Result<void> add_scalar(std::string_view tag, std::int64_t step, double value);
    Result<void> add_scalars(std::int64_t step, std::span<const Scalar> scalars);  // in one record
    // A PNG of that size; channels as in the PNG: 1 grey, 3 RGB, 4 RGBA.
    Result<void> add_image(std::string_view tag, std::int64_t step, std::string_view png, int width, int height,
                           int channels);
    // Of the finite values, in up to 64 buckets of equal width. Nothing is written when there are none.
    Result<void> add_histogram(std::string_view tag, std::int64_t step, std::span<const float> values);
    // The run begins again at this step: whatever files of earlier names in the folder say of it and of later ones is
    // no longer shown.
    Result<void> add_restart(std::int64_t step);
    // The layers with their inputs, settings and shapes (the first dimension, the batch, is unknown).
    Result<void> add_graph(const NetworkDescription& network);

private:
    EventFile(AppendFile file, WallClock clock) : file_(std::move(file)), clock_(std::move(clock)) {}
    template <typename Fill>
    Result<void> add(std::int64_t step, Fill fill);

    AppendFile file_;
    WallClock clock_;
    bool failed_ = false;
};

}  // namespace convscope
