// What the commands without a window are told on the command line, checked as far as that needs no file.
#pragma once

#include "engine/api/breakpoint.h"
#include "engine/cli/fetch_command.h"
#include "engine/host/run_options.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace CLI {
class App;
}

namespace convscope {

struct TrainOptions {
    RunOptions run;
    std::int64_t iterations = 0;  // 0: all epochs
    bool json = false;
    std::string dump;              // file; empty: none
    std::int64_t print_every = 0;  // iterations between two lines on the terminal; 0: none
    std::vector<Breakpoint> break_when = {};
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

// Why a network gives its answer for a picture.
struct InspectOptions {
    WeightsOptions weights;
    std::string image;  // empty: a method that asks for none
    std::string method;
    std::optional<int> class_index;  // none: the one that it answers
    std::string layer;               // of Grad-CAM, empty: the last convolution; of a projection
    std::optional<int> patch;        // of occlusion
    std::optional<int> channel;      // of the layer, that top-patches and maximise are about
    std::string out;                 // ends in .pt, .npz, .png or .csv
    std::string data;                // whose test pictures top-patches looks through, or a projection is of
    // Of a projection.
    std::uint64_t seed = 0;  // of drawn digits
    std::string layout;      // empty: PCA
    std::optional<int> dimensions;
    std::optional<int> count;  // pictures
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

using HeadlessCommand = std::variant<TrainOptions, EvaluateOptions, PredictOptions, InspectOptions, ExportOptions,
                                     ReplayCommandOptions, FetchCommandOptions, RecipesOptions>;

// The commands as parts of a program's command line. Numbers are plain decimal ones within the bounds that the answer
// names.
class HeadlessCommands {
public:
    // Adds them to `app`, which keeps pointers to what this owns.
    explicit HeadlessCommands(CLI::App& app);
    HeadlessCommands(const HeadlessCommands&) = delete;
    HeadlessCommands& operator=(const HeadlessCommands&) = delete;

    // When `app` has parsed a line: what it says; nothing where it names none of them.
    std::optional<HeadlessCommand> chosen() const;
    // Empty, or what the chosen one is told that nobody would do.
    std::string idle_option() const;

private:
    TrainOptions train_;
    EvaluateOptions evaluate_;
    PredictOptions predict_;
    InspectOptions inspect_;
    ExportOptions export_;
    ReplayCommandOptions replay_;
    FetchCommandOptions fetch_;
    RecipesOptions recipes_;
    CLI::App* train_command_;
    CLI::App* evaluate_command_;
    CLI::App* predict_command_;
    CLI::App* inspect_command_;
    CLI::App* export_command_;
    CLI::App* replay_command_;
    CLI::App* fetch_command_;
    CLI::App* recipes_command_;
};

}  // namespace convscope
