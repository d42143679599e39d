#include "engine/formats/log_repair.h"

#include "engine/core/plain_file.h"
#include "engine/core/whole_file.h"
#include "engine/formats/line_reader.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <system_error>

namespace convscope {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlock = 65536;                   // bytes that are appended at once
constexpr std::size_t kLargest = std::size_t{1} << 30;  // that is written anew

// visit(line, ended) for each, without its end; until it says false.
template <typename Visit>
Result<void> read_lines(const fs::path& path, Visit visit) {
    Result<LineReader> reader = LineReader::open(path);
    if (!reader) return reader.error();
    for (LineReader::Line line; reader.value().next(line);)
        if (!visit(line.text, line.ended)) break;
    return reader.value().problem();
}

bool is_later(const LoggedMoment& moment, const ResumePoint& point) {
    const std::int64_t iteration = iteration_of(moment);
    return iteration > point.iteration ||
           (iteration == point.iteration && point.evaluation_due && std::holds_alternative<EvaluationMetrics>(moment));
}

}  // namespace

void LogEnd::pass(const LoggedMoment& moment) {
    if (const auto* measured = std::get_if<EvaluationMetrics>(&moment)) evaluation = measured->iteration;
    if (const auto* said = std::get_if<MissingIterations>(&moment)) missing = said->last;
    if (const auto* trained = std::get_if<IterationMetrics>(&moment)) {
        if (iteration > 0) step = trained->iteration - std::max(iteration, missing);
        iteration = trained->iteration;
    }
}

bool LogEnd::lacks(const LoggedMoment& moment) const {
    if (const auto* trained = std::get_if<IterationMetrics>(&moment)) return trained->iteration > iteration;
    const auto* measured = std::get_if<EvaluationMetrics>(&moment);
    return measured && measured->iteration > evaluation && measured->iteration >= iteration;
}

Result<void> make_own(const fs::path& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return {};  // what is wrong with it is said where it is opened
    if (const Result<Descriptor> opened = open_plain_file(path, O_WRONLY); !opened) return opened.error();
    if (status.st_nlink == 1) return {};
    const Result<std::string> content = read_whole_file(path, kLargest);
    return content ? write_whole_file(path, content.value()) : Result<void>(content.error());
}

Result<LogEnd> cut_back(const fs::path& path, const LogFormat& format, const std::optional<ResumePoint>& point) {
    LogEnd end;
    std::uintmax_t kept = 0;  // bytes, and lines of them
    std::int64_t kept_lines = 0;
    bool whole = true;        // so far
    std::string foreign;      // lines behind that
    std::int64_t behind = 0;  // how many
    const Result<void> read = read_lines(path, [&](std::string_view line, bool ended) {
        const std::optional<LoggedMoment> moment = ended ? format.moment_of(line) : std::nullopt;
        whole = whole && ended && !(moment && point && is_later(*moment, *point));
        if (whole) {
            kept += line.size() + 1;
            ++kept_lines;
        }
        const bool header = kept_lines == 1 && begins_with_csv_header(std::string(line) + '\n');
        if (moment) {
            if (whole) end.pass(*moment);
        } else if (!line.empty() && !header && (ended || !format.may_be_torn(line))) {
            if (!whole) {
                foreign += line;
                foreign += '\n';
                ++behind;
            }
            if (++end.foreign == 1) end.first_foreign = kept_lines + behind;
        }
        return true;
    });
    if (!read) return read.error();
    if (!foreign.empty()) {
        Result<std::string> content = read_whole_file(path, kLargest);
        if (!content) return content.error();
        content.value().replace(kept, std::string::npos, foreign);
        const Result<void> written = write_whole_file(path, content.value());
        return written ? Result<LogEnd>(end) : Result<LogEnd>(written.error());
    }
    std::error_code code;
    if (!whole) fs::resize_file(path, kept, code);  // in one piece, like all that changes a file here
    if (code) return Error{ErrorCode::Io, path.string() + ": cannot be continued (" + code.message() + ")"};
    return end;
}

Result<void> append_lacking(AppendFile& file, LogEnd& end, const LogFormat& format, std::int64_t last,
                            const fs::path& other, const LogFormat& other_format) {
    std::string block;
    Result<void> appended;
    const Result<void> read = read_lines(other, [&](std::string_view line, bool ended) {
        const std::optional<LoggedMoment> moment = ended ? other_format.moment_of(line) : std::nullopt;
        if (!moment || iteration_of(*moment) > last || !end.lacks(*moment)) return true;
        block += format.line_of(*moment, format.measured_on);
        end.pass(*moment);
        if (block.size() < kBlock) return true;
        appended = file.append(block);
        block.clear();
        return appended.ok();
    });
    if (!read) return read;
    return appended && !block.empty() ? file.append(block) : appended;
}

Result<void> append_lacking(AppendFile& file, LogEnd& end, const LogFormat& format,
                            const std::vector<EvaluationMetrics>& known) {
    std::string lines;
    for (const EvaluationMetrics& measured : known) {
        if (!end.lacks(measured)) continue;  // the same weights measured again are no news
        lines += format.line_of(measured, format.measured_on);
        end.pass(measured);
    }
    return lines.empty() ? Result<void>() : file.append(lines);
}

Result<fs::path> set_aside_other_table(const fs::path& path) {
    const Result<std::string> begin = read_beginning(path, kLongestCsvHeader);
    // One that cannot be read says so where it is continued; of a torn one a part of the header may be all there is.
    if (!begin || begins_with_csv_header(begin.value())) return fs::path();
    return set_aside(path);
}

}  // namespace convscope
