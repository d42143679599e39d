// What keys and clicks want of the scene since it was last asked: collected by app/controller, obeyed by the scene.
#pragma once

#include <optional>

namespace convscope {

struct SceneRequests {
    bool focus = false;      // fly to the selection
    bool frame_all = false;  // fly to where everything is seen
    std::optional<int> recall_bookmark;
    std::optional<int> store_bookmark;
    bool double_click = false;  // the left button's press that is under way is the second one
    int steps_out = 0;           // the selection: from a value to its map, to its layer, to the whole
    bool toggle_panels = false;  // hide every panel, or show them again

    bool operator==(const SceneRequests&) const = default;
};

}  // namespace convscope
