// The lines of a plain file, one after the other, of any length.
#pragma once

#include "engine/core/plain_file.h"
#include "engine/core/result.h"

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string_view>
#include <utility>

namespace convscope {

// One thread.
class LineReader {
public:
    struct Line {
        std::string_view text;  // without its end; until the next is read
        bool ended = false;     // false: the file ends amid it
    };

    // A file that is not there has no lines.
    static Result<LineReader> open(const std::filesystem::path& path);
    LineReader(LineReader&& other) noexcept = default;
    LineReader& operator=(LineReader&& other) noexcept = default;
    ~LineReader() = default;

    bool next(Line& line);  // false at the end, and where reading fails
    Result<void> problem() const;

private:
    struct Free {
        void operator()(char* text) const;
    };
    explicit LineReader(std::filesystem::path path) : path_(std::move(path)), file_(nullptr, &std::fclose) {}

    std::filesystem::path path_;
    std::unique_ptr<FILE, int (*)(FILE*)> file_;
    std::unique_ptr<char, Free> buffer_;
    std::size_t size_ = 0;
};

}  // namespace convscope
