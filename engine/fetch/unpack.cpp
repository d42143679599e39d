#include "engine/fetch/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace convscope {

namespace {

namespace fs = std::filesystem;
using Archive = std::unique_ptr<archive, decltype(&archive_read_free)>;

constexpr std::size_t kBlock = 1 << 18;
constexpr std::int64_t kMostBytes = std::int64_t{2} << 30;  // of all files together
constexpr int kMaxEntries = 10'000;

std::string in_quotes(const fs::path& path) {
    std::string text(1, '\'');
    text += path.string();
    text += '\'';
    return text;
}

Error cannot_write(const fs::path& path, int code) {
    return {ErrorCode::Io, path.string() + ": cannot write (" + std::generic_category().message(code) + ")"};
}

class OutputFile {
public:
    explicit OutputFile(const fs::path& path)
        : path_(path),
          descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644)),
          open_problem_(descriptor_ < 0 ? errno : 0) {}
    ~OutputFile() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    Result<void> write(const char* bytes, std::size_t count) const {
        if (open_problem_ != 0) return cannot_write(path_, open_problem_);
        while (count > 0) {
            const ssize_t written = ::write(descriptor_, bytes, count);
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return cannot_write(path_, errno);
            bytes += written;
            count -= static_cast<std::size_t>(written);
        }
        return {};
    }
    Result<void> sync() const {
        if (open_problem_ != 0) return cannot_write(path_, open_problem_);
        if (::fsync(descriptor_) != 0) return cannot_write(path_, errno);
        return {};
    }

private:
    const fs::path& path_;
    int descriptor_;
    int open_problem_;  // 0 when it is open
};

class Unpacking {
public:
    Unpacking(const fs::path& file, const fs::path& folder, const std::atomic<bool>* cancelled)
        : file_(file), folder_(folder), cancelled_(cancelled), archive_(archive_read_new(), &archive_read_free) {}

    Result<void> run() {
        archive* reader = archive_.get();
        if (!reader || archive_read_support_filter_gzip(reader) != ARCHIVE_OK ||
            archive_read_support_format_tar(reader) != ARCHIVE_OK ||
            archive_read_open_filename(reader, file_.c_str(), kBlock) != ARCHIVE_OK)
            return unreadable();
        for (int count = 0;; ++count) {
            archive_entry* entry = nullptr;
            const int code = archive_read_next_header(reader, &entry);
            if (code == ARCHIVE_EOF) return {};
            if (code != ARCHIVE_OK) return unreadable();
            if (count == kMaxEntries) return refused("more than " + std::to_string(kMaxEntries) + " files");
            if (const Result<void> done = take(entry); !done) return done;
        }
    }

private:
    Result<void> take(archive_entry* entry) {
        const char* name = archive_entry_pathname(entry);
        if (!name) return refused("an entry without a readable name");
        const fs::path inside = fs::path(name).lexically_normal();
        if (inside.empty() || inside.is_absolute() || *inside.begin() == "..")
            return refused("the entry " + in_quotes(name) + ", which would lie outside the folder");
        const auto type = archive_entry_filetype(entry);
        if ((type != AE_IFREG && type != AE_IFDIR) || archive_entry_hardlink(entry))
            return refused("the entry " + in_quotes(name) + ", which is neither a file nor a folder");
        const fs::path path = folder_ / inside;
        std::error_code failed;
        fs::create_directories(type == AE_IFDIR ? path : path.parent_path(), failed);
        if (failed) return cannot_write(path, failed.value());
        return type == AE_IFDIR ? Result<void>{} : write(path);
    }

    Result<void> write(const fs::path& path) {
        const OutputFile output(path);
        for (;;) {
            if (cancelled_ && *cancelled_)
                return Error{ErrorCode::Failed, "unpacking " + in_quotes(file_) + " was cancelled"};
            const la_ssize_t got = archive_read_data(archive_.get(), block_.data(), block_.size());
            if (got < 0) return unreadable();
            if (got == 0) return output.sync();
            bytes_ += got;
            if (bytes_ > kMostBytes) return refused("more than " + std::to_string(kMostBytes >> 30) + " GiB");
            if (const Result<void> written = output.write(block_.data(), static_cast<std::size_t>(got)); !written)
                return written;
        }
    }

    Error refused(const std::string& what) const {
        return {ErrorCode::Corrupt, in_quotes(file_) + " holds " + what + ": it is not unpacked"};
    }
    Error unreadable() const {
        const char* reason = archive_ ? archive_error_string(archive_.get()) : nullptr;
        return {ErrorCode::Corrupt, in_quotes(file_) + " cannot be unpacked (" +
                                        (reason ? reason : "no archive, or out of memory") + "); fetch it again"};
    }

    const fs::path& file_;
    const fs::path& folder_;
    const std::atomic<bool>* cancelled_;
    Archive archive_;
    std::vector<char> block_ = std::vector<char>(kBlock);
    std::int64_t bytes_ = 0;
};

}  // namespace

Result<void> unpack_tar_gz(const fs::path& archive, const fs::path& folder, const std::atomic<bool>* cancelled) {
    return Unpacking(archive, folder, cancelled).run();
}

}  // namespace convscope
