// The list of a family's lanes in each of its runs' folders, lanes.jsonl: its name on the first line, then a lane a
// line, with folders as they lie from here, so that a folder of runs may be moved as a whole.
#pragma once

#include "engine/core/result.h"
#include "engine/state/run_family.h"

#include <filesystem>
#include <string_view>

namespace convscope {

// Into a folder that is there, whole or not at all. Any thread.
Result<void> write_lanes(const RunFamily& family, const std::filesystem::path& folder);

// NotFound: there is no such list. What others have written is read as that: what is damaged is refused with its
// place, and nothing that it names is looked at. Any thread.
Result<RunFamily> read_lanes(const std::filesystem::path& folder);
// The same of what is in the list of that folder.
Result<RunFamily> parse_lanes(std::string_view text, const std::filesystem::path& folder);

// Those two.
RunFamilyFiles lanes_files();

}  // namespace convscope
