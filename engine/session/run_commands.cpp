// What each command does.
#include "engine/session/live_settings.h"
#include "engine/session/run_driver.h"

#include <cmath>
#include <utility>

namespace convscope {
namespace {

using Severity = event::Notice::Severity;

// False for what only wants another look, or another pace: that works without a network that works.
bool needs_trainer(const Command& command) {
    return !std::holds_alternative<command::Pause>(command) && !std::holds_alternative<command::Reset>(command) &&
           !std::holds_alternative<command::Resume>(command) && !std::holds_alternative<command::BringBack>(command) &&
           !std::holds_alternative<command::SetSpeed>(command) && !std::holds_alternative<command::Watch>(command);
}

}  // namespace

// The network exists, except for the commands that do without (needs_trainer).
struct RunDriver::Applier {
    RunDriver& driver;

    void operator()(const command::Run&) const {
        if (driver.state_ == SessionState::Running && driver.pace_.steps_left() == 0) return;
        driver.go_on(/*steps=*/0);
    }
    void operator()(const command::Pause&) const {
        if (driver.state_ != SessionState::Running) return;
        driver.state_ = SessionState::Paused;
        driver.pace_.end_step();
    }
    void operator()(const command::Step& step) const {
        if (step.iterations < 1) return warn("A step needs at least one iteration");
        driver.go_on(driver.pace_.steps_left() + step.iterations);
    }
    void operator()(const command::Evaluate&) const {
        // One that is under way already is of the same weights.
        if (!driver.measuring_.evaluating()) driver.begin_evaluation(/*ends_epoch=*/false);
    }

    void operator()(const command::Reset& reset) const {
        take_its_place([&] { return driver.run_.start(reset); });
    }
    void operator()(const command::BringBack&) const {
        take_its_place([&] { return driver.run_.bring_back(); });
    }
    void operator()(const command::Save& save) const {
        const std::string& path = save.path.empty() ? driver.run_.info().checkpoint : save.path;
        if (path.empty())
            return warn("This run has no file to be saved to: start the program with --out FOLDER to give it one");
        driver.run_.save(path, /*asked=*/true);
    }
    void operator()(const command::Resume& resume) const {
        if (driver.begun(driver.run_.resume(resume.path))) driver.begin_paused();
    }

    void operator()(const command::SetLearningRate& set) const { change_settings(set); }
    void operator()(const command::SetMomentum& set) const { change_settings(set); }
    void operator()(const command::SetBatchSize& set) const { change_settings(set); }
    void operator()(const command::SetThreads& set) const { change_settings(set); }
    void operator()(const command::SetSpeed& set) const {
        if (!std::isfinite(set.iterations_per_second) || set.iterations_per_second < 0.0)
            return warn("The speed must be 0 (flat out) or a number of iterations per second");
        driver.pace_.set_iterations_per_second(set.iterations_per_second);
    }

    void operator()(const command::SetProbe& set) const { driver.watching_.apply(set); }
    void operator()(const command::SeekClass& seek) const { driver.watching_.apply(seek); }
    void operator()(const command::SeekMistake& seek) const { driver.watching_.apply(seek); }
    void operator()(const command::Watch& watch) const {
        driver.watching_.apply(watch, /*failed=*/driver.state_ == SessionState::Failed);
    }

private:
    // Another run does, running or paused as the session was.
    template <typename Begin>
    void take_its_place(const Begin& begin) const {
        const bool pause = driver.state_ == SessionState::Paused || driver.pace_.steps_left() > 0;
        if (driver.begun(begin()) && pause) driver.begin_paused();
    }
    void warn(std::string sentence) const { driver.publisher_.notify(Severity::Warning, std::move(sentence)); }

    template <typename Set>
    void change_settings(const Set& set) const {
        const Result<std::string> mark = change(set, driver.run_.trainer(), driver.run_.info());
        if (!mark.ok()) return warn(mark.error().message);
        if (mark.value().empty()) return;
        driver.run_.read_settings();
        driver.run_.mark(mark.value());
    }
};

void RunDriver::apply(CommandId id, const Command& command) {
    applied_ = id;
    if (state_ != SessionState::Failed && !std::holds_alternative<command::Watch>(command)) run_.write_down(command);
    if (state_ == SessionState::Failed && needs_trainer(command))
        publisher_.notify(Severity::Warning, "The run has failed: reset it first");
    else
        std::visit(Applier{*this}, command);
}

}  // namespace convscope
