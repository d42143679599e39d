// A thread that writes files, so that neither training nor the window waits for a disk.
#pragma once

#include "engine/core/clock.h"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace convscope {

// One job at a time, in order. What fails is tried again, after a while that doubles up to a minute, until it is done
// or a newer one of the same file has taken its place; at the end once more. However long a disk is full or does not
// answer, what waits for it holds no more than Limits says.
class BackgroundWriter {
public:
    struct Try {
        int failures = 0;    // of the tries just before
        bool asked = false;  // somebody waits to hear of it
        bool last = false;   // there will be no other
    };
    struct Job {
        std::string file;       // that it writes: of several that wait for one file only the newest does
        bool asked = false;     // until it is done or has failed once
        bool spare = false;     // to be given up before others are
        std::size_t bytes = 0;  // of memory that it holds, about
        std::function<bool(const Try&)> write;  // on the writer's thread; false, or a throw: it failed
    };
    enum class Trouble : std::uint8_t {
        GivenUp,  // the file will not be written: too much waits
        PutOff,   // a newer one waits for the file instead, as the disk has not answered for long; told once
    };
    struct Limits {
        double first_wait = 1.0;                    // seconds until what has failed is tried again
        double long_time = 10.0;                    // seconds that a file may take before that is told
        std::size_t most = std::size_t{256} << 20;  // bytes that may wait; four jobs may whatever they hold
    };

    // `tell` is called on the thread that posts, or on the writer's; it must be quick and must not throw.
    BackgroundWriter(std::shared_ptr<const Clock> clock, Limits limits,
                     std::function<void(Trouble, const std::string& file)> tell);
    // Waits for what was given to it to be done, or to have failed once more.
    ~BackgroundWriter();
    BackgroundWriter(const BackgroundWriter&) = delete;
    BackgroundWriter& operator=(const BackgroundWriter&) = delete;

    // Any thread; waits for no file.
    void post(Job job);
    // Any thread but the writer's. Waits until what was given to it before is done, or has failed once more.
    void flush();
    // Likewise. Lets go of what waits for a file, and waits for it where it is being written.
    void forget(const std::string& file);

private:
    struct Waiting {
        Job job;
        int failures = 0;
        std::uint64_t round = 0;  // of flushes, in which it was tried last; 0: in none
        TimePoint due = {};
    };
    void thread_main();
    void rest(std::unique_lock<std::mutex>& lock);
    static bool write(const Job& job, const Try& attempt);
    void put_back(Waiting failed);
    std::vector<Waiting>::iterator find(const std::string& file);
    void give_up_what_is_too_much();

    const std::shared_ptr<const Clock> clock_;
    const Limits limits_;
    const std::function<void(Trouble, const std::string&)> tell_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::condition_variable done_;
    std::vector<Waiting> waiting_;  // guarded by mutex_, as are the next ones
    std::uint64_t round_ = 1;       // counts flushes; the end is one
    bool working_ = false;          // on a job of
    std::string working_file_;      // this file
    TimePoint working_since_ = {};
    bool put_off_told_ = false;
    bool stopping_ = false;
    std::thread thread_;  // last: it starts when everything above exists
};

}  // namespace convscope
