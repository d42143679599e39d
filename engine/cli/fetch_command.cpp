#include "engine/cli/fetch_command.h"

#include "engine/data/open_dataset.h"
#include "engine/fetch/fetch_dataset.h"
#include "engine/host/interrupt.h"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace convscope {
namespace {

// What there is to say while a set is fetched: a bar or plain lines for people, or one JSON object per line.
class FetchReporter {
public:
    FetchReporter(bool json, bool progress_bar) : json_(json), progress_bar_(progress_bar) {}

    void start(const RemoteSet& set, const std::string& folder) {
        title_ = set.title;
        if (json_)
            return print_line(
                {{"event", "start"}, {"data", set.name}, {"folder", folder}, {"files", set.files.size()}});
        std::printf("Fetching %s into %s\n", set.title.c_str(), folder.c_str());
        std::fflush(stdout);
    }

    void progress(const FetchProgress& progress) {
        const std::int64_t percent =
            progress.total_bytes > 0 ? std::min<std::int64_t>(100, progress.bytes * 100 / progress.total_bytes) : 0;
        const bool same_file = progress.number == number_ && progress.unpacking == unpacking_;
        if (same_file && percent == percent_) return;
        number_ = progress.number;
        unpacking_ = progress.unpacking;
        percent_ = percent;
        if (json_) {
            print_line({{"event", "progress"},
                        {"file", progress.file},
                        {"number", progress.number},
                        {"count", progress.count},
                        {"bytes", progress.bytes},
                        {"total_bytes", progress.total_bytes},
                        {"unpacking", progress.unpacking}});
        } else if (progress_bar_) {
            draw_bar(progress);
        } else if (!same_file) {
            std::printf("%s%s (%d of %d)\n", progress.unpacking ? "unpacking " : "", progress.file.c_str(),
                        progress.number, progress.count);
            std::fflush(stdout);
        }
    }

    void notice(const std::string& text) {
        if (json_) return print_line({{"event", "notice"}, {"text", text}});
        clear_bar();
        std::fprintf(stderr, "%s\n", text.c_str());
    }

    void failed(const Error& error) {
        clear_bar();
        std::fprintf(stderr, "%s\n", error.message.c_str());
    }

    void end(const std::string& folder) {
        if (json_) return print_line({{"event", "end"}, {"folder", folder}});
        clear_bar();
        std::printf("%s is in %s\n", title_.c_str(), folder.c_str());
    }

private:
    static void print_line(const nlohmann::ordered_json& object) {
        // Text that is not UTF-8 (a folder's name) is replaced rather than thrown about.
        const std::string line = object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
        std::fwrite(line.data(), 1, line.size(), stdout);
        std::fflush(stdout);
    }

    void draw_bar(const FetchProgress& progress) {
        constexpr int kWidth = 30;
        char bar[kWidth + 1];
        for (int i = 0; i < kWidth; ++i) bar[i] = i * 100 < percent_ * kWidth ? '#' : '.';
        bar[kWidth] = '\0';
        std::printf("\r\033[K[%s] %3d %%  %d of %d: %s  %.1f MB%s", bar, static_cast<int>(percent_), progress.number,
                    progress.count, progress.file.c_str(), static_cast<double>(progress.bytes) / 1e6,
                    progress.unpacking ? ", unpacking" : "");
        std::fflush(stdout);
        bar_drawn_ = true;
    }

    void clear_bar() {
        if (bar_drawn_) std::fputs("\r\033[K", stdout);
        std::fflush(stdout);
        bar_drawn_ = false;
    }

    const bool json_;
    const bool progress_bar_;
    std::string title_;
    int number_ = 0;
    bool unpacking_ = false;
    std::int64_t percent_ = -1;
    bool bar_drawn_ = false;
};

}  // namespace

int run_fetch_command(const FetchCommandOptions& options, std::span<const RemoteSet> catalogue) {
    FetchReporter reporter(options.json, isatty(STDOUT_FILENO) == 1);
    const RemoteSet* set = find_set(catalogue, options.name);
    if (!set) {
        std::fprintf(stderr, "there is no data set '%s' to fetch; there are %s\n", options.name.c_str(),
                     names_of(catalogue).c_str());
        return 2;
    }
    std::string folder = options.folder;
    if (folder.empty()) {
        const Result<std::filesystem::path> user_folder = user_dataset_folder(options.name);
        if (!user_folder) {
            reporter.failed(user_folder.error());
            return 1;
        }
        folder = user_folder.value().string();
    }

    ignore_broken_pipes();
    const InterruptScope cancel_on_interrupt;
    FetchOptions fetch;
    fetch.mirrors = options.mirrors;
    fetch.stall_seconds = options.stall_seconds;
    fetch.cancelled = &interrupted;
    fetch.progress = [&reporter](const FetchProgress& progress) { reporter.progress(progress); };
    fetch.notice = [&reporter](const std::string& text) { reporter.notice(text); };
    reporter.start(*set, folder);
    if (const Result<void> fetched = fetch_set(*set, folder, fetch); !fetched) {
        reporter.failed(fetched.error());
        return 1;
    }
    reporter.end(folder);
    return 0;
}

}  // namespace convscope
