#include "engine/formats/metrics_lines.h"

#include "engine/core/json_line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <system_error>
#include <type_traits>

namespace convscope {
namespace {

using Json = nlohmann::ordered_json;

template <typename Number>
std::string text_of(Number value) {
    if constexpr (std::is_floating_point_v<Number>)
        if (std::isnan(value)) return "nan";  // never "-nan"
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return {text.data(), end};
}

// JSON has no other numbers than doubles: 0.1F is to be 0.1 there too, not 0.10000000149011612.
double shortest(float value) {
    if (!std::isfinite(value)) return static_cast<double>(value);
    const std::string text = text_of(value);
    double result = 0.0;
    std::from_chars(text.data(), text.data() + text.size(), result);
    return result;
}

std::string line_of(const Json& object) {
    // Text that is not UTF-8 is replaced rather than thrown about. What is not finite becomes null.
    return object.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

constexpr std::string_view kTestHeader =
    "iteration,epoch,loss,accuracy,learning_rate,train_loss,train_accuracy,test_loss,test_accuracy,seconds,"
    "samples_per_second\n";
constexpr std::string_view kValidationHeader =
    "iteration,epoch,loss,accuracy,learning_rate,train_loss,train_accuracy,validation_loss,validation_accuracy,seconds,"
    "samples_per_second\n";
static_assert(kTestHeader.size() <= kLongestCsvHeader && kValidationHeader.size() <= kLongestCsvHeader);

constexpr std::size_t kColumns = 11;
using Columns = std::array<std::string_view, kColumns>;

// Nothing where there are more or fewer.
std::optional<Columns> columns_of(std::string_view row) {
    Columns columns;
    for (std::size_t i = 0; i < kColumns; ++i) {
        const std::size_t comma = row.find(',');
        if ((comma == std::string_view::npos) != (i + 1 == kColumns)) return std::nullopt;
        columns[i] = row.substr(0, comma);
        row.remove_prefix(comma == std::string_view::npos ? row.size() : comma + 1);
    }
    return columns;
}

// False, and nothing is changed, for what is no number of that kind.
template <typename Number>
bool read(std::string_view text, Number& value) {
    const char* const end = text.data() + text.size();
    const auto number = std::from_chars(text.data(), end, value);
    return number.ec == std::errc() && number.ptr == end;
}

// Likewise for what such a member of an object is not; of null, which stands for it, not-a-number.
template <typename Number>
bool read(const Json& object, const char* name, Number& value) {
    const auto found = object.find(name);
    if (found == object.end()) return false;
    if constexpr (std::is_floating_point_v<Number>)
        if (found->is_null()) value = std::numeric_limits<Number>::quiet_NaN();
    if (std::is_floating_point_v<Number> && found->is_null()) return true;
    if (std::is_integral_v<Number> ? !found->is_number_integer() : !found->is_number()) return false;
    value = found->get<Number>();
    return true;
}

}  // namespace

std::string table_row(const IterationMetrics& metrics) {
    return text_of(metrics.iteration) + ',' + text_of(metrics.epoch) + ',' + text_of(metrics.loss) + ',' +
           text_of(metrics.accuracy) + ',' + text_of(metrics.learning_rate) + ",,,,,,\n";
}

std::string table_row(const EvaluationMetrics& metrics) {
    return text_of(metrics.iteration) + ',' + text_of(metrics.epoch) + ",,,," + text_of(metrics.train_loss) + ',' +
           text_of(metrics.train_accuracy) + ',' + text_of(metrics.test_loss) + ',' + text_of(metrics.test_accuracy) +
           ',' + text_of(metrics.seconds) + ',' + text_of(metrics.samples_per_second) + '\n';
}

std::string json_line(const IterationMetrics& metrics) {
    return line_of({{"event", "iteration"},
                    {"iteration", metrics.iteration},
                    {"epoch", metrics.epoch},
                    {"loss", shortest(metrics.loss)},
                    {"accuracy", shortest(metrics.accuracy)},
                    {"learning_rate", shortest(metrics.learning_rate)}});
}

std::string json_line(const EvaluationMetrics& metrics, MeasuredOn measured_on) {
    const bool test = measured_on == MeasuredOn::Test;
    return line_of({{"event", "evaluation"},
                    {"iteration", metrics.iteration},
                    {"epoch", metrics.epoch},
                    {"train_loss", metrics.train_loss},
                    {"train_accuracy", metrics.train_accuracy},
                    {test ? "test_loss" : "validation_loss", metrics.test_loss},
                    {test ? "test_accuracy" : "validation_accuracy", metrics.test_accuracy},
                    {"seconds", metrics.seconds},
                    {"samples_per_second", metrics.samples_per_second}});
}

std::string json_line_of_change(std::int64_t iteration, std::string_view what) {
    return line_of({{"event", "change"}, {"iteration", iteration}, {"what", std::string(what)}});
}

std::string json_line_of_missing(std::int64_t first, std::int64_t last) {
    return line_of({{"event", "missing"}, {"iteration", last}, {"first", first}});
}

std::string_view csv_header(MeasuredOn measured_on) {
    return measured_on == MeasuredOn::Test ? kTestHeader : kValidationHeader;
}

bool begins_with_csv_header(std::string_view text) {
    for (const std::string_view header : {kTestHeader, kValidationHeader})
        if (header.starts_with(text) || text.starts_with(header)) return true;
    return false;
}

std::string row_of(const LoggedMoment& moment, MeasuredOn) {
    if (const auto* metrics = std::get_if<IterationMetrics>(&moment)) return table_row(*metrics);
    if (const auto* metrics = std::get_if<EvaluationMetrics>(&moment)) return table_row(*metrics);
    return {};
}

std::string object_of(const LoggedMoment& moment, MeasuredOn measured_on) {
    if (const auto* metrics = std::get_if<IterationMetrics>(&moment)) return json_line(*metrics);
    if (const auto* metrics = std::get_if<EvaluationMetrics>(&moment)) return json_line(*metrics, measured_on);
    return {};
}

std::int64_t iteration_of(const LoggedMoment& moment) {
    if (const auto* missing = std::get_if<MissingIterations>(&moment)) return missing->last;
    if (const auto* metrics = std::get_if<IterationMetrics>(&moment)) return metrics->iteration;
    if (const auto* metrics = std::get_if<EvaluationMetrics>(&moment)) return metrics->iteration;
    return std::get<OtherMoment>(moment).iteration;
}

std::optional<LoggedMoment> moment_of_row(std::string_view row) {
    const std::optional<Columns> columns = columns_of(row);
    std::int64_t iteration = 0;
    std::int64_t epoch = 0;
    if (!columns || !read((*columns)[0], iteration) || !read((*columns)[1], epoch)) return std::nullopt;
    const auto are_empty = [&](std::size_t first, std::size_t last) {
        return std::all_of(columns->begin() + static_cast<std::ptrdiff_t>(first),
                           columns->begin() + static_cast<std::ptrdiff_t>(last),
                           [](std::string_view column) { return column.empty(); });
    };
    IterationMetrics trained{.run = {}, .iteration = iteration, .epoch = epoch};
    if (read((*columns)[2], trained.loss) && read((*columns)[3], trained.accuracy) &&
        read((*columns)[4], trained.learning_rate) && are_empty(5, kColumns))
        return trained;
    EvaluationMetrics measured{.run = {}, .iteration = iteration, .epoch = epoch};
    if (are_empty(2, 5) && read((*columns)[5], measured.train_loss) && read((*columns)[6], measured.train_accuracy) &&
        read((*columns)[7], measured.test_loss) && read((*columns)[8], measured.test_accuracy) &&
        read((*columns)[9], measured.seconds) && read((*columns)[10], measured.samples_per_second))
        return measured;
    return std::nullopt;
}

std::optional<LoggedMoment> moment_of_object(std::string_view line) {
    const std::optional<Json> parsed = parse_json_line(line);
    std::int64_t iteration = 0;
    if (!parsed || !read(*parsed, "iteration", iteration)) return std::nullopt;
    const Json& object = *parsed;
    const auto event = object.find("event");
    const auto is = [&](const char* name) { return event != object.end() && *event == name; };
    if (is("missing")) return MissingIterations{iteration};
    if (is("change")) return OtherMoment{iteration};
    IterationMetrics trained{.run = {}, .iteration = iteration};
    if (is("iteration") && read(object, "epoch", trained.epoch) && read(object, "loss", trained.loss) &&
        read(object, "accuracy", trained.accuracy) && read(object, "learning_rate", trained.learning_rate))
        return trained;
    EvaluationMetrics measured{.run = {}, .iteration = iteration};
    const auto of_either = [&](const char* test, const char* validation, double& value) {
        return read(object, test, value) || read(object, validation, value);
    };
    if (is("evaluation") && read(object, "epoch", measured.epoch) && read(object, "train_loss", measured.train_loss) &&
        read(object, "train_accuracy", measured.train_accuracy) &&
        of_either("test_loss", "validation_loss", measured.test_loss) &&
        of_either("test_accuracy", "validation_accuracy", measured.test_accuracy) &&
        read(object, "seconds", measured.seconds) && read(object, "samples_per_second", measured.samples_per_second))
        return measured;
    return std::nullopt;
}

bool may_be_torn_row(std::string_view begin) {
    return begins_with_csv_header(begin) || begin.find_first_not_of("0123456789.,+-einfa") == std::string_view::npos;
}

bool may_be_torn_object(std::string_view begin) {
    constexpr std::string_view kBegin = "{\"event\":";
    return begin.starts_with(kBegin) || kBegin.starts_with(begin);
}

}  // namespace convscope
