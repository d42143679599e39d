#include "engine/train/thread_settings.h"

#include "engine/core/clock.h"
#include "engine/train/initial_weights.h"
#include "engine/train/loss.h"
#include "engine/train/network.h"
#include "engine/train/optimizer.h"

#include <ATen/CPUGeneratorImpl.h>
#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <thread>

namespace convscope {
namespace {

constexpr std::int64_t kTimedSamples = 256;
constexpr double kStretchSeconds = 0.02;
constexpr double kSettleSeconds = 0.01;   // threads without work keep a processor busy for a while before they sleep
constexpr double kHopelessSeconds = 0.1;  // more than starting the threads takes
constexpr double kClear = 1.1;            // times the fastest: who is this far behind from turn to turn stays behind

// OpenBLAS is often, not always, the library behind libblas.so.3: its switch is looked up at run time.
using SetBlasThreads = void (*)(int);
SetBlasThreads blas_switch() {
    static const auto function = reinterpret_cast<SetBlasThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
    return function;
}

void set_blas_threads(int threads) {
    static std::atomic<int> in_effect{0};
    if (blas_switch() != nullptr && in_effect.exchange(threads) != threads) blas_switch()(threads);
}

// Whether the slowest turn of one candidate was clearly quicker than every other's quickest, in two rounds or more.
// Candidates that were given up have no more than they had then.
bool is_settled(const std::vector<std::vector<double>>& sorted_turns) {
    const auto leader = std::min_element(sorted_turns.begin(), sorted_turns.end(), [](const auto& a, const auto& b) {
        return !a.empty() && (b.empty() || a.front() < b.front());
    });
    if (leader == sorted_turns.end() || leader->size() < 2) return false;
    return std::all_of(sorted_turns.begin(), sorted_turns.end(), [&](const std::vector<double>& turns) {
        return &turns == &*leader || turns.empty() || turns.front() > kClear * leader->back();
    });
}

}  // namespace

void apply(const ThreadSettings& settings) {
    if (torch::get_num_threads() != settings.torch_threads) torch::set_num_threads(settings.torch_threads);
    if (settings.blas_threads > 0) set_blas_threads(settings.blas_threads);
}

ThreadSettings fixed_thread_settings(int threads) {
    return {.torch_threads = std::max(1, threads), .blas_threads = blas_switch() == nullptr ? 0 : 1};
}

std::vector<ThreadSettings> candidate_thread_settings(int logical_cores) {
    std::vector<int> counts{1};
    if (logical_cores >= 4) counts.push_back(logical_cores / 2);  // one per core where two threads share one
    if (logical_cores >= 2) counts.push_back(logical_cores);
    std::vector<ThreadSettings> candidates;
    for (const int threads : counts) candidates.push_back(fixed_thread_settings(threads));
    return candidates;
}

std::int64_t timed_samples(const Recipe& recipe) { return std::min(recipe.batch_size, kTimedSamples); }

std::vector<TimedSetting> time_thread_settings(const NetworkDescription& network, const Recipe& recipe,
                                               torch::Device device, double budget_seconds) {
    const SteadyClock clock;
    const TimePoint begin = clock.now();
    torch::Generator generator = at::make_generator<at::CPUGeneratorImpl>();
    Network scratch(network, device);
    draw_initial_weights(scratch, generator);
    Optimizer optimizer(recipe.optimizer, scratch.parameters());
    // Who is fastest is clear from part of a large minibatch already.
    const std::int64_t samples = timed_samples(recipe);
    const torch::Tensor images =
        torch::rand({samples, network.input_shape[0], network.input_shape[1], network.input_shape[2]}, generator)
            .to(device);
    const torch::Tensor labels = torch::randint(recipe.class_count, {samples}, generator, torch::kInt64).to(device);
    const auto train_once = [&] {
        optimizer.zero_grad();
        const torch::Tensor loss =
            compute_loss(recipe, scratch.forward(images, {NetworkMode::Training, generator}), labels);
        loss.backward();
        optimizer.step();
        (void)loss.item<float>();
    };
    const auto timed_once = [&] {
        const TimePoint start = clock.now();
        train_once();
        return seconds_between(start, clock.now());
    };

    std::vector<TimedSetting> timed;
    for (const ThreadSettings& settings :
         candidate_thread_settings(static_cast<int>(std::max(1U, std::thread::hardware_concurrency()))))
        timed.push_back({settings, std::numeric_limits<double>::infinity()});

    // Rounds over all candidates, so that whatever else the machine does meets them alike. The first iteration of a
    // turn warms up the threads; the median turn counts. Who is far behind is not tried again: too many threads can be
    // slower than one by far, and the window waits.
    std::vector<std::vector<double>> turns(timed.size());
    double best = std::numeric_limits<double>::infinity();
    train_once();
    for (int round = 0; round < 8; ++round) {
        for (std::size_t i = 0; i < timed.size(); ++i) {
            TimedSetting& candidate = timed[i];
            if (round > 0 && candidate.seconds > 1.5 * best) continue;
            const double spent = seconds_between(begin, clock.now());
            if (round > 0 && spent > budget_seconds) break;
            apply(candidate.settings);
            const double warm_up = timed_once();
            if (warm_up > 3.0 * best && warm_up > kHopelessSeconds) {
                candidate.seconds = std::min(candidate.seconds, warm_up);
                continue;
            }
            for (const TimePoint start = clock.now(); seconds_between(start, clock.now()) < kSettleSeconds;)
                train_once();
            // The mean over a stretch: threads that wait for each other are quick now and then, which says nothing.
            const TimePoint start = clock.now();
            int iterations = 0;
            do train_once();
            while (++iterations < 200 && seconds_between(start, clock.now()) < kStretchSeconds);
            turns[i].push_back(seconds_between(start, clock.now()) / iterations);
            std::sort(turns[i].begin(), turns[i].end());
            candidate.seconds = turns[i][turns[i].size() / 2];
            best = std::min(best, candidate.seconds);
        }
        if (is_settled(turns) || seconds_between(begin, clock.now()) > budget_seconds) break;
    }
    std::stable_sort(timed.begin(), timed.end(),
                     [](const TimedSetting& a, const TimedSetting& b) { return a.seconds < b.seconds; });
    apply(timed.front().settings);
    return timed;
}

bool ThreadWatch::add(double seconds, std::int64_t samples) {
    seconds_ += seconds;
    samples_ += samples;
    if (seconds_ < kStretchSeconds) return false;
    const bool hopeless = seconds_ > kHopeless * seconds_per_sample_ * static_cast<double>(samples_);
    seconds_ = 0.0;
    samples_ = 0;
    return hopeless;
}

}  // namespace convscope
