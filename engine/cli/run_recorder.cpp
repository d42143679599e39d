#include "engine/cli/run_recorder.h"

#include "engine/api/dataset.h"
#include "engine/formats/png_grid.h"
#include "engine/recipe/recipe_file.h"

#include <algorithm>
#include <span>
#include <vector>

namespace convscope {
namespace {

constexpr std::int64_t kPictures = 64;  // of the training set, at the beginning

}  // namespace

Result<void> RunRecorder::begin(const event::RunStarted& started) {
    const RunInfo& info = *started.info;
    RunLog::Options options;
    options.log_every = log_every_;
    options.resumed = started.resumed;
    Result<std::unique_ptr<RunLog>> opened = RunLog::open(folder_, to_toml(info.recipe), std::move(options));
    if (!opened.ok()) return opened.error();
    log_ = std::move(opened).value();
    resumed_at_ = started.resumed ? started.resumed->iteration : 0;
    measured_at_ = -1;
    if (log_->continued()) return {};  // with graph and pictures
    if (const Result<void> graph = log_->events().add_graph(info.network); !graph.ok()) return graph;
    if (!info.dataset || (info.data.channels != 1 && info.data.channels != 3)) return {};
    std::vector<std::span<const std::uint8_t>> pictures;
    for (std::int64_t i = 0; i < std::min(kPictures, info.data.train_count); ++i)
        pictures.push_back(info.dataset->image(Split::Train, i));
    const Result<PngPicture> grid = png_grid(pictures, info.data.channels, info.data.height, info.data.width);
    if (!grid.ok()) return grid.error();
    const PngPicture& png = grid.value();
    return log_->events().add_image("pictures/train", 0, png.bytes, png.width, png.height, png.channels);
}

Result<void> RunRecorder::add(const IterationMetrics& metrics) {
    if (!log_ || metrics.iteration <= resumed_at_) return {};
    return log_->add_iteration(metrics);
}

Result<void> RunRecorder::add(const event::Evaluated& evaluated) {
    if (evaluated.remembered) measured_at_ = evaluated.metrics.iteration;
    if (!log_ || evaluated.metrics.iteration <= measured_at_) return {};
    return log_->add_evaluation(evaluated.metrics);
}

Result<void> RunRecorder::add(const event::Changed& change) {
    return log_ ? log_->add_change(change.iteration, change.what) : Result<void>();
}

Result<void> RunRecorder::add_histograms(const Snapshot& snapshot) {
    if (!log_) return {};
    for (const auto& capture : snapshot.captures) {
        if (capture->key.kind != TensorKind::Weight && capture->key.kind != TensorKind::Bias) continue;
        const LayerDescription& layer =
            snapshot.run_info->network.layers[static_cast<std::size_t>(capture->key.layer.index)];
        const std::string tag = layer.spec.name + (capture->key.kind == TensorKind::Weight ? "/weight" : "/bias");
        if (const Result<void> added = log_->events().add_histogram(tag, capture->iteration, capture->values);
            !added.ok())
            return added;
    }
    return {};
}

}  // namespace convscope
