// Applies what was sent (view/ui_command.h): to the session, the selection, the settings, the scene's camera, and to
// what is open. UI thread; between frames.
#pragma once

#include "viz/scene/scene_view.h"
#include "viz/view/lane.h"
#include "viz/view/own_pictures.h"
#include "viz/view/settings.h"
#include "viz/view/twin_lane.h"
#include "viz/view/ui_command.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace convscope {

class Controller {
public:
    // `twin`: the run beside that lane's; null where the session can have none.
    Controller(Lane& lane, Settings& settings, SceneView& scene, TwinLane* twin = nullptr)
        : lane_(lane), settings_(settings), scene_(scene), own_pictures_(lane), twin_(twin) {}

    // The window does these.
    std::function<void()> on_full_screen;
    std::function<void()> on_screenshot;
    std::function<void(ui::ChooseFile::What)> on_choose_file;

    void apply(const UiCommand& command);
    // What was sent by a panel that shows the twin: what changes how a run learns is for it alone, all else is for
    // both.
    void apply_in_twin(const UiCommand& command);
    // At the head of a frame, when the snapshot may be of another network. Where a breakpoint has paused the run is
    // selected, once, and flown to.
    void keep_selection_valid();

    // The pad and the tray, which other commands than those here do not change.
    OwnPictures& own_pictures() { return own_pictures_; }
    const OwnPictures& own_pictures() const { return own_pictures_; }

    Page page() const { return page_; }
    bool panels_hidden() const { return panels_hidden_; }  // over the scene
    bool lanes_open() const { return lanes_open_; }        // their list
    // Those that somebody wanted to see, the latest last.
    std::span<const std::string> shown_panels() const { return shown_panels_; }
    const std::string& highlighted() const { return highlighted_; }

private:
    struct Application;
    bool has_twin() const { return twin_ != nullptr && twin_->there(); }
    Lane& lane_in_hand();
    void remember(const std::string& file);
    void do_by_hand(Lane& lane, HandAction action);
    void follow(const std::shared_ptr<const BreakpointHit>& hit);

    Lane& lane_;
    Settings& settings_;
    SceneView& scene_;
    OwnPictures own_pictures_;
    TwinLane* twin_;
    Page page_ = Page::None;
    bool panels_hidden_ = false;
    bool lanes_open_ = false;
    std::vector<std::string> shown_panels_;
    std::string highlighted_;
    std::shared_ptr<const BreakpointHit> followed_;
};

}  // namespace convscope
