// A file that only grows, by whole pieces.
#pragma once

#include "engine/core/plain_file.h"
#include "engine/core/result.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace convscope {

class AppendFile {
public:
    enum class Existing : std::uint8_t { Refuse, Continue };

    // Of a plain file (core/plain_file.h), which may be yet to come.
    static Result<AppendFile> open(const std::filesystem::path& path, Existing existing);

    // Hands all of the bytes to the system, or cuts the file back to what it was: the same bytes may be tried again
    // later. The error names the file and what the system said.
    Result<void> append(std::string_view bytes);
    // All that another one has, which its path may lead to no more. All of it or nothing.
    Result<void> append_all_of(const AppendFile& other);
    // Returns once what was appended is on the disk.
    Result<void> sync();

    // False where its last line has no end, because the machine stopped amid it.
    bool ends_a_line() const;

    // False once its path leads to another file or to none, or others have changed its size.
    bool is_untouched() const;

    const std::filesystem::path& path() const { return path_; }
    // A path that leads to it as long as this exists, whatever has become of the other.
    std::filesystem::path sure_path() const { return "/proc/self/fd/" + std::to_string(file_.get()); }
    std::int64_t size() const { return size_; }

private:
    AppendFile(std::filesystem::path path, Descriptor file, std::int64_t size);
    bool cut_back();

    std::filesystem::path path_;
    Descriptor file_;
    std::int64_t size_ = 0;  // bytes, without a part that could not be cut off
    bool torn_ = false;      // there is such a part
};

}  // namespace convscope
