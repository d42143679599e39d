#include "engine/session/background_writer.h"

#include "engine/core/log.h"

#include <exception>
#include <string>
#include <utility>

namespace convscope {

BackgroundWriter::BackgroundWriter() : thread_([this] { thread_main(); }) {}

BackgroundWriter::~BackgroundWriter() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void BackgroundWriter::post(std::function<void()> job, std::uint64_t replaceable_as) {
    {
        std::lock_guard lock(mutex_);
        if (replaceable_as != 0)
            std::erase_if(jobs_, [&](const Job& waiting) { return waiting.replaceable_as == replaceable_as; });
        jobs_.push_back({std::move(job), replaceable_as});
    }
    changed_.notify_one();
}

void BackgroundWriter::flush() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return jobs_.empty() && !working_; });
}

void BackgroundWriter::thread_main() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
        if (jobs_.empty()) return;
        const Job job = std::move(jobs_.front());
        jobs_.erase(jobs_.begin());
        working_ = true;
        lock.unlock();
        try {
            job.run();
        } catch (const std::exception& error) {
            log::write(log::Level::Error, std::string("a file was not written: ") + error.what());
        }
        lock.lock();
        working_ = false;
        if (jobs_.empty()) idle_.notify_all();
    }
}

}  // namespace convscope
