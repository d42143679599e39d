#include "engine/host/background_fetcher.h"

#include "engine/data/open_dataset.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace convscope {
namespace {

namespace fs = std::filesystem;
using State = FetchStatus::State;

constexpr double kBetweenReports = 0.05;  // seconds, while bytes come

std::int64_t size_of(const RemoteSet& set) {
    std::int64_t sum = 0;
    for (const RemoteFile& file : set.files) {
        if (file.bytes <= 0) return 0;
        sum += file.bytes;
    }
    return sum;
}

// "ossci-datasets.s3.amazonaws.com" of "https://ossci-datasets.s3.amazonaws.com/mnist/..."
std::string server_of(const std::string& url) {
    const std::size_t scheme = url.find("://");
    const std::size_t begin = scheme == std::string::npos ? 0 : scheme + 3;
    return url.substr(begin, url.find('/', begin) - begin);
}

}  // namespace

BackgroundFetcher::BackgroundFetcher()
    : BackgroundFetcher({{fetchable_sets().begin(), fetchable_sets().end()}, user_dataset_folder}) {}

BackgroundFetcher::BackgroundFetcher(Options options) : options_(std::move(options)) {
    for (const RemoteSet& set : options_.sets)
        offered_.push_back({.name = set.name,
                            .title = set.title,
                            .terms = set.terms,
                            .bytes = size_of(set),
                            .channels = set.channels,
                            .height = set.side,
                            .width = set.side});
    now_.folders.resize(offered_.size());
    for (std::size_t i = 0; i < offered_.size(); ++i)
        if (const Result<fs::path> folder = options_.folder(offered_[i].name);
            folder && is_fetched(options_.sets[i], folder.value()))
            now_.folders[i] = folder.value().string();
    publish();
}

BackgroundFetcher::~BackgroundFetcher() {
    cancelled_ = true;
    if (thread_.joinable()) thread_.join();
}

void BackgroundFetcher::start(std::size_t set) {
    if (working_ || set >= offered_.size()) return;
    if (thread_.joinable()) thread_.join();  // it has nothing left to do
    cancelled_ = false;
    working_ = true;
    now_ = {.state = State::Fetching, .set = set, .total_bytes = offered_[set].bytes, .folders = now_.folders};
    publish();
    thread_ = std::thread([this] { fetch(); });
}

// ---- the fetcher's thread ------------------------------------------------------------------------------------------

void BackgroundFetcher::fetch() {
    Result<void> fetched;
    try {
        fetched = fetch_into_place();
    } catch (const std::exception& error) {
        fetched = Error{ErrorCode::Failed, offered_[now_.set].title + " could not be fetched: " + error.what()};
    }
    now_.state = fetched ? State::Done : cancelled_ ? State::Cancelled : State::Failed;
    now_.sentence = fetched ? "" : fetched.error().message;
    working_ = false;  // first: who reads that it is over may start another at once, and joins this thread for it
    publish();
}

Result<void> BackgroundFetcher::fetch_into_place() {
    const RemoteSet& set = options_.sets[now_.set];
    const Result<fs::path> folder = options_.folder(set.name);
    if (!folder) return folder.error();
    FetchOptions fetch;
    fetch.progress = [this](const FetchProgress& progress) { note(progress); };
    fetch.notice = [this](const std::string& text) {
        now_.sentence = text;
        publish();
    };
    fetch.cancelled = &cancelled_;
    fetch.stall_seconds = options_.stall_seconds;
    if (const Result<void> fetched = fetch_set(set, folder.value(), fetch); !fetched) return fetched;
    now_.folders[now_.set] = folder.value().string();
    return {};
}

void BackgroundFetcher::note(const FetchProgress& progress) {
    const State state = progress.unpacking ? State::Unpacking : State::Fetching;
    const TimePoint time = SteadyClock().now();
    if (state == now_.state && progress.file == now_.file && seconds_between(published_, time) < kBetweenReports)
        return;
    now_.state = state;
    now_.file = progress.file;
    now_.server = server_of(progress.url);
    const std::vector<RemoteFile>& files = options_.sets[now_.set].files;
    now_.bytes = progress.bytes;
    for (int i = 0; i + 1 < progress.number; ++i) now_.bytes += files[static_cast<std::size_t>(i)].bytes;
    publish();
}

void BackgroundFetcher::publish() {
    published_ = SteadyClock().now();
    slot_.publish(std::make_shared<const FetchStatus>(now_));
}

}  // namespace convscope
