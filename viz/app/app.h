// The window on a session: everything the user sees and presses. Needs no LibTorch.
#pragma once

#include "engine/api/data_fetcher.h"
#include "engine/api/picture_tools.h"
#include "engine/api/recipe.h"
#include "engine/api/session.h"
#include "engine/core/result.h"
#include "viz/app/display_loss.h"
#include "viz/app/frame_bell.h"
#include "viz/app/network_editor.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace convscope {

struct AppOptions {
    int width = 0;  // of the window; 0: as last time
    int height = 0;
    std::optional<std::string> workspace;  // "overview", "features", "training", "all", "data"; none: as last time
    std::optional<std::string> theme;      // "dark", "light"; none: as last time
    float font_scale = 0.0F;               // 0: as last time

    // Writes the first frame that shows at least this iteration with all that it looks at, then ends. No window
    // appears.
    std::optional<std::filesystem::path> screenshot;
    std::int64_t screenshot_at_iteration = 1;

    std::vector<Recipe> recipes;  // what the user may choose to train instead; in the order of the list

    // A recipe as its file says it (engine/recipe's to_toml), for the page that shows it; empty: there is no such page.
    std::function<std::string(const Recipe&)> recipe_text;

    RecipeTools recipe_tools;  // for the page that edits the network

    PictureTools picture_tools;  // for pictures of the user's own

    DataFetcher* fetcher = nullptr;  // of public data sets; outlives the window. Null: none can be fetched

    FrameBell* bell =
        nullptr;  // rung when the session has news; outlives the window. Null: it is looked at all the time

    const std::atomic<bool>* told_to_end = nullptr;  // set by a signal: the window closes. Null: it is never told

    // When the display goes away beneath the window; must end the process.
    DisplayLoss on_display_loss;

    std::filesystem::path settings_file;          // empty: choices are neither read nor kept
    std::optional<std::filesystem::path> report;  // see viz/app/report.h
};

// Shows the session until the window is closed, told to end, or the screenshot is taken, and returns the program's exit
// code. The thread that calls this is the UI thread: the process's main thread, as GLFW wants. Errors are sentences for
// the user: no display, OpenGL older than 3.3, an unknown workspace, an unwritable file; or what was thrown while
// drawing.
Result<int> run_app(Session& session, const AppOptions& options);

// $XDG_CONFIG_HOME/convscope/settings.toml, or below ~/.config; empty when neither variable is set.
std::filesystem::path default_settings_file();

}  // namespace convscope
