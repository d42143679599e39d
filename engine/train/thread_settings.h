// How many threads LibTorch uses. More are not always faster: threads that wait for each other spin, and a small
// network has little to share out, so the number is found by timing. The BLAS library under it gets one thread of its
// own: its threads and LibTorch's get in each other's way (a small network trained several times slower with two of
// each), and linear_in_parts() shares its work out among LibTorch's (cpu_functions.h).
#pragma once

#include "engine/api/network_description.h"
#include "engine/api/recipe.h"

#include <torch/torch.h>

#include <cstdint>
#include <vector>

namespace convscope {

struct ThreadSettings {
    int torch_threads = 1;
    int blas_threads = 1;  // 1 but in comparisons; 0: the BLAS library has no setting that we know
    bool operator==(const ThreadSettings&) const = default;
};

// For the calling thread, which is to call it before it computes; and for the BLAS of the process.
//
// LibTorch's number of threads is OpenMP's, which every thread has for itself: none works with fewer or more because
// another was told so. at::set_num_threads() also notes the number for the process, but only as what a thread begins
// with that asks LibTorch for the first time, and apply() asks before it sets. OpenBLAS has one number for all threads:
// it is set only when it changes, which is once, as all runs want the same.
void apply(const ThreadSettings& settings);

// What --threads N means: N for LibTorch, one for BLAS.
ThreadSettings fixed_thread_settings(int threads);

// The settings worth trying with this many logical cores.
std::vector<ThreadSettings> candidate_thread_settings(int logical_cores);

struct TimedSetting {
    ThreadSettings settings;
    double seconds = 0.0;  // an iteration of timed_samples(), in the median of its turns
};
std::int64_t timed_samples(const Recipe& recipe);

// Trains a scratch network of the same shape on made-up pictures with every candidate in turn, on the calling thread,
// for at most about `budget_seconds`; returns the candidates with their times, the fastest first, and leaves the
// calling thread at the fastest. Throws c10::Error.
std::vector<TimedSetting> time_thread_settings(const NetworkDescription& network, const Recipe& recipe,
                                               torch::Device device, double budget_seconds);

// Notices when several threads have become far slower than one was: when other programs want the processors too,
// threads that spin while they wait for each other keep each other from working (50 times slower was measured).
class ThreadWatch {
public:
    // What one thread needed for a sample, as timed.
    explicit ThreadWatch(double seconds_per_sample) : seconds_per_sample_(seconds_per_sample) {}

    // After each iteration. True when the samples of the last second or more took kHopeless times as long.
    bool add(double seconds, std::int64_t samples);

private:
    static constexpr double kHopeless = 3.0;
    static constexpr double kStretchSeconds = 1.0;

    double seconds_per_sample_;
    double seconds_ = 0.0;
    std::int64_t samples_ = 0;
};

}  // namespace convscope
