// Gaps within a log's file: lines that others took out of it, or garbled, with lines of the run behind them.
#pragma once

#include "engine/core/result.h"
#include "engine/formats/log_repair.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace convscope {

// Puts into the file what the other one has between two of its metrics and it has not, each in its place; written
// anew, and only then, if there is anything. What follows its last metrics is append_lacking()'s. A file whose metrics
// are not in order is nobody's to mend.
//
// Of objects it says as well, there and as what it returns, which iterations up to `last` (0: none) are in neither and
// ought to be by `log_every` (is_logged()). A stretch counts that is longer than those on both sides of it, as a run
// may have been told to log fewer for a while; what is said to be missing already does not.
Result<std::vector<MissingStretch>> fill_gaps(const std::filesystem::path& path, const LogFormat& format,
                                              const std::filesystem::path& other, const LogFormat& other_format,
                                              std::int64_t log_every, std::int64_t last);

}  // namespace convscope
