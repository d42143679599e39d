#include "engine/session/epochs.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace convscope {

void Epochs::begin(std::shared_ptr<const RunInfo> run, RunProgress progress) {
    run_ = std::move(run);
    progress_ = std::move(progress);
    progress_.latest.run = run_->run;
    measurements_ = 0;
    diverged_ = false;
}

void Epochs::go_to(const RunMoment& moment) {
    static_cast<RunMoment&>(progress_) = moment;
    progress_.latest.run = run_->run;
}

std::int64_t Epochs::planned_iterations(std::int64_t batch_size, std::int64_t iterations_per_epoch,
                                        bool all_once) const {
    const std::int64_t seen = progress_.latest.epoch == progress_.epoch ? progress_.epoch_sums.samples : 0;
    const std::int64_t size = std::max<std::int64_t>(1, batch_size);
    const auto batches = [size](std::int64_t pictures) { return (pictures + size - 1) / size; };
    const std::int64_t this_epoch = all_once ? batches(run_->data.train_count - seen)
                                             : std::max<std::int64_t>(0, iterations_per_epoch - batches(seen));
    return progress_.iteration + this_epoch + (progress_.planned_epochs - progress_.epoch) * iterations_per_epoch;
}

void Epochs::add(const IterationOutcome& outcome, double seconds) {
    const auto samples = static_cast<std::int64_t>(outcome.labels.size());
    ++progress_.iteration;
    if (progress_.latest.epoch != progress_.epoch) progress_.epoch_sums = {};
    progress_.latest = IterationMetrics{.run = run_->run,
                                        .iteration = progress_.iteration,
                                        .epoch = progress_.epoch,
                                        .loss = outcome.loss,
                                        .accuracy = static_cast<float>(outcome.correct) / static_cast<float>(samples),
                                        .learning_rate = static_cast<float>(outcome.learning_rate)};
    progress_.history.add(progress_.latest);
    progress_.epoch_sums.loss += static_cast<double>(outcome.loss) * static_cast<double>(samples);
    progress_.epoch_sums.correct += outcome.correct;
    progress_.epoch_sums.samples += samples;
    progress_.epoch_sums.seconds += seconds;
}

std::optional<std::string> Epochs::warning() {
    const double loss = static_cast<double>(progress_.latest.loss);
    const double guess = std::log(static_cast<double>(std::max<std::int64_t>(2, run_->recipe.class_count)));
    const bool diverges = std::isfinite(loss) && loss > kDiverged * guess;
    const bool news = diverges && !diverged_;
    diverged_ = diverges || (diverged_ && loss > guess);  // a loss that swings is one divergence
    if (!news) return std::nullopt;
    char text[200];
    std::snprintf(text, sizeof text,
                  "The run diverges: the loss of iteration %lld is %.3g, where guessing costs %.2f; start it over and "
                  "lower the learning rate",
                  static_cast<long long>(progress_.iteration), loss, guess);
    return text;
}

bool Epochs::end_epoch() {
    progress_.evaluation_due =
        progress_.epoch % run_->recipe.evaluate_every == 0 || progress_.epoch >= progress_.planned_epochs;
    if (!progress_.evaluation_due) ++progress_.epoch;
    return progress_.evaluation_due;
}

Epochs::Measurement Epochs::measure(double test_loss, double test_accuracy, bool ends_epoch) {
    ++measurements_;
    const EpochSums& sums = progress_.epoch_sums;
    const auto samples = static_cast<double>(sums.samples);
    const EvaluationMetrics measured{
        .run = run_->run,
        .iteration = progress_.iteration,
        .epoch = progress_.latest.epoch,
        .ends_epoch = ends_epoch,
        .train_loss = sums.loss / samples,  // NaN of none
        .train_accuracy = static_cast<double>(sums.correct) / samples,
        .test_loss = test_loss,
        .test_accuracy = test_accuracy,
        .seconds = sums.seconds,
        .samples_per_second = sums.seconds > 0.0 ? samples / sums.seconds : 0.0,
    };
    RunHistory::Evaluations& evaluations = progress_.history.evaluations;
    const bool news = evaluations.total() == 0 || evaluations.items().back().iteration != measured.iteration;
    evaluations.push_back(measured);
    return {measured, news};
}

// Within a step too: a run that is stepped through is the same run.
void Epochs::end_measured_epoch(double test_loss) {
    progress_.evaluation_due = false;
    ++progress_.epoch;
    const bool gain = test_loss < progress_.lowest_loss;
    progress_.measurements_without_gain = gain ? 0 : progress_.measurements_without_gain + 1;
    progress_.lowest_loss = std::min(progress_.lowest_loss, test_loss);
}

bool Epochs::end_epoch_as_known() {
    const std::vector<EvaluationMetrics>& known = progress_.history.evaluations.items();
    const auto here = std::partition_point(known.begin(), known.end(), [this](const EvaluationMetrics& one) {
        return one.iteration < progress_.iteration;
    });
    if (here == known.end() || here->iteration != progress_.iteration) return false;
    end_measured_epoch(here->test_loss);
    return true;
}

std::string Epochs::reason_to_end(const EvaluationMetrics& measured) const {
    const Recipe& recipe = run_->recipe;
    if (done()) return {};
    char text[160];
    if (recipe.stop_at_accuracy > 0.0 && measured.test_accuracy >= recipe.stop_at_accuracy)
        std::snprintf(text, sizeof text, "The accuracy of %.2f %% has reached the recipe's target of %.2f %%",
                      100.0 * measured.test_accuracy, 100.0 * recipe.stop_at_accuracy);
    else if (recipe.patience > 0 && progress_.measurements_without_gain >= recipe.patience)
        std::snprintf(text, sizeof text, "Stopped early: no lower loss than %.4f in %lld measurements",
                      progress_.lowest_loss, static_cast<long long>(progress_.measurements_without_gain));
    else
        return {};
    return text;
}

std::string Epochs::extend_plan() {
    progress_.planned_epochs += std::max<std::int64_t>(1, run_->recipe.epochs);
    return "continued to epoch " + std::to_string(progress_.planned_epochs);
}

}  // namespace convscope
