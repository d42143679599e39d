#include "engine/cli/run_recorder.h"

#include "engine/api/dataset.h"
#include "engine/core/log.h"
#include "engine/formats/log_thinning.h"
#include "engine/formats/png_grid.h"
#include "engine/recipe/recipe_file.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <span>
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
    if (failure_) log::write(log::Level::Error, failure_->message);  // nobody is left to be told by add()
}

Result<void> RunRecorder::add(RunLogEntry entry) {
    bool first = false;
    std::optional<Error> failure;
    {
        std::lock_guard lock(mutex_);
        first = entries_.empty();
        entries_.push_back(std::move(entry));
        failure = std::exchange(failure_, std::nullopt);
    }
    if (first) changed_.notify_one();
    if (failure) return *failure;
    return {};
}

// ---- the recorder's thread -----------------------------------------------------------------------------------------

struct RunRecorder::Writer {
    RunRecorder& r;

    Result<void> operator()(const event::RunStarted& started) const {
        r.log_.reset();
        r.before_.clear();
        r.run_ = started.info->checkpoint.empty() ? nullptr : started.info;
        r.resumed_ = started.resumed;
        return {};
    }
    Result<void> operator()(const event::Changed& change) const {
        if (r.log_) return r.log_->add_change(change.iteration, change.what);
        if (r.run_) r.before_.push_back(change);
        return {};
    }
    Result<void> operator()(const IterationMetrics& metrics) const {
        if (const Result<void> begun = r.begin(); !begun.ok()) return begun;
        return r.log_ ? r.log_->add_iteration(metrics) : Result<void>();
    }
    Result<void> operator()(const EvaluationMetrics& metrics) const {
        if (const Result<void> begun = r.begin(); !begun.ok()) return begun;
        return r.log_ ? r.log_->add_evaluation(metrics) : Result<void>();
    }
    Result<void> operator()(const MeasuredWeights& weights) const {
        if (!r.log_ || !are_weights_logged(weights.epoch, r.log_every_)) return {};
        for (const auto& capture : weights.captures) {
            const LayerDescription& layer = r.run_->network.layers[static_cast<std::size_t>(capture->key.layer.index)];
            const std::string tag = layer.spec.name + (capture->key.kind == TensorKind::Weight ? "/weight" : "/bias");
            if (const Result<void> added = r.log_->events().add_histogram(tag, capture->iteration, capture->values);
                !added.ok())
                return added;
        }
        return {};
    }
};

void RunRecorder::thread_main() {
    std::vector<RunLogEntry> batch;
    for (bool last = false; !last;) {
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return stopping_ || !entries_.empty(); });
            changed_.wait_for(lock, kBetweenWrites, [this] { return stopping_; });
            batch.swap(entries_);
            last = stopping_;
        }
        const auto note = [&](Result<void> result) {
            if (result.ok()) return;
            run_ = nullptr;
            log_.reset();
            std::lock_guard lock(mutex_);
            failure_ = result.error();
        };
        for (const RunLogEntry& entry : batch) note(std::visit(Writer{*this}, entry));
        if (log_) note(log_->flush());
        batch.clear();
    }
}

// Opens the run's log, unless it is open or there is none.
Result<void> RunRecorder::begin() {
    if (log_ || !run_) return {};
    RunLog::Options options;
    options.log_every = log_every_;
    options.resumed = resumed_;
    Result<std::unique_ptr<RunLog>> opened =
        RunLog::open(std::filesystem::path(run_->checkpoint).parent_path(), to_toml(run_->recipe), std::move(options));
    if (!opened.ok()) return opened.error();
    log_ = std::move(opened).value();
    if (!log_->continued()) {  // otherwise it has graph and pictures
        if (const Result<void> graph = log_->events().add_graph(run_->network); !graph.ok()) return graph;
        if (const Result<void> pictures = add_pictures(log_->events(), *run_); !pictures.ok()) return pictures;
    }
    for (const event::Changed& change : std::exchange(before_, {}))
        if (const Result<void> added = log_->add_change(change.iteration, change.what); !added.ok()) return added;
    return {};
}

}  // namespace convscope
