#include "engine/data/packed_archive.h"

#include <cctype>
#include <string_view>
#include <system_error>

namespace convscope {

namespace {

namespace fs = std::filesystem;

struct Kind {
    std::string_view ending;
    std::string_view begin;   // of the command; the file's name follows
    std::string_view middle;  // then this and the folder's name
};

constexpr Kind kKinds[] = {
    {".zip", "unzip -q ", " -d "},   {".tar", "tar -xf ", " -C "},     {".tar.gz", "tar -xf ", " -C "},
    {".tgz", "tar -xf ", " -C "},    {".tar.bz2", "tar -xf ", " -C "}, {".tbz2", "tar -xf ", " -C "},
    {".tar.xz", "tar -xf ", " -C "}, {".txz", "tar -xf ", " -C "},     {".tar.zst", "tar -xf ", " -C "},
    {".7z", "7z x ", " -o"},         {".rar", "7z x ", " -o"}};

const Kind* kind_of(const fs::path& file) {
    std::string name = file.filename().string();
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    for (const Kind& kind : kKinds)
        if (name.size() > kind.ending.size() && name.ends_with(kind.ending)) return &kind;
    return nullptr;
}

// One word for a shell, whatever it holds.
std::string quoted(const std::string& text) {
    std::string word = "'";
    for (const char c : text)
        if (c == '\'')
            word += "'\\''";
        else
            word += c;
    return word + "'";
}

}  // namespace

std::string how_to_unpack(const fs::path& file) {
    const Kind* kind = kind_of(file);
    if (kind == nullptr) return {};
    // From "-x.zip" on a command would take an option.
    const fs::path named = file.native().front() == '-' ? fs::path(".") / file : file;
    const std::string name = named.string();
    const std::string folder = name.substr(0, name.size() - kind->ending.size());
    const bool made = kind->begin.starts_with("tar");  // which does not make the folder itself
    return "unpack it with `" + (made ? "mkdir -p " + quoted(folder) + " && " : std::string()) +
           std::string(kind->begin) + quoted(name) + std::string(kind->middle) + quoted(folder) +
           "`, then give --data " + quoted(folder);
}

fs::path packed_archive_in(const fs::path& folder) {
    fs::path first;
    std::error_code failed;
    for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed)) {
        std::error_code ignored;
        if (kind_of(entry->path()) == nullptr || !entry->is_regular_file(ignored)) continue;
        if (first.empty() || entry->path() < first) first = entry->path();
    }
    return first;
}

}  // namespace convscope
