// A thread that writes files, so that neither training nor the window waits for a disk.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace convscope {

// One job at a time, in order.
class BackgroundWriter {
public:
    BackgroundWriter();
    // Waits for what was given to it to be done.
    ~BackgroundWriter();
    BackgroundWriter(const BackgroundWriter&) = delete;
    BackgroundWriter& operator=(const BackgroundWriter&) = delete;

    // Any thread. The job runs on the writer's thread; what it throws is written to the program's log. A later one with
    // the same `replaceable_as` other than 0 may take its place before it has begun (a run's autosaves); others are all
    // done, in order.
    void post(std::function<void()> job, std::uint64_t replaceable_as);
    // Any thread but the writer's. Waits until what was given to it before is done.
    void flush();

private:
    struct Job {
        std::function<void()> run;
        std::uint64_t replaceable_as = 0;
    };
    void thread_main();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::condition_variable idle_;
    std::vector<Job> jobs_;  // guarded by mutex_, as are the next two
    bool working_ = false;
    bool stopping_ = false;
    std::thread thread_;  // last: it starts when everything above exists
};

}  // namespace convscope
