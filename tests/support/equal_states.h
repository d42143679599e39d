// Whether two states of a run are the same, to the last bit: every member of theirs is looked at here.
#pragma once

#include "engine/recipe/recipe_file.h"
#include "engine/state/run_state.h"
#include "tests/support/catch.h"

#include <cstdint>

namespace convscope {

inline void require_equal(const TrainingState& a, const TrainingState& b) {
    REQUIRE(to_toml(a.recipe) == to_toml(b.recipe));
    REQUIRE(a.seed == b.seed);
    REQUIRE(a.iteration == b.iteration);
    REQUIRE(a.learning_rate == b.learning_rate);
    REQUIRE(a.momentum == b.momentum);
    REQUIRE(a.batch_size == b.batch_size);
    REQUIRE((a.restraints == b.restraints));
    REQUIRE((a.replaced != nullptr) == (b.replaced != nullptr));
    if (a.replaced) REQUIRE((*a.replaced == *b.replaced));
    REQUIRE((a.before_hand == b.before_hand));
    REQUIRE((a.weights == b.weights));
    REQUIRE((a.optimizer == b.optimizer));
    REQUIRE(a.generator == b.generator);
    REQUIRE(a.data == b.data);
    REQUIRE(a.data_name == b.data_name);
    REQUIRE(a.data_option == b.data_option);
    REQUIRE(a.data_fingerprint == b.data_fingerprint);
    REQUIRE(a.fingerprint_kind == b.fingerprint_kind);
    REQUIRE(a.class_names == b.class_names);
}

inline void require_equal(const MetricSeries& a, const MetricSeries& b) {
    REQUIRE(a.list().levels() == b.list().levels());
    REQUIRE(a.list().items().size() == b.list().items().size());
    for (std::size_t i = 0; i < a.list().items().size(); ++i) {
        const MetricSeries::Kept& one = a.list().items()[i];
        const MetricSeries::Kept& other = b.list().items()[i];
        REQUIRE(one.count == other.count);
        if (one.count == 0) continue;
        REQUIRE(one.minimum == other.minimum);
        REQUIRE(one.maximum == other.maximum);
        REQUIRE(one.mean == other.mean);
    }
}

inline void require_equal(const RunProgress& a, const RunProgress& b) {
    REQUIRE(a.iteration == b.iteration);
    REQUIRE(a.epoch == b.epoch);
    REQUIRE(a.planned_epochs == b.planned_epochs);
    REQUIRE(a.evaluation_due == b.evaluation_due);
    REQUIRE(a.epoch_sums.loss == b.epoch_sums.loss);
    REQUIRE(a.epoch_sums.correct == b.epoch_sums.correct);
    REQUIRE(a.epoch_sums.samples == b.epoch_sums.samples);
    REQUIRE(a.epoch_sums.seconds == b.epoch_sums.seconds);
    REQUIRE(a.lowest_loss == b.lowest_loss);
    REQUIRE(a.measurements_without_gain == b.measurements_without_gain);
    REQUIRE(a.latest.iteration == b.latest.iteration);
    REQUIRE(a.latest.epoch == b.latest.epoch);
    REQUIRE(a.latest.loss == b.latest.loss);
    REQUIRE(a.latest.accuracy == b.latest.accuracy);
    REQUIRE(a.latest.learning_rate == b.latest.learning_rate);
    require_equal(a.history.loss, b.history.loss);
    require_equal(a.history.accuracy, b.history.accuracy);
    REQUIRE(a.history.evaluations.levels() == b.history.evaluations.levels());
    const std::vector<EvaluationMetrics>& measured = a.history.evaluations.items();
    REQUIRE(measured.size() == b.history.evaluations.items().size());
    for (std::size_t i = 0; i < measured.size(); ++i) {
        const EvaluationMetrics& other = b.history.evaluations.items()[i];
        REQUIRE(measured[i].iteration == other.iteration);
        REQUIRE(measured[i].epoch == other.epoch);
        REQUIRE(measured[i].ends_epoch == other.ends_epoch);
        REQUIRE(measured[i].train_loss == other.train_loss);
        REQUIRE(measured[i].train_accuracy == other.train_accuracy);
        REQUIRE(measured[i].test_loss == other.test_loss);
        REQUIRE(measured[i].test_accuracy == other.test_accuracy);
        REQUIRE(measured[i].seconds == other.seconds);
        REQUIRE(measured[i].samples_per_second == other.samples_per_second);
    }
}

}  // namespace convscope
