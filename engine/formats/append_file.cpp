#include "engine/formats/append_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace convscope {
namespace {

Error refused(const std::filesystem::path& path, int code) {
    return Error{ErrorCode::Io, path.string() + ": cannot write (" + std::generic_category().message(code) + ")" +
                                    (code == ENOSPC ? ": free some space or choose another folder" : "")};
}

}  // namespace

AppendFile::AppendFile(std::filesystem::path path, int descriptor, std::int64_t size)
    : path_(std::move(path)), descriptor_(descriptor), size_(size) {}
AppendFile::AppendFile(AppendFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_) {}
AppendFile& AppendFile::operator=(AppendFile&& other) noexcept {
    close();
    path_ = std::move(other.path_);
    descriptor_ = std::exchange(other.descriptor_, -1);
    size_ = other.size_;
    return *this;
}
AppendFile::~AppendFile() { close(); }

void AppendFile::close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
}

Result<AppendFile> AppendFile::open(const std::filesystem::path& path, Existing existing) {
    const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (existing == Existing::Refuse ? O_EXCL : 0);
    const int descriptor = ::open(path.c_str(), flags, 0644);
    if (descriptor < 0) return refused(path, errno);
    const off_t size = ::lseek(descriptor, 0, SEEK_END);
    AppendFile file(path, descriptor, size);
    if (size < 0) return refused(path, errno);
    return file;
}

Result<void> AppendFile::append(std::string_view bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t written = ::write(descriptor_, bytes.data() + done, bytes.size() - done);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            const int code = errno;
            if (::ftruncate(descriptor_, size_) != 0) return refused(path_, code);  // readers must do with a part
            return refused(path_, code);
        }
        done += static_cast<std::size_t>(written);
    }
    size_ += static_cast<std::int64_t>(done);
    return {};
}

}  // namespace convscope
