// Which of two runs side by side is ahead, and what is said of it. Pure.
#pragma once

#include "viz/view/lane_rows.h"

#include <cstdint>
#include <optional>
#include <span>

namespace convscope {

struct Snapshot;
struct TwinPlace;

struct TwinStanding {
    enum class Lead : std::uint8_t {
        TooEarly,  // they have not been apart for long enough, or no loss of either is a number
        Even,
        Run,
        Twin
    } lead = Lead::TooEarly;
    std::int64_t apart = 0;  // iterations that both have and that are not the same one
    MeanLoss run;            // over the same iterations, unless it is too early
    MeanLoss twin;
    std::optional<double> run_accuracy = std::nullopt;  // measured behind the same iteration of both, both behind
                                                        // `common`; else none of either
    std::optional<double> twin_accuracy = std::nullopt;
};

inline constexpr std::int64_t kStandingIterations = 100;  // that the means are over, at most,
inline constexpr std::int64_t kLeastApart = 20;           // and at least

// By the mean loss of the last iterations up to `last` of those that come after `common`, up to which both are one run.
// A loss that is no number loses; what differs by less than a hundredth is even.
TwinStanding standing_of(const MetricHistory& run, const MetricHistory& twin, std::int64_t common, std::int64_t last);

// "The twin is ahead: loss 0.12 against 0.31 over the last 100 iterations; test accuracy 97.10 % against 95.00 %", the
// one that is ahead first.
void say_standing(const TwinStanding& standing, const char* test_word, std::span<char> out);

// What is to be said before that: that the one waits for the other, catches up, has stopped. False where there is
// nothing of the kind.
bool say_twin_state(const Snapshot& run, const Snapshot& twin, std::span<char> out);

}  // namespace convscope
