// A run that is lived again from its journal, without a window and without waiting: where its weights are named they
// are compared.
#pragma once

#include "engine/core/result.h"
#include "engine/journal/lives.h"
#include "engine/session/session_options.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace convscope {

// Two names of weights (weights_digest()) at one place.
struct Comparison {
    RunPlace place;
    std::string recorded;
    std::string lived;
    bool same() const { return recorded == lived; }
};

struct ReplayOptions {
    MakeTrainer make_trainer;  // with the data, the device and the threads of the journal's first beginning
    RunFiles files = {};       // for a journal that begins with a resumed run: reads what it was resumed from
    std::shared_ptr<const InitialWeights> weights = {};  // likewise of journal::Begun::weights_from
    // An iteration, also one behind what the journal knows, as far as the run goes by itself; none: to its end.
    std::optional<std::int64_t> until = std::nullopt;
    std::function<void(const Comparison&)> compared = {};
};

struct Replayed {
    std::int64_t iteration = 0;  // as far as it came
    std::string weights;         // there
    std::int64_t commands = 0;   // that were applied
    std::int64_t compared = 0;
};

// Everything on the calling thread. Where weights differ nothing behind it can be the same, and that is where it ends:
// the last of what `compared` was told. The error says where the run could not go on as the journal has it. Nothing is
// written. What begins another run is passed over (it has a journal of its own), as is saving.
Result<Replayed> replay(const std::vector<Life>& lives, ReplayOptions options);

}  // namespace convscope
