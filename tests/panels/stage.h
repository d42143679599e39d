// Everything a panel needs to be drawn, on the software rasteriser and a scripted session turned by hand, with a mouse
// moved by hand. One at a time: ImGui and OpenGL are per process.
#pragma once

#include "tests/support/egl_context.h"
#include "tests/support/manual_clock.h"
#include "tests/support/scripted_session.h"
#include "viz/app/offscreen_frames.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace convscope::test {

class Stage {
public:
    using Draw = std::function<void(FrameContext&)>;

    // Shows nothing until show().
    explicit Stage(ScriptedOptions options = {}, int width = 1280, int height = 800);
    // Shows the panel of that id, filling a window of that size but for the theme's padding; a backdrop fills it all.
    Stage(std::string_view panel, int width, int height, ScriptedOptions options = {});

    // What the frames from now on draw.
    void show(Draw draw) { draw_ = std::move(draw); }

    // One frame of the window: adopts the newest snapshot, draws, tells the session what was watched, which then
    // answers, so that the next frame sees it. OpenGL may have no complaint.
    gfx::Image frame();
    // That many: ImGui settles within three, and what is watched has arrived then.
    gfx::Image frames(int count);
    void point(float x, float y);
    void click(float x, float y);
    // The same at a named thing of the last frame, which must be there: in its middle, or at those shares of its sides.
    void point(std::string_view anchor, float across = 0.5F, float down = 0.5F);
    void click(std::string_view anchor, float across = 0.5F, float down = 0.5F);
    void click_right(std::string_view anchor, float across = 0.5F, float down = 0.5F);
    bool shows(std::string_view anchor) const;
    AnchorRect anchor(std::string_view name) const;
    void press(bool down) { hold(down, 0); }  // the left button, for the frames from now on
    void hold(bool down, int button);         // likewise, this one
    void wheel(float notches);                // in one frame
    void type(const char* text);              // into the field that was clicked; clicking elsewhere commits it
    // Frames until nothing moves any more.
    gfx::Image settle();
    // One frame, and what its first window to end says; what is painted rather than written (labels) is left out.
    std::string written();

    // As keys do it, between frames.
    void send(UiCommand command);
    const Controller& controller() const { return film->frames().controller; }

    std::vector<event::Notice> take_notices() { return lane.link.take_notices(); }
    // Of the last frame.
    const WatchSet& watched() const { return watched_; }
    bool unfinished() const { return unfinished_; }            // FrameContext::unfinished
    std::int64_t allocations() const { return allocations_; }  // by what was drawn
    const Snapshot* snapshot() const { return lane.shown(); }

    // Each of these uses those before it.
    EglContext egl;
    ManualClock clock;  // of the session and of the frames
    ScriptedSession session;
    std::unique_ptr<OffscreenFrames> film;
    std::vector<Recipe> recipes;  // on offer
    DataFetcher* fetcher = nullptr;
    Lane& lane;
    Settings& settings;
    Selection& selection;
    bool double_click = false;  // of the next frame alone: the window has counted one
    FlyInput keys;              // held down
    // That pass from one frame to the next; as the session answers at a frame's end, also its snapshot's age.
    double frame_seconds = 1.0 / 60.0;

private:
    void show_panel(std::string_view id);

    Mouse mouse_;
    std::unique_ptr<Panel> panel_;
    float width_;
    float height_;
    Draw draw_;
    WatchSet watched_;
    bool unfinished_ = false;
    bool log_ = false;
    std::int64_t allocations_ = 0;
};

}  // namespace convscope::test
