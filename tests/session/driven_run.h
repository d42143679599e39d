// A run without a thread, driven by a test, and what it tells.
#pragma once

#include "engine/session/run_driver.h"
#include "tests/support/catch.h"
#include "tests/support/manual_clock.h"
#include "tests/support/plain_trainer.h"

#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace convscope {

// A rest amid an iteration passes at once.
struct DrivenRun {
    using SnapshotPtr = std::shared_ptr<const Snapshot>;

    std::shared_ptr<PlainScript> script;
    std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
    std::vector<std::pair<std::int64_t, float>> logged_iterations = {};  // with their losses
    std::vector<std::tuple<std::int64_t, double, double>> logged_evaluations =
        {};  // of which iteration, loss, accuracy
    std::vector<event::RunStarted> started = {};
    RunDriver driver;

    explicit DrivenRun(SessionOptions options = {.recipe = plain_recipe()},
                       std::shared_ptr<PlainScript> of = std::make_shared<PlainScript>())
        : script(std::move(of)),
          driver([this] { return std::make_unique<PlainTrainer>(script); }, complete(std::move(options)),
                 [this](TimePoint until) {
                     if (until > clock->now()) clock->advance(until - clock->now());
                     return false;
                 }) {}

    SnapshotPtr begin() {
        driver.begin();
        return latest();
    }
    SnapshotPtr apply(Command command) {
        driver.apply(CommandId{++commands_}, command);
        driver.answer();
        return latest();
    }
    CommandId last_command() const { return CommandId{commands_}; }
    // A piece of work, and what was published by then.
    SnapshotPtr work() {
        REQUIRE(driver.work());
        return latest();
    }
    // All that is to be done.
    SnapshotPtr step(std::int64_t iterations = 1) {
        apply(command::Step{iterations});
        while (driver.work()) {
        }
        return latest();
    }
    SnapshotPtr go_to(std::int64_t iteration) {
        apply(command::GoTo{iteration});
        return arrive();
    }
    SnapshotPtr arrive() {
        while (driver.travelling()) work();
        return latest();
    }
    SnapshotPtr latest() { return driver.publisher().latest(); }

private:
    SessionOptions complete(SessionOptions options) {
        options.files = plain_files(script);
        options.clock = clock;
        options.log = [this](const RunLogEntry& entry) -> std::optional<event::Notice> {
            if (const auto* metrics = std::get_if<IterationMetrics>(&entry))
                logged_iterations.emplace_back(metrics->iteration, metrics->loss);
            if (const auto* measured = std::get_if<EvaluationMetrics>(&entry))
                logged_evaluations.emplace_back(measured->iteration, measured->test_loss, measured->test_accuracy);
            if (const auto* begun = std::get_if<event::RunStarted>(&entry)) started.push_back(*begun);
            return std::nullopt;
        };
        return options;
    }

    std::uint64_t commands_ = 0;
};

}  // namespace convscope
