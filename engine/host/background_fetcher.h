// Fetches public data sets on a thread of its own, for the window. Needs no LibTorch.
#pragma once

#include "engine/api/data_fetcher.h"
#include "engine/core/clock.h"
#include "engine/core/latest_slot.h"
#include "engine/core/result.h"
#include "engine/fetch/fetch_dataset.h"

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

namespace convscope {

class BackgroundFetcher final : public DataFetcher {
public:
    struct Options {
        std::vector<RemoteSet> sets;
        std::function<Result<std::filesystem::path>(std::string_view name)> folder;  // where a set is to lie
        int stall_seconds = 30;                                                      // see FetchOptions
    };
    // The catalogue's sets, to where --data NAME looks for them.
    BackgroundFetcher();
    explicit BackgroundFetcher(Options options);
    ~BackgroundFetcher() override;
    BackgroundFetcher(const BackgroundFetcher&) = delete;
    BackgroundFetcher& operator=(const BackgroundFetcher&) = delete;

    std::span<const FetchableSet> sets() const override { return offered_; }
    void start(std::size_t set) override;
    void cancel() override { cancelled_ = true; }
    std::shared_ptr<const FetchStatus> status() override { return slot_.fetch(); }

private:
    // The thread's, and while there is none, the caller's.
    void fetch();
    Result<void> fetch_into_place();
    void note(const FetchProgress& progress);
    void publish();

    const Options options_;
    std::vector<FetchableSet> offered_;
    LatestSlot<FetchStatus> slot_;
    std::atomic<bool> cancelled_{false};  // written by the UI's thread
    std::atomic<bool> working_{false};    // set by the UI's thread, cleared by the other
    FetchStatus now_;                     // the thread's, as is the next
    TimePoint published_{};
    std::thread thread_;
};

}  // namespace convscope
