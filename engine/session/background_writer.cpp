#include "engine/session/background_writer.h"

#include "engine/core/log.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <utility>

namespace convscope {

BackgroundWriter::BackgroundWriter(std::shared_ptr<const Clock> clock, Limits limits,
                                   std::function<void(Trouble, const std::string&)> tell)
    : clock_(std::move(clock)), limits_(limits), tell_(std::move(tell)), thread_([this] { thread_main(); }) {}

BackgroundWriter::~BackgroundWriter() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
        ++round_;
    }
    changed_.notify_one();
    thread_.join();
}

void BackgroundWriter::post(Job job) {
    {
        std::lock_guard lock(mutex_);
        Waiting newest{std::move(job)};
        if (const auto older = find(newest.job.file); older != waiting_.end()) {
            newest.failures = older->failures;
            newest.job.asked = newest.job.asked || older->job.asked;
            if (!newest.job.asked) {  // what has just failed need not be tried again at once
                newest.round = older->round;
                newest.due = older->due;
            }
            waiting_.erase(older);
            const bool long_time = working_ && seconds_between(working_since_, clock_->now()) >= limits_.long_time;
            if (long_time && !std::exchange(put_off_told_, true)) tell_(Trouble::PutOff, newest.job.file);
        }
        waiting_.push_back(std::move(newest));
        give_up_what_is_too_much();
    }
    changed_.notify_one();
}

void BackgroundWriter::flush() {
    std::unique_lock lock(mutex_);
    const std::uint64_t mine = ++round_;
    changed_.notify_one();
    done_.wait(lock, [&] {
        return !working_ &&
               std::all_of(waiting_.begin(), waiting_.end(), [&](const Waiting& one) { return one.round >= mine; });
    });
}

void BackgroundWriter::forget(const std::string& file) {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return !working_ || working_file_ != file; });
    if (const auto waiting = find(file); waiting != waiting_.end()) waiting_.erase(waiting);
}

// ---- the writer's thread -------------------------------------------------------------------------------------------

void BackgroundWriter::thread_main() {
    std::unique_lock lock(mutex_);
    for (;;) {
        const auto next = std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting& one) {
            return one.round < round_ || one.due <= clock_->now();
        });
        if (next == waiting_.end()) {
            if (stopping_) return;  // whatever waited was tried in this round, and let go
            rest(lock);
            continue;
        }
        Waiting one = std::move(*next);
        waiting_.erase(next);
        one.round = round_;
        working_ = true;
        working_file_ = one.job.file;
        working_since_ = clock_->now();
        const Try attempt{one.failures, one.job.asked, stopping_};
        lock.unlock();
        const bool done = write(one.job, attempt);
        lock.lock();
        working_ = false;
        if (done) put_off_told_ = false;
        if (!done && !attempt.last) put_back(std::move(one));
        done_.notify_all();
    }
}

// Until something is posted, or due again.
void BackgroundWriter::rest(std::unique_lock<std::mutex>& lock) {
    TimePoint due = TimePoint::max();
    for (const Waiting& one : waiting_) due = std::min(due, one.due);
    clock_->wait(changed_, lock, due);
}

bool BackgroundWriter::write(const Job& job, const Try& attempt) {
    try {
        return job.write(attempt);
    } catch (const std::exception& error) {
        log::write(log::Level::Error, job.file + ": was not written: " + error.what());
        return false;
    }
}

// What has failed, unless a newer one has come meanwhile.
void BackgroundWriter::put_back(Waiting failed) {
    ++failed.failures;
    failed.job.asked = false;
    const double most = std::max(60.0, limits_.first_wait);
    const double wait = std::ldexp(std::max(limits_.first_wait, 0.001), std::min(failed.failures, 20) - 1);
    failed.due = seconds_after(clock_->now(), std::min(most, wait));
    const auto newer = find(failed.job.file);
    if (newer == waiting_.end())
        waiting_.push_back(std::move(failed));
    else
        newer->failures = failed.failures;
    give_up_what_is_too_much();
}

std::vector<BackgroundWriter::Waiting>::iterator BackgroundWriter::find(const std::string& file) {
    return std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting& one) { return one.job.file == file; });
}

// The oldest, spare ones first.
void BackgroundWriter::give_up_what_is_too_much() {
    constexpr std::size_t kAlways = 4;
    std::size_t bytes = 0;
    for (const Waiting& one : waiting_) bytes += one.job.bytes;
    while (waiting_.size() > kAlways && bytes > limits_.most) {
        auto oldest = std::find_if(waiting_.begin(), waiting_.end(), [](const Waiting& one) { return one.job.spare; });
        if (oldest == waiting_.end()) oldest = waiting_.begin();
        bytes -= oldest->job.bytes;
        tell_(Trouble::GivenUp, oldest->job.file);
        waiting_.erase(oldest);
    }
}

}  // namespace convscope
