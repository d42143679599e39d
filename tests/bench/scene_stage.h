// The scene alone in a window of 1440x900 that nobody sees, drawn on the null device. UI thread.
#pragma once

#include "viz/app/offscreen_frames.h"
#include "viz/panels/scene_panel.h"

#include <memory>

namespace convscope::bench {

struct StagedFrame {
    double cpu_milliseconds = 0.0;  // the calling thread's own: a whole frame but for handing ImGui's triangles on
    std::int64_t draw_calls = 0;    // of the scene's picture
    std::int64_t uploaded_bytes = 0;
    bool unfinished = false;  // it asks for another frame
};

class SceneStage {
public:
    // The session and the clock must outlive it. One at a time: there is one null device and one ImGui context.
    SceneStage(Session& session, const Clock& clock);

    // Flies to a layer, once there has been a frame.
    void focus(LayerId layer);
    // The left button held down takes the scene round in an ellipse, once in four seconds; or it is let go.
    void hold_and_turn(bool held) { held_ = held; }
    StagedFrame draw();

    Lane& lane() { return film_->frames().lane; }
    const WatchSet& watched() const { return watched_; }  // by the last frame

private:
    const Clock& clock_;
    TimePoint begin_;
    std::unique_ptr<OffscreenFrames> film_;
    ScenePanel panel_;
    WatchSet watched_;
    bool held_ = false;
};

}  // namespace convscope::bench
