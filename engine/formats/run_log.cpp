#include "engine/formats/run_log.h"

#include "engine/core/whole_file.h"
#include "engine/formats/log_repair.h"
#include "engine/formats/log_thinning.h"
#include "engine/formats/metrics_lines.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace convscope {
namespace {

namespace fs = std::filesystem;

constexpr double kSecondsBetweenFlushes = 1.0;
constexpr const char* kTable = "metrics.csv";
constexpr const char* kObjects = "metrics.jsonl";

Result<AppendFile> open_lines(const fs::path& path, std::string_view header) {
    auto file = AppendFile::open(path, AppendFile::Existing::Continue);
    if (!file || file.value().size() > 0) return file;
    if (const auto begun = file.value().append(header); !begun) return begun.error();
    return file;
}

std::string from_to(const RunLog::Iterations& iterations) {
    return iterations.first == iterations.last
               ? "iteration " + std::to_string(iterations.first)
               : "iterations " + std::to_string(iterations.first) + " to " + std::to_string(iterations.last);
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
    continued_ = options_.resumed && (options_.own_folder || fs::exists(folder_ / kTable, unknown) ||
                                      fs::exists(folder_ / kObjects, unknown));
    if (!continued_) return;
    events_.add_restart(options_.resumed->iteration + 1);
    added_ = csv_.written = json_lines_.written = options_.resumed->iteration;
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
    const fs::path table_path = folder_ / kTable;
    const fs::path objects_path = folder_ / kObjects;
    if (const auto aside = set_aside_other_table(table_path); !aside)
        return aside.error();
    else if (!aside.value().empty())
        say(table_path.string() + ": has other columns than a run's, and is " + aside.value().string() + " now");
    // What was written when a file is lost sight of is all there, so that there is nothing to cut off then.
    const std::optional<ResumePoint> point = lost_sight_ ? std::nullopt : options_.resumed;
    auto rows = cut_back(table_path, kTableFormat, point);
    if (!rows) return rows.error();
    auto lines = cut_back(objects_path, kObjectFormat, point);
    if (!lines) return lines.error();
    auto table = open_lines(table_path, kCsvHeader);
    if (!table) return table.error();
    auto objects = open_lines(objects_path, "");
    if (!objects) return objects.error();
    if (continued_ || lost_sight_) {
        const Result<void> repaired = repair(table.value(), rows.value(), objects.value(), lines.value());
        if (!repaired) return repaired;
    }
    csv_.file = std::move(table).value();
    json_lines_.file = std::move(objects).value();
    begun_ = true;
    return {};
}

// Each file gets what only the other one has, and what the run's own file knows.
Result<void> RunLog::repair(AppendFile& table, LogEnd& rows, AppendFile& objects, LogEnd& lines) {
    Result<void> done = append_lacking(table, rows, kTableFormat, csv_.written, objects.path(), kObjectFormat);
    if (done) done = append_lacking(objects, lines, kObjectFormat, json_lines_.written, table.path(), kTableFormat);
    if (done) done = append_lacking(table, rows, kTableFormat, options_.evaluations);
    if (done) done = append_lacking(objects, lines, kObjectFormat, options_.evaluations);
    if (!done) return done;
    find_missing(rows, lines);
    return {};
}

// A file that was removed, renamed or changed while the run goes on (an editor has saved it, say) is begun again.
void RunLog::look_for_files() {
    if (!begun_ || (csv_.file->is_untouched() && json_lines_.file->is_untouched())) return;
    begun_ = false;
    lost_sight_ = true;
}

// From the first to the last of those that ought to have been logged, and are not there. Before the run was resumed it
// may have been told to log fewer: what lies within the step of its last ones is not missing.
void RunLog::find_missing(const LogEnd& rows, const LogEnd& lines) {
    const std::int64_t logged = std::min(rows.iteration, lines.iteration);
    Iterations missing{std::max(logged + lines.step, lines.missing + 1), std::min(csv_.written, json_lines_.written)};
    const auto counts = [&](std::int64_t iteration) { return is_logged(iteration, options_.log_every); };
    while (missing.first <= missing.last && !counts(missing.first)) ++missing.first;
    while (missing.first <= missing.last && !counts(missing.last)) --missing.last;
    if (missing.first <= missing.last) add_missing(missing);
}

void RunLog::add_missing(const Iterations& missing) {
    json_lines_.pending += json_line_of_missing(missing.first, missing.last);
    extend(missing_, missing.first);
    extend(missing_, missing.last);
    lacking_ = folder_.string() + ": the log lacks " + from_to(*missing_);
}

void RunLog::say(const std::string& text) { notice_ = notice_ ? *notice_ + "; " + text : text; }

std::optional<std::string> RunLog::take_notice() {
    if (std::exchange(missing_, std::nullopt)) say(lacking_);
    return std::exchange(notice_, std::nullopt);
}

Result<void> RunLog::write(Lines& lines) const {
    if (lines.pending.empty()) return {};
    Result<void> written = lines.file->append(lines.pending);
    if (!written) return written;
    lines.pending.clear();
    lines.written = added_;
    return written;
}

Result<void> RunLog::flush() {
    last_flush_ = options_.clock();
    look_for_files();
    if (Result<void> begun = begin(); !begun) return begun;
    if (Result<void> written = write(csv_); !written) return written;
    if (lost_) add_missing(*std::exchange(lost_, std::nullopt));
    if (Result<void> written = write(json_lines_); !written) return written;
    if (Result<void> written = events_.flush(); !written) return written;
    if (const std::int64_t lost = events_.take_lost())
        say(events_.path().string() + ": lacks " + std::to_string(lost) + " records, which could not be written");
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
    if (waiting() >= options_.most_kept) {
        extend(lost_, metrics.iteration);
    } else {
        added_ = metrics.iteration;
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
    if (waiting() >= options_.most_kept / 4 * 5) {  // so that of many iterations the measurements stay
        extend(lost_, metrics.iteration);
        return flush();
    }
    added_ = metrics.iteration;
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
    json_lines_.pending += json_line_of_change(iteration, what);
    return flush();
}

}  // namespace convscope
