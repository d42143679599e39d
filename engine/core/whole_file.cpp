#include "engine/core/whole_file.h"

#include "engine/core/machine_memory.h"
#include "engine/core/plain_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <system_error>

namespace convscope {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTemporary = ".tmp.";

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

// Regret: a process of another machine that writes the same file over a network file system looks gone from here.
bool is_gone(pid_t process) { return ::kill(process, 0) != 0 && errno == ESRCH; }

// Of this one file. What cannot be removed stays: it is in nobody's way.
void remove_abandoned(const fs::path& path) {
    const std::string begin = path.filename().string() + std::string(kTemporary);
    std::error_code problem;
    for (fs::directory_iterator entry(folder_of(path), problem), end; !problem && entry != end;
         entry.increment(problem)) {
        const std::string name = entry->path().filename().string();
        if (!name.starts_with(begin)) continue;
        pid_t process = 0;
        const char* const last = name.data() + name.size();
        const auto number = std::from_chars(name.data() + begin.size(), last, process);
        if (number.ec == std::errc() && number.ptr == last && process > 0 && is_gone(process))
            ::unlink(entry->path().c_str());
    }
}

// Removed, unless all went well and it has become another file.
class TemporaryFile {
public:
    static Result<TemporaryFile> beside(const fs::path& path) {
        if (const char* kind = irreplaceable(path); *kind != '\0')
            return Error{ErrorCode::InvalidArgument, path.string() + ": is no plain file but " + kind +
                                                         ", and would have to be replaced; name another one"};
        remove_abandoned(path);
        const std::string name = path.string() + std::string(kTemporary) + std::to_string(::getpid());
        // One of this process's number is an earlier process's, or planted. This removes a link, not what it leads to.
        ::unlink(name.c_str());
        Descriptor file(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
        if (!file) return file_problem(path, "write", errno);
        return TemporaryFile(name, std::move(file));
    }
    TemporaryFile(TemporaryFile&& other) noexcept
        : name_(std::exchange(other.name_, {})), file_(std::move(other.file_)) {}
    TemporaryFile& operator=(TemporaryFile&&) = delete;
    ~TemporaryFile() {
        if (!name_.empty()) ::unlink(name_.c_str());
    }

    bool write(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
        return ::fsync(file_.get()) == 0;
    }
    bool rename_to(const fs::path& path) {
        if (::rename(name_.c_str(), path.c_str()) != 0) return false;
        name_.clear();
        return true;
    }

private:
    TemporaryFile(std::string name, Descriptor file) : name_(std::move(name)), file_(std::move(file)) {}

    std::string name_;
    Descriptor file_;
};

// So that the new name outlives a power failure as its content does. Not every file system can (EINVAL), and a folder
// that may be written to need not be readable: that is no failure to write.
bool sync_folder(const fs::path& folder) {
    const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return !opened || ::fsync(opened.get()) == 0 || errno == EINVAL || errno == ENOTSUP;
}

}  // namespace

Result<void> write_whole_file(const fs::path& path, std::string_view bytes) {
    Result<TemporaryFile> file = TemporaryFile::beside(path);
    if (!file) return file.error();
    if (!file.value().write(bytes) || !file.value().rename_to(path) || !sync_folder(folder_of(path)))
        return file_problem(path, "write", errno);
    return {};
}

Result<void> try_whole_file(const fs::path& path) {
    const Result<TemporaryFile> file = TemporaryFile::beside(path);
    return file ? Result<void>() : Result<void>(file.error());
}

Result<std::string> read_whole_file(const fs::path& path, std::size_t limit) {
    const Error too_large{ErrorCode::Corrupt, path.string() + ": larger than the " + std::to_string(limit) +
                                                  " bytes that such a file can have"};
    const Result<Descriptor> file = open_plain_file(path, O_RDONLY);
    if (!file) return file.error();
    std::string bytes;
    // A file of the kernel's own (/proc) says that it is empty, and is read as far as it goes.
    std::error_code code;
    if (const std::uintmax_t size = fs::file_size(path, code); !code) {
        if (size > limit) return too_large;
        if (const auto room = check_memory(static_cast<double>(size), path.string(), "is it the file that was meant?");
            !room)
            return room.error();
        bytes.reserve(size);
    }
    char block[65536];
    for (;;) {
        const ssize_t count = ::read(file.value().get(), block, sizeof block);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return file_problem(path, "read", errno);
        if (count == 0) return bytes;
        bytes.append(block, static_cast<std::size_t>(count));
        if (bytes.size() > limit) return too_large;
    }
}

Result<std::string> read_beginning(const fs::path& path, std::size_t count) {
    const Result<Descriptor> file = open_plain_file(path, O_RDONLY);
    if (!file) return file.error();
    std::string bytes(count, '\0');
    std::size_t got = 0;
    while (got < count) {
        const ssize_t more = ::read(file.value().get(), bytes.data() + got, count - got);
        if (more < 0 && errno == EINTR) continue;
        if (more < 0) return file_problem(path, "read", errno);
        if (more == 0) break;
        got += static_cast<std::size_t>(more);
    }
    bytes.resize(got);
    return bytes;
}

}  // namespace convscope
