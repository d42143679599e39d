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
#include <vector>

namespace convscope {

// Of the present lane; the newest kMost, of which the last is taken back first.
class UndoStack {
public:
    static constexpr std::size_t kMost = 100;

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
        if (steps_.size() == kMost) steps_.erase(steps_.begin());
        steps_.push_back({iteration, std::make_shared<const std::string>(std::move(mark)), std::move(undo)});
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
    std::vector<Step>::reverse_iterator latest(std::int64_t iteration) {
        return std::find_if(steps_.rbegin(), steps_.rend(),
                            [iteration](const Step& step) { return step.iteration <= iteration; });
    }

    std::vector<Step> steps_;  // ascending by iteration
};

}  // namespace convscope
