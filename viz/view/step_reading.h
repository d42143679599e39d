// What the loss along a step says, without drawing. Pure; any thread.
#pragma once

#include "engine/api/loss_slice.h"

#include <array>

namespace convscope {

// Where the minibatch's loss is lowest; null where it is a number nowhere.
const LossSlice::Point* lowest(const LossSlice& slice);
// The point whose multiple is nearest; null of a slice without points.
const LossSlice::Point* nearest(const LossSlice& slice, double multiple);

// The slice in a sentence: "The best step here would be 1.8 times as long." Zero-terminated.
using StepWords = std::array<char, 96>;
StepWords step_in_words(const LossSlice& slice);

// The largest loss that a plot has to show, so that one that explodes far out does not press the rest flat; 0 where
// none is a number.
double highest_shown(const LossSlice& slice);

}  // namespace convscope
