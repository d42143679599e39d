// How far a run has come, what it has measured, and what is reason to end it.
#pragma once

#include "engine/api/run_info.h"
#include "engine/journal/journal.h"
#include "engine/session/trainer.h"
#include "engine/state/run_progress.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace convscope {

// Numbers alone: knows no trainer, no clock, and whether it is to go on only from who asks. Everything but begin() is
// for when a run has begun.
class Epochs {
public:
    void begin(std::shared_ptr<const RunInfo> run, RunProgress progress);
    // To another iteration of the run, the history staying as it is. Until the furthest is come to again nothing is
    // added to that, and no measurement is counted.
    void go_to(const RunMoment& moment);

    const RunProgress& progress() const { return progress_; }
    std::int64_t iteration() const { return progress_.iteration; }       // the latest that is done; 0: fresh weights
    std::int64_t epoch() const { return progress_.epoch; }               // of the next iteration
    std::int64_t measurements() const { return measurements_; }          // of the test set, since begin()
    const IterationMetrics& latest() const { return progress_.latest; }  // of `iteration` and its epoch; zeros at 0
    // At which the run ends. The batch size may have been another at the beginning of the epoch. `all_once`: each
    // training picture comes once in it; else this epoch's rest is reckoned as if the data had been so all along.
    std::int64_t planned_iterations(std::int64_t batch_size, std::int64_t iterations_per_epoch, bool all_once) const;

    // An iteration is done, that took so many seconds.
    void add(const IterationOutcome& outcome, double seconds);
    // What is said of the iteration just added, once until it is over: the loss is a number, but one that no network
    // has that learns (kDiverged times what guessing costs).
    static constexpr double kDiverged = 1000.0;
    std::optional<std::string> warning();

    // The epoch's last iteration is done. True: it is measured now, by measure() and then end_measured_epoch(), before
    // training goes on; else the next one has begun.
    bool end_epoch();
    struct Measurement {
        EvaluationMetrics metrics;
        bool news = false;  // else the same weights were measured before, if only in the run that is resumed
    };
    // Adds it to the history.
    Measurement measure(double test_loss, double test_accuracy, bool ends_epoch);
    void end_measured_epoch(double test_loss);
    // The iteration is known: if it was measured, and that is still in the history, the measured epoch ends as it did.
    bool end_epoch_as_known();

    // Whether all that is planned is done.
    bool done() const { return progress_.epoch > progress_.planned_epochs; }
    // The recipe's own reason to end with that measurement, before its last epoch; empty: there is none.
    std::string reason_to_end(const EvaluationMetrics& measured) const;
    void end_here() { plan(progress_.epoch - 1); }
    void plan(std::int64_t epochs) { progress_.planned_epochs = epochs; }
    // As many epochs again; says so.
    std::string extend_plan();

private:
    std::shared_ptr<const RunInfo> run_;
    RunProgress progress_;
    std::int64_t measurements_ = 0;  // since begin()
    bool diverged_ = false;          // and that was said
};

}  // namespace convscope
