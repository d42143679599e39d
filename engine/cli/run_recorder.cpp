#include "engine/cli/run_recorder.h"

#include "engine/api/dataset.h"
#include "engine/core/log.h"
#include "engine/formats/log_thinning.h"
#include "engine/formats/png_grid.h"
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
constexpr std::chrono::seconds kBetweenWrites{1};

Result<void> add_pictures(EventFile& events, const RunInfo& info) {
    if (!info.dataset || (info.data.channels != 1 && info.data.channels != 3)) return {};
    std::vector<std::span<const std::uint8_t>> pictures;
    for (std::int64_t i = 0; i < std::min(kPictures, info.data.train_count); ++i)
        pictures.push_back(info.dataset->image(Split::Train, i));
    const Result<PngPicture> grid = png_grid(pictures, info.data.channels, info.data.height, info.data.width);
    if (!grid.ok()) return grid.error();
    const PngPicture& png = grid.value();
    return events.add_image("pictures/train", 0, png.bytes, png.width, png.height, png.channels);
}

}  // namespace

RunRecorder::RunRecorder(std::int64_t log_every) : log_every_(log_every), thread_([this] { thread_main(); }) {}

RunRecorder::~RunRecorder() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
    for (const event::Notice& untold : notices_)
        if (untold.severity != event::Notice::Severity::Info) log::write(log::Level::Error, untold.text);
    if (!log_ || log_->flush().ok()) return;
    log::write(log::Level::Error, log_->folder().string() + ": the log lacks " + log_->unwritten());
}

std::optional<event::Notice> RunRecorder::add(RunLogEntry entry) {
    bool first = false;
    std::optional<event::Notice> notice;
    {
        std::lock_guard lock(mutex_);
        first = entries_.empty();
        entries_.push_back(std::move(entry));
        if (!notices_.empty()) {
            notice = std::move(notices_.front());
            notices_.pop_front();
        }
    }
    if (first) changed_.notify_one();
    return notice;
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
        Result<void> ended = r.log_ ? r.log_->flush() : Result<void>();
        if (!ended) ended = Error{ended.error().code, ended.error().message + "; its log lacks " + r.log_->unwritten()};
        r.log_.reset();
        r.before_.clear();
        r.lacking_.clear();
        r.run_ = started.info->checkpoint.empty() ? nullptr : started.info;
        std::error_code unknown;
        r.options_ = RunLog::Options();
        r.options_.log_every = r.log_every_;
        r.options_.resumed = started.resumed;
        r.options_.own_folder = started.resumed && std::filesystem::exists(started.info->checkpoint, unknown);
        if (started.history) r.options_.evaluations = started.history->evaluations.items();
        return ended;
    }
    Result<void> operator()(const event::Changed& change) const {
        if (r.log_) return r.log_->add_change(change.iteration, change.what);
        if (r.run_) r.before_.push_back(change);
        return {};
    }
    Result<void> operator()(const IterationMetrics& metrics) const {
        Result<void> begun = r.begin();
        Result<void> added = r.log_ ? r.log_->add_iteration(metrics) : Result<void>();
        return begun ? added : begun;
    }
    Result<void> operator()(const EvaluationMetrics& metrics) const {
        Result<void> begun = r.begin();
        Result<void> added = r.log_ ? r.log_->add_evaluation(metrics) : Result<void>();
        return begun ? added : begun;
    }
    Result<void> operator()(const MeasuredWeights& weights) const {
        Result<void> added;
        if (!r.log_ || !are_weights_logged(weights.epoch, r.log_every_)) return added;
        for (const auto& capture : weights.captures) {
            const LayerDescription& layer = r.run_->network.layers[static_cast<std::size_t>(capture->key.layer.index)];
            const std::string tag = layer.spec.name + (capture->key.kind == TensorKind::Weight ? "/weight" : "/bias");
            // Each is kept where it cannot be written: the last one's outcome is that of them all.
            added = r.log_->events().add_histogram(tag, capture->iteration, capture->values);
        }
        return added;
    }
};

void RunRecorder::thread_main() {
    std::vector<RunLogEntry> batch;
    for (bool last = false; !last;) {
        std::uint64_t settling = 0;
        {
            std::unique_lock lock(mutex_);
            const auto urgent = [this] { return stopping_ || settlings_asked_ > settlings_done_; };
            const auto anything = [&] { return urgent() || !entries_.empty(); };
            if (!failing_) changed_.wait(lock, anything);  // otherwise it is tried again, whatever happens
            changed_.wait_for(lock, kBetweenWrites, urgent);
            batch.swap(entries_);
            last = stopping_;
            settling = settlings_asked_;
        }
        for (const RunLogEntry& entry : batch) write(entry);
        batch.clear();
        const bool settles = settling > settlings_done_;  // which this thread alone writes
        Result<void> outcome = settles ? settled() : Result<void>();
        if (!settles && log_) note(log_->flush());
        if (!settles) continue;
        std::lock_guard lock(mutex_);
        settlings_done_ = settling;
        settlement_ = std::move(outcome);
        settled_changed_.notify_all();
    }
}

void RunRecorder::write(const RunLogEntry& entry) {
    try {
        const Result<void> written = std::visit(Writer{*this}, entry);
        if (!written) note(written);
    } catch (const std::exception& error) {  // no memory for a line, or for a record
        note(Error{ErrorCode::Failed, std::string("the run's log: ") + error.what()});
    }
}

Result<void> RunRecorder::settled() {
    if (!log_) return {};
    const Result<void> synced = log_->sync();
    note(synced);
    const std::string unwritten = log_->unwritten();
    if (!synced)
        return Error{synced.error().code,
                     synced.error().message + (unwritten.empty() ? "" : "; the log lacks " + unwritten)};
    return lacking_.empty() ? Result<void>() : Result<void>(Error{ErrorCode::Io, lacking_});
}

void RunRecorder::note(const Result<void>& result) {
    using Severity = event::Notice::Severity;
    if (!result && !failing_)
        tell(Severity::Error, result.error().message + "; the run goes on, and its log is tried again");
    if (result && failing_)
        tell(Severity::Info,
             run_ ? std::filesystem::path(run_->checkpoint).parent_path().string() + ": the log is written again" : "");
    failing_ = !result;
    if (!log_) return;
    if (std::optional<std::string> notice = log_->take_notice()) {
        lacking_ = *notice;
        tell(Severity::Warning, std::move(*notice));
    }
}

void RunRecorder::tell(event::Notice::Severity severity, std::string text) {
    std::lock_guard lock(mutex_);
    notices_.push_back({severity, std::move(text)});
}

// Opens the run's log, unless it is open or there is none.
Result<void> RunRecorder::begin() {
    if (log_ || !run_) return {};
    log_ = std::make_unique<RunLog>(std::filesystem::path(run_->checkpoint).parent_path(), to_toml(run_->recipe),
                                    std::move(options_));
    Result<void> begun;
    const auto collect = [&begun](Result<void> added) {
        if (begun) begun = std::move(added);
    };
    if (!log_->continued()) {  // otherwise it has graph and pictures
        collect(log_->events().add_graph(run_->network));
        collect(add_pictures(log_->events(), *run_));
    }
    for (const event::Changed& change : std::exchange(before_, {}))
        collect(log_->add_change(change.iteration, change.what));
    return begun;
}

}  // namespace convscope
