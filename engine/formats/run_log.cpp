#include "engine/formats/run_log.h"

#include "engine/core/whole_file.h"
#include "engine/formats/log_gaps.h"
#include "engine/formats/log_repair.h"
#include "engine/formats/log_thinning.h"
#include "engine/formats/metrics_lines.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

namespace convscope {
namespace {

namespace fs = std::filesystem;

constexpr double kSecondsBetweenFlushes = 1.0;
constexpr const char* kEvents = "tensorboard";

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
    : first_folder_(folder),
      folder_(std::move(folder)),
      recipe_toml_(std::move(recipe_toml)),
      options_(std::move(options)),
      csv_{.name = "metrics.csv", .format = kTableFormat, .header = csv_header(options_.measured_on)},
      json_lines_{.name = "metrics.jsonl", .format = kObjectFormat, .header = ""},
      events_(folder_ / kEvents, options_.clock),
      last_flush_(options_.clock()) {
    csv_.format.measured_on = json_lines_.format.measured_on = options_.measured_on;
    std::error_code unknown;
    continued_ = options_.resumed && (options_.own_folder || fs::exists(folder_ / csv_.name, unknown) ||
                                      fs::exists(folder_ / json_lines_.name, unknown));
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

// Where others have moved the run's folder away, another is written to.
Result<void> RunLog::find_folder() {
    if (!options_.find) return {};
    Result<RunFolder> found = options_.find(first_folder_);
    if (!found) return found.error();
    if (!found.value().notice.empty()) say(found.value().notice);
    if (found.value().path == folder_) return {};
    folder_ = std::move(found.value().path);
    events_.move_to(folder_ / kEvents);
    lose_sight(csv_);
    lose_sight(json_lines_);
    begun_ = false;
    return {};
}

// A file that was removed, renamed or changed while the run goes on (an editor has saved it, say) is begun again.
void RunLog::look_for_files() {
    for (Lines* lines : {&csv_, &json_lines_})
        if (lines->file && !lines->file->is_untouched()) {
            lose_sight(*lines);
            begun_ = false;  // the whole folder may be another
        }
}

void RunLog::lose_sight(Lines& lines) {
    if (lines.file) lines.lost = std::exchange(lines.file, std::nullopt);
}

// May be tried again after it has failed, wherever that was, as all that begins here.
Result<void> RunLog::begin() {
    if (begun_) return {};
    std::error_code code;
    fs::create_directories(folder_, code);
    if (code) return Error{ErrorCode::Io, folder_.string() + ": cannot be made (" + code.message() + ")"};
    const fs::path recipe = folder_ / "recipe.toml";
    if (const auto room = find_room(recipe, OwnPlace::File); !room) return room;
    if (const auto written = write_whole_file(recipe, recipe_toml_); !written) return written.error();
    begun_ = true;
    return {};
}

Result<void> RunLog::begin(Lines& lines, bool mends) {
    const fs::path path = folder_ / lines.name;
    std::error_code none;
    if (lines.lost && (!fs::exists(path, none) || fs::file_size(path, none) == 0)) {
        auto again = AppendFile::open(path, AppendFile::Existing::Continue);
        if (!again) return again.error();
        if (const Result<void> copied = again.value().append_all_of(*lines.lost); !copied) return copied;
    }
    if (mends)
        if (Result<void> filled = fill_gaps_of(lines); !filled) return filled;
    // What was written when a file is lost sight of is all there, so that there is nothing to cut off then.
    auto end = cut_back(path, lines.format, lines.seen ? std::nullopt : options_.resumed);
    if (!end) return end.error();
    auto file = open_lines(path, lines.header);
    if (!file) return file.error();
    lines.end = end.value();
    if (lines.lost) {  // another file, an older copy say: it had more
        const Result<void> had =
            append_lacking(file.value(), lines.end, lines.format, lines.written, lines.lost->sure_path(), lines.format);
        if (!had) return had;
    }
    lines.lost.reset();
    lines.file = std::move(file).value();
    return {};
}

// From what it was until others took it away, and from the other one. The objects, which come last, say what neither
// has.
Result<void> RunLog::fill_gaps_of(Lines& lines) {
    const fs::path path = folder_ / lines.name;
    if (lines.lost) {
        const auto had = fill_gaps(path, lines.format, lines.lost->sure_path(), lines.format, options_.log_every, 0);
        if (!had) return had.error();
    }
    const Lines& other = &lines == &csv_ ? json_lines_ : csv_;
    const auto filled =
        fill_gaps(path, lines.format, folder_ / other.name, other.format, options_.log_every, lines.written);
    if (!filled) return filled.error();
    for (const MissingStretch& stretch : filled.value()) {
        gaps_ += (gaps_.empty() ? "" : ", ") + from_to({stretch.first, stretch.last});
        lacking_ = folder_.string() + ": the log lacks " + gaps_;
        gaps_unsaid_ = true;
    }
    return {};
}

// All that can be, from what lies there: each file may have what the other lacks.
Result<void> RunLog::begin_lines() {
    Result<void> all;
    std::vector<Lines*> able;
    bool any = false;
    for (Lines* lines : {&csv_, &json_lines_}) {
        Result<void> own;
        if (!lines->file) own = find_room(folder_ / lines->name, OwnPlace::File);
        if (own && !lines->file) own = make_own(folder_ / lines->name);
        any = any || (own && !lines->file);
        if (own)
            able.push_back(lines);
        else
            all = std::move(own);
    }
    if (!any) return all;  // as it was
    if (const auto aside = set_aside_other_table(folder_ / csv_.name); !aside)
        return aside.error();
    else if (!aside.value().empty())
        say((folder_ / csv_.name).string() + ": has other columns than a run's, and is " + aside.value().string() +
            " now");
    const bool mends = continued_ || csv_.seen || json_lines_.seen;
    for (Lines* lines : able) {
        lose_sight(*lines);
        Result<void> begun = begin(*lines, mends);
        lines->seen = lines->seen || begun;
        if (begun) say_foreign(*lines);
        if (!begun) all = std::move(begun);
    }
    Result<void> mended = mends ? mend() : Result<void>();
    return mended ? all : mended;
}

// Each file gets what only the other one has, and what the run's own file knows.
Result<void> RunLog::mend() {
    Result<void> done;
    for (Lines* lines : {&csv_, &json_lines_}) {
        if (!lines->file) continue;
        const Lines& other = lines == &csv_ ? json_lines_ : csv_;
        if (other.file && done)
            done = append_lacking(*lines->file, lines->end, lines->format, lines->written, other.file->path(),
                                  other.format);
        if (done) done = append_lacking(*lines->file, lines->end, lines->format, options_.evaluations);
    }
    if (done) find_missing();
    return done;
}

// From the first to the last of those that ought to have been logged, and are in neither file. Before the run was
// resumed it may have been told to log fewer: what lies within the step of its last ones is not missing.
void RunLog::find_missing() {
    std::int64_t logged = 0;
    std::int64_t written = 0;
    std::int64_t step = 1;
    for (const Lines* lines : {&csv_, &json_lines_}) {
        if (!lines->file) continue;
        logged = std::max(logged, lines->end.iteration);
        written = std::max(written, lines->written);
        step = lines->end.step;  // the latter knows what is missing
    }
    Iterations missing{std::max({logged + step, json_lines_.end.missing + 1, said_missing_ + 1}), written};
    const auto counts = [&](std::int64_t iteration) { return is_logged(iteration, options_.log_every); };
    while (missing.first <= missing.last && !counts(missing.first)) ++missing.first;
    while (missing.first <= missing.last && !counts(missing.last)) --missing.last;
    if (missing.first <= missing.last) add_missing(missing);
}

void RunLog::add_missing(const Iterations& missing) {
    json_lines_.pending += json_line_of_missing(missing.first, missing.last);
    said_missing_ = std::max(said_missing_, missing.last);
    extend(missing_, missing.first);
    extend(missing_, missing.last);
    lacking_ = folder_.string() + ": the log lacks " + gaps_ + (gaps_.empty() ? "" : ", ") + from_to(*missing_);
}

// Once, until there are more of them.
void RunLog::say_foreign(Lines& lines) {
    const std::int64_t count = lines.end.foreign;
    if (count > std::exchange(lines.said_foreign, count))
        say((folder_ / lines.name).string() + ": " +
            (count == 1 ? "line " + std::to_string(lines.end.first_foreign) + " was not written by a run; it stays"
                        : std::to_string(count) + " lines were not written by a run, the first of them line " +
                              std::to_string(lines.end.first_foreign) + "; they stay"));
}

// Whatever has taken the place of one of the log's files is set aside, which is said.
Result<void> RunLog::find_room(const fs::path& path, OwnPlace of) {
    const Result<std::string> room = make_room(path, of);
    if (!room) return room.error();
    if (!room.value().empty()) say(room.value());
    return {};
}

void RunLog::say(const std::string& text) { notice_ = notice_ ? *notice_ + "; " + text : text; }

std::optional<std::string> RunLog::take_notice() {
    const bool lacks_more = std::exchange(missing_, std::nullopt).has_value();
    if (std::exchange(gaps_unsaid_, false) || lacks_more) say(lacking_);
    return std::exchange(notice_, std::nullopt);
}

Result<void> RunLog::write_lines() {
    Result<void> all = begin_lines();
    for (Lines* lines : {&csv_, &json_lines_}) {
        if (!lines->file) continue;
        if (Result<void> written = lines->file->append(lines->pending); !written) {
            all = std::move(written);
            continue;
        }
        lines->pending.clear();
        lines->written = added_;
    }
    return all;
}

Result<void> RunLog::flush() {
    last_flush_ = options_.clock();
    if (Result<void> found = find_folder(); !found) return found;
    look_for_files();
    if (Result<void> begun = begin(); !begun) return begun;
    Result<void> written = write_lines();
    bool mends = false;
    for (Lines* lines : {&csv_, &json_lines_})
        if (lines->overflowed && lines->file && lines->pending.empty()) {
            lines->overflowed = false;
            lose_sight(*lines);
            mends = true;
        }
    if (mends) written = write_lines();
    Result<void> events = find_room(folder_ / kEvents, OwnPlace::Folder);
    if (events) events = events_.flush();
    if (!events && written) written = std::move(events);
    if (const std::int64_t lost = events_.take_lost())
        say(events_.path().string() + ": lacks " + std::to_string(lost) + " records, which could not be written");
    for (Lines* lines : {&csv_, &json_lines_})
        if (!lines->is_behind()) lines->unwritten.reset();
    if (!events_.is_behind()) events_unwritten_.reset();
    Result<void> journal = find_room(folder_ / kJournal, OwnPlace::File);
    if (journal) journal = journal_.flush(folder_);
    if (!journal && written) written = std::move(journal);
    return written;
}

Result<void> RunLog::sync() {
    Result<void> all = flush();
    for (Lines* lines : {&csv_, &json_lines_})
        if (Result<void> synced = lines->file ? lines->file->sync() : Result<void>(); !synced && all)
            all = std::move(synced);
    for (Result<void> synced : {events_.sync(), journal_.sync()})
        if (!synced && all) all = std::move(synced);
    return all;
}

std::string RunLog::unwritten() const {
    const std::tuple<const char*, bool, const std::optional<Iterations>&> files[] = {
        {csv_.name, csv_.is_behind(), csv_.unwritten},
        {json_lines_.name, json_lines_.is_behind(), json_lines_.unwritten},
        {kEvents, events_.is_behind(), events_unwritten_}};
    std::vector<std::pair<std::string, std::vector<std::string>>> lacking;  // what, and where
    for (const auto& [name, is_behind, iterations] : files) {
        if (!is_behind || !iterations) continue;
        const std::string what = from_to(*iterations);
        const auto alike =
            std::find_if(lacking.begin(), lacking.end(), [&](const auto& one) { return one.first == what; });
        if (alike == lacking.end())
            lacking.push_back({what, {name}});
        else
            alike->second.emplace_back(name);
    }
    if (lacking.empty()) return journal_.is_behind() ? std::string("lines of ") + kJournal : "";
    if (lacking.front().second.size() == std::size(files)) return lacking.front().first;
    std::string text;
    for (const auto& [what, where] : lacking) {
        text += (text.empty() ? "" : ", ") + what;
        for (std::size_t i = 0; i < where.size(); ++i) text += (i == 0 ? " in " : " and ") + where[i];
    }
    return text;
}

// The lines of one moment, where no more wait than may.
void RunLog::keep(std::int64_t iteration, std::string_view row, std::string_view object, std::size_t most) {
    added_ = iteration;
    extend(events_unwritten_, iteration);
    for (const auto& [lines, text] : {std::pair(&csv_, row), std::pair(&json_lines_, object)}) {
        extend(lines->unwritten, iteration);
        if (lines->pending.size() < most)
            lines->pending += text;
        else
            lines->overflowed = true;
    }
}

Result<void> RunLog::add_iteration(const IterationMetrics& metrics) {
    if (!is_logged(metrics.iteration, options_.log_every)) return {};
    keep(metrics.iteration, table_row(metrics), json_line(metrics), options_.most_kept / 2);
    const EventFile::Scalar scalars[] = {{"loss/batch", static_cast<double>(metrics.loss)},
                                         {"accuracy/batch", static_cast<double>(metrics.accuracy)},
                                         {"learning_rate", static_cast<double>(metrics.learning_rate)}};
    events_.add_scalars(metrics.iteration, scalars);
    const double waited = options_.clock() - last_flush_;  // negative where the clock was set back
    return waited >= 0.0 && waited < kSecondsBetweenFlushes ? Result<void>() : flush();
}

Result<void> RunLog::add_evaluation(const EvaluationMetrics& metrics) {
    // So that of many iterations the measurements stay.
    keep(metrics.iteration, table_row(metrics), json_line(metrics, options_.measured_on), options_.most_kept / 8 * 5);
    const bool test = options_.measured_on == MeasuredOn::Test;
    const EventFile::Scalar scalars[] = {{"loss/train", metrics.train_loss},
                                         {"accuracy/train", metrics.train_accuracy},
                                         {test ? "loss/test" : "loss/validation", metrics.test_loss},
                                         {test ? "accuracy/test" : "accuracy/validation", metrics.test_accuracy},
                                         {"samples_per_second", metrics.samples_per_second}};
    events_.add_scalars(metrics.iteration, scalars);
    return flush();
}

Result<void> RunLog::add_change(std::int64_t iteration, std::string_view what) {
    json_lines_.pending += json_line_of_change(iteration, what);
    return flush();
}

}  // namespace convscope
