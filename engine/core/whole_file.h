// Files that are written whole or not at all.
#pragma once

#include "engine/core/result.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace convscope {

// Writes to a temporary file beside `path`, syncs it, and renames it over `path`: whatever happens in between, `path`
// is either what it was or all of `bytes`. The error names the file and what the system said.
Result<void> write_whole_file(const std::filesystem::path& path, std::string_view bytes);

// The content of a file; NotFound where there is none. One of more than `limit` bytes, or than there is memory for, is
// refused before it is read.
Result<std::string> read_whole_file(const std::filesystem::path& path, std::size_t limit);

}  // namespace convscope
