#include "engine/formats/log_gaps.h"

#include "engine/core/whole_file.h"
#include "engine/formats/line_reader.h"
#include "engine/formats/log_thinning.h"

#include <algorithm>
#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

namespace convscope {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMostMerged = std::uintmax_t{1} << 30;  // bytes of both, that are put together

// Where in a log a moment has its place: an iteration comes before what was changed and measured behind it.
struct LogPlace {
    std::int64_t iteration = 0;
    int rank = 0;
    auto operator<=>(const LogPlace&) const = default;
};

LogPlace place_of(const LoggedMoment& moment) {
    const int rank = std::holds_alternative<IterationMetrics>(moment)    ? 0
                     : std::holds_alternative<EvaluationMetrics>(moment) ? 2
                                                                         : 1;
    return {iteration_of(moment), rank};
}

bool is_metrics(const LoggedMoment& moment) { return place_of(moment).rank != 1; }

// One file's metrics, one after the other.
struct MetricsReader {
    LineReader lines;
    const LogFormat& format;

    std::optional<LoggedMoment> next() {
        for (LineReader::Line line; lines.next(line);)
            if (line.ended)
                if (std::optional<LoggedMoment> moment = format.moment_of(line.text); moment && is_metrics(*moment))
                    return moment;
        return std::nullopt;
    }
};

// Both files in step: `own(line, moment)` for every line of the one, `lacking(moment)` before it for what only the
// other has there. False where the one is not in order.
Result<bool> walk(const fs::path& path, const LogFormat& format, const fs::path& other, const LogFormat& other_format,
                  const std::function<void(LineReader::Line, const std::optional<LoggedMoment>&)>& own,
                  const std::function<void(const LoggedMoment&)>& lacking) {
    Result<LineReader> lines = LineReader::open(path);
    if (!lines) return lines.error();
    Result<LineReader> others = LineReader::open(other);
    if (!others) return others.error();
    MetricsReader reader{std::move(others).value(), other_format};
    std::optional<LoggedMoment> theirs = reader.next();
    LogPlace last;  // of the metrics so far
    for (LineReader::Line line; lines.value().next(line);) {
        const std::optional<LoggedMoment> moment = line.ended ? format.moment_of(line.text) : std::nullopt;
        if (moment) {
            const LogPlace place = place_of(*moment);
            if (is_metrics(*moment) && place < last) return false;
            for (; theirs && place_of(*theirs) <= place; theirs = reader.next())
                if (place_of(*theirs) > last && place_of(*theirs) < place) {
                    lacking(*theirs);
                    last = place_of(*theirs);
                }
            if (is_metrics(*moment)) last = place;
        }
        own(line, moment);
    }
    if (const Result<void> problem = lines.value().problem(); !problem) return problem.error();
    if (const Result<void> problem = reader.lines.problem(); !problem) return problem.error();
    return true;
}

// Finds the stretches that are longer than those on both sides.
class StretchFinder {
public:
    StretchFinder(std::int64_t log_every, std::int64_t last) : log_every_(log_every), last_(last) {}

    void pass(const LoggedMoment& moment) {
        if (const auto* said = std::get_if<MissingIterations>(&moment)) before_ = std::max(before_, said->last);
        const auto* trained = std::get_if<IterationMetrics>(&moment);
        if (!trained || trained->iteration > last_) return;
        const std::int64_t step = trained->iteration - before_;
        if (step > 0) {
            if (candidate_ && step < length_) found_.push_back(*candidate_);
            candidate_.reset();
            if (before_ > 0 && step_ > 0 && step > step_) look_between(before_ + 1, trained->iteration - 1);
            length_ = step_ = step;
        }
        before_ = std::max(before_, trained->iteration);
    }
    std::vector<MissingStretch> found() && {
        if (candidate_) found_.push_back(*candidate_);
        return std::move(found_);
    }

private:
    void look_between(std::int64_t first, std::int64_t last) {
        while (first <= last && !is_logged(first, log_every_)) ++first;
        while (first <= last && !is_logged(last, log_every_)) --last;
        if (first <= last) candidate_ = {first, last};
    }

    std::int64_t log_every_;
    std::int64_t last_;
    std::int64_t before_ = 0;  // the latest logged, or said to be missing
    std::int64_t step_ = 0;    // from the one before to that
    std::int64_t length_ = 0;  // of the stretch in which `candidate_` lies
    std::optional<MissingStretch> candidate_;
    std::vector<MissingStretch> found_;
};

}  // namespace

Result<std::vector<MissingStretch>> fill_gaps(const fs::path& path, const LogFormat& format, const fs::path& other,
                                              const LogFormat& other_format, std::int64_t log_every,
                                              std::int64_t last) {
    std::error_code none;
    const std::uintmax_t size = fs::file_size(path, none);
    const std::uintmax_t other_size = fs::exists(other, none) ? fs::file_size(other, none) : 0;
    if (none || size + other_size > kMostMerged) return std::vector<MissingStretch>();
    const bool says_missing = format.moment_of == kObjectFormat.moment_of;
    bool lacks = false;
    StretchFinder finder(log_every, last);
    const Result<bool> in_order = walk(
        path, format, other, other_format,
        [&](LineReader::Line, const std::optional<LoggedMoment>& moment) {
            if (moment) finder.pass(*moment);
        },
        [&](const LoggedMoment& moment) {
            lacks = true;
            finder.pass(moment);
        });
    if (!in_order) return in_order.error();
    std::vector<MissingStretch> missing;
    if (says_missing) missing = std::move(finder).found();
    if (!in_order.value() || (!lacks && missing.empty())) return std::vector<MissingStretch>();

    std::string content;
    auto next = missing.begin();
    const auto say_missing_before = [&](const LoggedMoment& moment) {
        for (; next != missing.end() && next->first < iteration_of(moment); ++next)
            content += json_line_of_missing(next->first, next->last);
    };
    const Result<bool> walked = walk(
        path, format, other, other_format,
        [&](LineReader::Line line, const std::optional<LoggedMoment>& moment) {
            if (moment) say_missing_before(*moment);
            content += line.text;
            if (line.ended) content += '\n';
        },
        [&](const LoggedMoment& moment) {
            say_missing_before(moment);
            content += format.line_of(moment, format.measured_on);
        });
    if (!walked) return walked.error();
    if (const Result<void> written = write_whole_file(path, content); !written) return written.error();
    return missing;
}

}  // namespace convscope
