// What the present run writes into its journal.
#include "engine/core/log.h"
#include "engine/journal/weights_digest.h"
#include "engine/session/current_run.h"

#include <exception>
#include <system_error>

namespace convscope {
namespace {

// For whoever reads it from another folder; empty stays so.
std::string whole_path(const std::filesystem::path& path) {
    std::error_code unknown;
    const std::filesystem::path whole = path.empty() ? path : std::filesystem::absolute(path, unknown);
    return unknown ? path.string() : whole.string();
}

// A run whose weights cannot be named is trained all the same.
template <typename Work>
void unless_it_fails(const Work& write_down) {
    try {
        write_down();
    } catch (const std::exception& problem) {
        log::write(log::Level::Warning, std::string("a run's journal: ") + problem.what());
    }
}

}  // namespace

std::shared_ptr<const TrainingState> CurrentRun::state() {
    return info_ && trainer_ && trainer_->is_whole() && !travelling() ? trainer_->state() : nullptr;
}

void CurrentRun::write_down(const Command& command) {
    if (has_journal()) publisher_.tell_journal(journal::Applied{info_->run, place(), command});
}

void CurrentRun::write_down_weights() {
    if (!has_journal()) return;
    unless_it_fails([this] {
        if (const auto furthest = furthest_state().training)
            publisher_.tell_journal(journal::Weights{info_->run, place(), weights_digest(*furthest)});
    });
}

void CurrentRun::write_down_beginning(const RunProgress& progress, const std::filesystem::path& resumed_from) {
    if (!has_journal()) return;
    unless_it_fails([&] {
        const std::shared_ptr<const TrainingState> state = trainer_->state();
        publisher_.tell_journal(journal::Begun{.run = info_->run,
                                               .program = options_.program,
                                               .library = info_->library,
                                               .device = info_->device,
                                               .machine = info_->machine,
                                               .threads = info_->threads,
                                               .blas_threads = info_->blas_threads,
                                               .recipe = state->recipe,
                                               .seed = state->seed,
                                               .data_name = state->data_name,
                                               .data_option = state->data_option,
                                               .data_fingerprint = state->data_fingerprint,
                                               .fingerprint_kind = state->fingerprint_kind,
                                               .iteration = progress.iteration,
                                               .planned_epochs = progress.planned_epochs,
                                               .learning_rate = state->learning_rate,
                                               .momentum = state->momentum,
                                               .batch_size = state->batch_size,
                                               .resumed_from = whole_path(resumed_from),
                                               .weights_from = whole_path(info_->weights_from),
                                               .weights_key = info_->weights_key,
                                               .weights = weights_digest(*state)});
    });
}

}  // namespace convscope
