// Data sets whose pictures are brought to the form that a recipe takes, where they have another: what folders of
// pictures and IDX files share.
#pragma once

#include "engine/api/dataset.h"
#include "engine/core/result.h"
#include "engine/data/image_file.h"
#include "engine/data/picture_convention.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace convscope {

class PreparedDataset : public Dataset {
public:
    // Whether the set, opened for `wanted`, would have these very pictures.
    virtual bool serves(const PictureFormat& wanted) const = 0;
};

// The same of any data set. One that has its pictures in one form alone serves whatever is wanted.
bool serves(const Dataset& data, const PictureFormat& wanted);

// Of all pictures together, as they are kept.
inline constexpr std::int64_t kMaxPreparedBytes = std::int64_t{4} << 30;

// Ok when `count` pictures (at least 1) of that folder can be brought to `wanted`: it has channels that a picture can
// have, and there is memory for all of them.
Result<void> check_preparation(const std::filesystem::path& folder, std::int64_t count, const PictureFormat& wanted);

// prepare_picture() for one picture of a set after the other, with a record of what it took. What takes long is said,
// on the log, once. Thread-safe.
class Preparation {
public:
    explicit Preparation(const PictureFormat& wanted) : wanted_(wanted) {}

    Image prepare(Image picture);

    // "1200 of 1500 pictures: made grey, resized", of so many in all; empty when none needed anything.
    std::string in_words(std::int64_t count) const;

    // What measured_convention() is of a set that need not be prepared: of these pictures as they came, so that each
    // comes out the same by it. Of strokes only where `wanted` leaves open which there are, and does not centre them.
    PictureConvention convention() const { return convention_of_strokes(strokes_[0], strokes_[1]); }

private:
    const PictureFormat wanted_;
    const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
    std::atomic<bool> said_{false};
    std::array<std::atomic<std::int64_t>, 2> strokes_{};  // pictures of light and of dark ones
    std::atomic<std::int64_t> changed_{0};
    std::atomic<std::uint32_t> steps_{0};  // a bit for each PictureStep
};

// work(i) for every i below count, shared among the processors. Returns when all is done.
void on_every_processor(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace convscope
