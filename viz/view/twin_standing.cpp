#include "viz/view/twin_standing.h"

#include "engine/api/snapshot.h"
#include "viz/view/metric_history.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace convscope {
namespace {

constexpr double kEven = 0.01;  // share of the larger one

// Of exactly these, where they are kept one by one, as both are there.
std::optional<MeanLoss> mean_over(const MetricSeries& losses, std::int64_t first, std::int64_t last) {
    if (first < 1 || last > losses.size()) return std::nullopt;
    const SeriesBin bin = losses.bin(first, last);
    if (bin.count == 0) return std::nullopt;
    return MeanLoss{static_cast<double>(bin.mean), first, last};
}

void find_accuracy(const MetricHistory& run, const MetricHistory& twin, std::int64_t common, std::int64_t last,
                   TwinStanding& standing) {
    const auto& a = run.evaluations();
    const auto& b = twin.evaluations();
    for (auto one = a.rbegin(), other = b.rbegin(); one != a.rend() && other != b.rend();) {
        if (one->iteration <= common || other->iteration <= common) return;
        if (one->iteration == other->iteration && one->iteration <= last) {
            standing.run_accuracy = one->test_accuracy;
            standing.twin_accuracy = other->test_accuracy;
            return;
        }
        if (one->iteration >= other->iteration)
            ++one;
        else
            ++other;
    }
}

}  // namespace

TwinStanding standing_of(const MetricHistory& run, const MetricHistory& twin, std::int64_t common, std::int64_t last) {
    TwinStanding standing;
    last = std::min({last, run.loss().size(), twin.loss().size()});
    standing.apart = std::max<std::int64_t>(0, last - common);
    find_accuracy(run, twin, common, last, standing);
    if (standing.apart < kLeastApart) return standing;
    const std::int64_t first = std::max(common, last - kStandingIterations) + 1;
    const auto mine = mean_over(run.loss(), first, last);
    const auto other = mean_over(twin.loss(), first, last);
    using Lead = TwinStanding::Lead;
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    standing.run = mine.value_or(MeanLoss{kNone, first, last});
    standing.twin = other.value_or(MeanLoss{kNone, first, last});
    if (!mine && !other) return standing;
    if (!mine || !other) {
        standing.lead = mine ? Lead::Run : Lead::Twin;
        return standing;
    }
    const double apart = standing.run.value - standing.twin.value;
    const double larger = std::max(std::abs(standing.run.value), std::abs(standing.twin.value));
    standing.lead = std::abs(apart) <= kEven * larger ? Lead::Even : apart < 0.0 ? Lead::Run : Lead::Twin;
    return standing;
}

void say_standing(const TwinStanding& standing, const char* test_word, std::span<char> out) {
    using Lead = TwinStanding::Lead;
    char accuracy[96] = "";
    const bool twin_first = standing.lead == Lead::Twin;
    if (standing.run_accuracy && standing.twin_accuracy)
        std::snprintf(accuracy, sizeof accuracy, "; %s accuracy %.2f %% against %.2f %%", test_word,
                      100.0 * (twin_first ? *standing.twin_accuracy : *standing.run_accuracy),
                      100.0 * (twin_first ? *standing.run_accuracy : *standing.twin_accuracy));
    if (standing.lead == Lead::TooEarly) {
        const auto missing = static_cast<long long>(kLeastApart - standing.apart);
        if (missing > 0)
            std::snprintf(out.data(), out.size(), "Too early to say which one is ahead: %lld more iteration%s apart",
                          missing, missing == 1 ? "" : "s");
        else
            std::snprintf(out.data(), out.size(), "Neither has a loss that is a number");
        return;
    }
    const MeanLoss& first = twin_first ? standing.twin : standing.run;
    const MeanLoss& second = twin_first ? standing.run : standing.twin;
    const char* words = standing.lead == Lead::Even ? "Both are even"
                        : twin_first                ? "The twin is ahead"
                                                    : "The run is ahead";
    const auto count = static_cast<long long>(first.last - first.first + 1);
    if (std::isfinite(second.value))
        std::snprintf(out.data(), out.size(), "%s: loss %.3g against %.3g over the last %lld iterations%s", words,
                      first.value, second.value, count, accuracy);
    else
        std::snprintf(out.data(), out.size(),
                      "%s: loss %.3g against none that is a number over the last %lld "
                      "iterations%s",
                      words, first.value, count, accuracy);
}

bool say_twin_state(const Snapshot& run, const Snapshot& twin, std::span<char> out) {
    if (twin.state == SessionState::Failed) {
        std::snprintf(out.data(), out.size(), "The twin has stopped: %s", twin.failure.c_str());
        return true;
    }
    if (run.state == SessionState::Failed) {
        std::snprintf(out.data(), out.size(), "The run has stopped, and the twin rests: %s", run.failure.c_str());
        return true;
    }
    if (!twin.twin || !twin.run_info) return false;
    if (run.iteration < twin.twin->begins) {
        std::snprintf(out.data(), out.size(), "The twin begins at iteration %lld: until the run comes there it waits",
                      static_cast<long long>(twin.twin->begins));
        return true;
    }
    if (twin.twin->catches_up) {
        std::snprintf(out.data(), out.size(), "The twin is on its way from iteration %lld to %lld",
                      static_cast<long long>(twin.iteration), static_cast<long long>(run.iteration));
        return true;
    }
    return false;
}

}  // namespace convscope
