// What was changed by hand on a lane, as text: what its past is trained again with in another session. Lines of a
// journal: the settings behind an iteration as a beginning there, with what the run was held to, and each edit of
// weights.
#pragma once

#include "engine/session/time_line.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace convscope {

// Of the present lane. Of very many only the later ones.
std::string changes_text(const TimeLine& line);

// A line behind them: that they are all that leads to this state. Whoever has trained on from it meanwhile without
// writing down what was changed (a run without a window) comes to another one.
std::string leads_to(const TrainingState& state);

// Those before that state, and edits behind it too; nothing where the text is none that leads there.
std::optional<LineChanges> read_changes(std::string_view text, const TrainingState& furthest);

}  // namespace convscope
