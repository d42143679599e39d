#include "engine/fetch/download.h"

#include "engine/core/plain_file.h"
#include "engine/fetch/checksum.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <memory>
#include <string_view>
#include <system_error>

namespace convscope {

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMostUnknownBytes = std::int64_t{1} << 30;  // of a file whose size is not known
constexpr long kUsefulBytesPerSecond = 4096;
constexpr long kMaxRedirects = 5;
constexpr int kTriesPerMirror = 5;
constexpr long kOk = 200;
constexpr long kPartialContent = 206;
constexpr long kRangeNotSatisfiable = 416;

// What has come so far; it outlives a failed download. Locked for as long as this exists.
class PartFile {
public:
    explicit PartFile(fs::path path) : path_(std::move(path)) {}
    ~PartFile() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    PartFile(const PartFile&) = delete;
    PartFile& operator=(const PartFile&) = delete;

    Result<void> open() {
        Result<Descriptor> file = open_plain_file(path_, O_RDWR | O_CREAT | O_APPEND);
        if (!file) return file.error();
        descriptor_ = file.value().release();
        if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0)
            return errno == EWOULDBLOCK
                       ? Error{ErrorCode::Failed, path_.string() + " is being downloaded already; wait until that ends"}
                       : problem("lock");
        struct stat status {};
        if (::fstat(descriptor_, &status) != 0) return problem("read");
        size_ = status.st_size;
        return {};
    }

    std::int64_t size() const { return size_; }
    const fs::path& path() const { return path_; }

    bool append(const char* bytes, std::size_t count) {
        while (count > 0) {
            const ssize_t written = ::write(descriptor_, bytes, count);
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return false;
            bytes += written;
            count -= static_cast<std::size_t>(written);
            size_ += written;
        }
        return true;
    }
    bool clear() {
        if (::ftruncate(descriptor_, 0) != 0) return false;
        size_ = 0;
        return true;
    }
    Result<void> move_to(const fs::path& place) {
        if (::fsync(descriptor_) != 0) return problem("write");
        if (::rename(path_.c_str(), place.c_str()) != 0) return problem("rename");
        return {};
    }
    void remove() const { ::unlink(path_.c_str()); }

    // Of the system call that has just failed.
    Error problem(const char* doing) const {
        const char* remedy = errno == ENOSPC ? "; free some space or choose another folder" : "";
        return {ErrorCode::Io,
                path_.string() + ": cannot " + doing + " (" + std::generic_category().message(errno) + ")" + remedy};
    }

private:
    fs::path path_;
    int descriptor_ = -1;
    std::int64_t size_ = 0;
};

using Curl = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

// One request, for what the part file lacks.
class Transfer {
public:
    Transfer(const std::string& url, PartFile& part, std::int64_t bytes, const DownloadOptions& options)
        : curl_(curl_easy_init(), &curl_easy_cleanup),
          part_(part),
          options_(options),
          url_(url),
          most_(bytes > 0 ? bytes : kMostUnknownBytes) {}

    enum class Outcome {
        Complete,  // as far as the server knows
        NotThere,  // the server refused what was asked for
        Beyond,    // the part is at least as long as the file
        Broken,    // the connection failed: the part may have grown
        Stalled,   // likewise, but there is little hope that it would go better now
        Cancelled,
        Fatal,  // no other server will help
    };

    Outcome run() {
        if (!curl_) return fatal({ErrorCode::Failed, "libcurl cannot be initialised"});
        CURL* curl = curl_.get();
        curl_easy_setopt(curl, CURLOPT_URL, url_.c_str());
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
        curl_easy_setopt(curl, CURLOPT_MAXREDIRS, kMaxRedirects);
        curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
        curl_easy_setopt(curl, CURLOPT_USERAGENT, "convscope");
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);  // other threads may run
        curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, static_cast<long>(options_.stall_seconds));
        curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, kUsefulBytesPerSecond);
        curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options_.stall_seconds));
        curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(most_));  // where it is announced
        curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error_text_.data());
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Transfer::on_bytes);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
        curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
        curl_easy_setopt(curl, CURLOPT_XFERINFODATA, this);
#if LIBCURL_VERSION_NUM >= 0x075700
        curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);  // who cancels does not wait for a name to be looked up
#endif
        // A range of one's own rather than CURLOPT_RESUME_FROM, which fails where a server sends the whole file
        // instead.
        const std::string range = std::to_string(part_.size()) + "-";
        if (part_.size() > 0) curl_easy_setopt(curl, CURLOPT_RANGE, range.c_str());
        begin_ = part_.size();

        const CURLcode code = curl_easy_perform(curl);
        if (error_) return Outcome::Fatal;
        if (code == CURLE_OK) return Outcome::Complete;
        if (code == CURLE_ABORTED_BY_CALLBACK) return Outcome::Cancelled;
        const long status = http_status();
        if (code == CURLE_HTTP_RETURNED_ERROR && status == kRangeNotSatisfiable && begin_ > 0) return Outcome::Beyond;
        if (code == CURLE_FILESIZE_EXCEEDED) reason_ = too_much();
        if (reason_.empty()) reason_ = error_text_[0] ? error_text_.data() : curl_easy_strerror(code);
        if (code == CURLE_OPERATION_TIMEDOUT) return Outcome::Stalled;
        return code == CURLE_HTTP_RETURNED_ERROR ? Outcome::NotThere : Outcome::Broken;
    }

    const std::string& reason() const { return reason_; }  // after NotThere, Broken and Stalled
    const Error& error() const { return *error_; }         // after Fatal

private:
    static std::size_t on_bytes(char* bytes, std::size_t, std::size_t count, void* self) {
        return static_cast<Transfer*>(self)->take(bytes, count) ? count : count + 1;  // another number stops libcurl
    }
    static int on_progress(void* self, curl_off_t total, curl_off_t, curl_off_t, curl_off_t) {
        return static_cast<Transfer*>(self)->report(total) ? 0 : 1;
    }

    bool take(const char* bytes, std::size_t count) {
        if (!begun_ && !begin()) return false;
        begun_ = true;
        if (part_.size() + static_cast<std::int64_t>(count) > most_) {
            part_.clear();
            reason_ = too_much();
            return false;
        }
        if (part_.append(bytes, count)) return true;
        fatal(part_.problem("write"));
        return false;
    }

    std::string too_much() const {
        return "it sends more than the " + std::to_string(most_) + " bytes that the file can have";
    }

    // The first bytes are here: do they belong behind those that are there?
    bool begin() {
        const long status = http_status();
        if (status == kOk) {  // the whole file, even if only the rest was asked for
            begin_ = 0;
            if (part_.size() == 0 || part_.clear()) return true;
            fatal(part_.problem("write"));
            return false;
        }
        if (status == kPartialContent && range_start() == part_.size()) return true;
        reason_ = "it sends another part of the file than was asked for";
        return false;
    }

    // Where the bytes of a partial response begin: "Content-Range: bytes 500-999/1000". -1 when it does not say.
    std::int64_t range_start() const {
        curl_header* header = nullptr;
        if (curl_easy_header(curl_.get(), "Content-Range", 0, CURLH_HEADER, -1, &header) != CURLHE_OK) return -1;
        const std::string_view value = header->value;
        constexpr std::string_view kUnit = "bytes ";
        if (value.substr(0, kUnit.size()) != kUnit) return -1;
        std::int64_t start = -1;
        std::from_chars(value.data() + kUnit.size(), value.data() + value.size(), start);
        return start;
    }

    // False stops the transfer.
    bool report(curl_off_t total) {
        if (options_.cancelled && *options_.cancelled) return false;
        if (options_.progress && begun_) options_.progress(part_.size(), total > 0 ? begin_ + total : 0);
        return true;
    }

    long http_status() const {
        long status = 0;
        curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
        return status;
    }

    Outcome fatal(Error error) {
        error_ = std::make_unique<const Error>(std::move(error));
        return Outcome::Fatal;
    }

    Curl curl_;
    PartFile& part_;
    const DownloadOptions& options_;
    const std::string& url_;
    const std::int64_t most_;  // bytes of the whole file
    std::array<char, CURL_ERROR_SIZE> error_text_{};
    std::int64_t begin_ = 0;  // of this response in the file
    bool begun_ = false;
    std::string reason_;
    std::unique_ptr<const Error> error_;
};

Result<bool> has_checksum(const fs::path& path, const std::string& md5) {
    const Result<std::string> found = md5_of_file(path);
    if (!found) return found.error();
    return found.value() == md5;
}

class Attempts {
public:
    Attempts(const Download& download, const DownloadOptions& options, PartFile& part)
        : download_(download), options_(options), part_(part) {}

    Result<void> run() {
        if (part_.size() > 0) {  // an earlier call may have been ended just before the check
            const Result<bool> whole = has_checksum(part_.path(), download_.md5);
            if (!whole) return whole.error();
            if (whole.value()) return part_.move_to(download_.path);
        }
        for (const std::string& url : download_.urls) {
            const Result<bool> done = try_mirror(url);
            if (!done) return done.error();
            if (done.value()) return part_.move_to(download_.path);
        }
        if (part_.size() == 0) part_.remove();
        return Error{ErrorCode::Io, "cannot download " + download_.path.filename().string() + ": " + reasons_ +
                                        "; check the connection and try again" +
                                        (part_.size() > 0 ? ", it goes on where it stopped" : "")};
    }

private:
    // True when the whole file is there, false when another mirror has to be asked. A request that was cut off is
    // repeated for the rest as long as that brings something, one that stalled only when there is no other mirror.
    Result<bool> try_mirror(const std::string& url) {
        const bool last = &url == &download_.urls.back();
        for (int tries = 1;; ++tries) {
            const std::int64_t before = part_.size();
            if (options_.asking) options_.asking(url);
            Transfer transfer(url, part_, download_.bytes, options_);
            const Transfer::Outcome outcome = transfer.run();
            std::string reason = transfer.reason();
            bool again = false;
            switch (outcome) {
                case Transfer::Outcome::Fatal:
                    return transfer.error();
                case Transfer::Outcome::Cancelled:
                    return cancelled();
                case Transfer::Outcome::Complete:
                    if (const Result<bool> right = has_checksum(part_.path(), download_.md5); !right || right.value())
                        return right;
                    [[fallthrough]];
                case Transfer::Outcome::Beyond:
                    reason = "what came is damaged (its checksum is not the published one)";
                    if (!part_.clear()) return part_.problem("write");
                    again = before > 0;  // what was there already may have been what is damaged
                    break;
                case Transfer::Outcome::NotThere:
                    break;
                case Transfer::Outcome::Broken:
                    again = part_.size() > before;
                    break;
                case Transfer::Outcome::Stalled:
                    again = part_.size() > before && last;
                    break;
            }
            if (!again || tries == kTriesPerMirror) {
                reasons_ += (reasons_.empty() ? "" : "; ") + url + ": " + reason;
                if (options_.notice && !last) options_.notice(url + ": " + reason + "; trying another mirror");
                return false;
            }
            if (options_.notice) options_.notice(url + ": " + reason + "; trying again");
        }
    }

    Error cancelled() const {
        const std::string rest =
            part_.size() > 0 ? "; what has come is kept, and the next time it goes on from there" : "";
        if (part_.size() == 0) part_.remove();
        return {ErrorCode::Failed, "the download of " + download_.path.filename().string() + " was cancelled" + rest};
    }

    const Download& download_;
    const DownloadOptions& options_;
    PartFile& part_;
    std::string reasons_;
};

}  // namespace

Result<void> download_file(const Download& download, const DownloadOptions& options) {
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);  // once, whoever comes first
    if (initialised != CURLE_OK) return Error{ErrorCode::Failed, curl_easy_strerror(initialised)};
    std::error_code failed;
    if (fs::exists(download.path, failed)) {
        const Result<bool> there = has_checksum(download.path, download.md5);
        if (!there) return there.error();
        if (there.value()) return {};
    }
    fs::create_directories(download.path.parent_path(), failed);
    if (failed)
        return Error{ErrorCode::Io, download.path.parent_path().string() + ": cannot make this folder (" +
                                        failed.message() + "); choose another one"};
    PartFile part(download.path.string() + ".part");
    if (const Result<void> opened = part.open(); !opened) return opened;
    return Attempts(download, options, part).run();
}

}  // namespace convscope
