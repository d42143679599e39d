#include "engine/core/plain_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

namespace convscope {
namespace {

// Empty for a plain file.
const char* other_kind(mode_t mode) {
    if (S_ISREG(mode)) return "";
    if (S_ISDIR(mode)) return "a folder";
    if (S_ISLNK(mode)) return "a link";
    if (S_ISFIFO(mode)) return "a pipe";
    if (S_ISSOCK(mode)) return "a socket";
    return "a device";
}

Error no_plain_file(const std::filesystem::path& path, const char* kind) {
    return Error{ErrorCode::InvalidArgument, path.string() + ": is no plain file but " + kind};
}

// With what separates it from what the system said; empty where nothing can be said for sure.
const char* remedy_for(int code) {
    switch (code) {
        case ENOSPC:
            return ": free some space or choose another folder";
        case ENOENT:
            return ": the folder does not exist; make it first";
        case EMFILE:
            return ": allow the program more of them, with `ulimit -n`";
        case EACCES:
            return ": its permissions, or a folder's around it, forbid that; chmod changes them";
        case EROFS:
            return ": its file system is read-only; choose another folder";
        case ELOOP:
            return ": links lead to it in a circle; make them anew";
        case ENAMETOOLONG:
            return ": its name is too long; is it the one that was meant?";
        default:
            return "";
    }
}

}  // namespace

Descriptor::~Descriptor() {
    if (number_ >= 0) ::close(number_);
}

Result<Descriptor> open_plain_file(const std::filesystem::path& path, int flags) {
    const bool writes = (flags & O_ACCMODE) != O_RDONLY;
    struct stat status {};
    // Before it is opened, as opening a device may already do something to it; and after, as it may be another by then.
    const int found = writes ? ::lstat(path.c_str(), &status) : ::stat(path.c_str(), &status);
    if (found == 0 && *other_kind(status.st_mode) != '\0') return no_plain_file(path, other_kind(status.st_mode));
    flags |= O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (writes ? O_NOFOLLOW : 0);
    Descriptor file(::open(path.c_str(), flags, 0644));
    if (!file || ::fstat(file.get(), &status) != 0) return file_problem(path, writes ? "write" : "read", errno);
    if (!S_ISREG(status.st_mode)) return no_plain_file(path, other_kind(status.st_mode));
    return file;
}

const char* irreplaceable(const std::filesystem::path& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return "";
    if (!S_ISLNK(status.st_mode)) return other_kind(status.st_mode);
    // A link may be replaced if it leads straight to a plain file; /dev/stdout, say, leads to another link.
    std::error_code unread;
    const std::filesystem::path target = path.parent_path() / std::filesystem::read_symlink(path, unread);
    if (unread || ::lstat(target.c_str(), &status) != 0) return "";
    return other_kind(status.st_mode);
}

const char* kind_at(const std::filesystem::path& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return "";
    return S_ISREG(status.st_mode) ? "a file" : other_kind(status.st_mode);
}

Result<std::filesystem::path> set_aside(const std::filesystem::path& path) {
    std::filesystem::path aside = path.string() + ".old";
    for (int i = 2; *kind_at(aside) != '\0'; ++i) aside = path.string() + ".old-" + std::to_string(i);
    std::error_code problem;
    std::filesystem::rename(path, aside, problem);
    if (!problem) return aside;
    return Error{ErrorCode::Io,
                 path.string() + ": cannot be renamed to " + aside.string() + " (" + problem.message() + ")"};
}

Result<std::string> make_room(const std::filesystem::path& path, OwnPlace of) {
    const std::string kind = kind_at(path);
    if (kind.empty() || kind == (of == OwnPlace::File ? "a file" : "a folder")) return std::string();
    const Result<std::filesystem::path> aside = set_aside(path);
    if (!aside) return Error{aside.error().code, aside.error().message + ", though it is " + kind};
    return path.string() + ": " + kind + " had taken its place, and is " + aside.value().string() + " now";
}

std::optional<Error> out_of_reach(const std::filesystem::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
        return file_problem(path, "read", errno);
    }
    if (!S_ISDIR(status.st_mode)) return std::nullopt;
    const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder || ::faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) != 0) return file_problem(path, "read", errno);
    return std::nullopt;
}

Error file_problem(const std::filesystem::path& path, const char* doing, int code) {
    const bool writes = std::strcmp(doing, "write") == 0;
    if (code == ENOENT && !writes) return Error{ErrorCode::NotFound, path.string() + ": there is no such file"};
    return Error{ErrorCode::Io, path.string() + ": cannot " + doing + " (" + std::generic_category().message(code) +
                                    ")" + remedy_for(code)};
}

}  // namespace convscope
