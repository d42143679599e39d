// How many threads LibTorch and the BLAS library under it use. Together they can get in each other's way: at two
// threads each a small network trained several times slower than at one, and no fixed setting is best for every
// network, so the setting is found by timing.
#pragma once

#include "engine/api/network_description.h"
#include "engine/api/recipe.h"

#include <torch/torch.h>

#include <vector>

namespace convscope {

struct ThreadSettings {
    int torch_threads = 1;
    int blas_threads = 1;  // 0: the BLAS library has no setting that we know
    bool operator==(const ThreadSettings&) const = default;
};

// Applies to the calling thread (LibTorch's setting is the OpenMP setting of one thread) and to the BLAS of the
// process.
void apply(const ThreadSettings& settings);

// What --threads N means: N for LibTorch, one for BLAS, because the two do not add up.
ThreadSettings fixed_thread_settings(int threads);

// The settings worth trying with this many logical cores.
std::vector<ThreadSettings> candidate_thread_settings(int logical_cores);

struct TimedSetting {
    ThreadSettings settings;
    double seconds = 0.0;  // an iteration, in the median of its turns
};

// Trains a scratch network of the same shape on made-up pictures with every candidate in turn, on the calling thread,
// for at most about `budget_seconds`; returns the candidates with their times, the fastest first, and leaves the
// calling thread at the fastest. Draws from LibTorch's default generator, so seed afterwards. Throws c10::Error.
std::vector<TimedSetting> time_thread_settings(const NetworkDescription& network, const Recipe& recipe,
                                               torch::Device device, double budget_seconds);

}  // namespace convscope
