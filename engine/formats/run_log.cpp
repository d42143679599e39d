#include "engine/formats/run_log.h"

#include "engine/core/whole_file.h"
#include "engine/formats/log_thinning.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

namespace convscope {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr double kSecondsBetweenFlushes = 1.0;
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

void add_json_line(std::string& lines, const Json& object) {
    // Text that is not UTF-8 is replaced rather than thrown about. What is not finite becomes null.
    lines += object.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

// Whether something logged happened after a saved run's last moment.
bool is_later(std::int64_t iteration, bool evaluation, const ResumePoint& point) {
    return iteration > point.iteration || (iteration == point.iteration && evaluation && point.evaluation_due);
}

// Of a row of the table; the header is no number, and stays.
bool is_later_row(const std::string& row, const ResumePoint& point) {
    std::int64_t iteration = 0;
    const char* const end = row.data() + row.size();
    const auto number = std::from_chars(row.data(), end, iteration);
    if (number.ec != std::errc() || number.ptr == end) return false;
    const std::size_t epoch = row.find(',');
    const std::size_t loss = epoch == std::string::npos ? epoch : row.find(',', epoch + 1);
    const bool evaluation = loss != std::string::npos && loss + 1 < row.size() && row[loss + 1] == ',';
    return is_later(iteration, evaluation, point);
}

bool is_later_object(const std::string& line, const ResumePoint& point) {
    const Json object = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object()) return false;
    const auto iteration = object.find("iteration");
    const auto event = object.find("event");
    if (iteration == object.end() || !iteration->is_number_integer()) return false;
    return is_later(iteration->get<std::int64_t>(), event != object.end() && *event == "evaluation", point);
}

// Lines were logged in the order in which it all happened: the first one that is later ends what is kept.
template <typename IsLater>
Result<void> cut_back(const fs::path& path, IsLater is_later_line) {
    std::ifstream file(path, std::ios::binary);
    std::uintmax_t kept = 0;
    for (std::string line; std::getline(file, line); kept += line.size() + 1) {
        if (!is_later_line(line)) continue;
        file.close();
        std::error_code code;
        fs::resize_file(path, kept, code);  // in one piece, like all that changes a file here
        if (code) return Error{ErrorCode::Io, path.string() + ": cannot be continued (" + code.message() + ")"};
        break;
    }
    return {};
}

// Opens a file of lines. A last line that was not ended, because the machine stopped, is taken away.
Result<AppendFile> open_lines(const fs::path& path, std::string_view header) {
    std::error_code code;
    const std::uintmax_t size = fs::exists(path, code) ? fs::file_size(path, code) : 0;
    constexpr std::uintmax_t kLongestLine = 1 << 16;
    if (!code && size > 0) {
        std::string tail(std::min(size, kLongestLine), '\0');
        std::ifstream file(path, std::ios::binary);
        file.seekg(-static_cast<std::streamoff>(tail.size()), std::ios::end);
        file.read(tail.data(), static_cast<std::streamsize>(tail.size()));
        const std::size_t end = tail.rfind('\n');
        const std::size_t torn = end == std::string::npos ? tail.size() : tail.size() - end - 1;
        if (file && torn > 0) fs::resize_file(path, size - torn, code);
    }
    if (code) return Error{ErrorCode::Io, path.string() + ": cannot be continued (" + code.message() + ")"};
    auto file = AppendFile::open(path, AppendFile::Existing::Continue);
    if (!file || file.value().size() > 0) return file;
    if (const auto begun = file.value().append(header); !begun) return begun.error();
    return file;
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

Result<std::unique_ptr<RunLog>> RunLog::open(const fs::path& folder, std::string_view recipe_toml, Options options) {
    std::error_code code;
    fs::create_directories(folder, code);
    if (code) return Error{ErrorCode::Io, folder.string() + ": cannot be made (" + code.message() + ")"};
    if (const auto written = write_whole_file(folder / "recipe.toml", recipe_toml); !written) return written.error();
    const fs::path table = folder / "metrics.csv";
    const fs::path objects = folder / "metrics.jsonl";
    const bool continued = options.resumed && fs::exists(table, code);
    if (options.resumed) {
        const ResumePoint& point = *options.resumed;
        if (auto cut = cut_back(table, [&](const auto& row) { return is_later_row(row, point); }); !cut)
            return cut.error();
        if (auto cut = cut_back(objects, [&](const auto& line) { return is_later_object(line, point); }); !cut)
            return cut.error();
    }
    auto csv = open_lines(table, kCsvHeader);
    if (!csv) return csv.error();
    auto json_lines = open_lines(objects, "");
    if (!json_lines) return json_lines.error();
    auto events = EventFile::open(folder / "tensorboard", options.clock);
    if (!events) return events.error();
    if (continued)
        if (auto restarted = events.value().add_restart(options.resumed->iteration + 1); !restarted)
            return restarted.error();
    std::unique_ptr<RunLog> log(new RunLog(folder, std::move(options), std::move(csv).value(),
                                           std::move(json_lines).value(), std::move(events).value()));
    log->continued_ = continued;
    return log;
}

RunLog::RunLog(fs::path folder, Options options, AppendFile csv, AppendFile json_lines, EventFile events)
    : folder_(std::move(folder)),
      options_(std::move(options)),
      csv_{std::move(csv), {}},
      json_lines_{std::move(json_lines), {}},
      events_(std::move(events)),
      last_flush_(options_.clock()) {}

RunLog::~RunLog() {
    const auto unheard = flush();  // nobody is left to tell
    static_cast<void>(unheard);
}

Result<void> RunLog::stop_on_failure(Result<void> result) {
    if (!result) stopped_ = true;
    return result;
}

Result<void> RunLog::write_pending() {
    last_flush_ = options_.clock();
    for (Lines* lines : {&csv_, &json_lines_}) {
        if (lines->pending.empty()) continue;
        if (Result<void> written = lines->file.append(std::exchange(lines->pending, {})); !written) return written;
    }
    return {};
}

Result<void> RunLog::flush() { return stopped_ ? Result<void>() : stop_on_failure(write_pending()); }

Result<void> RunLog::add_iteration(const IterationMetrics& metrics) {
    if (stopped_ || !is_logged(metrics.iteration, options_.log_every)) return {};
    csv_.pending += text_of(metrics.iteration) + ',' + text_of(metrics.epoch) + ',' + text_of(metrics.loss) + ',' +
                    text_of(metrics.accuracy) + ',' + text_of(metrics.learning_rate) + ",,,,,,\n";
    add_json_line(json_lines_.pending, {{"event", "iteration"},
                                        {"iteration", metrics.iteration},
                                        {"epoch", metrics.epoch},
                                        {"loss", shortest(metrics.loss)},
                                        {"accuracy", shortest(metrics.accuracy)},
                                        {"learning_rate", shortest(metrics.learning_rate)}});
    const EventFile::Scalar scalars[] = {{"loss/batch", static_cast<double>(metrics.loss)},
                                         {"accuracy/batch", static_cast<double>(metrics.accuracy)},
                                         {"learning_rate", static_cast<double>(metrics.learning_rate)}};
    if (Result<void> added = events_.add_scalars(metrics.iteration, scalars); !added) return stop_on_failure(added);
    const double waited = options_.clock() - last_flush_;  // negative where the clock was set back
    return waited >= 0.0 && waited < kSecondsBetweenFlushes ? Result<void>() : flush();
}

Result<void> RunLog::add_evaluation(const EvaluationMetrics& metrics) {
    if (stopped_) return {};
    csv_.pending += text_of(metrics.iteration) + ',' + text_of(metrics.epoch) + ",,,," + text_of(metrics.train_loss) +
                    ',' + text_of(metrics.train_accuracy) + ',' + text_of(metrics.test_loss) + ',' +
                    text_of(metrics.test_accuracy) + ',' + text_of(metrics.seconds) + ',' +
                    text_of(metrics.samples_per_second) + '\n';
    add_json_line(json_lines_.pending, {{"event", "evaluation"},
                                        {"iteration", metrics.iteration},
                                        {"epoch", metrics.epoch},
                                        {"train_loss", metrics.train_loss},
                                        {"train_accuracy", metrics.train_accuracy},
                                        {"test_loss", metrics.test_loss},
                                        {"test_accuracy", metrics.test_accuracy},
                                        {"seconds", metrics.seconds},
                                        {"samples_per_second", metrics.samples_per_second}});
    const EventFile::Scalar scalars[] = {{"loss/train", metrics.train_loss},
                                         {"accuracy/train", metrics.train_accuracy},
                                         {"loss/test", metrics.test_loss},
                                         {"accuracy/test", metrics.test_accuracy},
                                         {"samples_per_second", metrics.samples_per_second}};
    if (Result<void> added = events_.add_scalars(metrics.iteration, scalars); !added) return stop_on_failure(added);
    return flush();
}

Result<void> RunLog::add_change(std::int64_t iteration, std::string_view what) {
    if (stopped_) return {};
    add_json_line(json_lines_.pending, {{"event", "change"}, {"iteration", iteration}, {"what", std::string(what)}});
    return flush();
}

}  // namespace convscope
