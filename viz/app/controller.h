// Applies what was sent (view/ui_command.h): to the session, the selection, the settings, the scene's camera, and to
// what is open. UI thread; between frames.
#pragma once

#include "viz/scene/scene_view.h"
#include "viz/view/lane.h"
#include "viz/view/own_pictures.h"
#include "viz/view/settings.h"
#include "viz/view/ui_command.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace convscope {

class Controller {
public:
    Controller(Lane& lane, Settings& settings, SceneView& scene)
        : lane_(lane), settings_(settings), scene_(scene), own_pictures_(lane) {}

    // The window does these.
    std::function<void()> on_full_screen;
    std::function<void()> on_screenshot;

    void apply(const UiCommand& command);
    // At the head of a frame, when the snapshot may be of another network. Where a breakpoint has paused the run is
    // selected, once, and flown to.
    void keep_selection_valid();

    // The pad and the tray, which other commands than those here do not change.
    OwnPictures& own_pictures() { return own_pictures_; }
    const OwnPictures& own_pictures() const { return own_pictures_; }

    Page page() const { return page_; }
    bool panels_hidden() const { return panels_hidden_; }  // over the scene
    bool lanes_open() const { return lanes_open_; }        // their list
    const std::string& highlighted() const { return highlighted_; }

private:
    struct Application;
    void follow(const std::shared_ptr<const BreakpointHit>& hit);

    Lane& lane_;
    Settings& settings_;
    SceneView& scene_;
    OwnPictures own_pictures_;
    Page page_ = Page::None;
    bool panels_hidden_ = false;
    bool lanes_open_ = false;
    std::string highlighted_;
    std::shared_ptr<const BreakpointHit> followed_;
};

}  // namespace convscope
