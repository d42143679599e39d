// A panel looks at a snapshot and says which tensors it looks at. One file pair each; all are listed once, in
// register_panels.cpp.
#pragma once

#include "engine/api/data_fetcher.h"
#include "engine/api/recipe.h"
#include "viz/scene/navigator.h"
#include "viz/scene/scene_view.h"
#include "viz/view/anchors.h"
#include "viz/view/errands.h"
#include "viz/view/lane.h"
#include "viz/view/palette.h"
#include "viz/view/settings.h"
#include "viz/view/twin_lane.h"
#include "viz/view/ui_command.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace convscope {

class OwnPictures;    // viz/view/own_pictures.h
class SceneRenderer;  // viz/render/scene_renderer.h
class TileRenderer;   // viz/render/tile_renderer.h
struct Fonts;         // viz/widgets/fonts.h
struct WidgetStyle;   // viz/widgets/style.h

// What the window has for the scene.
struct SceneControls {
    SceneRenderer* renderer = nullptr;     // null: there is none, and no scene
    bool double_click = false;             // the left button's press that is under way is the second one
    FlyInput keys{};                       // held down
    FlyInput pad{};                        // the gamepad's sticks and triggers
    std::span<const PixelRect> covered{};  // of the window, by panels that float over the scene
    bool bare = false;                     // the picture and what is selected in it, nothing around it
};

// What frames cost the UI thread lately; nothing where that is not measured, as in a film.
struct FrameCosts {
    double milliseconds_median = 0.0;  // work per frame, rolling over the last 120 frames
    double milliseconds_p99 = 0.0;
    double frames_per_second = 0.0;
};

struct FrameContext;

// Which of two runs a panel is drawn for.
enum class Face : std::uint8_t { Run, Twin, Difference };
inline constexpr std::size_t kFaceCount = 3;

// What the window has for the run beside the first (view/twin_lane.h), while there is one.
struct TwinControls {
    TwinLane* lane = nullptr;         // null: there is none
    UiStream* ui = nullptr;           // what is wanted of it
    SceneView* scene_view = nullptr;  // of its network, seen from where the first one is
    SceneRenderer* renderer = nullptr;
};

// What a panel may use while it draws one frame.
struct FrameContext {
    const Lane& lane;
    WatchSet& watch;  // what is looked at in this frame
    const Settings& settings;
    UiStream& ui;  // what a panel wants of the session, the selection, the settings and the window
    SceneView& scene_view;
    const Palette& colors;
    const Fonts& fonts;
    TileRenderer& tiles;
    Anchors& anchors;     // what is drawn is noted there
    double time_seconds;  // since the first frame, for animation: by the clock that was handed in
    float scale;          // multiply every length in pixels by it: font scale times the monitor's
    FrameCosts costs{};
    SceneControls scene{};
    std::span<const Recipe> recipes{};  // on offer beside the run's own
    DataFetcher* fetcher = nullptr;     // of public data sets; null: none can be fetched
    const OwnPictures* own = nullptr;   // the pad and the tray; null: there are none
    bool can_have_twin = false;         // a run beside the first
    TwinControls twin{};
    Face face = Face::Run;    // of these two
    Errands::Where errands = Errands::Where::Thread;  // where is worked what takes longer than a frame
    FlyInput keys{};                                  // held down, for a panel under the mouse that flies
    bool takes_keys = false;  // set by such a panel: in the next frame the scene has none of them
    bool unfinished = false;  // set by a panel that has more to show as soon as there is another frame
};

WidgetStyle style_of(const FrameContext& context);

// The same frame for a panel that shows that. `context.twin.lane` is there unless it is the run's. `settings` has room
// for those that a difference is drawn with.
FrameContext context_of(const FrameContext& context, Face face, Settings& settings);

class Panel {
public:
    virtual ~Panel() = default;
    virtual std::string_view id() const = 0;     // stable, lower case: "feature-maps"
    virtual std::string_view title() const = 0;  // "Feature maps"
    virtual std::string_view help()
        const = 0;  // what it shows, what the colours mean, what can be done: two to six sentences
    // Draws into the current ImGui window and adds to context.watch what it looks at. Called only while
    // visible. Works with no snapshot, while paused and after a failure: says what is missing instead of showing an
    // empty frame.
    virtual void draw(FrameContext& context) = 0;
    // True when it fills its place without a title or a frame, behind other panels.
    virtual bool is_backdrop() const { return false; }
};

// What becomes of a panel where another run is trained beside the first.
enum class Twinned : std::uint8_t {
    No,         // it is about both, or about neither
    Alone,      // of both there is one, never at once: the first's, unless the other one is looked at alone
    Beside,     // there is one of it for either
    Difference  // and one that shows what the one has less what the other has
};

struct PanelKind {
    std::unique_ptr<Panel> (*make)();
    FloatingPlace floating;  // where it would open over the scene, were all of it free
    Twinned twinned = Twinned::Beside;
};
// The table of panels: all there are, in the order of the words over the scene. What else is to be known of one, it
// says itself.
std::span<const PanelKind> panel_kinds();

}  // namespace convscope
