#include "engine/fetch/fetch_dataset.h"

#include "engine/fetch/download.h"
#include "engine/fetch/unpack.h"

#include <algorithm>
#include <set>
#include <system_error>

namespace convscope {

namespace {

namespace fs = std::filesystem;

bool all_there(const RemoteSet& set, const fs::path& folder) {
    return std::all_of(set.unpacked.begin(), set.unpacked.end(), [&](const std::string& name) {
        std::error_code ignored;
        return fs::is_regular_file(folder / name, ignored);
    });
}

// Unpacks beside the place where it belongs, then moves it there in one step.
Result<void> put_unpacked(const RemoteSet& set, const fs::path& archive, const fs::path& folder,
                          const std::atomic<bool>* cancelled) {
    const fs::path aside = folder / ".unpacking";
    std::error_code failed;
    fs::remove_all(aside, failed);
    if (!failed) fs::create_directories(aside, failed);
    if (failed) return Error{ErrorCode::Io, aside.string() + ": cannot make this folder (" + failed.message() + ")"};
    Result<void> done = unpack_tar_gz(archive, aside, cancelled);
    if (done && !all_there(set, aside))
        done = Error{ErrorCode::Corrupt, archive.string() + " does not hold all of " + set.title};
    std::set<fs::path> tops;
    for (const std::string& name : set.unpacked) tops.insert(*fs::path(name).begin());
    for (const fs::path& top : tops) {
        if (!done) break;
        fs::remove_all(folder / top, failed);  // it was not complete
        if (!failed) fs::rename(aside / top, folder / top, failed);
        if (failed)
            done =
                Error{ErrorCode::Io, (folder / top).string() + ": cannot put it in place (" + failed.message() + ")"};
    }
    std::error_code ignored;
    fs::remove_all(aside, ignored);
    if (done) fs::remove(archive, ignored);
    return done;
}

}  // namespace

bool is_fetched(const RemoteSet& set, const fs::path& folder) {
    if (!set.unpacked.empty()) return all_there(set, folder);
    return std::all_of(set.files.begin(), set.files.end(), [&](const RemoteFile& file) {
        std::error_code ignored;
        return fs::is_regular_file(folder / file.name, ignored);
    });
}

Result<void> fetch_set(const RemoteSet& set, const fs::path& folder, const FetchOptions& options) {
    if (!set.unpacked.empty() && all_there(set, folder)) return {};
    FetchProgress progress;
    progress.number = 0;
    progress.count = static_cast<int>(set.files.size());
    DownloadOptions download_options;
    download_options.progress = [&](std::int64_t bytes, std::int64_t total_bytes) {
        progress.bytes = bytes;
        progress.total_bytes = total_bytes;
        if (options.progress) options.progress(progress);
    };
    download_options.asking = [&](const std::string& url) { progress.url = url; };
    download_options.notice = options.notice;
    download_options.cancelled = options.cancelled;
    download_options.stall_seconds = options.stall_seconds;

    for (const RemoteFile& file : set.files) {
        progress.file = file.name;
        ++progress.number;
        Download download;
        for (const std::string& mirror : options.mirrors.empty() ? set.mirrors : options.mirrors)
            download.urls.push_back(mirror + (mirror.empty() || mirror.back() == '/' ? "" : "/") + file.name);
        download.path = folder / file.name;
        download.md5 = file.md5;
        download.bytes = file.bytes;
        if (const Result<void> downloaded = download_file(download, download_options); !downloaded) return downloaded;
        if (set.unpacked.empty()) continue;
        progress.unpacking = true;
        if (options.progress) options.progress(progress);
        if (const Result<void> put = put_unpacked(set, download.path, folder, options.cancelled); !put) return put;
    }
    return {};
}

}  // namespace convscope
