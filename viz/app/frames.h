// One frame, in the same way for whoever looks: the window, a picture without one, a film, a test. Everything in it is
// of one time and one snapshot; what is asked for while it is drawn is done when all of it is drawn. UI thread.
#pragma once

#include "viz/app/controller.h"
#include "viz/app/frame_meter.h"
#include "viz/app/imgui_layer.h"
#include "viz/gfx/framebuffer.h"
#include "viz/gfx/shader_library.h"
#include "viz/panels/panel.h"
#include "viz/render/scene_renderer.h"
#include "viz/render/tile_renderer.h"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace convscope {

// Where a frame is drawn, and with what.
struct FrameSpec {
    const gfx::Framebuffer* target = nullptr;  // all of it; null: the window's own
    Extent window{};                           // in pixels, where that is the target
    float scale = 1.0F;                        // of the type and of every length
    bool double_click = false;                 // see SceneControls, as for the next two
    FlyInput keys{};
    FlyInput pad{};
    FrameCosts costs{};           // that are shown
    FrameMeter* meter = nullptr;  // told when the frame is built, and when OpenGL has it; null: nobody measures
    std::span<const Recipe> recipes{};
    DataFetcher* fetcher = nullptr;
    Errands::Where errands = Errands::Where::Thread;
};

struct FrameOutcome {
    bool complete = false;    // the snapshot had all that was looked at, and nothing is unfinished
    bool unfinished = false;  // somebody has more to show as soon as there is another frame
    bool commanded = false;   // something was asked for
};

class Frames {
public:
    // What fills a frame, between ImGui's begin and end.
    using Content = std::function<void(FrameContext&)>;

    // With a current OpenGL context, which outlives it, as the session and the clock do. All time in a frame is that
    // clock's: where it is turned by hand, the same clock and the same snapshots give the same pixels, however long
    // drawing takes. Errors: those of the shaders.
    static Result<std::unique_ptr<Frames>> create(Session& session, const Clock& clock,
                                                  const MakeImGuiBackend& make_backend);
    Frames(const Frames&) = delete;
    Frames& operator=(const Frames&) = delete;

    // At the head of every turn: what time it is, the newest snapshot, and everything that arrived.
    void begin();
    // Then the frame, once or not at all; or, where nobody looks, a frame of nothing: nothing is watched then.
    FrameOutcome draw(const FrameSpec& spec, const Content& content);
    void look_away() { end_frame(); }
    // Between frames: there is a newer snapshot of any run.
    bool has_news() const { return lane.link.has_news() || (twin && twin->lane.link.has_news()); }
    bool changed() const { return lane.link.changed() || (twin && twin->lane.link.changed()); }
    // What either run has to say since the last call.
    std::vector<event::Notice> take_notices();

    // Of the turn that was begun last: since the first.
    double time_seconds() const { return seconds_between(start_, now_); }
    // In the frame that was drawn last a panel flew by the keys that are held down.
    bool takes_keys() const { return takes_keys_; }
    // Between frames: done at once.
    void send(UiCommand command);

    Lane lane;
    std::unique_ptr<TwinLane> twin;  // null where the session can have none
    Settings settings;
    SceneView scene_view;
    Controller controller;

    const Anchors& anchors() const { return anchors_; }  // of the frame that was drawn last
    gfx::ShaderLibrary& shaders() { return shaders_; }
    const ImGuiLayer& gui() const { return gui_; }

private:
    Frames(Session& session, const Clock& clock, const MakeImGuiBackend& make_backend);

    void end_frame();
    TwinControls twin_controls();
    void set_look(float scale);
    void render(const FrameSpec& spec, const Palette& colors);
    bool apply_commands();

    const Clock& clock_;
    bool takes_keys_ = false;
    ImGuiLayer gui_;
    gfx::ShaderLibrary shaders_;
    std::unique_ptr<TileRenderer> tiles_;
    std::unique_ptr<SceneRenderer> scene_;
    Anchors anchors_;
    UiStream ui_;
    UiStream twin_ui_;  // of panels that show the twin
    SceneView twin_scene_view_;
    std::unique_ptr<SceneRenderer> twin_scene_;  // made for the first twin that is looked at
    TimePoint start_;
    TimePoint now_;
    double drawn_at_ = 0.0;  // seconds since the start, of the last frame
    std::shared_ptr<const RunInfo> named_run_;
    std::string characters_;  // of its classes' names: what the fonts must have besides
};

}  // namespace convscope
