// A run's lives, as its journal tells them.
#pragma once

#include "engine/core/machine_memory.h"
#include "engine/core/result.h"
#include "engine/journal/journal.h"

#include <cstdint>
#include <deque>
#include <filesystem>
#include <string_view>
#include <vector>

namespace convscope {

// From one beginning to the next: a run that was resumed has several.
struct Life {
    journal::Begun begun;
    std::deque<JournalEntry> entries;  // none of them a Begun; in the order of their places
};

// What a journal says of how the run that it ends with came to be: lives that went on beyond the place where the next
// one began end there. At least one. Lines of which there is no entry_if_any() are passed over. Of an object that is no
// entry the error names the line.
Result<std::vector<Life>> lives_of(std::string_view text, std::string_view name);

// Likewise of a file, or of the one in a run's folder. One whose lines, were each an entry, would take more memory than
// is `available` is refused before any becomes one.
Result<std::vector<Life>> read_journal(const std::filesystem::path& path, std::int64_t available = available_memory());

}  // namespace convscope
