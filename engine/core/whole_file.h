// Files that are written whole or not at all.
#pragma once

#include "engine/core/result.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace convscope {

// Writes to a temporary file beside `path`, PATH.tmp.PROCESS, syncs it, renames it over `path`, and syncs the folder:
// whatever happens in between, `path` is either what it was or all of `bytes`. A link at `path` is replaced and never
// followed; a device, pipe, socket or folder is refused. Temporary files of this `path` that processes of this machine
// have left behind when they were killed are removed first. The error names the file and what the system said.
Result<void> write_whole_file(const std::filesystem::path& path, std::string_view bytes);

// What write_whole_file() would be refused for as things stand: to be asked before the work whose outcome it keeps.
Result<void> try_whole_file(const std::filesystem::path& path);

// The content of a plain file (see plain_file.h); NotFound where there is none. One of more than `limit` bytes, or than
// there is memory for, is refused before it is read.
Result<std::string> read_whole_file(const std::filesystem::path& path, std::size_t limit);

// The first `count` bytes of a plain file, fewer where it has no more: to judge it by, before the rest is read.
Result<std::string> read_beginning(const std::filesystem::path& path, std::size_t count);

}  // namespace convscope
