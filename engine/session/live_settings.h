// Changing what a run is trained with while it is trained.
#pragma once

#include "engine/api/command.h"
#include "engine/core/result.h"
#include "engine/session/trainer.h"

#include <string>

namespace convscope {

// What is marked on the curves ("learning rate 0.001 -> 0.01"); empty: it is what it was. An Error is a sentence for
// the user: the value was not applied, and nothing has changed.
Result<std::string> change(const command::SetLearningRate& set, Trainer& trainer, const RunInfo& run);
Result<std::string> change(const command::SetMomentum& set, Trainer& trainer, const RunInfo& run);
Result<std::string> change(const command::SetBatchSize& set, Trainer& trainer, const RunInfo& run);
Result<std::string> change(const command::SetThreads& set, Trainer& trainer, const RunInfo& run);

}  // namespace convscope
