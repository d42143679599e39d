// What people ask for when they begin a run, or want a saved network.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace convscope {

// What a run is made of; shared by the window and by `train`.
struct RunOptions {
    std::string recipe = "wide-cnn";  // a built-in name or a file
    std::string data;                 // a name or a folder; empty: whatever is at hand
    std::uint64_t seed = 0;
    int threads = 0;  // 0: found by timing
    std::string device = "auto";
    std::optional<std::int64_t> epochs;  // these override the recipe
    std::optional<std::int64_t> batch_size;
    std::optional<double> learning_rate;
    std::vector<std::string> set;  // "section.key=value", applied last
    std::string resume;            // a saved run's file, or "latest"; empty: a new run
    std::string checkpoint;        // a saved run's file, or one of weights that a new run begins with; empty: neither
    std::string key;               // which of that file's weights; empty: found by what they are
    std::vector<std::string> of_new_runs;  // the options given that a saved run has its own values of: "--seed"
    std::string out;                       // the run's folder; empty: a resumed run's own, none, or the window's own
    bool overwrite = false;                // a run that is there already is moved aside
    double autosave_seconds = 60.0;
    std::int64_t keep_every_epochs = 0;  // 0: only the last checkpoint is kept
    std::int64_t keep_memory = 512;      // MB, for states to go back to in the window
    std::int64_t keep_disk = 512;        // likewise, on disk beside the run
    std::int64_t log_every = 0;          // is_logged(): 0 thins out by itself
    std::string program = "convscope";   // as it was started: argv[0]
};

// What `evaluate` and `predict` take their weights from.
struct WeightsOptions {
    std::string checkpoint;  // a saved run's file, or one of PyTorch's
    std::string key;         // where in the file the weights are, "ema.model"; empty: found by what they are
    bool verbose = false;    // says what of the file was not read
    std::string recipe;      // empty: the one in the file
    std::vector<std::string> set;
    bool json = false;
};

}  // namespace convscope
