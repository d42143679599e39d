// What was changed by hand, and what takes it back.
#pragma once

#include "engine/api/command.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace convscope {

// Of the present lane; the newest kMost, and no more than take kMostBytes where there are several, of which the last is
// taken back first.
class UndoStack {
public:
    static constexpr std::size_t kMost = 100;
    static constexpr std::size_t kMostBytes = std::size_t{64} << 20;  // of weights

    struct Step {
        std::int64_t iteration = 0;  // behind which it was changed
        std::shared_ptr<const std::string> mark;
        std::vector<Command> undo;
    };

    void clear() { steps_.clear(); }
    // A lane begins there, which what came later is no part of.
    void branch(std::int64_t iteration) {
        std::erase_if(steps_, [iteration](const Step& step) { return step.iteration > iteration; });
    }
    void push(std::int64_t iteration, std::string mark, std::vector<Command> undo) {
        steps_.push_back({iteration, std::make_shared<const std::string>(std::move(mark)), std::move(undo)});
        std::size_t bytes = 0;
        for (const Step& step : steps_) bytes += byte_count(step);
        while (steps_.size() > kMost || (steps_.size() > 1 && bytes > kMostBytes)) {
            bytes -= byte_count(steps_.front());
            steps_.erase(steps_.begin());
        }
    }
    // The latest that lies behind that place.
    std::optional<Step> take(std::int64_t iteration) {
        const auto found = latest(iteration);
        if (found == steps_.rend()) return std::nullopt;
        Step step = std::move(*found);
        steps_.erase(std::next(found).base());
        return step;
    }
    std::shared_ptr<const std::string> next(std::int64_t iteration) {
        const auto found = latest(iteration);
        return found == steps_.rend() ? nullptr : found->mark;
    }

private:
    static std::size_t byte_count(const Step& step) {
        std::size_t bytes = 0;
        for (const Command& command : step.undo)
            if (const auto* set = std::get_if<command::SetWeights>(&command))
                bytes += set->values.size() * sizeof(float);
        return bytes;
    }
    std::vector<Step>::reverse_iterator latest(std::int64_t iteration) {
        return std::find_if(steps_.rbegin(), steps_.rend(),
                            [iteration](const Step& step) { return step.iteration <= iteration; });
    }

    std::vector<Step> steps_;  // ascending by iteration
};

}  // namespace convscope
