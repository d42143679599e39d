// The places that the digits from 1 on go back to. The settings keep them as plain numbers.
#pragma once

#include "viz/scene/camera.h"
#include "viz/view/settings.h"

#include <cstddef>
#include <optional>
#include <tuple>

namespace convscope {

inline constexpr int kBookmarkCount = 10;
static_assert(kBookmarkCount == std::tuple_size_v<decltype(Settings::bookmarks)>);

inline CameraPose pose_of(const CameraBookmark& kept) {
    return {.pivot = {kept.x, kept.y, kept.z}, .distance = kept.distance, .yaw = kept.yaw, .pitch = kept.pitch};
}

// Nothing for a slot that was never stored, or that there is not.
inline std::optional<CameraPose> recall_bookmark(const Settings& settings, int slot) {
    if (slot < 0 || slot >= kBookmarkCount) return std::nullopt;
    const std::optional<CameraBookmark>& kept = settings.bookmarks[static_cast<std::size_t>(slot)];
    if (!kept) return std::nullopt;
    return pose_of(*kept);
}

// Does nothing for a slot that there is not.
inline void store_bookmark(Settings& settings, int slot, const CameraPose& pose) {
    if (slot < 0 || slot >= kBookmarkCount || !pose.finite()) return;
    settings.bookmarks[static_cast<std::size_t>(slot)] = CameraBookmark{.x = pose.pivot.x,
                                                                        .y = pose.pivot.y,
                                                                        .z = pose.pivot.z,
                                                                        .distance = pose.distance,
                                                                        .yaw = pose.yaw,
                                                                        .pitch = pose.pitch};
}

}  // namespace convscope
