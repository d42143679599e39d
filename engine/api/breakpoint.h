// Reasons to pause a run, as somebody gives them: values with one written form, which is what is typed, listed and
// saved.
#pragma once

#include "engine/api/network_description.h"
#include "engine/core/result.h"
#include "engine/core/types.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

enum class BreakpointKind : std::uint8_t {
    Loss,          // of an iteration's minibatch, as is the next one
    Accuracy,      // a share, before the update
    TestLoss,      // of a measurement over the whole test set, as is the next one
    TestAccuracy,  // a share
    GradientNorm,  // Euclidean, of a layer's weights and biases, or of all that the network has
    Iteration,     // that one is done
    EpochEnds,     // and is measured, where it is to be
    LossIsNoNumber,
    ProbeClassChanges,  // of the picture that is looked at, unless that is the minibatch's first
    UnitDies,           // of a ReLU's output: above zero for none of the pictures that statistics are measured over
    FirstPrediction,    // of a class, for a picture that is trained with, since the run began or was resumed
};

enum class Crossing : std::uint8_t { Below, AtMost, AtLeast, Above, Outside };

struct Breakpoint {
    BreakpointKind kind = BreakpointKind::Loss;
    Crossing crossing = Crossing::Below;  // of what is compared
    double value = 0.0;                   // that it is compared with; the iteration; the band's lower end
    double upper = 0.0;                   // the band's other end: Crossing::Outside
    std::string of = {};  // GradientNorm: the layer's name, empty: all; FirstPrediction: the class's name or number
    bool on = true;
    bool operator==(const Breakpoint&) const = default;
};

// What there is to be said of a kind to whoever chooses one.
struct BreakpointKindRow {
    BreakpointKind kind;
    const char* words;    // which it begins with, as it is written
    const char* example;  // all of one, to be changed
    const char* meaning;  // a sentence
};
// In the order in which they are offered.
std::span<const BreakpointKindRow> breakpoint_kinds();
const BreakpointKindRow& row_of(BreakpointKind kind);

// "test_accuracy >= 0.98", "gradient_norm(conv1) outside 1e-4..10", "unit dies"; one that is off ends in " (off)".
std::string to_string(const Breakpoint& breakpoint);
// The other way round. The error names the word that is wrong, and what could stand there.
Result<Breakpoint> parse_breakpoint(std::string_view text);

// The class that is meant: by its name, else by its number.
std::optional<int> class_of(const Breakpoint& breakpoint, std::span<const std::string> class_names);
// The error says what of it a network, or its data, does not have: it would never pause there.
Result<void> check_breakpoint(const Breakpoint& breakpoint, const NetworkDescription& network,
                              std::span<const std::string> class_names);

// What every session begins with, unless it is told otherwise: a run whose loss is no number is of no use.
std::vector<Breakpoint> usual_breakpoints();

// One that has paused a run, or would have if that were not at its end.
struct BreakpointHit {
    Breakpoint breakpoint;
    RunId run;
    std::int64_t iteration = 0;                   // behind which
    std::string what = {};                        // a sentence
    std::optional<LayerId> layer = std::nullopt;  // where it is, if it has a place
    std::int64_t unit = -1;                       // of that layer; -1: all of it
    int label = -1;                               // the class that it is about; -1: none
};

}  // namespace convscope
