// A run and the one beside it without a thread, driven by a test, and what both tell.
#pragma once

#include "engine/journal/journal_lines.h"
#include "engine/session/run_pair.h"
#include "tests/support/catch.h"
#include "tests/support/equal_states.h"
#include "tests/support/manual_clock.h"
#include "tests/support/plain_trainer.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace convscope {

inline Recipe paired_recipe() {
    Recipe recipe = plain_recipe();
    recipe.epochs = 6;
    recipe.evaluate_every = 2;
    recipe.patience = 3;
    return recipe;
}

// Ten iterations an epoch, every second of which is measured.
inline std::shared_ptr<PlainScript> paired_script(std::int64_t test_count = 20) {
    auto script = std::make_shared<PlainScript>();
    script->train_count = 100;
    script->test_count = test_count;
    return script;
}

struct DrivenPair {
    using SnapshotPtr = std::shared_ptr<const Snapshot>;

    std::shared_ptr<PlainScript> script;
    std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
    std::vector<std::pair<std::int64_t, float>> logged = {};  // iterations with their losses
    std::string journal = {};
    std::vector<double> rests = {};  // amid iterations, in seconds
    std::vector<Event> leader_events = {};
    std::vector<Event> twin_events = {};
    std::vector<IterationMetrics> leader_metrics = {};
    std::vector<IterationMetrics> twin_metrics = {};
    RunPair pair;

    explicit DrivenPair(SessionOptions options = {.recipe = paired_recipe(), .paused = true},
                        std::shared_ptr<PlainScript> of = paired_script())
        : script(std::move(of)),
          pair([this] { return std::make_unique<PlainTrainer>(script); }, complete(std::move(options)),
               [this](TimePoint until) {
                   if (until <= clock->now()) return false;
                   rests.push_back(seconds_between(clock->now(), until));
                   clock->advance(until - clock->now());
                   return false;
               }) {
        pair.begin();
    }

    RunDriver& leader() { return pair.leader(); }
    RunDriver& twin() {
        REQUIRE(pair.twin());
        return *pair.twin();
    }
    SnapshotPtr shown() { return pair.publisher().latest(); }
    SnapshotPtr twin_shown() { return pair.twin_publisher().latest(); }

    SnapshotPtr post(Command command) {
        pair.apply(CommandId{++commands_}, command);
        pair.answer();
        return shown();
    }
    SnapshotPtr post_to_twin(Command command) {
        pair.apply_to_twin(CommandId{++commands_}, command);
        pair.answer();
        return twin_shown();
    }
    CommandId last_command() const { return CommandId{commands_}; }
    void settle() {
        while (pair.work()) {
        }
    }
    SnapshotPtr apply(Command command) {
        post(std::move(command));
        settle();
        return shown();
    }
    SnapshotPtr step(std::int64_t iterations = 1) { return apply(command::Step{iterations}); }
    SnapshotPtr go_to(std::int64_t iteration) { return apply(command::GoTo{iteration}); }

    std::vector<std::string> notices() { return notices_of(pair.publisher(), leader_events); }
    std::vector<std::string> twin_notices() { return notices_of(pair.twin_publisher(), twin_events); }
    std::vector<float> losses() { return losses_of(pair.publisher(), leader_metrics); }
    std::vector<float> twin_losses() { return losses_of(pair.twin_publisher(), twin_metrics); }

private:
    SessionOptions complete(SessionOptions options) {
        options.files = plain_files(script);
        options.clock = clock;
        options.log = [this](const RunLogEntry& entry) -> std::optional<event::Notice> {
            if (const auto* metrics = std::get_if<IterationMetrics>(&entry))
                logged.emplace_back(metrics->iteration, metrics->loss);
            if (const auto* written = std::get_if<JournalEntry>(&entry)) journal += line_of(*written) + "\n";
            return std::nullopt;
        };
        return options;
    }
    static std::vector<std::string> notices_of(Publisher& publisher, std::vector<Event>& events) {
        publisher.drain_events(events);
        std::vector<std::string> texts;
        for (const Event& event : events)
            if (const auto* notice = std::get_if<event::Notice>(&event)) texts.push_back(notice->text);
        return texts;
    }
    static std::vector<float> losses_of(Publisher& publisher, std::vector<IterationMetrics>& metrics) {
        publisher.drain_metrics(metrics);
        std::vector<float> losses;
        for (const IterationMetrics& one : metrics) losses.push_back(one.loss);
        return losses;
    }

    std::uint64_t commands_ = 0;
};

// Both are where the leader is, as it is.
inline void require_together(DrivenPair& run) {
    const std::shared_ptr<const TwinPlace> place = run.shown()->twin;
    REQUIRE(place);
    REQUIRE_FALSE(place->catches_up);
    REQUIRE(run.twin_shown()->twin == place);
    REQUIRE(run.twin_shown()->iteration == std::max(place->begins, run.shown()->iteration));
    REQUIRE(run.twin_shown()->state == run.shown()->state);
    REQUIRE_FALSE(run.twin_shown()->evaluating);
}

// The same weights, generators, place in the data and settings.
inline void require_same(DrivenPair& run) {
    require_together(run);
    require_equal(*run.leader().state(), *run.twin().state());
    REQUIRE(run.shown()->metrics.loss == run.twin_shown()->metrics.loss);
    REQUIRE(run.shown()->metrics.epoch == run.twin_shown()->metrics.epoch);
    REQUIRE(run.shown()->settings.threads == run.twin_shown()->settings.threads);
}

}  // namespace convscope
