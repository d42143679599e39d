// Changing a network by hand while it learns: what a command makes of it, what is said of that, and what takes it back.
#pragma once

#include "engine/api/command.h"
#include "engine/core/result.h"
#include "engine/session/trainer.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace convscope {

// These values took the place of as many of a weight or bias, from `first` on.
struct WeightEdit {
    TensorKey key;
    std::int64_t first = 0;
    std::vector<float> values;
};

struct ChangeByHand {
    std::string mark = {};  // on the curves: "conv1 channel 3 silenced"; empty: it is so already, and the rest is empty
    Command written = {};   // for the journal: from it the same follows, whatever has become of the network
    std::vector<Command> undo = {};
    std::optional<Restraints> restraints = {};  // none: they stay
    std::vector<WeightEdit> edits = {};
    std::optional<Recipe> recipe = {};  // none: it stays
};

// An Error is a sentence for the user: nothing is to be changed. Asks the trainer, and changes nothing.
Result<ChangeByHand> change_by(const command::SetChannel& set, Trainer& trainer, const RunInfo& run);
Result<ChangeByHand> change_by(const command::Freeze& freeze, Trainer& trainer, const RunInfo& run);
Result<ChangeByHand> change_by(const command::SetWeights& set, Trainer& trainer, const RunInfo& run);
Result<ChangeByHand> change_by(const command::FillWeights& fill, Trainer& trainer, const RunInfo& run);
Result<ChangeByHand> change_by(const command::ChangeRecipe& change, Trainer& trainer, const RunInfo& run);
Result<ChangeByHand> change_by(const command::ChangeData& change, Trainer& trainer, const RunInfo& run);

// Of SetWeights and FillWeights.
Result<ChangeByHand> weight_change(const Command& command, Trainer& trainer, const RunInfo& run);

}  // namespace convscope
