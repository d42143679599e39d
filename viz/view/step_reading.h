// What the loss along a step says, without drawing. Pure; any thread.
#pragma once

#include "engine/api/loss_slice.h"

#include <array>
#include <optional>

namespace convscope {

// Where the minibatch's loss is lowest; null where it is a number nowhere.
const LossSlice::Point* lowest(const LossSlice& slice);
// The point whose multiple is nearest; null of a slice without points.
const LossSlice::Point* nearest(const LossSlice& slice, double multiple);

// The slice in a sentence: "The best step here would be 1.8 times as long." Zero-terminated.
using StepWords = std::array<char, 96>;
StepWords step_in_words(const LossSlice& slice);

struct SurfacePlace {
    int row = 0;
    int column = 0;
    bool operator==(const SurfacePlace&) const = default;
};
// Where a surface is lowest; nothing where it is a number nowhere.
std::optional<SurfacePlace> lowest(const LossSurface& surface);
// "Lower beside the step: 1.5 times along it and 0.5 times aside." Zero-terminated.
StepWords surface_in_words(const LossSurface& surface);

// Which losses the colours of a surface tell apart: what explodes far out does not press the rest into one.
struct ShownLosses {
    bool any = false;  // one is a number
    double lowest = 0.0;
    double highest = 0.0;
    bool higher = false;  // others are
};
ShownLosses shown_losses(const LossSurface& surface);

// The largest loss that a plot has to show, so that one that explodes far out does not press the rest flat; 0 where
// none is a number.
double highest_shown(const LossSlice& slice);

}  // namespace convscope
