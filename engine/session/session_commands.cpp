// What each command does. They are applied on the trainer's thread, between two pieces of work.
#include "engine/core/machine_memory.h"
#include "engine/recipe/network_memory.h"
#include "engine/session/training_session.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>

namespace convscope {
namespace {

using Severity = event::Notice::Severity;

constexpr const char* kArrow = " -> ";

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", value);
    return text;
}

// False for what only wants another look, or another pace: that works without a network that works.
bool needs_trainer(const Command& command) {
    return !std::holds_alternative<command::Pause>(command) && !std::holds_alternative<command::Reset>(command) &&
           !std::holds_alternative<command::Resume>(command) && !std::holds_alternative<command::SetSpeed>(command) &&
           !std::holds_alternative<command::Watch>(command);
}

// What training with the batch before holds already is there for the next one.
Result<void> check_room_for_batch(const RunInfo& run, std::int64_t before, std::int64_t after) {
    if (run.device != "cpu") return {};
    const auto needed = [&run](std::int64_t batch) {
        return network_memory(run.recipe, run.network, NetworkUse::Training, batch);
    };
    return check_memory(needed(after) - needed(before), "A batch size of " + std::to_string(after),
                        "choose a smaller one");
}

}  // namespace

// One overload per command. The network exists, except for the commands that do without (needs_trainer).
struct TrainingSession::Applier {
    TrainingSession& s;

    void operator()(const command::Run&) const {
        if (s.state_ == SessionState::Running && s.steps_left_ == 0) return;
        if (s.state_ == SessionState::Finished) s.extend_plan();
        go_on(/*steps=*/0);
    }
    void operator()(const command::Pause&) const {
        if (s.state_ != SessionState::Running) return;
        s.state_ = SessionState::Paused;
        s.steps_left_ = 0;
    }
    void operator()(const command::Step& step) const {
        if (step.iterations < 1) return s.notify(Severity::Warning, "A step needs at least one iteration");
        if (s.state_ == SessionState::Finished) s.extend_plan();
        go_on(s.steps_left_ + step.iterations);
    }
    void operator()(const command::Evaluate&) const {
        // One that is under way already is of the same weights.
        if (!s.evaluation_.active()) s.begin_evaluation(/*ends_epoch=*/false);
    }
    void operator()(const command::Reset& reset) const {
        const bool pause = s.state_ == SessionState::Paused || s.steps_left_ > 0;
        const Recipe recipe = reset.recipe ? *reset.recipe : s.run_info_ ? s.run_info_->recipe : s.options_.recipe;
        // Before the first run has begun, or where it could not: what it was to be.
        const auto& weights = s.run_info_ ? s.weights_ : s.options_.weights;
        if (s.start_run(reset.seed, recipe, reset.data, reset.recipe ? nullptr : weights) && pause)
            s.state_ = SessionState::Paused;
    }

    void operator()(const command::Save& save) const {
        const std::string& path = save.path.empty() ? s.run_info_->checkpoint : save.path;
        if (path.empty())
            return s.notify(Severity::Warning,
                            "This run has no file to be saved to: start the program with --out FOLDER to give it one");
        s.save(path, Saving::Asked);
    }
    void operator()(const command::Resume& resume) const {
        if (s.resume_run(resume.path) && s.state_ == SessionState::Running) s.state_ = SessionState::Paused;
    }

    void operator()(const command::SetLearningRate& set) const {
        if (!std::isfinite(set.learning_rate) || set.learning_rate < 0.0)
            return s.notify(Severity::Warning, "The learning rate must be a finite number, 0 or more; " +
                                                   number(set.learning_rate) + " was not applied");
        const double before = s.settings_.learning_rate;
        if (before == set.learning_rate) return;
        s.trainer_->set_learning_rate(set.learning_rate);
        s.read_settings();
        s.mark("learning rate " + number(before) + kArrow + number(set.learning_rate));
    }
    void operator()(const command::SetMomentum& set) const {
        if (!(set.momentum >= 0.0 && set.momentum < 1.0))
            return s.notify(Severity::Warning,
                            "Momentum must be at least 0 and below 1; " + number(set.momentum) + " was not applied");
        const double before = s.settings_.momentum;
        if (before == set.momentum) return;
        s.trainer_->set_momentum(set.momentum);
        s.read_settings();
        s.mark("momentum " + number(before) + kArrow + number(set.momentum));
    }
    void operator()(const command::SetBatchSize& set) const {
        const std::int64_t most = s.run_info_->data.train_count;
        if (set.batch_size < 1 || set.batch_size > most)
            return s.notify(Severity::Warning, "The batch size must be from 1 to " + std::to_string(most) + "; " +
                                                   std::to_string(set.batch_size) + " was not applied");
        const std::int64_t before = s.settings_.batch_size;
        if (before == set.batch_size) return;
        if (const Result<void> room = check_room_for_batch(*s.run_info_, before, set.batch_size); !room)
            return s.notify(Severity::Warning, room.error().message);
        s.trainer_->set_batch_size(set.batch_size);
        s.read_settings();
        s.mark("batch size " + std::to_string(before) + kArrow + std::to_string(set.batch_size));
    }
    void operator()(const command::SetSpeed& set) const {
        if (!std::isfinite(set.iterations_per_second) || set.iterations_per_second < 0.0)
            return s.notify(Severity::Warning, "The speed must be 0 (flat out) or a number of iterations per second");
        s.iterations_per_second_ = set.iterations_per_second;
        s.next_due_ = s.last_due_ + s.period();
    }

    void operator()(const command::SetProbe& set) const {
        const std::int64_t count = s.picture_count(set.split);
        if (count > 0) s.set_probe(set.split, ((set.index % count) + count) % count);
    }
    void operator()(const command::SetProbeToBatch& set) const {
        s.set_probe(s.shown_.probe.split, s.shown_.probe.index);
        s.shown_.probe.from_batch = set.enabled;
    }
    void operator()(const command::SeekClass& seek) const {
        const Split split = s.shown_.probe.split;
        const std::int64_t count = s.picture_count(split);
        std::int64_t index = s.shown_.probe.index;
        for (std::int64_t looked = 0; looked < count; ++looked) {
            index = (index + (seek.direction < 0 ? count - 1 : 1)) % count;
            if (s.trainer_->label(split, index) == seek.label) return s.set_probe(split, index);
        }
        s.notify(Severity::Info, "No picture of class " + std::to_string(seek.label) + " in this data set");
    }
    void operator()(const command::SeekMistake& seek) const {
        const std::int64_t count = s.picture_count(Split::Test);
        if (count == 0) return;
        s.seek_direction_ = seek.direction < 0 ? -1 : 1;
        // From outside the test set: its first picture is next, its last one is previous.
        std::int64_t from = s.seek_direction_ > 0 ? -1 : count;
        if (s.shown_.probe.split == Split::Test) from = s.shown_.probe.index;
        s.seek_next_ = (from + s.seek_direction_ + count) % count;
        s.seek_left_ = count;
        s.shown_.probe.seeking = true;
    }

    void operator()(const command::Watch& watch) const {
        const WatchSet before = std::exchange(s.watch_, watch.set);
        if (s.state_ == SessionState::Failed) return;  // the last pictures stay: there will be no others
        std::erase_if(s.shown_.captures, [this](const auto& capture) { return !s.watch_.contains(capture->key); });
        if (!s.watch_.layer_statistics) {
            s.shown_.layer_statistics.clear();
            s.statistics_iteration_ = -1;
        }
        if (!s.watch_.test_confusion) s.sweep_.abandon();  // half a sweep of old weights would be kept for later
        const bool more = std::any_of(s.watch_.tensors.begin(), s.watch_.tensors.end(),
                                      [&](TensorKey key) { return !before.contains(key); }) ||
                          (s.watch_.probe && !before.probe) || (s.watch_.layer_statistics && !before.layer_statistics);
        if (more) s.captured_iteration_ = -1;
    }

private:
    // Trains `steps` iterations, or without end if 0, the first one at once whatever the pace.
    void go_on(std::int64_t steps) const {
        s.state_ = SessionState::Running;
        s.steps_left_ = steps;
        s.next_due_ = s.now();
    }
};

bool TrainingSession::apply_letters() {
    if (!letters_.drain(inbox_)) return false;
    for (const Letter& letter : inbox_) {
        if (stopping_.load(std::memory_order_relaxed)) break;
        try {
            if (state_ == SessionState::Failed && needs_trainer(letter.command))
                notify(Severity::Warning, "The run has failed: reset it first");
            else
                std::visit(Applier{*this}, letter.command);
        } catch (const std::exception& error) {
            fail(sentence_of(error));  // here, so that the commands behind it are not lost
        }
        applied_ = letter.id;
    }
    return true;
}

void TrainingSession::set_probe(Split split, std::int64_t index) {
    ProbeState& probe = shown_.probe;
    probe.from_batch = false;
    probe.split = split;
    probe.index = index;
    probe.label = trainer_->label(split, index);
    end_seek();
    // What was computed for another picture must not be shown beside this one.
    probe.iteration = -1;
    probe.logits.clear();
    probe.probabilities.clear();
    std::erase_if(shown_.captures, [](const auto& capture) {
        return capture->key.kind == TensorKind::Input || capture->key.kind == TensorKind::Activation;
    });
    captured_iteration_ = -1;
}

}  // namespace convscope
