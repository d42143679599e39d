// The scene's panel on a stage. Where the camera is going to be is learnt by keeping a bookmark, and from that where on
// the screen a value is.
#pragma once

#include "tests/panels/stage.h"
#include "tests/scene/captured_network.h"
#include "tests/support/catch.h"
#include "viz/panels/scene_panel.h"
#include "viz/scene/bookmarks.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>

namespace convscope::test {

inline constexpr int kWidth = 720;
inline constexpr int kHeight = 450;
inline constexpr LayerId kConv1{0};
inline constexpr LayerId kConv2{3};
inline constexpr LayerId kOutput{8};

inline bool watches(const WatchSet& watch, TensorKey key) {
    return std::find(watch.tensors.begin(), watch.tensors.end(), key) != watch.tensors.end();
}

inline bool same_pose(const CameraPose& a, const CameraPose& b) {
    return glm::length(a.pivot - b.pivot) < 0.01F && std::abs(a.distance - b.distance) < 0.01F &&
           std::abs(a.yaw - b.yaw) < 1e-3F && std::abs(a.pitch - b.pitch) < 1e-3F;
}

struct SceneStage : Stage {
    explicit SceneStage(ScriptedOptions options = {}) : Stage("scene", kWidth, kHeight, options) {
        session.begin();
        session.advance(40);
        settle();
    }

    const NetworkDescription& network() const { return snapshot()->run_info->network; }
    void select(LayerId layer, std::int64_t channel = -1, std::int64_t row = -1, std::int64_t column = -1) {
        selection.select_layer(layer);
        selection.select_channel(channel);
        selection.row = row;
        selection.column = column;
    }
    void focus() {
        send(ui::FlyToSelection{});
        settle();
    }
    CameraPose goal() {
        send(ui::KeepBookmark{9});
        frame();
        take_notices();
        return *recall_bookmark(settings, 9);
    }
    void fly_to(const CameraPose& pose) {
        store_bookmark(settings, 8, pose);
        send(ui::FlyToBookmark{8});
        settle();
    }
    // Where it is on the screen when nothing moves.
    Vec2 place_of(const Vec3& point) {
        const auto place = Camera(goal(), {kWidth, kHeight}, layout.box).project(point);
        REQUIRE(place.has_value());
        REQUIRE(place->x > 0.0F);
        REQUIRE(place->x < kWidth);
        REQUIRE(place->y > 0.0F);
        REQUIRE(place->y < kHeight);
        return Vec2(*place);
    }
    Vec2 place_of(LayerId layer, const SurfaceCell& cell) {
        return place_of(layout.walls[layout.wall_of(layer)].values.cell_center(cell));
    }
    using Stage::click;
    void click(Vec2 place) {
        ImGui::GetIO().MouseDoubleClickTime = 0.0F;
        Stage::click(place.x, place.y);
    }
    void double_click(Vec2 place) {
        ImGui::GetIO().MouseDoubleClickTime = 10.0F;
        Stage::click(place.x, place.y);
        Stage::click(place.x, place.y);
    }

    SceneLayout layout = layout_scene(wide_cnn_description());
};

}  // namespace convscope::test
