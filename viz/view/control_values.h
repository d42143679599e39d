// What the control panel reads, computes and refuses, without drawing. Any thread.
#pragma once

#include "engine/api/snapshot.h"
#include "engine/core/result.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace convscope {

// The speeds on offer in iterations per second, slowest first; 0 is flat out. The lecturer wants one iteration
// in two seconds at the slow end.
inline constexpr std::array kSpeeds{0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 0.0};

// The place of a speed in kSpeeds; -1 when it is none of them.
int speed_index(double iterations_per_second);
// The next slower (direction -1) or faster (1) of kSpeeds, also from a speed in between; the same at either end.
double next_speed(double iterations_per_second, int direction);

// Numbers as the user types them, spaces around them and thousands separators allowed; a refusal is a sentence that
// says what is allowed. Independent of the locale.
Result<double> parse_learning_rate(std::string_view text);
Result<double> parse_momentum(std::string_view text);
Result<std::int64_t> parse_batch_size(std::string_view text, std::int64_t train_count);
Result<float> parse_weight(std::string_view text);
Result<std::int64_t> parse_steps(std::string_view text);
Result<std::uint64_t> parse_seed(std::string_view text);
Result<std::int64_t> parse_index(std::string_view text, std::int64_t count);

// Rounded to `digits` significant digits: a slider that is dragged stops at round values.
double rounded_to(double value, int digits);

// How far the run is. Epochs are those that are planned at present; shares are from 0 to 1.
struct RunShare {
    std::int64_t epoch = 0;  // 1 is the first; 0 without a network
    std::int64_t epochs = 0;
    double epoch_share = 0.0;
    double run_share = 0.0;
};
RunShare progress_of(const Snapshot& snapshot);
// More epochs are planned than the recipe has: the run was finished before, and goes on.
bool is_continued(const Snapshot& snapshot);
// What the planned rest takes at the present pace; nothing while it does not run, or where the pace is not known.
std::optional<double> seconds_left(const Snapshot& snapshot);
// "Finished after 20 epochs. Space trains on for 20 more".
void finished_sentence(const Snapshot& snapshot, std::span<char> out);

// "Ctrl Z brings back iteration 1240 of wide-cnn".
std::string what_comes_back(const SetAsideRun& aside);

// True when the learning rate is not the same all the time.
bool has_schedule(const RunInfo& info);

// What the schedule made of the learning rate in the snapshot's iteration; nothing before the first iteration, without
// a schedule, and where the two do not differ on the screen.
std::optional<double> scheduled_learning_rate(const Snapshot& snapshot);

}  // namespace convscope
