// Changing what a run is trained with while it is trained.
#pragma once

#include "engine/api/command.h"
#include "engine/core/result.h"
#include "engine/session/trainer.h"

#include <string>

namespace convscope {

// What would be marked on the curves ("learning rate 0.001 -> 0.01"); empty: it is what it was. An Error is a sentence
// for the user: the value is not to be applied.
Result<std::string> change_by(const command::SetLearningRate& set, const LiveSettings& present, const RunInfo& run);
Result<std::string> change_by(const command::SetMomentum& set, const LiveSettings& present, const RunInfo& run);
Result<std::string> change_by(const command::SetBatchSize& set, const LiveSettings& present, const RunInfo& run);
Result<std::string> change_by(const command::SetThreads& set, const LiveSettings& present, const RunInfo& run);

// What sets them back to what they are.
inline command::SetLearningRate undo_of(const command::SetLearningRate&, const LiveSettings& present) {
    return {present.learning_rate};
}
inline command::SetMomentum undo_of(const command::SetMomentum&, const LiveSettings& present) {
    return {present.momentum};
}
inline command::SetBatchSize undo_of(const command::SetBatchSize&, const LiveSettings& present) {
    return {present.batch_size};
}
inline command::SetThreads undo_of(const command::SetThreads&, const LiveSettings& present) {
    return {present.threads};
}

// What change_by() had nothing against.
inline void apply(const command::SetLearningRate& set, Trainer& trainer) {
    trainer.set_learning_rate(set.learning_rate);
}
inline void apply(const command::SetMomentum& set, Trainer& trainer) { trainer.set_momentum(set.momentum); }
inline void apply(const command::SetBatchSize& set, Trainer& trainer) { trainer.set_batch_size(set.batch_size); }
inline void apply(const command::SetThreads& set, Trainer& trainer) { trainer.set_threads(set.threads); }

}  // namespace convscope
