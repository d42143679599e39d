// The run that is trained: how it began, how far it has come, and how another takes its place.
#pragma once

#include "engine/api/change_marks.h"
#include "engine/api/command.h"
#include "engine/session/by_hand.h"
#include "engine/session/epochs.h"
#include "engine/session/lanes.h"
#include "engine/session/publisher.h"
#include "engine/session/run_beside.h"
#include "engine/session/run_keeper.h"
#include "engine/session/session_options.h"
#include "engine/session/set_aside.h"
#include "engine/session/time_line.h"
#include "engine/session/undo_stack.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace convscope {

class CurrentRun {
public:
    // Both must outlive it. There is no trainer and no run before start() or resume().
    CurrentRun(MakeTrainer make_trainer, const SessionOptions& options, Publisher& publisher);

    // Another run takes the place of the present one, which is saved as far as it was trained, and set aside if it was
    // trained at all. An Error leaves it as it was. What the request does not say is as before: recipe and data, and
    // with the recipe the weights of a file.
    Result<void> start(const command::Reset& request);
    Result<void> resume(const std::filesystem::path& path);
    // The one that was set aside.
    Result<void> bring_back();

    bool exists() const { return info_ != nullptr; }
    bool was_trained() const { return info_ && line_.furthest() > 0; }
    // All of the following are for when there is a run, except for those that say so.
    const RunInfo& info() const { return *info_; }
    const std::shared_ptr<const RunInfo>& shared_info() const { return info_; }
    Trainer& trainer() { return *trainer_; }
    int threads() const { return settings_.threads; }  // in effect where it is, not of what is shown
    bool has_lane(RunId lane) const { return lanes_.has(lane); }
    const Epochs& epochs() const { return epochs_; }
    Epochs& epochs() { return epochs_; }
    std::int64_t picture_count(Split split) const;

    // An iteration is done for the first time, that took so many seconds.
    void add(const IterationOutcome& outcome, double seconds);
    // The test set was measured: told, and to a log the weights with it where the run has a folder.
    void tell(const Epochs::Measurement& measurement);
    // As the trainer says: to be called when something may have changed them.
    void read_settings();
    void extend_plan();
    void end_here();
    // Something was changed, behind the present iteration.
    void mark(std::string what);

    // ---- what is changed by hand behind the present iteration, its furthest (run_by_hand.cpp)

    // Settings were. `undo`: what would change them back; empty: this took something back itself.
    void changed(std::string mark, std::vector<Command> undo);
    void change(ChangeByHand change, bool takes_back);
    // What is to be taken back next, which is then no more.
    std::optional<UndoStack::Step> take_undo() { return undo_.take(epochs_.iteration()); }

    // ---- its line (run_on_line.cpp)

    const TimeLine& line() const { return line_; }
    bool travelling() const { return line_.target().has_value(); }
    // What follows is known, and is told nobody again.
    bool in_past() const { return travelling() || epochs_.iteration() < line_.furthest(); }
    // Of its furthest iteration, wherever it is: what the journal goes by.
    RunPlace place() const { return {line_.furthest(), epochs_.measurements()}; }
    // All that was trained, whatever the place.
    RunState furthest_state();
    // A state is kept, if it is time: the present iteration is done and, where it ends an epoch, measured.
    void keep_state(bool ends_epoch);
    // Sets out for an iteration of the line, from the nearest place before it.
    Result<void> depart(std::int64_t iteration);
    // The next iteration, which is known, is done again. Progress::evaluation_due of an earlier one than the furthest:
    // what was measured then is not to be had any more.
    void follow(const IterationOutcome& outcome, double seconds);
    // As they were behind the present iteration.
    void follow_settings();
    void stop_travelling() { line_.set_target(std::nullopt); }
    // Another run begins at the present place, which is in the past; the one before stays as a lane.
    void branch();
    Result<void> go_to_lane(RunId lane);
    Result<void> name_lane(const command::NameLane& name);
    Result<void> name_place(const command::NamePlace& name);
    Result<void> delete_lane(RunId lane);

    // ---- another one beside it (run_beside.cpp)

    // What that goes on from at the present place, where this one has arrived.
    Result<RunBeside> beside(const command::BeginTwin& request);
    // This is the one beside: instead of start() or resume(), and once. An Error leaves nothing.
    Result<void> begin_beside(RunBeside other);
    // As the other one does, whoever said so there. Both count from here on.
    void set_threads(int threads);
    void follow_plan(std::int64_t epochs);

    // Its lanes go to disk, as they are now (run_family.cpp).
    void keep_lanes();

    // Into the run's journal, where it has a folder to have one in: what is about to be applied, and what the weights
    // of its furthest place are. Without a run too.
    void write_down(const Command& command);
    void write_down_weights();
    // What it goes on from; null without a run, or one that is whole and has arrived.
    std::shared_ptr<const TrainingState> state();

    void save(const std::filesystem::path& path, bool asked) {
        keep_beginning_on_disk();
        keeper_.save(*to_keep(), path, asked);
    }
    void keep_epoch(std::int64_t epoch) { keeper_.keep_epoch(*to_keep(), epoch); }
    std::int64_t posted_iteration() const { return keeper_.posted_iteration(); }  // RunKeeper
    void flush() { keeper_.flush(); }
    // These three without a run too: there is nothing to be saved then.
    void save_when_due();
    TimePoint save_due() const;
    void save_at_end();

    // Without a run too.
    void show(Snapshot& into);
    // The trainer is destroyed, on the thread that called make_trainer.
    void end() { trainer_.reset(); }

private:
    // How a run begins: with fresh weights, where a file has it, as a branch, where a lane was left, or brought back.
    struct Beginning {
        RunProgress progress;
        ChangeMarks marks = {};            // that it has behind it
        bool goes_on = false;              // from an earlier life; else the weights are fresh
        std::filesystem::path file = {};   // that it goes on from; empty: none, or one of the run's own folder
        std::string mark = {};             // what is marked where it goes on
        std::optional<RunHome> home = {};  // where it was kept; none: wherever a new run is
    };
    void begin(std::shared_ptr<const RunInfo> info, Beginning how);
    void begin_by_itself(std::shared_ptr<const RunInfo> info, Beginning how);
    void tell_mark(std::string what);
    RunHome new_home(const Recipe& recipe, std::int64_t iteration) const;
    RunHome home() const;
    std::optional<SetAside> as_set_aside();
    void leave_lane();
    // What is on disk of its line (run_past.cpp).
    bool keeps_past() const;
    void keep_on_disk(bool ends_epoch);
    void keep_beginning_on_disk();
    void write_past(const KeptState& state);
    void touch_past();
    std::optional<KeptState> read_past(std::int64_t iteration, std::optional<std::int64_t> at);
    void find_past(RunId lane, const std::filesystem::path& folder, const TrainingState& state);
    void come_to_furthest();
    // Those that an earlier session has left beside this file, which the run goes on from.
    void find_lanes(const std::filesystem::path& file, const std::string& mark);
    Result<void> open_lane(RunId lane);
    KeptState take_state(bool ends_epoch);
    Result<void> restore(const KeptState& kept);
    LineSettings line_settings() const;
    void note_settings();
    void read_restraints();
    void follow_edits();
    // One that may take the place of the present one.
    void change_recipe(std::shared_ptr<const Recipe> recipe);
    void write_down_beginning(const RunProgress& progress, const std::filesystem::path& resumed_from);
    bool has_journal() const { return info_ && publisher_.has_log() && !info_->checkpoint.empty(); }
    void follow_folder();
    // Of the place where it is; while it is on its way of the one that it has left.
    struct Shown {
        std::shared_ptr<const RunInfo> info = nullptr;
        std::int64_t iteration = 0;
        IterationMetrics metrics = {};
        LiveSettings settings = {};
        std::int64_t iterations_per_epoch = 0;
        std::int64_t planned_iterations = 0;
        std::shared_ptr<const Restraints> restraints = nullptr;
        std::shared_ptr<const std::string> undo = nullptr;
    };
    std::optional<RunToKeep> to_keep() const;

    const MakeTrainer make_trainer_;
    const SessionOptions& options_;
    Publisher& publisher_;
    std::unique_ptr<Trainer> trainer_;
    std::shared_ptr<const RunInfo> info_;
    std::shared_ptr<const Recipe> first_recipe_;     // that the run began with, or its file had
    std::shared_ptr<const Recipe> recipe_;           // in effect
    std::shared_ptr<const InitialWeights> weights_;  // that the run began with; null: drawn from the seed
    Epochs epochs_;
    LiveSettings settings_;  // as the trainer said last
    std::int64_t iterations_per_epoch_ = 0;
    RunHome home_;  // but for saved_iteration, which the keeper knows
    std::optional<SetAside> aside_;
    TimeLine line_;
    Lanes lanes_;
    std::shared_ptr<const Restraints> restraints_;  // as the trainer has them; null: none
    bool differs_told_ = false;
    UndoStack undo_;
    ChangeMarks marks_;
    Shown shown_;
    RunKeeper keeper_;
};

}  // namespace convscope
