// The search for the next test picture that the present weights get wrong.
#pragma once

#include "engine/session/trainer.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace convscope {

class MistakeSearch {
public:
    // From the picture next to that one on, up (direction 1 or more, or 0) or down, around the test set of so many
    // pictures (at least 1) once. From outside the test set its first picture is next, its last one is previous.
    void begin(const HeldPicture& from, std::int64_t test_count, int direction);
    void end() { left_ = 0; }
    bool active() const { return left_ > 0; }
    // Looks at some more pictures: the one that was found, which does not end the search. None, and no longer active:
    // there is none.
    std::optional<std::int64_t> advance(Trainer& trainer);

private:
    std::int64_t test_count_ = 0;
    std::int64_t left_ = 0;  // to look at still
    std::int64_t next_ = 0;
    int direction_ = 1;
    std::vector<int> predicted_;
};

}  // namespace convscope
