// A file that only grows, by whole pieces.
#pragma once

#include "engine/core/result.h"

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace convscope {

class AppendFile {
public:
    enum class Existing : std::uint8_t { Refuse, Continue };

    static Result<AppendFile> open(const std::filesystem::path& path, Existing existing);
    AppendFile(AppendFile&& other) noexcept;
    AppendFile& operator=(AppendFile&& other) noexcept;
    ~AppendFile();

    // Hands all of the bytes to the system, or cuts the file back to what it was. The error names the file and what the
    // system said.
    Result<void> append(std::string_view bytes);

    const std::filesystem::path& path() const { return path_; }
    std::int64_t size() const { return size_; }

private:
    AppendFile(std::filesystem::path path, int descriptor, std::int64_t size);
    void close();

    std::filesystem::path path_;
    int descriptor_ = -1;
    std::int64_t size_ = 0;  // bytes
};

}  // namespace convscope
