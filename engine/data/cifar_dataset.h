// CIFAR-10 as its authors publish it for C programs (https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version").
#pragma once

#include "engine/api/dataset.h"
#include "engine/core/result.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

inline constexpr std::int64_t kCifarSide = 32;                             // pixels
inline constexpr std::int64_t kCifarPixels = 3 * kCifarSide * kCifarSide;  // red, green and blue plane
inline constexpr std::int64_t kCifarRecord = 1 + kCifarPixels;             // bytes: the label goes before

// A view into the bytes that were parsed.
struct CifarBatch {
    std::int64_t count = 0;
    std::span<const std::uint8_t> records;  // count x kCifarRecord

    int label(std::int64_t index) const { return records[static_cast<std::size_t>(index * kCifarRecord)]; }
    std::span<const std::uint8_t> image(std::int64_t index) const {
        return records.subspan(static_cast<std::size_t>(index * kCifarRecord + 1), kCifarPixels);
    }
};

// Reads a whole batch file: at least one image, no part of one, every label below ten. `name` is what an error calls
// the file.
Result<CifarBatch> parse_cifar_batch(std::span<const std::uint8_t> bytes, std::string_view name);

// Reads batches.meta.txt: ten names, one a line.
Result<std::vector<std::string>> parse_cifar_class_names(std::string_view text, std::string_view name);

// Opens data_batch_1.bin to data_batch_5.bin and test_batch.bin in `folder` or in its cifar-10-batches-bin/. The class
// names are those of batches.meta.txt where that is there too. Every problem with a file is an error that names it.
Result<std::shared_ptr<const Dataset>> open_cifar_dataset(const std::filesystem::path& folder);

// Whether there is at least one of those batches, so that the folder is meant as CIFAR-10.
bool holds_cifar_files(const std::filesystem::path& folder);

}  // namespace convscope
