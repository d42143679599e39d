// What somebody wants of the window: keys, mouse, gamepad and panels alike send these, and app/controller applies them
// between frames, so that all of a frame shows one selection and one set of settings. Values, without behaviour.
#pragma once

#include "engine/api/command.h"
#include "engine/api/event.h"
#include "engine/api/phase.h"
#include "viz/view/by_hand.h"
#include "viz/view/drawing_pad.h"
#include "viz/view/selection.h"
#include "viz/view/settings.h"

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace convscope {

// What lies over the panels; one at a time.
enum class Page : std::uint8_t { None, Help, Recipe, Editor, Breakpoints, Places, Twin };

namespace ui {

// To the session.
struct Post {
    Command command;
};
struct RunOrPause {
    bool operator==(const RunOrPause&) const = default;
};
// Up (or down) the list of speeds.
struct ChangeSpeed {
    int steps = 1;
    bool operator==(const ChangeSpeed&) const = default;
};
// A run from its beginning, with the seed of the present one plus this.
struct StartOver {
    std::uint64_t seeds_on = 0;
    bool operator==(const StartOver&) const = default;
};
// To the selected channel or layer; view/by_hand.h says what.
struct DoByHand {
    HandAction action = HandAction::Silence;
    bool operator==(const DoByHand&) const = default;
};
// What was changed by hand last; where there is nothing of the kind, the run that another has replaced comes back.
struct TakeBack {
    bool operator==(const TakeBack&) const = default;
};
// On (or back) on the run's line; view/place_in_time.h says how.
struct MoveInTime {
    int iterations = 1;
    bool operator==(const MoveInTime&) const = default;
};
// To this iteration, or the nearest one that the run is known to: PlaceInTime::kNewest is its end.
struct GoToIteration {
    std::int64_t iteration = 0;
    bool operator==(const GoToIteration&) const = default;
};
// The iteration stands still at that phase (Lane::hold): at once where the run rests, behind the present iteration
// where it trains. The one at which it stands already, or none: it is let go.
struct HoldPhase {
    Phase phase = Phase::Batch;
    bool operator==(const HoldPhase&) const = default;
};
// A phase on (or back), into the neighbouring iteration too; view/phase_walk.h says how.
struct MovePhase {
    int direction = 1;
    bool operator==(const MovePhase&) const = default;
};
// Opens the list of the run's lanes, or closes it.
struct ToggleLanes {
    bool operator==(const ToggleLanes&) const = default;
};
// Where there is a run beside the first, the next way to look at both; else the page of what to race against.
struct NextTwinView {
    bool operator==(const NextTwinView&) const = default;
};
// Somebody points at a lane in the list: Lane::pointed_lane.
struct PointAtLane {
    RunId lane;
    bool operator==(const PointAtLane&) const = default;
};
// On (or back) in the probe's set, around its ends.
struct MoveProbe {
    int pictures = 1;
    bool operator==(const MoveProbe&) const = default;
};
// To the next (or previous) test picture that is got wrong; within the selected cell of the confusion matrix, where it
// is told which pictures are in it.
struct MoveMistake {
    int direction = 1;
    bool operator==(const MoveMistake&) const = default;
};

// Pictures of one's own: view/own_pictures.h. On the pad, from where the last stroke ended, or a stroke of its own.
struct DrawOnPad {
    PadPoint at;
    bool begins = false;
    bool operator==(const DrawOnPad&) const = default;
};
struct HoldPen {
    PadPen pen;
    bool operator==(const HoldPen&) const = default;
};
struct ChangePad {
    enum class How : std::uint8_t { Undo, Clear, AsDrawn, AsTheData, MakeProbe };
    How how = How::Undo;
    bool operator==(const ChangePad&) const = default;
};
// Pictures in files become the probe, the last one in the end; a saved run (.pt) is resumed.
struct UseFiles {
    std::vector<std::string> files;
    bool operator==(const UseFiles&) const = default;
};
// The system's dialog, where there is one; what is chosen there is used.
struct ChooseFile {
    enum class What : std::uint8_t { Picture, SavedRun };
    What what = What::Picture;
    bool operator==(const ChooseFile&) const = default;
};
// The present probe goes into the tray.
struct KeepProbe {
    bool operator==(const KeepProbe&) const = default;
};
// One that is kept, by its picture's id.
struct UseKept {
    std::uint64_t picture = 0;
    bool operator==(const UseKept&) const = default;
};
struct RenameKept {
    std::uint64_t picture = 0;
    std::string name;
    bool operator==(const RenameKept&) const = default;
};
struct RemoveKept {
    std::uint64_t picture = 0;
    bool operator==(const RemoveKept&) const = default;
};

struct Select {
    Selection selection;
    bool operator==(const Select&) const = default;
};
struct MoveLayer {
    int layers = 1;
    bool operator==(const MoveLayer&) const = default;
};
struct MoveChannel {
    int channels = 1;
    bool operator==(const MoveChannel&) const = default;
};
// Closes the page that is open; else selects the map, the layer, the whole again.
struct StepOut {
    bool operator==(const StepOut&) const = default;
};

// In the scene.
struct FlyTo {
    CameraBookmark pose;
    bool operator==(const FlyTo&) const = default;
};
struct FlyToSelection {
    bool operator==(const FlyToSelection&) const = default;
};
struct FlyHome {
    bool operator==(const FlyHome&) const = default;
};
struct FlyToBookmark {
    int slot = 0;
    bool operator==(const FlyToBookmark&) const = default;
};
struct KeepBookmark {
    int slot = 0;
    bool operator==(const KeepBookmark&) const = default;
};
// Every one but the scene, and the bars.
struct TogglePanels {
    bool operator==(const TogglePanels&) const = default;
};
struct FloatPanel {
    std::string panel;  // its id
    bool open = true;
    bool operator==(const FloatPanel&) const = default;
};

// Where a panel stands over the scene from now on.
struct PlacePanel {
    KeptPlace where;
    bool operator==(const PlacePanel&) const = default;
};

// Where it is seen: in the present workspace if that has it, over the scene, else in the first workspace that has it.
struct ShowPanel {
    std::string panel;  // its id
    bool operator==(const ShowPanel&) const = default;
};
struct OpenWorkspace {
    int index = 0;  // into app/workspaces
    bool operator==(const OpenWorkspace&) const = default;
};
// Opens it, or closes it when it is open.
struct TogglePage {
    Page page = Page::Help;
    bool operator==(const TogglePage&) const = default;
};
struct ClosePage {
    bool operator==(const ClosePage&) const = default;
};
// Outlines what is called so (view/anchors.h) until another one is named; empty: nothing.
struct Highlight {
    std::string anchor;
    bool operator==(const Highlight&) const = default;
};

// In the line of words at the lower edge.
struct Tell {
    event::Notice::Severity severity = event::Notice::Severity::Info;
    std::string text;
    bool operator==(const Tell&) const = default;
};

template <typename Value>
struct Set {
    Value Settings::*setting;
    Value value;
    bool operator==(const Set&) const = default;
};
struct SwitchTheme {
    bool operator==(const SwitchTheme&) const = default;
};
struct ChangeFontSize {
    int steps = 1;
    bool operator==(const ChangeFontSize&) const = default;
};
struct ToggleFullScreen {
    bool operator==(const ToggleFullScreen&) const = default;
};
struct TakeScreenshot {
    bool operator==(const TakeScreenshot&) const = default;
};

}  // namespace ui

using UiCommand =
    std::variant<ui::Post, ui::RunOrPause, ui::ChangeSpeed, ui::StartOver, ui::DoByHand, ui::TakeBack, ui::MoveInTime,
                 ui::GoToIteration, ui::HoldPhase, ui::MovePhase, ui::ToggleLanes, ui::NextTwinView, ui::PointAtLane,
                 ui::MoveProbe, ui::MoveMistake, ui::DrawOnPad, ui::HoldPen, ui::ChangePad, ui::UseFiles,
                 ui::ChooseFile, ui::KeepProbe, ui::UseKept, ui::RenameKept, ui::RemoveKept, ui::Select, ui::MoveLayer,
                 ui::MoveChannel, ui::StepOut, ui::FlyTo, ui::FlyToSelection, ui::FlyHome, ui::FlyToBookmark,
                 ui::KeepBookmark, ui::TogglePanels, ui::FloatPanel, ui::PlacePanel, ui::ShowPanel, ui::OpenWorkspace,
                 ui::TogglePage, ui::ClosePage, ui::Highlight, ui::Tell, ui::Set<bool>, ui::Set<float>,
                 ui::Set<Colormap>, ui::Set<RangeMode>, ui::Set<TwinView>, ui::SwitchTheme, ui::ChangeFontSize,
                 ui::ToggleFullScreen, ui::TakeScreenshot>;

// What was sent and not applied yet, in its order. UI thread.
class UiStream {
public:
    void send(UiCommand command) { waiting_.push_back(std::move(command)); }
    void post(Command command) { send(ui::Post{std::move(command)}); }
    // Only what would change it.
    template <typename Value>
    void set(const Settings& now, Value Settings::*setting, Value value) {
        if (now.*setting != value) send(ui::Set<Value>{setting, value});
    }

    // Hands every one over, once, those included that are sent meanwhile. True when there was any.
    template <typename Apply>
    bool apply(const Apply& apply) {
        const bool any = !waiting_.empty();
        for (std::size_t i = 0; i < waiting_.size(); ++i) {
            UiCommand command = std::move(waiting_[i]);
            apply(command);
        }
        waiting_.clear();
        return any;
    }

private:
    std::vector<UiCommand> waiting_;  // keeps its room
};

}  // namespace convscope
