#include "engine/host/run_recorder.h"

#include "engine/api/dataset.h"
#include "engine/core/log.h"
#include "engine/formats/log_thinning.h"
#include "engine/formats/png_grid.h"
#include "engine/journal/journal_lines.h"
#include "engine/recipe/recipe_file.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <filesystem>
#include <span>
#include <string>
#include <system_error>
#include <utility>

namespace convscope {
namespace {

constexpr std::int64_t kPictures = 64;  // of the training set, at the beginning
constexpr std::int64_t kMinibatchPictures = 16;
constexpr std::chrono::seconds kBetweenWrites{1};

// None where they cannot be made into one: a log without is better than none.
void add_pictures(EventFile& events, const RunInfo& info) {
    if (!info.dataset || (info.data.channels != 1 && info.data.channels != 3)) return;
    std::vector<std::span<const std::uint8_t>> pictures;
    for (std::int64_t i = 0; i < std::min(kPictures, info.data.train_count); ++i)
        pictures.push_back(info.dataset->image(Split::Train, i));
    const Result<PngPicture> grid = png_grid(pictures, info.data.channels, info.data.height, info.data.width);
    if (!grid.ok()) return log::write(log::Level::Warning, "the run's log has no pictures: " + grid.error().message);
    const PngPicture& png = grid.value();
    events.add_image("pictures/train", 0, png.bytes, png.width, png.height, png.channels);
}

// The first pictures of it, in four rows, with their labels as a caption.
void add_minibatch(EventFile& events, const BatchSheet& sheet) {
    const Shape& shape = sheet.picture;
    if (shape.rank() != 3 || (shape[0] != 1 && shape[0] != 3)) return;
    std::vector<std::span<const std::uint8_t>> pictures;
    std::string tag = "pictures/minibatch 1, labels";
    for (std::int64_t i = 0; i < std::min(kMinibatchPictures, sheet.count()); ++i) {
        pictures.push_back(sheet.pixels_of(i));
        tag += " " + std::to_string(sheet.labels[static_cast<std::size_t>(i)]);
    }
    const Result<PngPicture> grid = png_grid(pictures, shape[0], shape[1], shape[2]);
    if (!grid.ok()) return log::write(log::Level::Warning, "the run's log has no minibatch: " + grid.error().message);
    const PngPicture& png = grid.value();
    events.add_image(tag, 1, png.bytes, png.width, png.height, png.channels);
}

// The recipe, which is read again without it, below what else the run is repeated by.
std::string text_to_repeat(const RunInfo& info) {
    std::string head = "# seed " + std::to_string(info.seed) + ", " + std::to_string(info.threads) +
                       (info.threads == 1 ? " thread, " : " threads, ") + info.device;
    for (const std::string* part : {&info.library, &info.machine})
        if (!part->empty()) head += ", " + *part;
    for (char& c : head)
        if (static_cast<unsigned char>(c) < ' ') c = ' ';
    return head + "\n" + to_toml(info.recipe);
}

std::string lacks(const RunLog& log) {
    const std::string unwritten = log.unwritten();
    return log.folder().string() + ": the log lacks " + (unwritten.empty() ? "what was changed last" : unwritten);
}

}  // namespace

RunRecorder::RunRecorder(std::int64_t log_every, std::size_t most_rows, RunFolderUse folders,
                         std::shared_ptr<const Clock> clock)
    : log_every_(log_every),
      most_rows_(most_rows),
      folders_(std::move(folders)),
      clock_(std::move(clock)),
      thread_([this] { thread_main(); }) {}

RunRecorder::~RunRecorder() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
    for (const event::Notice& untold : notices_)
        if (untold.severity != event::Notice::Severity::Info) log::write(log::Level::Error, untold.text);
    if (log_) ended_.push_back(std::move(log_));
    for (const std::unique_ptr<RunLog>& log : ended_)
        if (!log->flush().ok()) log::write(log::Level::Error, lacks(*log));
}

std::optional<event::Notice> RunRecorder::add(RunLogEntry entry) {
    bool wake = false;
    std::optional<event::Notice> notice;
    {
        std::lock_guard lock(mutex_);
        // The last entries of a session are its journal's: what they brought nobody would read, but ~RunRecorder says.
        const bool tells = !std::holds_alternative<JournalEntry>(entry);
        const std::size_t before = entries_.size();
        keep(std::move(entry));
        wake = before == 0 || (before < most_rows_ / 2 && entries_.size() >= most_rows_ / 2);
        if (tells && leaves_out_ && !std::exchange(leaving_out_told_, true))
            notice = {event::Notice::Severity::Warning,
                      folder_ +
                          ": its disk does not answer; the run goes on, and its log will lack what comes until "
                          "it does",
                      {},
                      folder_};
        else if (tells && !notices_.empty()) {
            notice = std::move(notices_.front());
            notices_.pop_front();
        }
    }
    if (wake) changed_.notify_one();
    return notice;
}

// With mutex_. What waits must not grow with the run.
void RunRecorder::keep(RunLogEntry entry) {
    if (const auto* started = std::get_if<event::RunStarted>(&entry)) {
        std::error_code unknown;
        const std::filesystem::path folder = std::filesystem::path(started->info->checkpoint).parent_path();
        begun_runs_.push_back({folders_.hold ? folders_.hold(folder) : nullptr,
                               started->resumed && std::filesystem::exists(started->info->checkpoint, unknown)});
        folder_ = folder.string();
        begun_ = false;
    }
    if (const auto* metrics = std::get_if<IterationMetrics>(&entry)) {
        if (begun_ && !is_logged(metrics->iteration, log_every_)) return;
        begun_ = true;
        if (entries_.size() >= most_rows_) return leave_out(metrics->iteration);
    }
    if (const auto* metrics = std::get_if<EvaluationMetrics>(&entry))
        if (entries_.size() >= most_rows_ + kMostMeasurements) return leave_out(metrics->iteration);
    if (const auto* weights = std::get_if<MeasuredWeights>(&entry))
        if (!are_weights_logged(weights->epoch, log_every_) || !has_room(*weights)) return;
    entries_.emplace_back(std::move(entry));
}

void RunRecorder::leave_out(std::int64_t iteration) {
    leaves_out_ = true;
    if (auto* left_out = std::get_if<RunLog::Iterations>(&entries_.back()))
        left_out->last = iteration;
    else
        entries_.emplace_back(RunLog::Iterations{iteration, iteration});
}

bool RunRecorder::has_room(const MeasuredWeights& weights) {
    std::size_t bytes = 0;
    for (const auto& capture : weights.captures) bytes += capture->values.size() * sizeof(float);
    if (weights_waiting_ > 0 && weights_waiting_ + bytes > kMostWeights) {
        leaves_out_ = true;
        return false;
    }
    weights_waiting_ += bytes;
    return true;
}

Result<void> RunRecorder::settle() {
    std::unique_lock lock(mutex_);
    const std::uint64_t mine = ++settlings_asked_;
    changed_.notify_one();
    settled_changed_.wait(lock, [&] { return settlings_done_ >= mine; });
    return settlement_;
}

// ---- the recorder's thread -----------------------------------------------------------------------------------------

struct RunRecorder::Writer {
    RunRecorder& r;

    Result<void> operator()(const event::RunStarted& started) const {
        r.end_log();
        r.before_.clear();
        r.journal_.clear();
        r.run_ = started.info->checkpoint.empty() ? nullptr : started.info;
        r.options_ = RunLog::Options();
        r.options_.find = r.folders_.find;
        r.options_.log_every = r.log_every_;
        r.options_.resumed = started.resumed;
        r.options_.measured_on =
            started.info->data.measured_on == "validation" ? MeasuredOn::Validation : MeasuredOn::Test;
        {
            std::lock_guard lock(r.mutex_);
            r.options_.own_folder = r.begun_runs_.front().own_folder;
            r.options_.held = std::move(r.begun_runs_.front().held);
            r.begun_runs_.pop_front();
        }
        if (started.history) r.options_.evaluations = started.history->evaluations.items();
        return {};
    }
    Result<void> operator()(const event::Changed& change) const {
        if (r.log_) return r.log_->add_change(change.iteration, change.what);
        if (r.run_) r.before_.push_back(change);
        return {};
    }
    Result<void> operator()(const IterationMetrics& metrics) const {
        r.begin();
        return r.log_ ? r.log_->add_iteration(metrics) : Result<void>();
    }
    Result<void> operator()(const EvaluationMetrics& metrics) const {
        r.begin();
        return r.log_ ? r.log_->add_evaluation(metrics) : Result<void>();
    }
    Result<void> operator()(const MeasuredWeights& weights) const {
        if (!r.log_) return {};
        for (const auto& capture : weights.captures) {
            const LayerDescription& layer = r.run_->network.layers[static_cast<std::size_t>(capture->key.layer.index)];
            const std::string tag = layer.spec.name + (capture->key.kind == TensorKind::Weight ? "/weight" : "/bias");
            r.log_->events().add_histogram(tag, capture->iteration, capture->values);
        }
        return {};
    }
    Result<void> operator()(const FirstMinibatch& first) const {
        if (r.log_) add_minibatch(r.log_->events(), *first.sheet);
        return {};
    }
    Result<void> operator()(const JournalEntry& entry) const {
        if (r.log_)
            r.log_->add_journal(line_of(entry));
        else if (r.run_)
            r.journal_ += line_of(entry);
        return {};
    }
    Result<void> operator()(const RunLog::Iterations& left_out) const {
        if (r.log_) r.log_->add_missing(left_out);
        return {};
    }
};

void RunRecorder::thread_main() {
    std::vector<Entry> batch;
    for (bool last = false; !last;) {
        std::uint64_t settling = 0;
        {
            std::unique_lock lock(mutex_);
            const auto urgent = [this] {
                return stopping_ || settlings_asked_ > settlings_done_ || entries_.size() >= most_rows_ / 2;
            };
            const auto anything = [&] { return urgent() || !entries_.empty(); };
            if (!failing_) changed_.wait(lock, anything);  // otherwise it is tried again, whatever happens
            const TimePoint due = clock_->now() + kBetweenWrites;
            while (!urgent() && clock_->now() < due) clock_->wait(changed_, lock, due);
            batch.swap(entries_);
            weights_waiting_ = 0;
            leaves_out_ = leaving_out_told_ = false;
            last = stopping_;
            settling = settlings_asked_;
        }
        for (const Entry& entry : batch) write(entry);
        batch.clear();
        const bool settles = settling > settlings_done_;  // which this thread alone writes
        Result<void> outcome = settles ? settled() : Result<void>();
        if (!settles) {
            Result<void> written = retry_ended(&RunLog::flush);
            if (log_)
                if (Result<void> flushed = log_->flush(); !flushed) written = std::move(flushed);
            note(written);
            continue;
        }
        std::lock_guard lock(mutex_);
        settlings_done_ = settling;
        settlement_ = std::move(outcome);
        settled_changed_.notify_all();
    }
}

void RunRecorder::write(const Entry& entry) {
    try {
        const Writer writer{*this};
        const auto* told = std::get_if<RunLogEntry>(&entry);
        const Result<void> written = told ? std::visit(writer, *told) : writer(std::get<RunLog::Iterations>(entry));
        if (!written) note(written);
    } catch (const std::exception& error) {  // no memory for a line, or for a record
        note(Error{ErrorCode::Failed, std::string("the run's log: ") + error.what()});
    }
}

// Of the run that another takes the place of. What its disk refuses is tried again.
void RunRecorder::end_log() {
    if (!log_) return;
    note(log_->sync());
    std::unique_ptr<RunLog> log = std::move(log_);
    if (log->unwritten().empty()) return;
    if (ended_.size() == kMostEnded) {
        tell(event::Notice::Severity::Error, lacks(*ended_.front()));
        ended_.erase(ended_.begin());
    }
    ended_.push_back(std::move(log));
}

Result<void> RunRecorder::retry_ended(Result<void> (RunLog::*finish)()) {
    Result<void> all;
    std::erase_if(ended_, [&](const std::unique_ptr<RunLog>& log) {
        const Result<void> written = (log.get()->*finish)();
        if (!written) all = written;
        if (std::optional<std::string> notice = log->take_notice())
            tell(event::Notice::Severity::Warning, std::move(*notice));
        return written.ok();
    });
    return all;
}

Result<void> RunRecorder::settled() {
    Result<void> ended = retry_ended(&RunLog::sync);
    const Result<void> synced = log_ ? log_->sync() : Result<void>();
    note(synced ? ended : synced);
    if (!log_) return {};
    if (synced) return log_->lacking().empty() ? Result<void>() : Result<void>(Error{ErrorCode::Io, log_->lacking()});
    const std::string unwritten = log_->unwritten();
    return Error{synced.error().code,
                 synced.error().message + (unwritten.empty() ? "" : "; the log lacks " + unwritten)};
}

void RunRecorder::note(const Result<void>& result) {
    using Severity = event::Notice::Severity;
    const std::string folder = log_ ? log_->folder().string() : "";
    if (!result && !failing_)
        tell(Severity::Error, result.error().message + "; the run goes on, and its log is tried again", folder);
    if (result && failing_ && log_) tell(Severity::Info, folder + ": the log is written again", folder);
    failing_ = !result;
    if (!log_) return;
    if (std::optional<std::string> notice = log_->take_notice()) tell(Severity::Warning, std::move(*notice));
}

void RunRecorder::tell(event::Notice::Severity severity, std::string text, std::string subject) {
    std::lock_guard lock(mutex_);
    notices_.push_back({severity, std::move(text), {}, std::move(subject)});
}

// Opens the run's log, unless it is open or there is none.
void RunRecorder::begin() {
    if (log_ || !run_) return;
    log_ = std::make_unique<RunLog>(std::filesystem::path(run_->checkpoint).parent_path(), text_to_repeat(*run_),
                                    std::move(options_));
    if (!log_->continued()) {  // otherwise it has graph and pictures
        log_->events().add_graph(run_->network);
        add_pictures(log_->events(), *run_);
    }
    log_->add_journal(std::exchange(journal_, {}));
    for (const event::Changed& change : std::exchange(before_, {}))
        note(log_->add_change(change.iteration, change.what));
}

}  // namespace convscope
