// What may be asked of a session. Each posted command gets an id; Snapshot::applied_command reaches it once done.
#pragma once

#include "engine/api/breakpoint.h"
#include "engine/api/interventions.h"
#include "engine/api/probe_source.h"
#include "engine/api/recipe.h"
#include "engine/api/watch_set.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace convscope {

namespace command {

struct Run {};
struct Pause {};
// Trains `iterations` more, each published and captured, then pauses. Adds to a step that is not done yet.
struct Step {
    std::int64_t iterations = 1;
};
// Measures loss and accuracy over the whole test set now, between two epochs' ends; reported as event::Evaluated.
struct Evaluate {};
// A new run from its beginning; recipe and data stay unless others are given, and without another recipe so do weights
// that came from a file (RunInfo::weights_from). Leaves the session running or paused as it was. What cannot be opened,
// or does not fit, changes nothing but a Notice.
struct Reset {
    std::uint64_t seed = 0;
    std::optional<Recipe> recipe = std::nullopt;
    std::string data = {};  // as --data takes it; empty: what the run before learned from
};
// Writes the run to a file, to be resumed later; answered by event::Saved. Training goes on meanwhile.
struct Save {
    std::string path = {};  // empty: the run's own file, RunInfo::checkpoint
};
// The run of such a file takes the place of the present one, paused. What cannot be read changes nothing but a Notice.
struct Resume {
    std::string path;
};
// Goes to another iteration of the run's line (engine/api/run_line.h), as far as that is known, and pauses there:
// weights, optimizer, generators, place in the data and settings are to the bit what they were when the next iteration
// began. The nearest kept state is restored, and the iterations from there on are trained again, which nobody is told
// and no log sees; until that is done what was shown stays (RunLine::travelling_to), and another GoTo takes its place.
// Run and Step follow the known future from there. What changes the training of an iteration (SetLearningRate,
// SetMomentum, SetBatchSize, SetThreads, and what is done to the network by hand) begins a branch there, a run of its
// own (RunInfo::branched_from); the future that was known stays as a lane. The run's own file is always of the furthest
// iteration, wherever one is.
struct GoTo {
    std::int64_t iteration = 0;  // what is beyond either end of the line is that end
};
// Goes to another lane of the line, and pauses there. What the present one had is saved, and stays. A lane that is not
// there changes nothing but a Notice.
struct GoToLane {
    RunId lane;
    std::int64_t iteration = -1;  // of that lane; negative: its furthest
};
struct NameLane {
    RunId lane;
    std::string name;  // empty: none
};
// Names an iteration of the present lane: a place to come back to. A branch has those of its past.
struct NamePlace {
    static constexpr std::size_t kMost = 64;  // of a lane; one more is refused
    std::int64_t iteration = 0;               // 0 to RunLine::furthest, else refused
    std::string name;                         // empty: it has none any more
};
// Lets go of what is kept of a lane in memory, which is another one than the present; its files stay, and a notice says
// where: when its run is resumed from there, it is a lane of the others again. Lanes that branched from it stay too.
struct DeleteLane {
    RunId lane;
};
// The run that the present one has taken the place of (Snapshot::set_aside) takes it back, and goes on as if it had
// never been interrupted, in its own folder; the present one, if it was trained, is set aside in its turn, so that the
// same again undoes it. Leaves the session running or paused as it was. Without such a run there is but a Notice.
struct BringBack {};
struct SetLearningRate {
    double learning_rate = 0.001;
};
// SGD's momentum; Adam's beta1. In [0, 1).
struct SetMomentum {
    double momentum = 0.0;
};
// From the next minibatch on.
struct SetBatchSize {
    std::int64_t batch_size = 64;
};
// How many threads LibTorch trains with from the next iteration on. For whoever lives a run again that changed them by
// itself (engine/journal): with other threads sums are added up in another order.
struct SetThreads {
    int threads = 1;
};
// A channel of a layer's maps, or a unit of its vector, says but one value everywhere, in training too, so that the
// others learn to do without it; or says again what the layer computes. Like what follows down to Undo, it changes the
// training of iterations: in the past it begins a branch.
struct SetChannel {
    LayerId layer;
    std::int64_t channel = 0;
    enum class To : std::uint8_t {
        Computed,
        Value,  // 0 silences it
        Mean    // its own over the pictures that layers' statistics are measured over, as the network is now
    } to = To::Value;
    double value = 0.0;  // with To::Value: a number
};
// These learn no more, or do so again.
struct Freeze {
    std::vector<FrozenPart> parts;
    bool frozen = true;
};
// Weights, or biases, of a layer that has its own: these values take the place of as many from `first` on, row-major.
// No momentum is left where they differ, once the next iteration is trained.
struct SetWeights {
    LayerId layer;
    bool biases = false;
    std::int64_t first = 0;
    std::vector<float> values;  // numbers
};
// All weights and biases of a layer, or of one filter, or of the whole network, become 0, or what they were when the
// run's seed drew them.
struct FillWeights {
    LayerId layer = kInputLayer;  // kInputLayer: of every layer
    std::int64_t filter = -1;     // as FrozenPart::filter
    enum class With : std::uint8_t { Zeros, FirstValues } with = With::Zeros;
};
// The run goes on with this recipe, which differs from the one in effect (RunInfo::recipe) in nothing but activations,
// loss, label smoothing, optimizer, shuffling and how pixels are normalised: weights stay, as does what the optimizer
// remembers unless it becomes another kind, which begins with nothing. What is shuffled is so from the next epoch on.
// Anything else, or a network with other weights, changes nothing but a Notice. In the past it begins a branch.
struct ChangeRecipe {
    Recipe recipe;
};
// The run learns from its data as these changes leave them, which take the place of all that was changed of them
// before; what it is tested with stays as it is. From the next minibatch on: so what is left out comes no more at once,
// and of what comes several times in an epoch as much as is still ahead of it. What these data do not have, or changes
// that leave nothing to learn from, change nothing but a Notice. In the past it begins a branch.
struct ChangeData {
    DataChanges changes;
};
// Takes back the latest of what was changed by hand that lies behind the present place on its lane and has not been
// taken back: settings, channels, what is frozen, weights, the recipe, the data. Trained iterations stay.
struct Undo {};
// The pace of a running session. 0 means flat out.
struct SetSpeed {
    double iterations_per_second = 0.0;
};
// At what a run pauses by itself (engine/api/breakpoint.h), instead of all that was said before; kept whatever run
// comes. Each pauses it once as its condition comes to hold, and again when that has ceased to and holds anew; never in
// the known past. Snapshot::paused_by says which it was. Where one of the list cannot be written there is but a Notice;
// one that this run can never come to is kept, and said to be so.
struct SetBreakpoints {
    std::vector<Breakpoint> list;
};
// Which picture the maps are computed for. A held one's index is taken modulo its split's size; one of one's own that
// has not the size of the recipe's input changes nothing but a Notice. Another run keeps the source as far as its data
// and its input have it.
struct SetProbe {
    ProbeSource source;
};
// Moves the probe to the next (direction 1) or previous (-1) picture of a class, in the split of the
// picture that was chosen last.
struct SeekClass {
    int label = 0;
    int direction = 1;
};
// Moves the probe to the next (or previous) test picture that the present weights get wrong.
struct SeekMistake {
    int direction = 1;
};
// The snapshot that acknowledges it holds all that there is of what is asked for, but for the test set's matrix, which
// takes its time: a tensor that it lacks does not exist yet.
struct Watch {
    WatchSet set;
};

// What one run is given and the one beside it is not: changes how a run learns. Several are given in their order.
using Difference = std::variant<SetLearningRate, SetMomentum, SetBatchSize, SetChannel, Freeze, SetWeights, FillWeights,
                                ChangeRecipe, ChangeData>;

// A second run is trained beside this one from here on, at Session::twin(), in the place of one that is there: from the
// same state, on the same data in the same order, with so many threads, so that it is to the bit the run that a branch
// with this difference would be. It follows: whatever this run does (Run, Pause, Step, GoTo, its pace), the other is
// brought to the same iteration before this one trains its next; it stands at its own beginning where this one is
// earlier. Its probe is this one's. What changes how one of them learns is posted to that one's door, and changes that
// one alone; so does Undo there. It is not saved and writes no log. It ends with EndTwin, and where another run takes
// the place of this one (Reset, Resume, BringBack, GoToLane, DeleteLane of `lane`), not where this one branches. What
// cannot be trained beside is said by a Notice, and there is no other run then.
struct BeginTwin {
    bool from_start = false;                  // this run goes to the beginning of its line first, and pauses there
    std::vector<Difference> difference = {};  // empty: both are the same run
    // Trained instead, from weights that the same seed draws, by a run that can go back to iteration 0; as
    // `from_start`.
    std::optional<Recipe> recipe = std::nullopt;
    // What became of that lane, at the present iteration; where the lane never came so far, it is trained on until
    // there. The lane itself stays as it is. 0, or the present one: this run.
    RunId lane = {};
};
struct EndTwin {};

}  // namespace command

using Command =
    std::variant<command::Run, command::Pause, command::Step, command::Evaluate, command::Reset, command::Save,
                 command::Resume, command::BringBack, command::GoTo, command::GoToLane, command::NameLane,
                 command::NamePlace, command::DeleteLane, command::SetLearningRate, command::SetMomentum,
                 command::SetBatchSize, command::SetThreads, command::SetChannel, command::Freeze, command::SetWeights,
                 command::FillWeights, command::ChangeRecipe, command::ChangeData, command::Undo, command::SetSpeed,
                 command::SetBreakpoints, command::SetProbe, command::SeekClass, command::SeekMistake, command::Watch,
                 command::BeginTwin, command::EndTwin>;

}  // namespace convscope
