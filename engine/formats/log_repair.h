// What a log's files lack when a run goes on with them, and what they have too much.
#pragma once

#include "engine/api/event.h"
#include "engine/core/result.h"
#include "engine/formats/append_file.h"
#include "engine/formats/metrics_lines.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

// The last of each that a file has.
struct LogEnd {
    std::int64_t iteration = 0;
    std::int64_t evaluation = 0;
    std::int64_t missing = 0;        // said to be
    std::int64_t foreign = 0;        // lines that no run has written,
    std::int64_t first_foreign = 0;  // and the number of the first
    std::int64_t step = 1;           // from the iteration logged before the last one, or from what is missing before it

    void pass(const LoggedMoment& moment);
    bool lacks(const LoggedMoment& moment) const;  // of metrics: whether they come after it
};

// Iterations that are in no file of a log, though they ought to be.
struct MissingStretch {
    std::int64_t first = 0;
    std::int64_t last = 0;
};

// One of the two files, and how its lines are read and written.
struct LogFormat {
    std::optional<LoggedMoment> (*moment_of)(std::string_view line);
    std::string (*line_of)(const LoggedMoment& moment, MeasuredOn measured_on);
    bool (*may_be_torn)(std::string_view begin);
    MeasuredOn measured_on = MeasuredOn::Test;  // by what name it is written; read are both
};
inline constexpr LogFormat kTableFormat{moment_of_row, row_of, may_be_torn_row};
inline constexpr LogFormat kObjectFormat{moment_of_object, object_of, may_be_torn_object};

// Refuses what is no plain file of the run's own, of its log: a link, a folder. What has another name too (cp -al)
// becomes a file of its own, as what is appended would be in the other one as well. Nothing there is well.
Result<void> make_own(const std::filesystem::path& path);

// Takes away a last line that was not ended, because the machine stopped, and what was logged after the point where a
// resumed run goes on: lines were logged in the order in which it all happened, so the first one that is later ends
// what is kept. Lines that no run has written stay, wherever they are. A file that is not there is empty.
Result<LogEnd> cut_back(const std::filesystem::path& path, const LogFormat& format,
                        const std::optional<ResumePoint>& point);

// Appends the metrics, up to iteration `last`, that `file` lacks at its end and the other file has.
Result<void> append_lacking(AppendFile& file, LogEnd& end, const LogFormat& format, std::int64_t last,
                            const std::filesystem::path& other, const LogFormat& other_format);
// Likewise the measurements that the run's own file knows, oldest first.
Result<void> append_lacking(AppendFile& file, LogEnd& end, const LogFormat& format,
                            const std::vector<EvaluationMetrics>& known);

// A table with other columns than ours (by hand, or by a spreadsheet that was told to save it) cannot be continued: it
// is renamed to PATH.old. Says where it is now; empty: it can, or there is none.
Result<std::filesystem::path> set_aside_other_table(const std::filesystem::path& path);

}  // namespace convscope
