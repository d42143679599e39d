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

// Those before that iteration, and edits behind it too; nothing where the text says none, or is no such text.
std::optional<LineChanges> read_changes(std::string_view text, std::int64_t furthest);

}  // namespace convscope
