#include "tests/support/trainer_contract.h"

#include "tests/support/catch.h"
#include "tests/support/equal_states.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace convscope {
namespace {

using StatePtr = std::shared_ptr<const TrainingState>;

std::vector<float> losses(Trainer& trainer, int iterations) {
    std::vector<float> result;
    for (int i = 0; i < iterations; ++i) result.push_back(trainer.train_iteration().loss);
    return result;
}

std::unique_ptr<Trainer> started(const Candidate& candidate, const Recipe& recipe, std::uint64_t seed = 4) {
    std::unique_ptr<Trainer> trainer = candidate.make();
    REQUIRE(trainer->start({RunId{1}, recipe, seed}).ok());
    return trainer;
}

void require_settings(Trainer& trainer, const TrainingState& state) {
    REQUIRE(trainer.settings().learning_rate == state.learning_rate);
    REQUIRE(trainer.settings().momentum == state.momentum);
    REQUIRE(trainer.settings().batch_size == state.batch_size);
}

WatchSet probe_and(const NetworkDescription& network) {
    WatchSet watch;
    watch.probe = true;
    watch.add({TensorKind::Input, kInputLayer});
    for (const LayerDescription& layer : network.layers) watch.add({TensorKind::Activation, layer.id});
    return watch;
}

// But for whose they are.
void require_same_values(const Observation& a, const Observation& b) {
    REQUIRE(a.captures.size() == b.captures.size());
    for (std::size_t i = 0; i < a.captures.size(); ++i) {
        REQUIRE(a.captures[i]->key == b.captures[i]->key);
        REQUIRE(a.captures[i]->shape == b.captures[i]->shape);
        REQUIRE(a.captures[i]->values == b.captures[i]->values);
        REQUIRE(a.captures[i]->iteration == b.captures[i]->iteration);
    }
    REQUIRE(a.probe.logits == b.probe.logits);
    REQUIRE(a.probe.probabilities == b.probe.probabilities);
    REQUIRE(a.probe.iteration == b.probe.iteration);
}

// Follows a sample of its minibatch, and reads that once there is a loss.
class BatchReader final : public PhaseObserver {
public:
    BatchReader(Trainer& trainer, std::int64_t sample) : trainer_(trainer), sample_(sample) {}
    void reached(Phase phase) override {
        trainer_.read_batch(batch);
        if (phase < Phase::Loss) before_loss += batch.count();
        if (phase == Phase::Loss) trainer_.capture({watch_, false, 0}, seen);
    }
    std::int64_t sample() const override { return sample_; }

    BatchSheet batch;
    Observation seen;
    std::int64_t before_loss = 0;  // that were told too early

private:
    Trainer& trainer_;
    const std::int64_t sample_;
    const WatchSet watch_{};
};

// The phase at which an observer ends the iteration.
class Interruption final : public PhaseObserver {
public:
    void reached(Phase phase) override {
        if (phase == Phase::Update) throw std::runtime_error("interrupted");
    }
};

}  // namespace

void require_another_beside_it(const Candidate& candidate) {
    const std::vector<float> alone = losses(*started(candidate, candidate.recipe), 25);
    const std::vector<float> other_alone = losses(*started(candidate, candidate.other), 10);
    const std::unique_ptr<Trainer> trainer = started(candidate, candidate.recipe);
    std::vector<float> all = losses(*trainer, 5);
    const std::unique_ptr<Trainer> another = trainer->another();
    const auto resumed = another->resume({trainer->state(), {}}, RunId{3});
    REQUIRE(resumed.ok());
    REQUIRE(another->settings().threads == trainer->settings().threads);
    REQUIRE(resumed.value().info->data.name == trainer->state()->data_name);
    for (int i = 0; i < 10; ++i) {
        all.push_back(trainer->train_iteration().loss);
        REQUIRE(another->train_iteration().loss == all.back());
    }
    require_equal(*trainer->state(), *another->state());
    REQUIRE(another->start(RunRequest{RunId{4}, candidate.other, trainer->state()->seed}).ok());
    for (int i = 0; i < 10; ++i) {
        all.push_back(trainer->train_iteration().loss);
        REQUIRE(another->train_iteration().loss == other_alone[static_cast<std::size_t>(i)]);
    }
    REQUIRE(all == alone);
}

// Each picture's add up to one, its largest is of what it is taken for, and asking for them changes no other answer.
void require_probabilities(Trainer& trainer) {
    std::vector<int> predicted(10), again(10);
    std::vector<float> probabilities(predicted.size() * 10);
    REQUIRE(trainer.classify(Split::Test, 0, predicted, Weights::Present, probabilities) ==
            trainer.classify(Split::Test, 0, again));
    REQUIRE(predicted == again);
    for (std::size_t i = 0; i < predicted.size(); ++i) {
        const auto own = std::span(probabilities).subspan(10 * i, 10);
        REQUIRE(std::accumulate(own.begin(), own.end(), 0.0F) == Approx(1.0F).epsilon(1e-5));
        REQUIRE(std::max_element(own.begin(), own.end()) - own.begin() == predicted[i]);
    }
}

void require_states_to_repeat(const Candidate& candidate) {
    const std::unique_ptr<Trainer> trainer = started(candidate, candidate.recipe);
    const StatePtr beginning = trainer->state();
    const std::vector<float> from_the_beginning = losses(*trainer, 3);
    trainer->set_learning_rate(0.001);
    trainer->set_momentum(0.7);
    trainer->set_batch_size(8);
    losses(*trainer, 2);
    const StatePtr state = trainer->state();
    REQUIRE(state->iteration == 5);
    require_probabilities(*trainer);
    std::vector<int> predicted(10);
    const double measured = trainer->classify(Split::Test, 0, predicted);
    trainer->hold_weights();
    const std::vector<float> went_on = losses(*trainer, 20);
    REQUIRE(trainer->classify(Split::Test, 0, predicted) != measured);
    REQUIRE(trainer->classify(Split::Test, 0, predicted, Weights::Held) == measured);
    trainer->hold_weights();
    REQUIRE(trainer->classify(Split::Test, 0, predicted, Weights::Held) ==
            trainer->classify(Split::Test, 0, predicted));
    for (const float loss : went_on) REQUIRE(std::isfinite(loss));
    const StatePtr end = trainer->state();
    trainer->set_learning_rate(0.5);
    trainer->set_batch_size(3);

    for (int i = 0; i < 2; ++i) {
        REQUIRE(trainer->restore(*state).ok());
        require_settings(*trainer, *state);
        require_equal(*trainer->state(), *state);
        REQUIRE(trainer->classify(Split::Test, 0, predicted) == measured);
        REQUIRE(losses(*trainer, 20) == went_on);
        require_equal(*trainer->state(), *end);
    }
    REQUIRE(trainer->restore(*beginning).ok());  // back to before the first step,
    require_equal(*trainer->state(), *beginning);
    REQUIRE(losses(*trainer, 3) == from_the_beginning);
    REQUIRE(trainer->restore(*end).ok());  // and into what was the future
    require_equal(*trainer->state(), *end);

    const std::unique_ptr<Trainer> other = started(candidate, candidate.other, 77);
    losses(*other, 2);
    const auto resumed = other->resume({state, {}}, RunId{3});
    REQUIRE(resumed.ok());
    REQUIRE(resumed.value().info->run == RunId{3});
    REQUIRE(resumed.value().info->seed == 4);
    require_settings(*other, *state);
    REQUIRE(other->classify(Split::Test, 0, predicted) == measured);
    REQUIRE(losses(*other, 20) == went_on);
    REQUIRE(other->restore(*state).ok());  // which is of the same run
    REQUIRE(losses(*other, 20) == went_on);

    // Under another name it is the same, and still of the same states.
    REQUIRE(other->restore(*state).ok());
    const std::shared_ptr<const RunInfo> branch = other->go_on_as(RunId{9});
    REQUIRE(branch->run == RunId{9});
    REQUIRE(branch->recipe.name == candidate.recipe.name);
    require_equal(*other->state(), *state);
    REQUIRE(losses(*other, 20) == went_on);
    REQUIRE(other->restore(*state).ok());
    const WatchSet watch = probe_and(branch->network);
    Observation seen;
    other->capture({watch, false, 5, HeldPicture{Split::Test, 1}}, seen);
    for (const auto& capture : seen.captures) REQUIRE(capture->run == RunId{9});
}

void require_states_to_stay(const Candidate& candidate) {
    const std::unique_ptr<Trainer> trainer = started(candidate, candidate.recipe);
    losses(*trainer, 3);
    const StatePtr state = trainer->state();
    std::vector<std::string> before;
    visit_blobs(*state, [&](const TensorBlob& blob) { before.emplace_back(blob.bytes.view()); });
    const StatePtr at_once = trainer->state();
    std::vector<SharedBytes> shared;
    visit_blobs(*at_once, [&](const TensorBlob& blob) { shared.push_back(blob.bytes); });
    losses(*trainer, 1);
    const StatePtr later = trainer->state();
    losses(*trainer, 30);

    std::size_t place = 0;
    visit_blobs(*state, [&](const TensorBlob& blob) {
        REQUIRE(blob.bytes.view() == before[place]);
        REQUIRE(blob.bytes.is(shared[place]));  // nothing was trained in between
        ++place;
    });
    for (std::size_t i = 0; i < state->weights.size(); ++i)
        if (state->weights[i].blob.dtype == DType::Float32)
            REQUIRE_FALSE(state->weights[i].blob == later->weights[i].blob);
    REQUIRE(later->data.order.bytes.is(state->data.order.bytes));
    REQUIRE(byte_count(*trainer->state()) == byte_count(*state));
}

void require_refusals_to_change_nothing(const Candidate& candidate) {
    const std::unique_ptr<Trainer> trainer = started(candidate, candidate.recipe);
    losses(*trainer, 3);
    const StatePtr state = trainer->state();
    losses(*trainer, 2);
    const StatePtr present = trainer->state();
    const std::vector<float> went_on = losses(*trainer, 12);
    REQUIRE(trainer->restore(*present).ok());

    const auto refuse = [&](const char* what, TrainingState refused) {
        INFO(what);
        const Result<void> restored = trainer->restore(refused);
        REQUIRE_FALSE(restored.ok());
        REQUIRE_FALSE(restored.error().message.empty());
        REQUIRE(trainer->is_whole());
        require_equal(*trainer->state(), *present);
    };
    refuse("another network", *started(candidate, candidate.other)->state());
    refuse("another seed", *started(candidate, candidate.recipe, 5)->state());
    const auto damaged = [&](const auto& damage) {
        TrainingState copy = *state;
        damage(copy);
        return copy;
    };
    refuse("a weight less", damaged([](TrainingState& s) { s.weights.pop_back(); }));
    refuse("another shape", damaged([](TrainingState& s) {
               const std::vector<float> three{1.0F, 2.0F, 3.0F};
               s.weights.back().blob = blob_of<float>({3}, three);
           }));
    refuse("a parameter less in the optimizer", damaged([](TrainingState& s) { s.optimizer.pop_back(); }));
    refuse("another optimizer", damaged([](TrainingState& s) {
               for (ParameterState& one : s.optimizer) one.tensors = {{"unheard_of", s.weights.front().blob}};
           }));
    refuse("no generator", damaged([](TrainingState& s) { s.generator = {}; }));
    REQUIRE(losses(*trainer, 12) == went_on);
}

void require_restored_runs_to_be_whole(const Candidate& candidate) {
    const std::unique_ptr<Trainer> trainer = started(candidate, candidate.recipe);
    losses(*trainer, 3);
    const StatePtr state = trainer->state();
    const std::vector<float> went_on = losses(*trainer, 12);
    Interruption interruption;
    REQUIRE_THROWS(trainer->train_iteration(&interruption));
    REQUIRE_FALSE(trainer->is_whole());
    REQUIRE(trainer->restore(*state).ok());
    REQUIRE(trainer->is_whole());
    require_equal(*trainer->state(), *state);
    REQUIRE(losses(*trainer, 12) == went_on);
}

void require_jobs_to_stand_still(const Candidate& candidate) {
    const std::vector<float> unwatched = losses(*started(candidate, candidate.recipe), 12);
    const std::unique_ptr<Trainer> trainer = started(candidate, candidate.recipe);
    std::vector<float> watched = losses(*trainer, 3);
    Result<std::unique_ptr<JobWork>> begun = trainer->begin_job(TopPatchesQuestion{}, 3);
    REQUIRE(begun.ok());
    JobWork& work = *begun.value();
    REQUIRE(work.progress() == 0.0);
    bool done = false;
    while (watched.size() < 12) {
        done = done || work.advance();
        watched.push_back(trainer->train_iteration().loss);
    }
    REQUIRE(watched == unwatched);
    while (!done) done = work.advance();
    const auto of_both = std::get<TopPatches>(work.result());
    const std::unique_ptr<Trainer> other = started(candidate, candidate.recipe);
    losses(*other, 3);
    begun = other->begin_job(TopPatchesQuestion{}, 3);
    while (!begun.value()->advance()) {
    }
    const auto at_once = std::get<TopPatches>(begun.value()->result());
    REQUIRE(at_once.layers.size() == of_both.layers.size());
    for (std::size_t layer = 0; layer < at_once.layers.size(); ++layer) {
        REQUIRE(at_once.layers[layer].most == of_both.layers[layer].most);
        REQUIRE(at_once.layers[layer].least == of_both.layers[layer].least);
        REQUIRE(at_once.layers[layer].counts == of_both.layers[layer].counts);
    }
    const auto refused = trainer->begin_job(MaximisedInputQuestion{.layer = LayerId{-1}}, 12);
    REQUIRE_FALSE(refused.ok());
    REQUIRE(refused.error().message.find("There is no layer") == 0);
}

void require_samples_to_stand_still(const Candidate& candidate) {
    const std::vector<float> unwatched = losses(*started(candidate, candidate.recipe), 12);
    const std::unique_ptr<Trainer> trainer = started(candidate, candidate.recipe);
    std::vector<float> watched = losses(*trainer, 3);
    const SampleQuestion question{.layer = LayerId{0}, .count = 12};
    const std::unique_ptr<SampleWork> work = trainer->sample(question, 3);
    REQUIRE(work->progress() == 0.0);
    while (watched.size() < 12) {
        work->advance(1);
        watched.push_back(trainer->train_iteration().loss);
    }
    REQUIRE(watched == unwatched);
    while (work->progress() < 1.0) REQUIRE(work->advance(1) == 1);
    const std::shared_ptr<const ActivationSample> beside = work->sample();
    REQUIRE(beside->problem.empty());
    REQUIRE(beside->iteration == 3);
    const std::unique_ptr<Trainer> other = started(candidate, candidate.recipe);
    losses(*other, 3);
    const std::unique_ptr<SampleWork> whole = other->sample(question, 3);
    while (whole->progress() < 1.0) whole->advance(1);  // another slicing rounds otherwise
    const std::shared_ptr<const ActivationSample> at_once = whole->sample();
    REQUIRE(at_once->pictures == beside->pictures);
    REQUIRE(at_once->labels == beside->labels);
    REQUIRE(at_once->predicted == beside->predicted);
    REQUIRE(at_once->values == beside->values);
    REQUIRE_FALSE(trainer->sample({.layer = LayerId{99}, .count = 12}, 12)->sample()->problem.empty());
}

void require_probes_to_be_obeyed(const Candidate& candidate) {
    const std::vector<float> unwatched = losses(*started(candidate, candidate.recipe), 12);
    const std::unique_ptr<Trainer> trainer = candidate.make();
    const auto info = trainer->start({RunId{1}, candidate.recipe, 4});
    REQUIRE(info.ok());
    const WatchSet watch = probe_and(info.value()->network);
    const auto look = [&](std::int64_t iteration, const ProbeSource& probe) {
        Observation seen;
        trainer->capture({watch, false, iteration, probe}, seen);
        REQUIRE(seen.captures.size() == watch.tensors.size());
        REQUIRE(seen.probe.source == probe);
        REQUIRE(seen.probe.iteration == iteration);
        REQUIRE(seen.probe.probabilities.size() == static_cast<std::size_t>(candidate.recipe.class_count));
        return seen;
    };
    StatePtr state;
    Observation sample;
    std::vector<float> watched;
    for (std::int64_t iteration = 1; iteration <= 12; ++iteration) {
        const IterationOutcome outcome = trainer->train_iteration();
        watched.push_back(outcome.loss);
        const int first = outcome.labels.front();
        for (const Split split : {Split::Train, Split::Test}) {
            const HeldPicture held{split, iteration % 5};
            const Observation of_held = look(iteration, held);
            REQUIRE(of_held.probe.label == trainer->label(held.split, held.index));
            const Observation of_bytes = look(iteration, candidate.own(held));
            REQUIRE(of_bytes.probe.label == -1);
            require_same_values(of_bytes, of_held);
        }
        const Observation of_batch = look(iteration, BatchSample{});
        REQUIRE(of_batch.probe.label == first);
        if (iteration != 7) continue;
        state = trainer->state();
        sample = of_batch;
    }
    REQUIRE(watched == unwatched);
    REQUIRE(trainer->restore(*state).ok());
    const Observation again = look(7, BatchSample{});
    REQUIRE(again.probe.label == sample.probe.label);
    require_same_values(again, sample);

    Observation untouched;  // by whoever looks at weights alone
    trainer->capture({WatchSet{}, false, 7, HeldPicture{Split::Train, 1}}, untouched);
    REQUIRE(untouched.captures.empty());
    REQUIRE(untouched.probe.iteration == -1);
    REQUIRE(untouched.probe.logits.empty());
}

void require_batches_to_be_told(const Candidate& candidate) {
    const std::unique_ptr<Trainer> alone = started(candidate, candidate.recipe);
    const std::unique_ptr<Trainer> trainer = started(candidate, candidate.recipe);
    for (int i = 0; i < 6; ++i) {
        BatchReader reader(*trainer, i);
        const IterationOutcome outcome = trainer->train_iteration(&reader);
        const IterationOutcome wanted = alone->train_iteration();
        REQUIRE(outcome.loss == wanted.loss);
        const BatchSheet& batch = reader.batch;
        REQUIRE(reader.before_loss == 0);
        REQUIRE(batch.count() == std::ssize(outcome.labels));
        REQUIRE(std::equal(batch.labels.begin(), batch.labels.end(), outcome.labels.begin()));
        REQUIRE(std::equal(batch.predicted.begin(), batch.predicted.end(), outcome.predicted.begin()));
        double sum = 0.0;
        for (const float loss : batch.losses) sum += static_cast<double>(loss);
        REQUIRE(sum / static_cast<double>(batch.count()) == Approx(outcome.loss).epsilon(1e-5));
        REQUIRE(batch.indices.size() == batch.labels.size());
        REQUIRE(std::ssize(batch.pixels) == batch.count() * batch.picture.element_count());
        for (std::size_t k = 0; k < batch.labels.size(); ++k)
            REQUIRE(trainer->label(Split::Train, batch.indices[k]) == batch.labels[k]);
        REQUIRE(reader.seen.pass.sample == i % batch.count());
        REQUIRE(reader.seen.pass.label == batch.labels[static_cast<std::size_t>(reader.seen.pass.sample)]);

        BatchSheet kept;
        trainer->read_batch(kept);
        REQUIRE(kept.losses == batch.losses);
        REQUIRE(kept.pixels == batch.pixels);
        BatchSheet none = batch;
        alone->read_batch(none);  // which nobody has observed
        REQUIRE(none.count() == 0);
        REQUIRE(none.pixels.empty());
    }
    require_equal(*trainer->state(), *alone->state());

    // Any of its samples is looked at as the probe.
    const WatchSet watch = [] {
        WatchSet set;
        set.probe = true;
        return set;
    }();
    BatchSheet batch;
    trainer->read_batch(batch);
    for (const std::int64_t sample : {std::int64_t{0}, batch.count() - 1, batch.count()}) {
        Observation seen;
        trainer->capture({watch, false, 6, BatchSample{sample}}, seen);
        REQUIRE(seen.probe.label == batch.labels[static_cast<std::size_t>(sample % batch.count())]);
        REQUIRE(seen.probe.source == ProbeSource{BatchSample{sample}});
    }
}

void require_hands_to_be_obeyed(const Candidate& candidate) {
    const std::unique_ptr<Trainer> trainer = candidate.make();
    const auto info = trainer->start({RunId{1}, candidate.recipe, 4});
    REQUIRE(info.ok());
    const LayerDescription& layer = info.value()->network.layers.front();
    REQUIRE(layer.owns_weights());
    const TensorKey weight{TensorKind::Weight, layer.id};
    const auto count = static_cast<std::size_t>(layer.weight_shape.element_count());
    const auto read = [&](bool first) {
        std::vector<float> values(count);
        if (first)
            trainer->read_first_values(weight, 0, values);
        else
            trainer->read_values(weight, 0, values);
        return values;
    };
    REQUIRE(read(false) == read(true));
    REQUIRE_FALSE(trainer->restraints().any());
    losses(*trainer, 3);
    const StatePtr untouched = trainer->state();
    const std::vector<float> went_on = losses(*trainer, 8);

    // Done and taken back, it never was.
    REQUIRE(trainer->restore(*untouched).ok());
    const std::vector<float> before = read(false);
    const std::vector<float> two{0.5F, -0.25F};
    trainer->write_values(weight, 1, two);
    std::vector<float> part(2);
    trainer->read_values(weight, 1, part);
    REQUIRE(part == two);
    trainer->write_values(weight, 0, before);
    Restraints held;
    held.channels = {{layer.id, 1, 0.25F}};
    held.frozen = {{layer.id, 0}};
    trainer->set_restraints(held);
    REQUIRE(trainer->restraints() == held);
    REQUIRE(trainer->state()->restraints == held);
    trainer->set_restraints({});
    require_equal(*trainer->state(), *untouched);
    REQUIRE(losses(*trainer, 8) == went_on);

    // What is done counts, goes with the state, and is of this run alone.
    REQUIRE(trainer->restore(*untouched).ok());
    trainer->set_restraints(held);
    trainer->write_values(weight, 1, two);
    const StatePtr touched = trainer->state();
    const std::vector<float> otherwise = losses(*trainer, 8);
    REQUIRE(otherwise != went_on);
    const StatePtr end = trainer->state();
    REQUIRE(trainer->restore(*untouched).ok());
    REQUIRE_FALSE(trainer->restraints().any());
    REQUIRE(losses(*trainer, 8) == went_on);
    REQUIRE(trainer->restore(*touched).ok());
    REQUIRE(trainer->restraints() == held);
    REQUIRE(losses(*trainer, 8) == otherwise);
    require_equal(*trainer->state(), *end);
    const std::unique_ptr<Trainer> other = started(candidate, candidate.other, 77);
    REQUIRE(other->resume({touched, {}}, RunId{3}).ok());
    REQUIRE(other->restraints() == held);
    REQUIRE(losses(*other, 8) == otherwise);

    // A frozen layer stays as it is, and is learned again afterwards.
    REQUIRE(trainer->restore(*untouched).ok());
    Restraints frozen;
    frozen.frozen = {{layer.id}};
    trainer->set_restraints(frozen);
    losses(*trainer, 4);
    REQUIRE(read(false) == before);

    // A state that names what the network has not changes nothing.
    const StatePtr present = trainer->state();
    TrainingState damaged = *untouched;
    damaged.restraints.channels = {{LayerId{99}, 0, 0.0F}};
    REQUIRE_FALSE(trainer->restore(damaged).ok());
    damaged.restraints = {{}, {{layer.id, layer.weight_shape[0]}}};
    REQUIRE_FALSE(trainer->restore(damaged).ok());
    require_equal(*trainer->state(), *present);
}

void require_data_to_change(const Candidate& candidate) {
    const std::unique_ptr<Trainer> trainer = candidate.make();
    const auto info = trainer->start({RunId{1}, candidate.recipe, 4});
    REQUIRE(info.ok());
    const DatasetInfo& data = info.value()->data;
    losses(*trainer, 3);
    const StatePtr untouched = trainer->state();
    const std::int64_t per_epoch = trainer->iterations_per_epoch();
    const std::vector<float> went_on = losses(*trainer, 8);
    const auto given = [&](std::int64_t index) { return trainer->label(Split::Train, index); };
    std::vector<int> labels;
    for (std::int64_t i = 0; i < data.train_count; ++i) labels.push_back(given(i));
    const auto changed_to = [&](const DataChanges& changes) {
        REQUIRE(trainer->restore(*untouched).ok());
        Restraints restraints;
        restraints.data = changes;
        trainer->set_restraints(restraints);
    };

    // A picture is what somebody says, a share of the others has a label of the data, and none of the test set's moves.
    DataChanges changes;
    changes.shuffled_labels = 0.5;
    const int said = (labels[3] + 1) % static_cast<int>(data.class_names.size());
    changes.relabel(3, said);
    const int tested = trainer->label(Split::Test, 3);
    changed_to(changes);
    REQUIRE(given(3) == said);
    REQUIRE(trainer->label(Split::Test, 3) == tested);
    for (std::int64_t i = 0; i < data.train_count; ++i) {
        if (i == 3) continue;
        const std::int64_t source = label_source(0.5, 4, i, data.train_count);
        REQUIRE(given(i) == labels[static_cast<std::size_t>(source)]);
    }

    // Done and taken back, it never was.
    changes.noise = 20.0;
    changes.set_times(labels[0], 3, data.class_names.size());
    changes.set_times(labels[1], labels[0] == labels[1] ? 3 : 0, data.class_names.size());
    changed_to(changes);
    trainer->set_restraints({});
    REQUIRE(trainer->iterations_per_epoch() == per_epoch);
    require_equal(*trainer->state(), *untouched);
    REQUIRE(losses(*trainer, 8) == went_on);

    // Where each picture comes eight times, an epoch is as much longer.
    DataChanges longer;
    for (std::size_t i = 0; i < data.class_names.size(); ++i)
        longer.set_times(static_cast<int>(i), 8, data.class_names.size());
    changed_to(longer);
    REQUIRE(trainer->iterations_per_epoch() > 7 * (per_epoch - 1));

    // What is left out comes no more, from the next minibatch on.
    DataChanges without;
    without.set_times(labels[0], 0, data.class_names.size());
    changed_to(without);
    for (int i = 0; i < 12; ++i)
        for (const int label : trainer->train_iteration().labels) REQUIRE(label != labels[0]);

    // It counts, goes with the state, and is of this run alone.
    changed_to(changes);
    losses(*trainer, 5);
    const StatePtr touched = trainer->state();
    REQUIRE(touched->restraints.data == changes);
    const std::vector<float> otherwise = losses(*trainer, 25);
    const StatePtr end = trainer->state();
    REQUIRE(trainer->restore(*touched).ok());
    REQUIRE(losses(*trainer, 25) == otherwise);
    require_equal(*trainer->state(), *end);
    const std::unique_ptr<Trainer> other = started(candidate, candidate.other, 77);
    REQUIRE(other->resume({touched, {}}, RunId{3}).ok());
    REQUIRE(other->restraints().data == changes);
    REQUIRE(losses(*other, 25) == otherwise);

    // Each kind by itself counts.
    for (const DataChanges& one : {DataChanges{.shuffled_labels = 1.0}, DataChanges{.noise = 60.0},
                                   DataChanges{.relabelled = changes.relabelled}, without}) {
        changed_to(one);
        losses(*trainer, 25);
        const StatePtr with = trainer->state();
        REQUIRE(trainer->restore(*untouched).ok());
        losses(*trainer, 25);
        REQUIRE_FALSE(trainer->state()->weights == with->weights);
    }

    // A state of other data than these changes nothing.
    const StatePtr present = trainer->state();
    TrainingState damaged = *untouched;
    damaged.restraints.data.relabelled = {{data.train_count, 0}};
    REQUIRE_FALSE(trainer->restore(damaged).ok());
    require_equal(*trainer->state(), *present);
}

void require_recipes_to_change(const Candidate& candidate) {
    const std::unique_ptr<Trainer> trainer = candidate.make();
    const auto info = trainer->start({RunId{1}, candidate.recipe, 4});
    REQUIRE(info.ok());
    losses(*trainer, 3);
    const StatePtr untouched = trainer->state();
    const std::vector<float> went_on = losses(*trainer, 8);

    // Changed and changed back at the same place, it never was, whatever it was in between.
    REQUIRE(trainer->restore(*untouched).ok());
    const Recipe own = info.value()->recipe;
    Recipe other = own;
    other.optimizer.kind = own.optimizer.kind == OptimizerKind::Sgd ? OptimizerKind::Adam : OptimizerKind::Sgd;
    other.optimizer.learning_rate = 0.03125;
    other.optimizer.momentum = 0.25;
    other.shuffle = !own.shuffle;
    other.input_mean = {0.75};
    Recipe third = other;
    third.optimizer.kind = own.optimizer.kind == OptimizerKind::RmsProp ? OptimizerKind::AdamW : OptimizerKind::RmsProp;
    const LiveSettings settings = trainer->settings();
    const auto back = [&] {
        REQUIRE(trainer->change_recipe(own).ok());
        trainer->set_learning_rate(settings.learning_rate);
        trainer->set_momentum(settings.momentum);
    };
    const auto changed = trainer->change_recipe(other);
    REQUIRE(changed.ok());
    REQUIRE(changed.value()->run == RunId{1});
    REQUIRE(changed.value()->recipe.optimizer.kind == other.optimizer.kind);
    REQUIRE(trainer->settings().learning_rate == 0.03125);
    REQUIRE(trainer->settings().momentum == 0.25);
    REQUIRE(trainer->change_recipe(third).ok());
    back();
    require_equal(*trainer->state(), *untouched);
    REQUIRE(losses(*trainer, 8) == went_on);

    // It counts, goes with the state, and is of this run alone.
    REQUIRE(trainer->restore(*untouched).ok());
    REQUIRE(trainer->change_recipe(other).ok());
    const StatePtr touched = trainer->state();
    const std::vector<float> otherwise = losses(*trainer, 8);
    REQUIRE(otherwise != went_on);
    const StatePtr end = trainer->state();
    REQUIRE(trainer->restore(*untouched).ok());
    REQUIRE(trainer->state()->recipe == own);
    REQUIRE(losses(*trainer, 8) == went_on);
    REQUIRE(trainer->restore(*touched).ok());
    REQUIRE(losses(*trainer, 8) == otherwise);
    require_equal(*trainer->state(), *end);
    REQUIRE(trainer->restore(*touched).ok());
    back();  // of what came back with the state
    require_equal(*trainer->state(), *untouched);
    const std::unique_ptr<Trainer> second = started(candidate, candidate.other, 77);
    REQUIRE(second->resume({touched, {}}, RunId{3}).ok());
    REQUIRE(losses(*second, 8) == otherwise);

    // Behind an iteration more there is nothing to come back to.
    REQUIRE(trainer->restore(*touched).ok());
    losses(*trainer, 1);
    REQUIRE_FALSE(trainer->state()->replaced);

    // What would be another network changes nothing.
    const StatePtr present = trainer->state();
    Recipe wrong = other;
    wrong.layers.pop_back();
    REQUIRE_FALSE(trainer->change_recipe(wrong).ok());
    wrong = other;
    wrong.batch_size += 1;
    REQUIRE_FALSE(trainer->change_recipe(wrong).ok());
    require_equal(*trainer->state(), *present);
}

}  // namespace convscope
