// A picture of the scene without a window: `convscope render`. UI thread, which is whichever calls.
#pragma once

#include "engine/api/session.h"
#include "engine/core/result.h"
#include "viz/view/settings.h"

#include <filesystem>
#include <string>

namespace convscope {

struct ScenePictureOptions {
    int width = 1280;  // pixels
    int height = 800;
    // What is looked at: "home", or LAYER[/CHANNEL[/ROW/COLUMN]] ("conv1/3", "conv1/3/5/7": with the loupe).
    std::string camera = "home";
    ThemeKind theme = ThemeKind::Dark;
    std::int64_t at_iteration = 0;  // trains so far first
    std::filesystem::path file;     // a PNG
};

// Draws a paused session's network once everything that the picture shows has arrived, and writes it. NotFound when the
// camera names what the network does not have, Unsupported without OpenGL, Failed with the session's word.
Result<void> write_scene_picture(Session& session, const ScenePictureOptions& options);

}  // namespace convscope
