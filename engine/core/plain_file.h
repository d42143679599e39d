// Files that are what they seem: plain files, not a device, a pipe, a socket, a folder or somebody's link in their
// place.
#pragma once

#include "engine/core/result.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

namespace convscope {

// An open file of the system's, closed with this. May be empty (-1).
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Descriptor();

    explicit operator bool() const { return number_ >= 0; }
    int get() const { return number_; }
    int release() { return std::exchange(number_, -1); }  // to somebody who closes it

private:
    int number_ = -1;
};

// The system's open() with these flags, of a plain file alone: whatever else bears the name is refused by what it is,
// and no pipe makes anybody wait. A link is followed for reading only: whoever may write to a folder that others can
// write to must not be led out of it.
Result<Descriptor> open_plain_file(const std::filesystem::path& path, int flags);

// What bears this name, if it is anything that a plain file must not take the place of: "a folder", "a device", ...
// Empty for a plain file, a link to one or to nothing, and where there is nothing.
const char* irreplaceable(const std::filesystem::path& path);

// What bears this name itself, whatever a link leads to: "a file", "a folder", "a link", ... Empty: nothing.
const char* kind_at(const std::filesystem::path& path);

// Renames what bears this name, a link itself and not what it leads to, to PATH.old, PATH.old-2, ..., whichever is
// free. Where it is now.
Result<std::filesystem::path> set_aside(const std::filesystem::path& path);

// Before a program's own file is written, or its own folder: sets aside what has taken its place and is neither, links
// among it, so that nothing is written through them and nothing of others' is lost. A sentence that says so; empty:
// there was no need to.
enum class OwnPlace : std::uint8_t { File, Folder };
Result<std::string> make_room(const std::filesystem::path& path, OwnPlace of);

// Why nobody can tell what lies at `path`, or in it where it is a folder: that one or one on the way to it may not be
// read or entered, the program has too many files open. Nothing where there is nothing, and of a file, which says so
// itself when it is opened: to be asked before something is said to be missing.
std::optional<Error> out_of_reach(const std::filesystem::path& path);

// "PATH: cannot write (No space left on device): free some space ...": of a system call that failed with `code`.
Error file_problem(const std::filesystem::path& path, const char* doing, int code);

}  // namespace convscope
