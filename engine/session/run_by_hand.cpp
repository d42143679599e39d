// What is changed by hand in the run that is trained.
#include "engine/session/current_run.h"

#include <stdexcept>
#include <utility>

namespace convscope {

void CurrentRun::read_restraints() {
    const Restraints& held = trainer_->restraints();
    restraints_ = held.any() ? std::make_shared<const Restraints>(held) : nullptr;
}

// RunInfo is what readers see.
void CurrentRun::change_recipe(std::shared_ptr<const Recipe> recipe) {
    Result<std::shared_ptr<const RunInfo>> changed = trainer_->change_recipe(*recipe);
    if (!changed) throw std::runtime_error(changed.error().message);
    auto own = std::make_shared<RunInfo>(*info_);
    own->recipe = *recipe;
    own->network = changed.value()->network;
    info_ = std::move(own);
    recipe_ = std::move(recipe);
}

void CurrentRun::changed(std::string what, std::vector<Command> undo) {
    if (was_trained()) keeper_.touch();
    if (!undo.empty()) undo_.push(epochs_.iteration(), what, std::move(undo));
    mark(std::move(what));
}

// A state that was kept of the present iteration is of the weights before, and is kept anew.
void CurrentRun::change(ChangeByHand change, bool takes_back) {
    if (change.recipe) {
        change_recipe(std::make_shared<const Recipe>(std::move(*change.recipe)));
        read_settings();
    }
    if (change.restraints) {
        trainer_->set_restraints(std::move(*change.restraints));
        read_restraints();
        read_settings();
    }
    for (const WeightEdit& edit : change.edits) trainer_->write_values(edit.key, edit.first, edit.values);
    if (!change.edits.empty()) line_.note_edit(epochs_.iteration(), std::move(change.written));
    touch_past();
    if (const KeptState& last = line_.newest(); last.iteration() == epochs_.iteration())
        line_.keep(take_state(last.ends_epoch), 0.0, iterations_per_epoch_);
    changed(std::move(change.mark), takes_back ? std::vector<Command>() : std::move(change.undo));
    keeper_.touch();
}

// As they were made, from the weights that are there again.
void CurrentRun::follow_edits() {
    line_.visit_edits(epochs_.iteration(), [this](const Command& edit) {
        const Result<ChangeByHand> again = weight_change(edit, *trainer_, *info_);
        if (!again.ok()) throw std::runtime_error(again.error().message);
        for (const WeightEdit& one : again.value().edits) trainer_->write_values(one.key, one.first, one.values);
    });
}

}  // namespace convscope
