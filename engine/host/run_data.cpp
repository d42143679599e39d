#include "engine/host/run_data.h"

#include "engine/core/plain_file.h"
#include "engine/data/drawn_digits.h"
#include "engine/data/open_dataset.h"
#include "engine/fetch/fetch_dataset.h"
#include "engine/host/interrupt.h"

#include <cmath>
#include <csignal>
#include <cstdio>
#include <filesystem>

namespace convscope {
namespace {

std::string in_megabytes(const RemoteSet& set) {
    double bytes = 0.0;
    for (const RemoteFile& file : set.files) bytes += static_cast<double>(file.bytes);
    char text[32];
    std::snprintf(text, sizeof text, "%.1f MB", std::ceil(bytes / 1e5) / 10.0);
    return text;
}

// While one exists a connection that breaks is no reason to end.
class BrokenPipesIgnored {
public:
    BrokenPipesIgnored() {
        sigaction(SIGPIPE, nullptr, &before_);
        ignore_broken_pipes();
    }
    ~BrokenPipesIgnored() { sigaction(SIGPIPE, &before_, nullptr); }
    BrokenPipesIgnored(const BrokenPipesIgnored&) = delete;
    BrokenPipesIgnored& operator=(const BrokenPipesIgnored&) = delete;

private:
    struct sigaction before_ {};
};

Result<void> fetch(const RemoteSet& set, const std::filesystem::path& folder, const RunDataOptions& options) {
    const BrokenPipesIgnored while_fetching;
    const InterruptScope cancels;
    if (options.say)
        options.say(set.title + " is not all in " + folder.string() + ": fetching " + in_megabytes(set) + " from " +
                    (set.mirrors.empty() ? "nowhere" : set.mirrors.front()) + " (" + set.terms + ")");
    FetchOptions fetch;
    fetch.notice = options.say;
    fetch.cancelled = &interrupted;
    fetch.stall_seconds = options.stall_seconds;
    return fetch_set(set, folder, fetch);
}

}  // namespace

Result<std::shared_ptr<const Dataset>> open_run_data(const std::string& option, std::uint64_t seed,
                                                     const PictureFormat& wanted, const RunDataOptions& options) {
    Result<std::shared_ptr<const Dataset>> opened = open_dataset(option, seed, wanted);
    if (opened) return opened;
    const RemoteSet* set = find_set(options.sets, asked_for_data(option));
    const Result<std::filesystem::path> folder = set ? user_dataset_folder(set->name) : opened.error();
    if (!folder || out_of_reach(folder.value())) return opened;  // what may be there need not be fetched
    const Result<void> fetched = fetch(*set, folder.value(), options);
    if (fetched) return open_dataset(option, seed, wanted);
    if (interrupted) return fetched.error();
    return make_drawn_digits_instead(seed, set->title + " could not be fetched (" + fetched.error().message + ")");
}

}  // namespace convscope
