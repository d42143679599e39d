// The phases of an iteration as places to go to. Pure.
#pragma once

#include "engine/api/phase.h"

#include <array>

namespace convscope {

inline constexpr std::array<Phase, 5> kPhases{Phase::Batch, Phase::Forward, Phase::Loss, Phase::Backward,
                                              Phase::Update};

// "backward pass", as within a sentence; and "Backward". Empty of none.
const char* to_word(Phase phase);
const char* to_title(Phase phase);

// A phase on (1) or back (-1): beyond Update is the next iteration's Batch, before Batch the last one's Update. From
// none one comes in at the end that is nearer.
struct PhaseStep {
    Phase phase = Phase::Batch;
    int iterations = 0;  // to go, too
};
PhaseStep step_from(Phase held, int direction);

}  // namespace convscope
