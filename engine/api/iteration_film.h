// One iteration, kept phase by phase, so that whoever looks goes through it as long as he likes, on and back, and
// nobody waits for him.
#pragma once

#include "engine/api/observation.h"
#include "engine/api/phase.h"
#include "engine/api/watch_set.h"
#include "engine/core/types.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace convscope {

// The minibatch of an iteration, as the very pass of training had it: with its dropout, and batch norm's own mean.
struct BatchSheet {
    Shape picture;                      // of each, C,H,W
    std::vector<std::uint8_t> pixels;   // one picture behind the other, as in a Dataset: augmented, not normalised
    std::vector<std::int64_t> indices;  // among the training pictures
    std::vector<int> labels;            // that they were trained with
    std::vector<int> predicted;         // with the weights before the update; -1: the output was not a number
    std::vector<float> losses;          // of each alone; their mean is the iteration's

    std::int64_t count() const { return static_cast<std::int64_t>(labels.size()); }
    std::span<const std::uint8_t> pixels_of(std::int64_t sample) const {
        const auto size = static_cast<std::size_t>(picture.element_count());
        return std::span(pixels).subspan(static_cast<std::size_t>(sample) * size, size);
    }
};

struct IterationFilm {
    RunId run;
    std::int64_t iteration = 0;  // that it is of; captures are stamped with the one before, as amid any iteration
    std::int64_t sample = 0;     // of its minibatch, whose pass is in it
    WatchSet watched;            // what of it is in it
    std::array<Observation, 5> phases;
    BatchSheet batch;

    const Observation& at(Phase phase) const { return phases[place_of(phase)]; }
    Observation& at(Phase phase) { return phases[place_of(phase)]; }
    // Whether all of that is in it, as far as there is such a thing.
    bool shows(RunId its_run, std::int64_t its_iteration, const WatchSet& set) const {
        return run == its_run && iteration == its_iteration && watched.includes(set);
    }

private:
    // Of one that is none the first.
    static std::size_t place_of(Phase phase) { return phase == Phase::None ? 0 : static_cast<std::size_t>(phase) - 1; }
};

}  // namespace convscope
