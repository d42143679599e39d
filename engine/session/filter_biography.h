// A filter's biography, out of the states that are kept of a run.
#pragma once

#include "engine/api/network_description.h"
#include "engine/session/kept_states.h"
#include "engine/session/trainer.h"

#include <cstdint>
#include <memory>
#include <span>

namespace convscope {

// Up to the trainer's present iteration, of a question that can be asked (check_question()). `kept`: of its run's line,
// ascending. `from_seed`: the run began with what its seed drew, which is known whatever is kept.
FilterBiography filter_biography(const FilterBiographyQuestion& question, const LayerDescription& layer,
                                 std::span<const KeptState> kept, const Trainer& trainer, std::int64_t iteration,
                                 bool from_seed);
// In one slice: it is a matter of copying some kernels.
std::unique_ptr<JobWork> done_already(JobResult result);

}  // namespace convscope
