// Archives for tests, good and malicious.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace convscope {

struct ArchiveEntry {
    enum class Kind { File, Folder, SymbolicLink, HardLink };
    std::string name;
    std::string content;  // of a file, or where a link leads
    Kind kind = Kind::File;
};

void write_tar_gz(const std::filesystem::path& path, const std::vector<ArchiveEntry>& entries);

}  // namespace convscope
