#include "engine/formats/append_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace convscope {
AppendFile::AppendFile(std::filesystem::path path, Descriptor file, std::int64_t size)
    : path_(std::move(path)), file_(std::move(file)), size_(size) {}

Result<AppendFile> AppendFile::open(const std::filesystem::path& path, Existing existing) {
    const int flags = O_RDWR | O_CREAT | O_APPEND | (existing == Existing::Refuse ? O_EXCL : 0);
    Result<Descriptor> file = open_plain_file(path, flags);
    if (!file) return file.error();
    const off_t size = ::lseek(file.value().get(), 0, SEEK_END);
    if (size < 0) return file_problem(path, "write", errno);
    return AppendFile(path, std::move(file).value(), size);
}

Result<void> AppendFile::append(std::string_view bytes) {
    if (torn_ && !cut_back()) return file_problem(path_, "write", errno);
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t written = ::write(file_.get(), bytes.data() + done, bytes.size() - done);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            const int code = errno;
            cut_back();
            return file_problem(path_, "write", code);
        }
        done += static_cast<std::size_t>(written);
    }
    size_ += static_cast<std::int64_t>(done);
    return {};
}

Result<void> AppendFile::append_all_of(const AppendFile& other) {
    const std::int64_t before = size_;
    char block[65536];
    for (off_t place = 0;;) {
        const ssize_t count = ::pread(other.file_.get(), block, sizeof block, place);
        if (count == 0) return {};
        Result<void> copied = count > 0 ? append({block, static_cast<std::size_t>(count)})
                                        : Result<void>(file_problem(other.path_, "read", errno));
        if (copied) {
            place += count;
            continue;
        }
        size_ = before;
        cut_back();
        return copied;
    }
}

// Where it fails readers must do with a part, until it is tried again.
bool AppendFile::cut_back() {
    torn_ = ::ftruncate(file_.get(), size_) != 0;
    return !torn_;
}

Result<void> AppendFile::sync() {
    return ::fsync(file_.get()) == 0 ? Result<void>() : Result<void>(file_problem(path_, "write", errno));
}

bool AppendFile::ends_a_line() const {
    char last = '\n';
    return size_ == 0 || ::pread(file_.get(), &last, 1, size_ - 1) != 1 || last == '\n';
}

bool AppendFile::is_untouched() const {
    struct stat here {};
    struct stat there {};
    // What cannot be told is taken for good.
    if (::fstat(file_.get(), &here) != 0) return true;
    if (::lstat(path_.c_str(), &there) != 0) return errno != ENOENT && errno != ENOTDIR;
    return here.st_dev == there.st_dev && here.st_ino == there.st_ino && (torn_ || here.st_size == size_);
}

}  // namespace convscope
