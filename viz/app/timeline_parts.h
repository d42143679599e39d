// What the timeline decides without drawing: which iteration is where, how high a loss is, and how a place is said.
// Pure; allocates nothing.
#pragma once

#include "engine/api/metric_series.h"
#include "engine/api/phase.h"
#include "viz/view/place_in_time.h"
#include "viz/widgets/format.h"
#include "viz/widgets/plot_scale.h"

#include <cstdint>
#include <span>

namespace convscope {

// From the earliest iteration at `left` to the furthest one at `right`.
PlotScale time_scale(const PlaceInTime& place, float left, float right);
// The known iteration that is nearest to that pixel.
std::int64_t iteration_at(const PlotScale& time, const PlaceInTime& place, float pixel);

// From the smallest mean loss, a little above `bottom`, to the largest at `top`; logarithmic, so that what is learned
// late is seen too. Losses that are not finite and positive count as nothing.
PlotScale loss_scale(std::span<const SeriesBin> bins, float bottom, float top);

// Beside the strip: "1,870" at the newest iteration, "412 of 1,870" in the past, "going to 412" on the way.
ShortText place_words(const PlaceInTime& place);
// A sentence for the status line, while one is on the way or in the past; empty at the newest iteration. `running`: the
// session goes on by itself.
void place_sentence(const PlaceInTime& place, bool running, std::span<char> out);

// What is said of an iteration that is held: how one goes on from there. `shown`: its film is there; `first`: it is the
// first of what is known of the run, which cannot be trained again.
void held_sentence(Phase held, std::int64_t iteration, bool shown, bool first, std::span<char> out);

}  // namespace convscope
