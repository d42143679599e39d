// The lines of a journal: one JSON object an entry, and back.
#pragma once

#include "engine/core/result.h"
#include "engine/journal/journal.h"

#include <optional>
#include <string>
#include <string_view>

namespace convscope {

// With its end of line.
std::string line_of(const JournalEntry& entry);

// Of a line without its end. The error says what it is not.
Result<JournalEntry> entry_of(std::string_view line);

// Nothing of a line that is no JSON object (parse_json_line): one that the machine's stop has cut off, or what others
// have written there.
std::optional<Result<JournalEntry>> entry_if_any(std::string_view line);

}  // namespace convscope
