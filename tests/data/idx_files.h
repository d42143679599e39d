// IDX files made for tests: the bytes of good ones, and a folder opened with them.
#pragma once

#include "engine/data/idx_dataset.h"
#include "tests/data/temp_folder.h"
#include "tests/support/catch.h"

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace convscope {

inline void append_big_endian(Bytes& bytes, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(value >> shift));
}

inline std::uint8_t pixel_value(std::uint32_t at) { return static_cast<std::uint8_t>(at * 7 + at / 256); }

inline Bytes image_file(std::uint32_t count, std::uint32_t height, std::uint32_t width) {
    Bytes bytes;
    for (const std::uint32_t value : {0x803U, count, height, width}) append_big_endian(bytes, value);
    for (std::uint32_t i = 0; i < count * height * width; ++i) bytes.push_back(pixel_value(i));
    return bytes;
}

inline Bytes label_file(const std::vector<std::uint8_t>& labels) {
    Bytes bytes;
    for (const std::uint32_t value : {0x801U, static_cast<std::uint32_t>(labels.size())})
        append_big_endian(bytes, value);
    bytes.insert(bytes.end(), labels.begin(), labels.end());
    return bytes;
}

inline constexpr const char* kTrainImages = "train-images-idx3-ubyte";
inline constexpr const char* kTrainLabels = "train-labels-idx1-ubyte";
inline constexpr const char* kTestImages = "t10k-images-idx3-ubyte";
inline constexpr const char* kTestLabels = "t10k-labels-idx1-ubyte";

// Four good files with 6 training and 4 test images; a test spoils one of them.
inline std::map<std::string, Bytes> good_files(std::uint32_t height = 28, std::uint32_t width = 28) {
    return {{kTrainImages, image_file(6, height, width)},
            {kTrainLabels, label_file({3, 1, 4, 1, 5, 9})},
            {kTestImages, image_file(4, height, width)},
            {kTestLabels, label_file({2, 7, 1, 8})}};
}

inline Result<std::shared_ptr<const Dataset>> open_files(const TempFolder& folder,
                                                         const std::map<std::string, Bytes>& files,
                                                         const PictureFormat& wanted = {}) {
    for (const auto& [name, bytes] : files) write_file(folder.path() / name, bytes);
    return open_idx_dataset(folder.path(), wanted);
}

inline bool says(const std::string& message, std::initializer_list<const char*> parts) {
    UNSCOPED_INFO(message);
    for (const char* part : parts)
        if (message.find(part) == std::string::npos) {
            UNSCOPED_INFO("lacks: " << part);
            return false;
        }
    return true;
}

}  // namespace convscope
