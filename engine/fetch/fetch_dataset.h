// A public data set from the web into a folder, ready to be opened.
#pragma once

#include "engine/core/result.h"
#include "engine/fetch/catalogue.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace convscope {

struct FetchProgress {
    std::string file;
    std::string url;  // it comes from
    int number = 1;   // of the file, from 1
    int count = 1;    // files in all
    std::int64_t bytes = 0;
    std::int64_t total_bytes = 0;  // 0: not known
    bool unpacking = false;        // the download is complete
};

// All callbacks are called on the thread that fetches.
struct FetchOptions {
    std::vector<std::string> mirrors;                     // instead of the catalogue's, when not empty
    std::function<void(const FetchProgress&)> progress;   // many times a second while bytes come
    std::function<void(const std::string& text)> notice;  // a mirror failed, but not all is lost
    const std::atomic<bool>* cancelled = nullptr;         // looked at at least once a second
    int stall_seconds = 30;                               // see DownloadOptions
};

// Blocks until the set is in `folder` (made when missing) with every checksum right, or says why not. Nothing is put in
// place before it was checked; what is there already is not fetched again; what was cut off is resumed by the next
// call.
Result<void> fetch_set(const RemoteSet& set, const std::filesystem::path& folder, const FetchOptions& options = {});

// Whether all of the set's files are in the folder, under their names; their checksums are not computed.
bool is_fetched(const RemoteSet& set, const std::filesystem::path& folder);

}  // namespace convscope
