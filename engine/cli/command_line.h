// The command line, parsed and checked as far as that needs no file.
#pragma once

#include "engine/cli/fetch_command.h"
#include "engine/core/result.h"
#include "engine/host/run_options.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

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

struct TrainOptions {
    RunOptions run;
    std::int64_t iterations = 0;  // 0: all epochs
    bool json = false;
    std::string dump;              // file; empty: none
    std::int64_t print_every = 0;  // iterations between two lines on the terminal; 0: none
};

struct EvaluateOptions {
    WeightsOptions weights;
    std::string data;
    std::uint64_t seed = 0;  // of drawn digits
};

struct PredictOptions {
    WeightsOptions weights;
    std::vector<std::string> images;
    std::string show;  // a PNG of what the network saw; empty: none
};

// A file's weights in a file of another kind.
struct ExportOptions {
    WeightsOptions weights;
    std::string file;
};

struct ReplayCommandOptions {
    std::string journal;                // the file, or the run's folder
    std::optional<std::int64_t> until;  // an iteration; none: all of it
    std::string data;                   // where the data lie now; empty: where they lay then
    std::string device = "auto";        // auto, cpu, cuda
    bool json = false;
};

struct RecipesOptions {
    std::string show;              // a built-in name or a file to print; empty: list the built-in ones
    std::vector<std::string> set;  // as RunOptions::set
};

using CommandLine = std::variant<WindowOptions, RenderOptions, TrainOptions, EvaluateOptions, PredictOptions,
                                 ExportOptions, ReplayCommandOptions, FetchCommandOptions, RecipesOptions>;

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
