// Public data sets from the web, fetched in the background: what the window sees of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace convscope {

struct FetchableSet {
    std::string name;        // "fashion-mnist": as --data takes it
    std::string title;       // "Fashion-MNIST"
    std::string terms;       // who made it, and what they allow
    std::int64_t bytes = 0;  // of the download; 0: not known
    std::int64_t channels = 1;
    std::int64_t height = 0;  // of its pictures
    std::int64_t width = 0;
};

// Immutable; whoever holds one may keep it for ever.
struct FetchStatus {
    enum class State : std::uint8_t { Idle, Fetching, Unpacking, Done, Failed, Cancelled };
    State state = State::Idle;
    std::size_t set = 0;           // the one that it is about, in DataFetcher::sets()
    std::string file = {};         // that is being fetched
    std::string server = {};       // it comes from
    std::int64_t bytes = 0;        // of the set that are there
    std::int64_t total_bytes = 0;  // 0: not known
    std::string sentence = {};     // why it failed, or what went wrong so far although not all is lost; may be empty
    std::vector<std::string> folders = {};  // of every set: where it lies; empty while it is not there

    bool busy() const { return state == State::Fetching || state == State::Unpacking; }
};

// Destroying it cancels, and waits about a second at most. The UI thread's; no other call waits.
class DataFetcher {
public:
    virtual ~DataFetcher() = default;

    virtual std::span<const FetchableSet> sets() const = 0;  // in the order in which they are offered

    // Begins to fetch, or to go on with what was cut off. Does nothing while another one is under way.
    virtual void start(std::size_t set) = 0;
    // What has come is kept for the next time.
    virtual void cancel() = 0;

    // Never null; the same one again while nothing has changed.
    virtual std::shared_ptr<const FetchStatus> status() = 0;
};

}  // namespace convscope
