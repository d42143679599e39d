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
           !std::holds_alternative<command::SetSpeed>(command) && !std::holds_alternative<command::Watch>(command) &&
           !std::holds_alternative<command::SetBreakpoints>(command) &&
           !std::holds_alternative<command::EndTwin>(command);
}

// What is for the place itself, so that it matters whether that is in the past: written down by whoever applies it.
bool is_for_the_place(const Command& command) {
    return std::holds_alternative<command::Evaluate>(command) ||
           std::holds_alternative<command::SetLearningRate>(command) ||
           std::holds_alternative<command::SetMomentum>(command) ||
           std::holds_alternative<command::SetBatchSize>(command) ||
           std::holds_alternative<command::SetThreads>(command) ||
           std::holds_alternative<command::SetChannel>(command) || std::holds_alternative<command::Freeze>(command) ||
           std::holds_alternative<command::SetWeights>(command) ||
           std::holds_alternative<command::FillWeights>(command) ||
           std::holds_alternative<command::ChangeRecipe>(command) ||
           std::holds_alternative<command::ChangeData>(command) || std::holds_alternative<command::Undo>(command);
}

// What makes the run go on or stand still, which in the past is not written down.
bool is_play(const Command& command) {
    return std::holds_alternative<command::Run>(command) || std::holds_alternative<command::Pause>(command) ||
           std::holds_alternative<command::Step>(command);
}

}  // namespace

// The network exists, except for the commands that do without (needs_trainer).
struct RunDriver::Applier {
    RunDriver& driver;
    bool takes_back = false;  // for Undo
    bool* changes = nullptr;  // told whether something was changed
    struct Answer {
        std::string mark;     // of what was changed
        std::string problem;  // why it was not
    };
    Answer* answer = nullptr;  // whoever takes it, instead of a Notice

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
    void operator()(const command::Evaluate& evaluate) const {
        driver.finish_travel();
        if (!driver.run_.in_past()) driver.run_.write_down(evaluate);
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

    void operator()(const command::GoTo& go) const { driver.depart(go.iteration); }
    void operator()(const command::GoToLane& go) const {
        const bool elsewhere = go.lane != driver.run_.line().lane();
        if (elsewhere) {
            if (!driver.begun(driver.run_.go_to_lane(go.lane))) return;
            driver.begin_paused();
        }
        if (elsewhere && go.iteration < 0) return;
        const command::GoTo within{go.iteration < 0 ? driver.run_.line().furthest() : go.iteration};
        driver.run_.write_down(within);  // into the journal of that lane
        (*this)(within);
    }
    void operator()(const command::NameLane& name) const { warn_of(driver.run_.name_lane(name)); }
    void operator()(const command::NamePlace& name) const { warn_of(driver.run_.name_place(name)); }
    void operator()(const command::DeleteLane& gone) const { warn_of(driver.run_.delete_lane(gone.lane)); }

    void operator()(const command::SetLearningRate& set) const { change_settings(set); }
    void operator()(const command::SetMomentum& set) const { change_settings(set); }
    void operator()(const command::SetBatchSize& set) const { change_settings(set); }
    void operator()(const command::SetThreads& set) const { change_settings(set); }
    void operator()(const command::SetChannel& set) const { change_by_hand(set); }
    void operator()(const command::Freeze& freeze) const { change_by_hand(freeze); }
    void operator()(const command::SetWeights& set) const { change_by_hand(set); }
    void operator()(const command::FillWeights& fill) const { change_by_hand(fill); }
    void operator()(const command::ChangeRecipe& change) const { change_by_hand(change); }
    void operator()(const command::ChangeData& change) const { change_by_hand(change); }
    // What is so again already, by hand, is passed over.
    void operator()(const command::Undo&) const {
        driver.finish_travel();
        bool done = false;
        while (!done) {
            const std::optional<UndoStack::Step> step = driver.run_.take_undo();
            if (!step) return warn("There is nothing to be taken back here");
            for (const Command& one : step->undo) std::visit(Applier{driver, /*takes_back=*/true, &done}, one);
        }
    }
    void operator()(const command::SetSpeed& set) const {
        if (!std::isfinite(set.iterations_per_second) || set.iterations_per_second < 0.0)
            return warn("The speed must be 0 (flat out) or a number of iterations per second");
        driver.pace_.set_iterations_per_second(set.iterations_per_second);
    }

    void operator()(const command::SetBreakpoints& set) const {
        const Result<std::vector<std::string>> done = driver.breakpoints_.set(set.list);
        if (!done.ok()) return warn(done.error().message);
        if (driver.state_ != SessionState::Failed) driver.run_.write_down(set);  // not before: it can be written
        for (const std::string& out_of_reach : done.value()) warn(out_of_reach);
    }

    void operator()(const command::SetProbe& set) const { driver.watching_.apply(set); }
    void operator()(const command::SeekClass& seek) const { driver.watching_.apply(seek); }
    void operator()(const command::SeekMistake& seek) const { driver.watching_.apply(seek); }
    void operator()(const command::Watch& watch) const {
        driver.watching_.apply(watch, /*failed=*/driver.state_ == SessionState::Failed);
    }
    void operator()(const command::BeginTwin&) const { warn("There is no room for a run beside this one"); }
    void operator()(const command::EndTwin&) const {}

private:
    void warn_of(const Result<void>& done) const {
        if (!done) warn(done.error().message);
    }
    // Another run does, running or paused as the session was.
    template <typename Begin>
    void take_its_place(const Begin& begin) const {
        const bool pause = driver.state_ == SessionState::Paused || driver.pace_.steps_left() > 0;
        if (driver.begun(begin()) && pause) driver.begin_paused();
    }
    void warn(std::string sentence) const {
        if (answer != nullptr)
            answer->problem = std::move(sentence);
        else
            driver.publisher_.notify(Severity::Warning, std::move(sentence));
    }
    void changed(const std::string& mark) const {
        if (answer != nullptr) answer->mark = mark;
        if (changes != nullptr) *changes = true;
    }

    template <typename Set>
    void change_settings(const Set& set) const {
        driver.finish_travel();
        const Result<std::string> mark = change_by(set, driver.run_.trainer().settings(), driver.run_.info());
        if (!mark.ok()) return warn(mark.error().message);
        if (mark.value().empty()) return;
        if (driver.run_.in_past()) driver.branch();
        driver.run_.write_down(set);  // it is the branch's
        std::vector<Command> undo;
        if (!takes_back) undo.emplace_back(undo_of(set, driver.run_.trainer().settings()));
        convscope::apply(set, driver.run_.trainer());
        driver.run_.read_settings();
        driver.run_.changed(mark.value(), std::move(undo));
        changed(mark.value());
    }

    // What is measured now is measured to its end with the network as it is.
    template <typename Set>
    void change_by_hand(const Set& set) const {
        driver.finish_travel();
        while (driver.measuring_.evaluating()) driver.evaluate();
        Result<ChangeByHand> change = change_by(set, driver.run_.trainer(), driver.run_.info());
        if (!change.ok()) return warn(change.error().message);
        if (change.value().mark.empty()) return;
        if (driver.run_.in_past()) driver.branch();
        driver.run_.write_down(change.value().written);
        const std::string mark = change.value().mark;
        driver.run_.change(std::move(change).value(), takes_back);
        driver.measuring_.network_changed();
        driver.watching_.network_changed();
        changed(mark);
    }
};

Result<std::string> RunDriver::differ_by(const std::vector<command::Difference>& difference) {
    std::string words;
    for (const command::Difference& one : difference) {
        Applier::Answer answer;
        std::visit(Applier{*this, /*takes_back=*/false, /*changes=*/nullptr, &answer}, one);
        if (!answer.problem.empty()) return Error{ErrorCode::InvalidArgument, answer.problem};
        if (!answer.mark.empty()) words += (words.empty() ? "" : ", ") + answer.mark;
    }
    return words;
}

bool RunDriver::is_for_follower(const Command& command) {
    return std::holds_alternative<command::Watch>(command) ||
           (is_for_the_place(command) && !std::holds_alternative<command::SetThreads>(command));
}

void RunDriver::apply(CommandId id, const Command& command) {
    applied_ = id;
    const bool unwritten =
        std::holds_alternative<command::Watch>(command) || std::holds_alternative<command::BeginTwin>(command) ||
        std::holds_alternative<command::EndTwin>(command) || std::holds_alternative<command::SetBreakpoints>(command) ||
        is_for_the_place(command) || (run_.in_past() && is_play(command));
    if (state_ != SessionState::Failed && !unwritten) run_.write_down(command);
    if (follows_ && !is_for_follower(command))
        publisher_.notify(Severity::Warning,
                          "The run beside follows the first one, which is to be told to run, pause or go elsewhere");
    else if (state_ == SessionState::Failed && needs_trainer(command))
        publisher_.notify(Severity::Warning,
                          follows_ ? "The run beside has failed: begin it anew" : "The run has failed: reset it first");
    else
        std::visit(Applier{*this}, command);
}

}  // namespace convscope
