// The user's choices that outlive the program; read and written by app/settings_file.
#pragma once

#include "engine/api/breakpoint.h"
#include "viz/view/display_options.h"
#include "viz/view/floating_places.h"
#include "viz/view/twin_view.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

enum class ThemeKind : std::uint8_t { Dark, Light };

// Where the scene was seen from: scene/camera.h's pose in plain numbers.
struct CameraBookmark {
    float x = 0.0F;  // what is looked at
    float y = 0.0F;
    float z = 0.0F;
    float distance = 1.0F;  // above 0
    float yaw = 0.0F;       // radians
    float pitch = 0.0F;

    bool operator==(const CameraBookmark&) const = default;
};

inline constexpr std::size_t kMostRecent = 8;

// By its name: other files are pictures.
inline bool is_saved_run(std::string_view file) { return file.ends_with(".pt") || file.ends_with(".pth"); }

struct Settings {
    ThemeKind theme = ThemeKind::Dark;
    float font_scale = 1.0F;  // 0.75 to 3; multiplies every size in the window
    int workspace = 0;        // index into app/workspaces
    int window_width = 1440;  // at a monitor's scale of one
    int window_height = 900;

    Colormap activation_colormap = Colormap::Viridis;  // unsigned values
    Colormap weight_colormap = Colormap::Diverging;    // signed values
    RangeMode activation_range = RangeMode::PerMap;
    RangeMode weight_range = RangeMode::PerLayer;
    float fixed_minimum = 0.0F;  // RangeMode::Fixed
    float fixed_maximum = 1.0F;
    float weight_limit = 0.5F;  // RangeMode::Fixed of weights: from minus this to this

    float curve_smoothing = 0.9F;  // weight of the past in an exponential moving average; 0: none
    bool curve_log_scale = false;
    bool confusion_normalised = false;  // rows as shares instead of counts
    bool confusion_of_batches = false;  // rolling over training minibatches instead of the test set

    TwinView twin_view = TwinView::Beside;  // where another run is trained beside the first

    std::vector<Breakpoint> breakpoints = usual_breakpoints();  // that runs pause at; as the session has them
    std::vector<std::string> floating{};  // ids of the panels that are open over the scene, in order of the alphabet
    std::vector<KeptPlace> places{};      // of those that were ever open there, in the same order
    std::vector<std::string> recent{};    // files that were opened, the latest first; kMostRecent at most
    std::array<std::optional<CameraBookmark>, 10> bookmarks;  // by digit; 0 has none

    bool operator==(const Settings&) const = default;
};

}  // namespace convscope
