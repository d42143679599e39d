// The present run's way along its line: back, on again as it went, and off into a branch.
#include "engine/core/log.h"
#include "engine/session/current_run.h"
#include "engine/session/run_id.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace convscope {

LineSettings CurrentRun::line_settings() const {
    return {.learning_rate = settings_.learning_rate,
            .momentum = settings_.momentum,
            .batch_size = settings_.batch_size,
            .threads = settings_.threads,
            .planned_epochs = epochs_.progress().planned_epochs,
            .restraints = restraints_,
            .recipe = recipe_};
}

// In the past they are what the line says.
void CurrentRun::note_settings() {
    if (!in_past()) line_.note(epochs_.iteration(), line_settings());
}

KeptState CurrentRun::take_state(bool ends_epoch) {
    return {.training = trainer_->state(), .moment = epochs_.progress(), .ends_epoch = ends_epoch};
}

// A run of which no state can be kept, for want of memory, is trained all the same.
void CurrentRun::keep_state(bool ends_epoch) {
    if (!line_.wants_state(ends_epoch)) return;
    try {
        const TimePoint begin = options_.clock->now();
        KeptState state = take_state(ends_epoch);
        line_.keep(std::move(state), seconds_between(begin, options_.clock->now()), iterations_per_epoch_);
        keep_on_disk(ends_epoch);
    } catch (const std::exception& problem) {
        log::write(log::Level::Warning, std::string("a state to go back to could not be kept: ") + problem.what());
    }
}

RunState CurrentRun::furthest_state() {
    if (!in_past()) return {state(), epochs_.progress()};
    return {line_.newest().training, RunProgress{line_.newest().moment, epochs_.progress().history}};
}

Result<void> CurrentRun::depart(std::int64_t iteration) {
    iteration = std::clamp(iteration, line_.first(), line_.furthest());
    if (!in_past()) {
        const KeptState& last = line_.newest();
        line_.keep(take_state(last.ends_epoch && last.iteration() == epochs_.iteration()), 0.0, iterations_per_epoch_);
    }
    // Where it is now may be on the way, and nearer than what is kept.
    const bool before_it =
        in_past() && trainer_->is_whole() && !epochs_.progress().evaluation_due && epochs_.iteration() < iteration;
    const auto at = before_it ? std::optional(epochs_.iteration()) : std::nullopt;
    std::optional<KeptState> from_disk = read_past(iteration, at);
    if (iteration < line_.first()) {  // what could not be read is no place any more
        iteration = line_.first();
        from_disk = read_past(iteration, at);
    }
    const KeptState& nearest = from_disk ? *from_disk : line_.before(iteration);
    const bool on_the_way =
        before_it && !from_disk && (nearest.iteration() <= epochs_.iteration() || nearest.iteration() >= iteration);
    if (!on_the_way)
        if (Result<void> restored = restore(nearest); !restored) return restored;
    line_.set_target(iteration);
    return {};
}

Result<void> CurrentRun::restore(const KeptState& kept) {
    if (Result<void> restored = trainer_->restore(*kept.training); !restored) return restored;
    epochs_.go_to(kept.moment);
    // Said even where it is the number already: nor may the trainer change it by itself, where it did not then.
    trainer_->set_threads(line_.settings(kept.iteration()).threads);
    change_recipe(line_.settings(kept.iteration()).recipe);  // which it is already; and readers are told
    follow_settings();
    return {};
}

void CurrentRun::follow(const IterationOutcome& outcome, double seconds) {
    epochs_.add(outcome, seconds);
    if (epochs_.iteration() == line_.furthest())
        epochs_.go_to(line_.newest().moment);
    else if (outcome.epoch_ended && epochs_.end_epoch())
        epochs_.end_epoch_as_known();
    follow_edits();
    follow_settings();
    if (epochs_.iteration() == line_.furthest()) come_to_furthest();
}

void CurrentRun::follow_settings() {
    const LineSettings& then = line_.settings(epochs_.iteration());
    if (recipe_ != then.recipe) change_recipe(then.recipe);
    const LiveSettings now = trainer_->settings();
    if (now.learning_rate != then.learning_rate) trainer_->set_learning_rate(then.learning_rate);
    if (now.momentum != then.momentum) trainer_->set_momentum(then.momentum);
    if (now.batch_size != then.batch_size) trainer_->set_batch_size(then.batch_size);
    if (now.threads != then.threads) trainer_->set_threads(then.threads);
    static const Restraints none;
    const Restraints& held = then.restraints ? *then.restraints : none;
    if (!(trainer_->restraints() == held)) trainer_->set_restraints(held);
    restraints_ = then.restraints;
    epochs_.plan(then.planned_epochs);
    settings_ = trainer_->settings();
    iterations_per_epoch_ = trainer_->iterations_per_epoch();
}

// ---- lanes ---------------------------------------------------------------------------------------------------------

// What was trained of it goes to its file, and is kept.
void CurrentRun::leave_lane() {
    save_at_end();
    if (!in_past()) line_.keep(take_state(/*ends_epoch=*/false), 0.0, iterations_per_epoch_);
    lanes_.leave(line_.lane(), {.info = info_, .home = home(), .marks = marks_}, line_.furthest(),
                 epochs_.progress().history);
}

void CurrentRun::branch() {
    const std::int64_t from = epochs_.iteration();
    leave_lane();
    const RunId parent = line_.lane();
    auto info = std::make_shared<RunInfo>(*trainer_->go_on_as(new_run_id()));
    info->branched_from = BranchPoint{parent, from};
    info->threads = settings_.threads;
    undo_.branch(from);
    line_.branch(info->run, take_state(/*ends_epoch=*/false), iterations_per_epoch_);
    const RunId lane = info->run;
    RunProgress progress{epochs_.progress(), epochs_.progress().history.until(from)};
    begin(std::move(info), {.progress = std::move(progress),
                            .marks = marks_.until(from),
                            .goes_on = true,
                            .mark = "branched from iteration " + std::to_string(from)});
    lanes_.branch(lane, parent, from);
    keeper_.keep_beginning(*to_keep(), lanes_.saved(home_.file.parent_path()));
    read_settings();
}

Result<void> CurrentRun::go_to_lane(RunId lane) {
    if (!lanes_.has(lane))
        return Error{ErrorCode::NotFound, "There is no lane " + std::to_string(lane.value) + " to go to"};
    const RunId present = line_.lane();
    if (Result<void> there = open_lane(lane); !there) return there;
    leave_lane();
    keeper_.flush();  // its log goes on beside its file
    const Lanes::LeftRun left = lanes_.left(lane);
    line_.change_to(lane);
    if (Result<void> restored = restore(line_.newest()); !restored) {
        line_.change_to(present);
        lanes_.come_back(present);
        return restored;
    }
    // It is the present one from here on, and what it has become is worth more than what was kept of it.
    if (aside_ && aside_->home.folder && aside_->home.folder == left.home.folder) aside_.reset();
    auto info = std::make_shared<RunInfo>(*left.info);
    info->run = trainer_->go_on_as(new_run_id())->run;
    info->threads = line_.settings(line_.furthest()).threads;
    RunProgress progress{line_.newest().moment, lanes_.history(lane)};
    info->recipe = info_->recipe;
    info->network = info_->network;
    lanes_.come_back(lane);
    undo_.clear();
    begin(std::move(info), {.progress = std::move(progress),
                            .marks = left.marks,
                            .goes_on = true,
                            .file = left.home.latest,
                            .mark = "came back to it",
                            .home = left.home});
    if (keeps_past()) keeper_.goes_on_from(*line_.newest().training);
    read_settings();
    return {};
}

Result<void> CurrentRun::name_lane(const command::NameLane& name) {
    if (!lanes_.has(name.lane))
        return Error{ErrorCode::NotFound, "There is no lane " + std::to_string(name.lane.value) + " to be named"};
    lanes_.name(name.lane, name.name);
    keep_lanes();
    return {};
}

Result<void> CurrentRun::name_place(const command::NamePlace& name) {
    if (name.iteration < 0 || name.iteration > line_.furthest())
        return Error{ErrorCode::InvalidArgument, "Iteration " + std::to_string(name.iteration) +
                                                     " cannot be named: the run goes to " +
                                                     std::to_string(line_.furthest())};
    if (Result<void> named = lanes_.name_place(line_.lane(), {name.iteration, name.name}); !named) return named;
    keep_lanes();
    return {};
}

Result<void> CurrentRun::delete_lane(RunId lane) {
    if (lane == line_.lane())
        return Error{ErrorCode::InvalidArgument, "The present lane cannot be deleted: go to another one first"};
    if (!lanes_.has(lane))
        return Error{ErrorCode::NotFound, "There is no lane " + std::to_string(lane.value) + " to be deleted"};
    const std::string file = lanes_.left(lane).info->checkpoint;
    const std::string name = lanes_.words(lane);
    if (options_.files.past.remove_all && !file.empty())
        keeper_.remove_past_of(std::filesystem::path(file).parent_path());
    line_.forget(lane);
    lanes_.forget(lane);
    keep_lanes();
    publisher_.notify(event::Notice::Severity::Info, file.empty() ? name + " is deleted; it has no file"
                                                                  : name + " is deleted; its run stays in " + file);
    return {};
}

}  // namespace convscope
