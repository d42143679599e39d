// Data sets as they come, packed: what to type to unpack them.
#pragma once

#include <filesystem>
#include <string>

namespace convscope {

// For a file that is named as an archive of several files is (.zip, .tar, .tar.gz, .tgz, .7z, ...): the command that
// unpacks it into a folder of its own beside it, and that folder for --data, as in "unpack it with `...`, then give
// --data '...'". Empty for any other name.
std::string how_to_unpack(const std::filesystem::path& file);

// The first file in a folder, by name, that is one; empty when there is none.
std::filesystem::path packed_archive_in(const std::filesystem::path& folder);

}  // namespace convscope
