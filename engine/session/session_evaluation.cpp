// The end of an epoch: measuring the test set at fixed weights, and whether that ends the run.
#include "engine/session/training_session.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace convscope {
namespace {

constexpr std::int64_t kEvaluationSlice = 500;  // fixed, not timed: sums of floats depend on it

}  // namespace

// With a measurement, where the recipe wants one.
void TrainingSession::end_epoch() {
    const bool measured =
        progress_.epoch % run_info_->recipe.evaluate_every == 0 || progress_.epoch >= progress_.planned_epochs;
    if (measured)
        begin_evaluation(/*ends_epoch=*/true);
    else
        keep_epoch(progress_.epoch++);
}

void TrainingSession::begin_evaluation(bool ends_epoch) {
    evaluation_ends_epoch_ = ends_epoch;
    evaluation_.begin(run_info_->data.test_count, static_cast<int>(run_info_->recipe.class_count), progress_.iteration);
    if (!evaluation_.active()) finish_evaluation();
}

// The weights stay as they are until all slices are done.
void TrainingSession::evaluate_slice() {
    evaluation_.advance(*trainer_, kEvaluationSlice, progress_.iteration);
    const bool complete = !evaluation_.active();
    if (complete) finish_evaluation();
    const bool captured = captures_wanted();
    if (captured) capture();
    if (complete || captured || progress_due()) publish();
}

void TrainingSession::finish_evaluation() {
    sweep_.abandon();  // it could only bring something older
    keep_test_confusion(evaluation_.confusion());
    const auto samples = static_cast<double>(progress_.epoch_sums.samples);
    const EvaluationMetrics measured{
        .run = run_info_->run,
        .iteration = progress_.iteration,
        .epoch = metrics_.epoch,
        .ends_epoch = evaluation_ends_epoch_,
        .train_loss = progress_.epoch_sums.loss / samples,  // NaN of none
        .train_accuracy = static_cast<double>(progress_.epoch_sums.correct) / samples,
        .test_loss = evaluation_.mean_loss(),
        .test_accuracy = evaluation_.confusion().matrix.accuracy(),
        .seconds = progress_.epoch_sums.seconds,
        .samples_per_second = progress_.epoch_sums.seconds > 0.0 ? samples / progress_.epoch_sums.seconds : 0.0,
    };
    // The same weights measured again, if only in the run that is resumed, are no news to a log.
    RunHistory::Evaluations& evaluations = progress_.history.evaluations;
    const bool news = evaluations.total() == 0 || evaluations.items().back().iteration != measured.iteration;
    evaluations.push_back(measured);
    events_.post(event::Evaluated{measured});
    if (news) {
        tell_log(measured);
        log_weights();
    }
    if (!evaluation_ends_epoch_) return;
    ++progress_.epoch;
    count_gain();
    if (steps_left_ == 0 && reached_its_end()) {
        progress_.planned_epochs = progress_.epoch - 1;
        state_ = SessionState::Finished;
    }
    if (progress_.epoch > progress_.planned_epochs) {
        if (steps_left_ > 0)
            extend_plan();  // a step is as long as was asked for
        else
            state_ = SessionState::Finished;
    }
    keep_epoch(measured.epoch);
}

// A copy once a measurement; the weights stand still for it.
void TrainingSession::log_weights() {
    if (!options_.log || run_info_->checkpoint.empty()) return;
    WatchSet weights;
    for (const LayerDescription& layer : run_info_->network.layers) {
        if (layer.has_weight()) weights.add({TensorKind::Weight, layer.id});
        if (layer.has_bias()) weights.add({TensorKind::Bias, layer.id});
    }
    trainer_->capture(CaptureRequest{weights, /*layer_statistics=*/false, progress_.iteration}, measured_);
    tell_log(MeasuredWeights{metrics_.epoch, std::exchange(measured_.captures, {})});
}

// Within a step too: a run that is stepped through is the same run.
void TrainingSession::count_gain() {
    const double loss = evaluation_.mean_loss();
    progress_.measurements_without_gain = loss < progress_.lowest_loss ? 0 : progress_.measurements_without_gain + 1;
    progress_.lowest_loss = std::min(progress_.lowest_loss, loss);
}

// Whether the measurement just made meets the recipe's own reasons to end before its last epoch; says so.
bool TrainingSession::reached_its_end() {
    const Recipe& recipe = run_info_->recipe;
    const double accuracy = evaluation_.confusion().matrix.accuracy();
    if (progress_.epoch > progress_.planned_epochs) return false;
    char text[160];
    if (recipe.stop_at_accuracy > 0.0 && accuracy >= recipe.stop_at_accuracy)
        std::snprintf(text, sizeof text, "The accuracy of %.2f %% has reached the recipe's target of %.2f %%",
                      100.0 * accuracy, 100.0 * recipe.stop_at_accuracy);
    else if (recipe.patience > 0 && progress_.measurements_without_gain >= recipe.patience)
        std::snprintf(text, sizeof text, "Stopped early: no lower loss than %.4f in %lld measurements",
                      progress_.lowest_loss, static_cast<long long>(progress_.measurements_without_gain));
    else
        return false;
    notify(event::Notice::Severity::Info, text);
    return true;
}

}  // namespace convscope
