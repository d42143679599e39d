// A run's history within a checkpoint. In Python:
//
//   progress["curves"]       of each stretch of iterations, the oldest and longest first, the means ("loss",
//   "accuracy"), of
//                            those of more than one iteration the extremes and how many values were finite
//                            ("loss_lowest", "loss_highest", "loss_count"), and in "levels" how many there are of
//                            1, 2, 4, ... iterations
//   progress["evaluations"]  a column a measure, and "levels" likewise
//   progress["latest"]       the newest iteration's scalars
//
// Version 1 had a column a scalar in progress["iterations"], a row an iteration.
#pragma once

#include "engine/formats/pickle_value.h"
#include "engine/state/run_progress.h"

namespace convscope {

void insert_history(PickleValue::Dict& progress, const RunProgress& run);

// Into `run`, whose iteration is known. Throws a Damage (checkpoint_values.h).
void read_history(const PickleValue& progress, RunProgress& run);

}  // namespace convscope
