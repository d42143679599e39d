// What can be done by hand to the selected layer, or the selected channel of it: the same in the panel, in menus and by
// keys. Pure.
#pragma once

#include "engine/api/command.h"
#include "engine/api/snapshot.h"
#include "viz/view/selection.h"

#include <cstdint>
#include <string>
#include <vector>

namespace convscope {

enum class HandAction : std::uint8_t {
    Silence,       // the channel, or lets go of it
    HoldAtMean,    // likewise
    FreezeFilter,  // or lets it learn again
    FreezeLayer,   // likewise
    TrainOnly,     // freezes every other layer, and nothing of this one
    Zeros,         // the filter's weights and bias, or all of the layer's where none is selected
    FirstValues    // likewise
};
inline constexpr int kHandActionCount = 7;

// What a button or a line of a menu says, in static memory.
struct HandActionState {
    const char* anchor = "";  // "silence"
    const char* label = "";   // what a press does: "Silence", "Let go"
    const char* help = "";    // a sentence, with the key
    bool enabled = false;
    bool on = false;  // in effect, and a press ends it
};
// Allocates nothing. `snapshot` is one of a run.
HandActionState state_of(HandAction action, const Snapshot& snapshot, const Selection& selection);

// In their order; empty where it is not enabled.
std::vector<Command> commands_of(HandAction action, const Snapshot& snapshot, const Selection& selection);

// The layer's outputs can be told apart in its weights: "filter" of kernels, "unit" of a linear layer.
const LayerDescription* selected_layer(const Snapshot& snapshot, const Selection& selection);  // null: the input
bool selects_channel(const LayerDescription& layer, const Selection& selection);

// "conv1, channel 3 of 10"; "conv1"
std::string selected_name(const Snapshot& snapshot, const Selection& selection);

// What is held, a line each in the order in which it was done, then what is changed of the data; and what lets go of
// it.
struct HeldLine {
    std::string text;
    Command let_go;
    Selection selection;  // what it is about; the input, of the data
};
std::vector<HeldLine> held_lines(const Snapshot& snapshot);

// The channels of a layer that are held, or computed by what is frozen; appended to `out`, which is cleared first.
void held_channels(const Snapshot& snapshot, LayerId layer, std::vector<std::int64_t>& out);

// What is said of a channel in a read-out: "silenced by hand", "frozen by hand"; null where nothing is done to it.
const char* held_word(const Snapshot& snapshot, LayerId layer, std::int64_t channel);

}  // namespace convscope
