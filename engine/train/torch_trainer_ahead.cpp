// The step that a run would take next.
#include "engine/recipe/schedule.h"
#include "engine/train/torch_trainer.h"

#include <algorithm>
#include <utility>

namespace convscope {
namespace {

constexpr std::int64_t kHeldOutPictures = 200;  // about as long to answer as a minibatch is to learn from

}  // namespace

std::optional<StepAhead> TorchTrainer::propose_step() {
    Run& run = *run_;
    run.ahead.reset();
    Minibatch batch;
    run.batches.peek(batch);
    if (batch.classes.size() == 1 && cannot_learn_from_one(run.info->network)) return std::nullopt;
    const Recipe& recipe = run.info->recipe;
    Minibatch held_out;
    const std::int64_t held_out_count = std::min(kHeldOutPictures, run.data->size(Split::Test));
    if (held_out_count > 0) load_pictures(*run.data, Preprocessing(recipe), Split::Test, 0, held_out_count, held_out);
    // As the next iteration will set it, which thus changes nothing.
    run.optimizer.set_schedule_factor(
        schedule_factor(recipe.schedule, {run.iteration, run.batches.batches_per_epoch(), recipe.epochs}));
    run.ahead.emplace(ProposedStep::From{recipe, run.network, run.optimizer, forgotten(run), run.generator,
                                         run.restraints.channels, std::move(batch), std::move(held_out),
                                         run.info->seed});
    return StepAhead{run.optimizer.learning_rate(), run.ahead->batch_count(), run.ahead->held_out_count()};
}

LossSlice::Point TorchTrainer::loss_along_step(double multiple) { return run_->ahead.value().at(multiple); }

double TorchTrainer::loss_beside_step(double multiple, double aside) {
    return run_->ahead.value().batch_loss_at(multiple, aside);
}

}  // namespace convscope
