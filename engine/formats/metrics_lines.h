// The lines of a run's log: a row of the table (metrics.csv) or an object (metrics.jsonl), from metrics and back.
#pragma once

#include "engine/api/metrics.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace convscope {

// What pictures a run is measured on, by whose name its measurements go: the test set, or what was held out of the
// training set.
enum class MeasuredOn : std::uint8_t { Test, Validation };

// Of the table; with its end.
std::string_view csv_header(MeasuredOn measured_on);
// Whether what a file begins with, as far as it goes, is one of them.
inline constexpr std::size_t kLongestCsvHeader = 160;
bool begins_with_csv_header(std::string_view text);

// The shortest texts that read back as the same numbers; with an end of line each. In JSON, which has no other numbers,
// what is not finite is null.
std::string table_row(const IterationMetrics& metrics);
std::string table_row(const EvaluationMetrics& metrics);
std::string json_line(const IterationMetrics& metrics);
std::string json_line(const EvaluationMetrics& metrics, MeasuredOn measured_on = MeasuredOn::Test);
std::string json_line_of_change(std::int64_t iteration, std::string_view what);
std::string json_line_of_missing(std::int64_t first, std::int64_t last);

// What a line says of the run.
struct MissingIterations {
    std::int64_t last = 0;
};
struct OtherMoment {
    std::int64_t iteration = 0;
};
using LoggedMoment = std::variant<OtherMoment, IterationMetrics, EvaluationMetrics, MissingIterations>;
std::int64_t iteration_of(const LoggedMoment& moment);
// The line that says it in the other file; empty for all but metrics.
std::string row_of(const LoggedMoment& moment, MeasuredOn measured_on);
std::string object_of(const LoggedMoment& moment, MeasuredOn measured_on);

// Of a line without its end. None for what is no line of ours, garbled ones and the table's header among it.
std::optional<LoggedMoment> moment_of_row(std::string_view row);
std::optional<LoggedMoment> moment_of_object(std::string_view line);

// Whether what is left of a line, its end missing, may be one of ours of which the rest was not written.
bool may_be_torn_row(std::string_view begin);
bool may_be_torn_object(std::string_view begin);

}  // namespace convscope
