#include "engine/formats/metrics_lines.h"

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

constexpr std::size_t kColumns = 11;
using Columns = std::array<std::string_view, kColumns>;

// As many as there are; of a row that has fewer the others are empty.
Columns columns_of(std::string_view row) {
    Columns columns;
    for (std::size_t i = 0; i < kColumns; ++i) {
        const std::size_t comma = row.find(',');
        columns[i] = row.substr(0, comma);
        if (comma == std::string_view::npos) break;
        row.remove_prefix(comma + 1);
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

template <typename Number>
Number member(const Json& object, const char* name) {
    const auto found = object.find(name);
    const bool there = found != object.end();
    if constexpr (std::is_integral_v<Number>)
        return there && found->is_number_integer() ? found->get<Number>() : Number{0};
    else
        return there && found->is_number() ? found->get<Number>() : std::numeric_limits<Number>::quiet_NaN();
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

std::string json_line(const EvaluationMetrics& metrics) {
    return line_of({{"event", "evaluation"},
                    {"iteration", metrics.iteration},
                    {"epoch", metrics.epoch},
                    {"train_loss", metrics.train_loss},
                    {"train_accuracy", metrics.train_accuracy},
                    {"test_loss", metrics.test_loss},
                    {"test_accuracy", metrics.test_accuracy},
                    {"seconds", metrics.seconds},
                    {"samples_per_second", metrics.samples_per_second}});
}

std::string json_line_of_change(std::int64_t iteration, std::string_view what) {
    return line_of({{"event", "change"}, {"iteration", iteration}, {"what", std::string(what)}});
}

std::string json_line_of_missing(std::int64_t first, std::int64_t last) {
    return line_of({{"event", "missing"}, {"iteration", last}, {"first", first}});
}

std::string row_of(const LoggedMoment& moment) {
    if (const auto* metrics = std::get_if<IterationMetrics>(&moment)) return table_row(*metrics);
    if (const auto* metrics = std::get_if<EvaluationMetrics>(&moment)) return table_row(*metrics);
    return {};
}

std::string object_of(const LoggedMoment& moment) {
    if (const auto* metrics = std::get_if<IterationMetrics>(&moment)) return json_line(*metrics);
    if (const auto* metrics = std::get_if<EvaluationMetrics>(&moment)) return json_line(*metrics);
    return {};
}

std::int64_t iteration_of(const LoggedMoment& moment) {
    if (const auto* missing = std::get_if<MissingIterations>(&moment)) return missing->last;
    if (const auto* metrics = std::get_if<IterationMetrics>(&moment)) return metrics->iteration;
    if (const auto* metrics = std::get_if<EvaluationMetrics>(&moment)) return metrics->iteration;
    return std::get<OtherMoment>(moment).iteration;
}

std::optional<LoggedMoment> moment_of_row(std::string_view row) {
    const Columns columns = columns_of(row);
    std::int64_t iteration = 0;
    if (row.find(',') == std::string_view::npos || !read(columns[0], iteration)) return std::nullopt;
    IterationMetrics trained{.run = {}, .iteration = iteration};
    if (read(columns[1], trained.epoch) && read(columns[2], trained.loss)) {
        read(columns[3], trained.accuracy);
        read(columns[4], trained.learning_rate);
        return trained;
    }
    EvaluationMetrics measured{.run = {}, .iteration = iteration};
    if (!read(columns[1], measured.epoch) || !read(columns[7], measured.test_loss)) return OtherMoment{iteration};
    read(columns[5], measured.train_loss);
    read(columns[6], measured.train_accuracy);
    read(columns[8], measured.test_accuracy);
    read(columns[9], measured.seconds);
    read(columns[10], measured.samples_per_second);
    return measured;
}

std::optional<LoggedMoment> moment_of_object(std::string_view line) {
    const Json object = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object()) return std::nullopt;
    const auto found = object.find("iteration");
    const auto event = object.find("event");
    if (found == object.end() || !found->is_number_integer()) return std::nullopt;
    const auto iteration = found->get<std::int64_t>();
    const auto is = [&](const char* name) { return event != object.end() && *event == name; };
    if (is("missing")) return MissingIterations{iteration};
    if (is("iteration"))
        return IterationMetrics{.run = {},
                                .iteration = iteration,
                                .epoch = member<std::int64_t>(object, "epoch"),
                                .loss = member<float>(object, "loss"),
                                .accuracy = member<float>(object, "accuracy"),
                                .learning_rate = member<float>(object, "learning_rate")};
    if (!is("evaluation")) return OtherMoment{iteration};
    EvaluationMetrics measured{.run = {}, .iteration = iteration, .epoch = member<std::int64_t>(object, "epoch")};
    measured.train_loss = member<double>(object, "train_loss");
    measured.train_accuracy = member<double>(object, "train_accuracy");
    measured.test_loss = member<double>(object, "test_loss");
    measured.test_accuracy = member<double>(object, "test_accuracy");
    measured.seconds = member<double>(object, "seconds");
    measured.samples_per_second = member<double>(object, "samples_per_second");
    return measured;
}

}  // namespace convscope
