#include "engine/session/live_settings.h"

#include "engine/api/number_limits.h"
#include "engine/core/machine_memory.h"
#include "engine/recipe/network_memory.h"

#include <cmath>
#include <cstdint>
#include <cstdio>

namespace convscope {
namespace {

constexpr const char* kArrow = " -> ";

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", value);
    return text;
}

// What training with the batch before holds already is there for the next one.
Result<void> check_room_for_batch(const RunInfo& run, std::int64_t before, std::int64_t after) {
    if (run.device != "cpu") return {};
    const auto needed = [&run](std::int64_t batch) {
        return network_memory(run.recipe, run.network, NetworkUse::Training, batch);
    };
    return check_memory(needed(after) - needed(before), "A batch size of " + std::to_string(after),
                        "choose a smaller one");
}

}  // namespace

Result<std::string> change_by(const command::SetLearningRate& set, const LiveSettings& present, const RunInfo&) {
    if (!(set.learning_rate >= 0.0 && set.learning_rate <= kMostNumber))
        return Error{ErrorCode::InvalidArgument, "The learning rate must be a number from 0 to 1e30; " +
                                                     number(set.learning_rate) + " was not applied"};
    const double before = present.learning_rate;
    if (before == set.learning_rate) return std::string();
    return "learning rate " + number(before) + kArrow + number(set.learning_rate);
}

Result<std::string> change_by(const command::SetMomentum& set, const LiveSettings& present, const RunInfo&) {
    if (!(set.momentum >= 0.0 && set.momentum < 1.0))
        return Error{ErrorCode::InvalidArgument,
                     "Momentum must be at least 0 and below 1; " + number(set.momentum) + " was not applied"};
    const double before = present.momentum;
    if (before == set.momentum) return std::string();
    return "momentum " + number(before) + kArrow + number(set.momentum);
}

Result<std::string> change_by(const command::SetBatchSize& set, const LiveSettings& present, const RunInfo& run) {
    const std::int64_t most = run.data.train_count;
    if (set.batch_size < 1 || set.batch_size > most)
        return Error{ErrorCode::InvalidArgument, "The batch size must be from 1 to " + std::to_string(most) + "; " +
                                                     std::to_string(set.batch_size) + " was not applied"};
    const std::int64_t before = present.batch_size;
    if (before == set.batch_size) return std::string();
    if (Result<void> room = check_room_for_batch(run, before, set.batch_size); !room) return room.error();
    return "batch size " + std::to_string(before) + kArrow + std::to_string(set.batch_size);
}

Result<std::string> change_by(const command::SetThreads& set, const LiveSettings& present, const RunInfo&) {
    if (set.threads < 1 || set.threads > kMostThreads)
        return Error{ErrorCode::InvalidArgument, "The number of threads must be from 1 to " +
                                                     std::to_string(kMostThreads) + "; " + std::to_string(set.threads) +
                                                     " was not applied"};
    const int before = present.threads;
    if (before == set.threads) return std::string();
    return "threads " + std::to_string(before) + kArrow + std::to_string(set.threads);
}

}  // namespace convscope
