// Diagnosis in words: what is wrong with a run, judged by what was measured of it, what that means, and what to try.
// Pure; allocates nothing once its vector has its room.
#pragma once

#include "engine/api/snapshot.h"
#include "viz/view/diagnosis_evidence.h"
#include "viz/view/selection.h"

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace convscope {

enum class Check : std::uint8_t {
    NotANumber,
    RateTooHigh,
    RateTooLow,
    Plateau,
    Overfitting,
    WrongLabels,
    DeadUnits,
    SaturatedUnits,
    VanishingGradients,
    ExplodingGradients,
    UpdateRatio,
    UnitsAlike,
    ClassNeverPredicted,
    SoftmaxTwice,
    NotNormalised,
    Unshuffled,
    SmallBatch
};
inline constexpr std::size_t kCheckCount = 17;

struct CheckRow {
    const char* id;     // "dead-units"
    const char* name;   // "Dead units"
    const char* needs;  // what it waits for while there is no evidence: "the layers' statistics"
};
const CheckRow& row_of(Check check);

enum class Gravity : std::uint8_t {
    Note,     // worth knowing; healthy runs may have it
    Warning,  // it learns worse than it could
    Problem   // it does not learn
};

// What a button does about it. A value: the command is made when it is pressed.
struct Remedy {
    enum class What : std::uint8_t {
        None,
        SetRate,          // to `number`
        SetBatch,         // likewise
        FirstValues,      // of the layer
        TakeBack,         // the latest change by hand
        LabelsOfData,     // no label is changed by hand any more
        GoTo,             // the iteration `number`
        StartOver,        // with another seed
        StartOverSlower,  // with a tenth of the recipe's learning rate
        StartOverWithoutSoftmax,
        StartOverNormalised,
        StartOverShuffled
    } what = What::None;
    double number = 0.0;
    LayerId layer = kInputLayer;
};
std::optional<Command> command_of(const Remedy& remedy, const Snapshot& snapshot);
// For the run beside the first: what would begin another run begins another twin, which does so from the start. Nothing
// where that cannot be: a twin has the first one's seed.
std::optional<Command> command_for_twin(const Remedy& remedy, const Snapshot& snapshot);

// Where it shows.
struct Showing {
    std::optional<LayerId> layer = std::nullopt;
    std::int64_t channel = -1;
    int label = -1;          // a class: its cell of the confusion matrix
    const char* panel = "";  // its id; "recipe" is the page of that name
};
Selection selected_for(const Showing& showing, Selection present);

struct Finding {
    Check check = Check::NotANumber;
    Gravity gravity = Gravity::Note;
    std::array<char, 240> what{};  // a sentence, with its numbers
    const char* meaning = "";      // likewise, in static memory
    const char* advice = "";       // what to try
    Remedy remedy = {};
    std::array<char, 40> button{};  // what the remedy's button says
    Showing showing = {};
};

struct Diagnosis {
    std::vector<Finding> findings;     // the worst first; one a check at most
    std::bitset<kCheckCount> checked;  // those that had their evidence
};
void diagnose(const Evidence& evidence, Diagnosis& out);

}  // namespace convscope
