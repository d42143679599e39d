#include "engine/core/whole_file.h"

#include "engine/core/machine_memory.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

namespace convscope {
namespace {

Error refused(const std::filesystem::path& path, const char* doing, int code) {
    const char* remedy = code == ENOSPC   ? ": free some space or choose another folder"
                         : code == ENOENT ? ": the folder does not exist; make it first"
                                          : "";
    return Error{ErrorCode::Io,
                 path.string() + ": cannot " + doing + " (" + std::generic_category().message(code) + ")" + remedy};
}

// Closes and, unless told that all went well, removes the temporary file.
class TemporaryFile {
public:
    explicit TemporaryFile(const std::filesystem::path& beside)
        : name_(beside.string() + ".tmp." + std::to_string(::getpid())),
          descriptor_(::open(name_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) {}
    ~TemporaryFile() {
        if (descriptor_ >= 0) ::close(descriptor_);
        if (!name_.empty()) ::unlink(name_.c_str());
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    bool open() const { return descriptor_ >= 0; }
    bool write(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
        return ::fsync(descriptor_) == 0;
    }
    bool rename_to(const std::filesystem::path& path) {
        if (::rename(name_.c_str(), path.c_str()) != 0) return false;
        name_.clear();
        return true;
    }

private:
    std::string name_;
    int descriptor_;
};

}  // namespace

Result<void> write_whole_file(const std::filesystem::path& path, std::string_view bytes) {
    TemporaryFile file(path);
    if (!file.open()) return refused(path, "write", errno);
    if (!file.write(bytes)) return refused(path, "write", errno);
    if (!file.rename_to(path)) return refused(path, "write", errno);
    return {};
}

Result<std::string> read_whole_file(const std::filesystem::path& path, std::size_t limit) {
    const Error too_large{ErrorCode::Corrupt, path.string() + ": larger than the " + std::to_string(limit) +
                                                  " bytes that such a file can have"};
    std::error_code code;
    if (std::filesystem::is_directory(path, code)) return refused(path, "read", EISDIR);
    std::ifstream stream(path, std::ios::binary);
    if (!stream && errno == ENOENT) return Error{ErrorCode::NotFound, path.string() + ": there is no such file"};
    if (!stream) return refused(path, "read", errno);
    std::string bytes;
    // A file of the kernel's own (/proc) says that it is empty, and is read as far as it goes.
    if (const std::uintmax_t size = std::filesystem::file_size(path, code); !code) {
        if (size > limit) return too_large;
        if (const auto room = check_memory(static_cast<double>(size), path.string(), "is it the file that was meant?");
            !room)
            return room.error();
        bytes.reserve(size);
    }
    char block[65536];
    while (stream.read(block, sizeof block), stream.gcount() > 0) {
        bytes.append(block, static_cast<std::size_t>(stream.gcount()));
        if (bytes.size() > limit) return too_large;
    }
    if (stream.bad()) return refused(path, "read", EIO);
    return bytes;
}

}  // namespace convscope
