#include "viz/view/control_values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>

namespace convscope {
namespace {

constexpr std::int64_t kMostSteps = 1'000'000;

// Without spaces around it and commas in it.
std::string bare(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    text = text.substr(first, text.find_last_not_of(" \t") - first + 1);
    std::string result(text);
    std::erase(result, ',');
    return result;
}

template <typename Number>
std::optional<Number> parse(std::string_view text) {
    const std::string digits = bare(text);
    Number number{};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return number;
}

Error refusal(std::string_view what, std::string_view text) {
    const std::string typed = bare(text);
    return {ErrorCode::InvalidArgument,
            std::string(what) + (typed.empty() ? "; nothing was entered." : "; \"" + typed + "\" was not applied.")};
}

// From slow to fast with flat out last, so that speeds can be compared.
double rank(double iterations_per_second) { return iterations_per_second > 0.0 ? iterations_per_second : 1e300; }

// Of the recipe; what a finished run gets again.
std::int64_t epochs_of(const Snapshot& snapshot) {
    return std::max<std::int64_t>(1, snapshot.run_info ? snapshot.run_info->recipe.epochs : 1);
}

}  // namespace

int speed_index(double iterations_per_second) {
    const auto place = std::find(kSpeeds.begin(), kSpeeds.end(), iterations_per_second);
    return place == kSpeeds.end() ? -1 : static_cast<int>(place - kSpeeds.begin());
}

double next_speed(double iterations_per_second, int direction) {
    const double now = rank(iterations_per_second);
    if (direction > 0) {
        for (double speed : kSpeeds)
            if (rank(speed) > now) return speed;
        return kSpeeds.back();
    }
    for (auto speed = kSpeeds.rbegin(); speed != kSpeeds.rend(); ++speed)
        if (rank(*speed) < now) return *speed;
    return kSpeeds.front();
}

Result<double> parse_learning_rate(std::string_view text) {
    const auto value = parse<double>(text);
    if (!value || !std::isfinite(*value) || *value < 0.0)
        return refusal("The learning rate is a number of 0 or more, such as 0.001 or 1e-3", text);
    return *value;
}

Result<float> parse_weight(std::string_view text) {
    const auto value = parse<double>(text);
    if (!value || !(std::abs(*value) <= static_cast<double>(std::numeric_limits<float>::max())))
        return refusal("A weight is a number, such as -0.25 or 1e-3", text);
    return static_cast<float>(*value);
}

Result<double> parse_momentum(std::string_view text) {
    const auto value = parse<double>(text);
    if (!value || !(*value >= 0.0 && *value < 1.0)) return refusal("Momentum is a number from 0 to below 1", text);
    return *value;
}

Result<std::int64_t> parse_batch_size(std::string_view text, std::int64_t train_count) {
    const auto value = parse<std::int64_t>(text);
    if (!value || *value < 1 || *value > train_count)
        return refusal("The batch size is a whole number from 1 to " + std::to_string(train_count), text);
    return *value;
}

Result<std::int64_t> parse_steps(std::string_view text) {
    const auto value = parse<std::int64_t>(text);
    if (!value || *value < 1 || *value > kMostSteps)
        return refusal("The number of iterations is a whole number from 1 to 1,000,000", text);
    return *value;
}

Result<std::uint64_t> parse_seed(std::string_view text) {
    const auto value = parse<std::uint64_t>(text);
    if (!value) return refusal("A seed is a whole number from 0 to 18446744073709551615", text);
    return *value;
}

Result<std::int64_t> parse_index(std::string_view text, std::int64_t count) {
    const auto value = parse<std::int64_t>(text);
    if (!value || *value < 0 || *value >= count)
        return refusal("The index is a whole number from 0 to " + std::to_string(count - 1), text);
    return *value;
}

double rounded_to(double value, int digits) {
    if (value == 0.0 || !std::isfinite(value)) return value;
    const double unit = std::pow(10.0, std::floor(std::log10(std::abs(value))) - digits + 1);
    // Dividing by a whole number is exact where multiplying by 1e-5 is not.
    return unit < 1.0 ? std::round(value / unit) / std::round(1.0 / unit) : std::round(value / unit) * unit;
}

RunShare progress_of(const Snapshot& snapshot) {
    RunShare progress;
    if (!snapshot.run_info || snapshot.iterations_per_epoch < 1) return progress;
    const std::int64_t left = std::max<std::int64_t>(0, snapshot.planned_iterations - snapshot.iteration);
    const std::int64_t epochs_left = left / snapshot.iterations_per_epoch;
    const std::int64_t left_in_epoch = left % snapshot.iterations_per_epoch;
    if (snapshot.iteration == 0) {
        progress.epoch = 1;
        progress.epochs = std::max<std::int64_t>(1, epochs_left + (left_in_epoch > 0 ? 1 : 0));
        return progress;
    }
    progress.epoch = snapshot.epoch;
    progress.epochs = snapshot.epoch + epochs_left;
    progress.epoch_share =
        1.0 - static_cast<double>(left_in_epoch) / static_cast<double>(snapshot.iterations_per_epoch);
    if (snapshot.planned_iterations > 0)
        progress.run_share =
            std::min(1.0, static_cast<double>(snapshot.iteration) / static_cast<double>(snapshot.planned_iterations));
    return progress;
}

bool is_continued(const Snapshot& snapshot) {
    return snapshot.run_info && progress_of(snapshot).epochs > epochs_of(snapshot);
}

std::optional<double> seconds_left(const Snapshot& snapshot) {
    const std::int64_t iterations = snapshot.planned_iterations - snapshot.iteration;
    if (snapshot.state != SessionState::Running || iterations <= 0 || !(snapshot.samples_per_second > 0.0))
        return std::nullopt;
    return static_cast<double>(iterations * snapshot.settings.batch_size) / snapshot.samples_per_second;
}

void finished_sentence(const Snapshot& snapshot, std::span<char> out) {
    const std::int64_t epochs = progress_of(snapshot).epochs;
    std::snprintf(out.data(), out.size(), "Finished after %lld %s. Space trains on for %lld more",
                  static_cast<long long>(epochs), epochs == 1 ? "epoch" : "epochs",
                  static_cast<long long>(epochs_of(snapshot)));
}

std::string what_comes_back(const SetAsideRun& aside) {
    return "Ctrl Z brings back iteration " + std::to_string(aside.iteration) + " of " + aside.recipe;
}

bool has_schedule(const RunInfo& info) {
    const ScheduleSpec& schedule = info.recipe.schedule;
    return schedule.kind != ScheduleKind::Constant || schedule.warm_up_epochs > 0.0;
}

std::optional<double> scheduled_learning_rate(const Snapshot& snapshot) {
    if (!snapshot.run_info || !has_schedule(*snapshot.run_info) || snapshot.iteration < 1) return std::nullopt;
    const auto rate = static_cast<double>(snapshot.metrics.learning_rate);
    const double base = snapshot.settings.learning_rate;
    if (std::abs(rate - base) < 1e-4 * base) return std::nullopt;
    return rate;
}

}  // namespace convscope
