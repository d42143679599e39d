// A TensorBoard event file: the records of tensorboard.proto, each framed by its length and checksums (TFRecord, as
// described in TensorFlow's tensorflow/core/lib/io/record_writer.h).
#pragma once

#include "engine/api/network_description.h"
#include "engine/core/result.h"
#include "engine/formats/append_file.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace convscope {

// One thread. Records are kept until flush() hands them to the system. Where that fails (a full disk) the file is cut
// back to its last whole record, and what could not be written is tried again with the next flush: up to kMostKept
// bytes are kept, beyond which records are lost. Where the file is gone another is begun.
class EventFile {
public:
    static constexpr std::size_t kMostKept = std::size_t{32} << 20;

    using WallClock = std::function<double()>;  // seconds since 1970
    static double system_time();

    // The first flush makes the folder if need be, and in it a file of its own, of a name by which TensorBoard finds
    // it. A folder that is a link is somebody else's, and refused.
    explicit EventFile(std::filesystem::path folder, WallClock clock = system_time);
    // The same, with that file made at once.
    static Result<EventFile> open(const std::filesystem::path& folder, WallClock clock = system_time);

    const std::filesystem::path& path() const { return file_ ? file_->path() : folder_; }
    // Writes what was added. The error names the file and what the system said.
    Result<void> flush();
    // Returns once what was written is on the disk.
    Result<void> sync();
    bool is_behind() const { return !kept_.empty(); }  // something is not written yet
    std::int64_t take_lost();                          // how many records were lost since it was asked last
    // What is added from now on goes into another folder.
    void move_to(std::filesystem::path folder);

    // Tags with slashes ("loss/train") are grouped. Values may be NaN or infinite.
    struct Scalar {
        std::string_view tag;
        double value = 0.0;
    };
    void add_scalar(std::string_view tag, std::int64_t step, double value);
    void add_scalars(std::int64_t step, std::span<const Scalar> scalars);  // in one record
    // A PNG of that size; channels as in the PNG: 1 grey, 3 RGB, 4 RGBA.
    void add_image(std::string_view tag, std::int64_t step, std::string_view png, int width, int height, int channels);
    // Of the finite values, in up to 64 buckets of equal width. Nothing is written when there are none.
    void add_histogram(std::string_view tag, std::int64_t step, std::span<const float> values);
    // The run begins again at this step: whatever files of earlier names in the folder say of it and of later ones is
    // no longer shown. Written before the next record.
    void add_restart(std::int64_t step);
    // The layers with their inputs, settings and shapes (the first dimension, the batch, is unknown).
    void add_graph(const NetworkDescription& network);

private:
    template <typename Fill>
    void add(std::int64_t step, Fill fill);
    template <typename Fill>
    std::string record(std::int64_t step, Fill fill) const;
    Result<void> make_file();

    std::filesystem::path folder_;
    WallClock clock_;
    std::optional<AppendFile> file_;  // made by the first flush
    std::string kept_;                // whole records, not written yet
    std::int64_t lost_ = 0;
};

}  // namespace convscope
