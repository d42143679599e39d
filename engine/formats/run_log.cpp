#include "engine/formats/run_log.h"

#include "engine/core/plain_file.h"
#include "engine/core/whole_file.h"
#include "engine/formats/log_thinning.h"

#include <fcntl.h>
#include <stdio.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

namespace convscope {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr double kSecondsBetweenFlushes = 1.0;
constexpr const char* kTable = "metrics.csv";
constexpr const char* kObjects = "metrics.jsonl";
constexpr std::string_view kCsvHeader =
    "iteration,epoch,loss,accuracy,learning_rate,train_loss,train_accuracy,test_loss,test_accuracy,seconds,"
    "samples_per_second\n";

// The shortest text that reads back as the same number.
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

std::string json_line(const Json& object) {
    // Text that is not UTF-8 is replaced rather than thrown about. What is not finite becomes null.
    return object.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

// What a line of a log says of the run: an iteration, a measurement, or something else that happened then.
struct Moment {
    enum class Kind : std::uint8_t { Iteration, Evaluation, Missing, Other };
    std::int64_t iteration = 0;
    Kind kind = Kind::Other;
};

bool is_later(const Moment& moment, const ResumePoint& point) {
    return moment.iteration > point.iteration ||
           (moment.iteration == point.iteration && moment.kind == Moment::Kind::Evaluation && point.evaluation_due);
}

// Of a row of the table; the header is no number, and says nothing.
std::optional<Moment> moment_of_row(std::string_view row) {
    std::int64_t iteration = 0;
    const char* const end = row.data() + row.size();
    const auto number = std::from_chars(row.data(), end, iteration);
    if (number.ec != std::errc() || number.ptr == end) return std::nullopt;
    const std::size_t epoch = row.find(',');
    const std::size_t loss = epoch == std::string_view::npos ? epoch : row.find(',', epoch + 1);
    const bool evaluation = loss != std::string_view::npos && loss + 1 < row.size() && row[loss + 1] == ',';
    return Moment{iteration, evaluation ? Moment::Kind::Evaluation : Moment::Kind::Iteration};
}

std::optional<Moment> moment_of_object(std::string_view line) {
    const Json object = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object()) return std::nullopt;
    const auto iteration = object.find("iteration");
    const auto event = object.find("event");
    if (iteration == object.end() || !iteration->is_number_integer()) return std::nullopt;
    Moment moment{iteration->get<std::int64_t>()};
    if (event != object.end() && *event == "iteration") moment.kind = Moment::Kind::Iteration;
    if (event != object.end() && *event == "evaluation") moment.kind = Moment::Kind::Evaluation;
    if (event != object.end() && *event == "missing") moment.kind = Moment::Kind::Missing;
    return moment;
}

// The last of each that a log has.
struct LogEnd {
    std::int64_t iteration = 0;
    std::int64_t evaluation = 0;
    std::int64_t missing = 0;  // said to be
};

// What a log that ends so lacks of the measurements that the run's own file knows.
template <typename Text>
std::string measurements_after(const LogEnd& end, const std::vector<EvaluationMetrics>& known, Text text) {
    std::string lacking;
    std::int64_t last = std::max(end.evaluation, end.iteration - 1);
    for (const EvaluationMetrics& measured : known) {
        if (measured.iteration <= last) continue;
        last = measured.iteration;  // the same weights measured again are no news
        lacking += text(measured);
    }
    return lacking;
}

// Takes away a last line that was not ended, because the machine stopped, and what was logged after the point where a
// resumed run goes on: lines were logged in the order in which it all happened, so the first one that is later ends
// what is kept.
Result<LogEnd> cut_back(const fs::path& path, std::optional<Moment> (*moment_of)(std::string_view),
                        const std::optional<ResumePoint>& point) {
    LogEnd end;
    std::error_code code;
    if (!fs::exists(path, code)) return end;
    Result<Descriptor> descriptor = open_plain_file(path, O_RDONLY);
    if (!descriptor) return descriptor.error();
    const std::unique_ptr<FILE, int (*)(FILE*)> file(::fdopen(descriptor.value().get(), "r"), &std::fclose);
    if (!file) return file_problem(path, "read", errno);
    static_cast<void>(descriptor.value().release());  // now the stream's
    char* buffer = nullptr;
    std::size_t size = 0;
    std::uintmax_t kept = 0;
    bool whole = true;
    for (ssize_t length = 0; whole && (length = ::getline(&buffer, &size, file.get())) > 0;) {
        const std::string_view line(buffer, static_cast<std::size_t>(length));
        whole = line.back() == '\n';
        if (!whole) break;
        const std::optional<Moment> moment = moment_of(line.substr(0, line.size() - 1));
        if (moment && point && is_later(*moment, *point)) whole = false;
        if (!whole) break;
        kept += line.size();
        if (!moment) continue;
        if (moment->kind == Moment::Kind::Evaluation) end.evaluation = moment->iteration;
        if (moment->kind == Moment::Kind::Iteration) end.iteration = moment->iteration;
        if (moment->kind == Moment::Kind::Missing) end.missing = moment->iteration;
    }
    std::free(buffer);
    if (std::ferror(file.get())) return file_problem(path, "read", EIO);
    if (!whole) fs::resize_file(path, kept, code);  // in one piece, like all that changes a file here
    if (code) return Error{ErrorCode::Io, path.string() + ": cannot be continued (" + code.message() + ")"};
    return end;
}

Result<AppendFile> open_lines(const fs::path& path, std::string_view header) {
    auto file = AppendFile::open(path, AppendFile::Existing::Continue);
    if (!file || file.value().size() > 0) return file;
    if (const auto begun = file.value().append(header); !begun) return begun.error();
    return file;
}

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
    return json_line({{"event", "iteration"},
                      {"iteration", metrics.iteration},
                      {"epoch", metrics.epoch},
                      {"loss", shortest(metrics.loss)},
                      {"accuracy", shortest(metrics.accuracy)},
                      {"learning_rate", shortest(metrics.learning_rate)}});
}

std::string json_line(const EvaluationMetrics& metrics) {
    return json_line({{"event", "evaluation"},
                      {"iteration", metrics.iteration},
                      {"epoch", metrics.epoch},
                      {"train_loss", metrics.train_loss},
                      {"train_accuracy", metrics.train_accuracy},
                      {"test_loss", metrics.test_loss},
                      {"test_accuracy", metrics.test_accuracy},
                      {"seconds", metrics.seconds},
                      {"samples_per_second", metrics.samples_per_second}});
}

std::string from_to(const RunLog::Iterations& iterations) {
    return iterations.first == iterations.last
               ? "iteration " + text_of(iterations.first)
               : "iterations " + text_of(iterations.first) + " to " + text_of(iterations.last);
}

void extend(std::optional<RunLog::Iterations>& range, std::int64_t iteration) {
    if (!range) range = {iteration, iteration};
    range->first = std::min(range->first, iteration);
    range->last = std::max(range->last, iteration);
}

// An environment variable's value; an empty one counts as not set, as the XDG specification asks for.
std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

}  // namespace

Result<fs::path> default_run_folder(std::string_view recipe, std::time_t now) {
    fs::path runs = environment("XDG_STATE_HOME");
    if (!runs.is_absolute()) {  // the specification has relative paths ignored
        const std::string home = environment("HOME");
        if (home.empty())
            return Error{ErrorCode::NotFound,
                         "a run's folder needs a home folder, but neither $XDG_STATE_HOME nor $HOME is set; name the "
                         "folder with --out DIR"};
        runs = fs::path(home) / ".local" / "state";
    }
    std::string name(recipe);
    for (char& c : name)
        if (c == '/' || static_cast<unsigned char>(c) <= ' ') c = '-';
    std::tm local{};
    localtime_r(&now, &local);
    std::array<char, 32> time{};
    std::strftime(time.data(), time.size(), "-%Y-%m-%d-%H%M%S", &local);
    name += time.data();

    const fs::path folder = runs / "convscope" / "runs" / name;
    fs::path free = folder;
    std::error_code code;
    for (int i = 2; fs::exists(free, code); ++i) free = folder.string() + "-" + std::to_string(i);
    return free;
}

RunLog::RunLog(fs::path folder, std::string recipe_toml, Options options)
    : folder_(std::move(folder)),
      recipe_toml_(std::move(recipe_toml)),
      options_(std::move(options)),
      events_(folder_ / "tensorboard", options_.clock),
      last_flush_(options_.clock()) {
    std::error_code unknown;
    continued_ = options_.resumed && (options_.own_folder || fs::exists(folder_ / kTable, unknown));
    if (continued_) events_.add_restart(options_.resumed->iteration + 1);
}

Result<std::unique_ptr<RunLog>> RunLog::open(const fs::path& folder, std::string_view recipe_toml, Options options) {
    auto log = std::make_unique<RunLog>(folder, std::string(recipe_toml), std::move(options));
    if (const Result<void> begun = log->flush(); !begun) return begun.error();
    return log;
}

RunLog::~RunLog() {
    const auto unheard = flush();  // nobody is left to tell
    static_cast<void>(unheard);
}

// May be tried again after it has failed, wherever that was.
Result<void> RunLog::begin() {
    if (begun_) return {};
    std::error_code code;
    fs::create_directories(folder_, code);
    if (code) return Error{ErrorCode::Io, folder_.string() + ": cannot be made (" + code.message() + ")"};
    if (const auto written = write_whole_file(folder_ / "recipe.toml", recipe_toml_); !written) return written.error();
    const auto table_end = cut_back(folder_ / kTable, moment_of_row, options_.resumed);
    if (!table_end) return table_end.error();
    const auto objects_end = cut_back(folder_ / kObjects, moment_of_object, options_.resumed);
    if (!objects_end) return objects_end.error();
    auto table = open_lines(folder_ / kTable, kCsvHeader);
    if (!table) return table.error();
    auto objects = open_lines(folder_ / kObjects, "");
    if (!objects) return objects.error();
    csv_.file = std::move(table).value();
    json_lines_.file = std::move(objects).value();
    begun_ = true;
    if (!continued_) return {};
    const LogEnd& rows = table_end.value();
    const LogEnd& lines = objects_end.value();
    // Before all that waits to be written.
    const auto row_of = [](const EvaluationMetrics& metrics) { return table_row(metrics); };
    const auto line_of = [](const EvaluationMetrics& metrics) { return json_line(metrics); };
    csv_.pending.insert(0, measurements_after(rows, options_.evaluations, row_of));
    json_lines_.pending.insert(0, measurements_after(lines, options_.evaluations, line_of));
    find_missing(std::max(std::min(rows.iteration, lines.iteration), lines.missing));
    return {};
}

// From the first to the last of those that ought to have been logged up to where the run goes on, and are not there.
void RunLog::find_missing(std::int64_t logged) {
    Iterations missing{logged + 1, options_.resumed->iteration};
    const auto counts = [&](std::int64_t iteration) { return is_logged(iteration, options_.log_every); };
    while (missing.first <= missing.last && !counts(missing.first)) ++missing.first;
    while (missing.first <= missing.last && !counts(missing.last)) --missing.last;
    if (missing.first <= missing.last) say_missing(missing);
}

void RunLog::say_missing(const Iterations& missing) {
    json_lines_.pending += json_line({{"event", "missing"}, {"iteration", missing.last}, {"first", missing.first}});
    notice_ = folder_.string() + ": the log lacks " + from_to(missing) + ", which could not be written";
}

std::optional<std::string> RunLog::take_notice() { return std::exchange(notice_, std::nullopt); }

Result<void> RunLog::write(Lines& lines) {
    if (lines.pending.empty()) return {};
    Result<void> written = lines.file->append(lines.pending);
    if (written) lines.pending.clear();
    return written;
}

Result<void> RunLog::flush() {
    last_flush_ = options_.clock();
    if (Result<void> begun = begin(); !begun) return begun;
    if (Result<void> written = write(csv_); !written) return written;
    if (lost_) say_missing(*std::exchange(lost_, std::nullopt));
    if (Result<void> written = write(json_lines_); !written) return written;
    if (Result<void> written = events_.flush(); !written) return written;
    unwritten_.reset();
    return {};
}

Result<void> RunLog::sync() {
    if (Result<void> flushed = flush(); !flushed) return flushed;
    if (Result<void> synced = csv_.file->sync(); !synced) return synced;
    if (Result<void> synced = json_lines_.file->sync(); !synced) return synced;
    return events_.sync();
}

std::string RunLog::unwritten() const { return unwritten_ ? from_to(*unwritten_) : ""; }

Result<void> RunLog::add_iteration(const IterationMetrics& metrics) {
    if (!is_logged(metrics.iteration, options_.log_every)) return {};
    extend(unwritten_, metrics.iteration);
    if (csv_.pending.size() + json_lines_.pending.size() >= options_.most_kept) {
        extend(lost_, metrics.iteration);
    } else {
        csv_.pending += table_row(metrics);
        json_lines_.pending += json_line(metrics);
        const EventFile::Scalar scalars[] = {{"loss/batch", static_cast<double>(metrics.loss)},
                                             {"accuracy/batch", static_cast<double>(metrics.accuracy)},
                                             {"learning_rate", static_cast<double>(metrics.learning_rate)}};
        if (Result<void> added = events_.add_scalars(metrics.iteration, scalars); !added) return added;
    }
    const double waited = options_.clock() - last_flush_;  // negative where the clock was set back
    return waited >= 0.0 && waited < kSecondsBetweenFlushes ? Result<void>() : flush();
}

Result<void> RunLog::add_evaluation(const EvaluationMetrics& metrics) {
    extend(unwritten_, metrics.iteration);
    csv_.pending += table_row(metrics);
    json_lines_.pending += json_line(metrics);
    const EventFile::Scalar scalars[] = {{"loss/train", metrics.train_loss},
                                         {"accuracy/train", metrics.train_accuracy},
                                         {"loss/test", metrics.test_loss},
                                         {"accuracy/test", metrics.test_accuracy},
                                         {"samples_per_second", metrics.samples_per_second}};
    const Result<void> added = events_.add_scalars(metrics.iteration, scalars);
    const Result<void> flushed = flush();
    return added ? flushed : added;
}

Result<void> RunLog::add_change(std::int64_t iteration, std::string_view what) {
    json_lines_.pending += json_line({{"event", "change"}, {"iteration", iteration}, {"what", std::string(what)}});
    return flush();
}

}  // namespace convscope
