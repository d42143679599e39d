// A folder for one test, removed with everything in it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace convscope {

class TempFolder {
public:
    TempFolder();
    ~TempFolder();
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

using Bytes = std::vector<std::uint8_t>;

// Makes the folders on the way to it.
void write_file(const std::filesystem::path& path, std::span<const std::uint8_t> bytes);
Bytes gzipped(std::span<const std::uint8_t> bytes);

}  // namespace convscope
