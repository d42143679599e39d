// One file from the web: resumed where it was cut off, checked before it is put in place.
#pragma once

#include "engine/core/result.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace convscope {

// All callbacks are called on the thread that called the function they were given to.
struct DownloadOptions {
    // Bytes that are there, those of earlier attempts included, and bytes in all, 0 when not known.
    std::function<void(std::int64_t bytes, std::int64_t total_bytes)> progress;
    // The address that is about to be asked, before each request.
    std::function<void(const std::string& url)> asking;
    // A sentence on what went wrong when that does not end the download: another mirror is tried, or the same once
    // more.
    std::function<void(const std::string& text)> notice;
    // Looked at at least once a second; what has come so far is kept for the next time.
    const std::atomic<bool>* cancelled = nullptr;
    // A connection that takes longer to be made, or for so long moves less than 4 kB a second, at which the largest set
    // would take half a day, is given up. At least 1.
    int stall_seconds = 30;
};

struct Download {
    std::vector<std::string> urls;  // of the same file; http or https; tried in this order
    std::filesystem::path path;     // where it goes; the folder is made when missing
    std::string md5;                // 32 hexadecimal digits, in small letters
    std::int64_t bytes = 0;         // its size; 0: not known, and no more than 1 GiB
};

// Afterwards either `path` has that checksum, or it is as it was and the error says of every address what was wrong.
// What has come is collected in `path`.part, which a later call (also of another process) goes on with, and which is
// removed when its checksum is wrong. A file that already has the checksum is left alone. Two calls for the same path
// at the same time: the second one is an error. No address is listened to beyond the file's size.
Result<void> download_file(const Download& download, const DownloadOptions& options = {});

}  // namespace convscope
