// A file of lines that only grows and that nobody else mends, as a run's journal is.
#pragma once

#include "engine/core/result.h"
#include "engine/formats/append_file.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace convscope {

// One thread. Nothing is touched before flush(). What could not be written is kept and tried again; of more than
// kMostKept bytes the later lines are lost, and counted. A file that somebody removed, renamed or changed meanwhile is
// begun again with what it had.
class LineFile {
public:
    static constexpr std::size_t kMostKept = std::size_t{8} << 20;

    explicit LineFile(const char* name) : name_(name) {}

    void add(std::string_view line);  // with its end
    // Into that folder, which is there.
    Result<void> flush(const std::filesystem::path& folder);
    // Returns once what was flushed is on the disk.
    Result<void> sync();
    const char* name() const { return name_; }
    bool is_behind() const { return !pending_.empty(); }
    std::int64_t lost() const { return lost_; }  // lines so far

private:
    Result<void> open(const std::filesystem::path& path);

    const char* name_;
    std::optional<AppendFile> file_;
    std::optional<AppendFile> before_;  // what it was until others took it away
    std::string pending_;
    std::int64_t lost_ = 0;
};

}  // namespace convscope
