#include "engine/cli/resume_command.h"

#include <cstdio>
#include <filesystem>

namespace convscope {

std::string shell_word(const std::string& text) {
    if (!text.empty() &&
        text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./:=@%") ==
            std::string::npos)
        return text;
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? "'\\''" : std::string(1, c);
    return quoted + '\'';
}

std::string resume_command(const std::string& subcommand, const RunOptions& options, const RunInfo& run) {
    const RunOptions usual;
    std::string words = shell_word(options.program) + (subcommand.empty() ? "" : " ") + subcommand;
    const auto add = [&words](const char* option, const std::string& value) {
        words += std::string(" ") + option + ' ' + shell_word(value);
    };
    add("--resume", run.checkpoint);
    // The window may have come to other data since; where they do not say how they are opened, they are the option's.
    if (!options.data.empty()) add("--data", run.data.option.empty() ? options.data : run.data.option);
    if (options.device != usual.device) add("--device", options.device);
    if (options.threads != usual.threads) add("--threads", std::to_string(options.threads));
    add("--out", std::filesystem::path(run.checkpoint).parent_path().string());
    if (options.autosave_seconds != usual.autosave_seconds) {
        char seconds[32];
        std::snprintf(seconds, sizeof seconds, "%g", options.autosave_seconds);
        add("--autosave-seconds", seconds);
    }
    if (options.keep_every_epochs != usual.keep_every_epochs)
        add("--keep-every-epochs", std::to_string(options.keep_every_epochs));
    if (options.log_every != usual.log_every) add("--log-every", std::to_string(options.log_every));
    if (options.keep_memory != usual.keep_memory) add("--keep-memory", std::to_string(options.keep_memory));
    if (options.keep_disk != usual.keep_disk) add("--keep-disk", std::to_string(options.keep_disk));
    return words;
}

}  // namespace convscope
