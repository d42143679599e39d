// The program's command line: the window's options and those of pictures beside the commands without either
// (engine/cli), parsed and checked as far as that needs no file.
#pragma once

#include "engine/cli/command_line.h"
#include "engine/host/run_options.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace convscope {

inline constexpr int kMostPixelsAlong = 16384;  // of a picture's or a window's side
// Of all of it: 61 s and 3.9 GB on two busy processor cores without a graphics card.
inline constexpr std::int64_t kMostPixels = std::int64_t{8192} * 8192;

struct WindowOptions {
    RunOptions run;
    bool paused = false;
    int width = 0;  // 0: as last time
    int height = 0;
    std::string workspace;                     // empty: as last time
    std::string screenshot;                    // file; empty: none
    std::optional<std::int64_t> at_iteration;  // of the screenshot; none: the first, or where a paused run stands
    std::string report;                        // file for one JSON line per change of what is shown; empty: none
};

// A picture of the scene, without a window.
struct RenderOptions {
    RunOptions run;
    std::string camera = "home";  // what is looked at: a layer, LAYER/CHANNEL, LAYER/CHANNEL/ROW/COLUMN
    int width = 1280;
    int height = 800;
    bool light = false;             // the light theme
    std::int64_t at_iteration = 0;  // trains so far first
    std::string file;               // a PNG
};

using CommandLine = std::variant<WindowOptions, RenderOptions, HeadlessCommand>;

// What ends the program at once: the exit code is 0 for --help and --version, whose text is for standard output, and 2
// for a wrong command line, where it is for standard error. The text ends its last line.
struct CommandLineAnswer {
    int exit_code = 2;
    std::string text;
};

// What to do, or what to say instead. Numbers are plain decimal ones within the bounds that the answer names.
std::variant<CommandLine, CommandLineAnswer> parse_command_line(int argc, const char* const* argv,
                                                                const std::string& version);

}  // namespace convscope
