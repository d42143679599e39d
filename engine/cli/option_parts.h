// The parts that command lines are made of: options that are the same wherever they are given (CLI11). One thread.
#pragma once

#include "engine/api/breakpoint.h"
#include "engine/host/run_options.h"

#include <CLI/CLI.hpp>

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace convscope {

inline constexpr std::int64_t kMostOfAnything = std::int64_t{1} << 40;  // of whatever is counted

// All of the text as one number. CLI11 itself (2.1.2, Debian 12's) reads -1 as the largest unsigned number, 010 as 8,
// and what is too large as the largest there is.
template <typename Number>
bool read_number(std::string_view text, Number& number) {
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    return problem == std::errc() && end == text.data() + text.size();
}

template <typename Number>
std::string range_text(Number least, Number most) {
    if constexpr (std::is_floating_point_v<Number>) return "a number above 0, at most 1e30";
    if (most == kMostOfAnything) return "a whole number, " + std::to_string(least) + " or more";
    return "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
}

// An option that takes a number within these bounds; `out` may be optional.
template <typename Number, typename Out>
CLI::Option* add_number(CLI::App& app, const std::string& name, Out& out, Number least, Number most,
                        const std::string& description) {
    const auto read = [name, &out, least, most](const CLI::results_t& given) {
        Number number{};
        if (!read_number(given.front(), number) || !(number >= least && number <= most))
            throw CLI::ValidationError(name, "write " + range_text(least, most) + ", not " + given.front());
        out = number;
        return true;
    };
    return app.add_option(name, read, description)->type_name("N");
}

CLI::Option* add_seed_option(CLI::App& app, std::uint64_t& seed, const std::string& description);
CLI::Option* add_set_option(CLI::App& app, std::vector<std::string>& set, const std::string& description);
// May be given more than once.
void add_break_option(CLI::App& app, std::vector<Breakpoint>& breakpoints);
CLI::Option* add_key_option(CLI::App& app, std::string& key);
void add_device_option(CLI::App& app, std::string& device);
void add_weights_options(CLI::App& app, WeightsOptions& weights);
// What is trained, on what and how.
void add_network_options(CLI::App& app, RunOptions& run);
CLI::Option* add_checkpoint_option(CLI::App& app, RunOptions& run);
// All of these, and where a run is kept.
void add_run_options(CLI::App& app, RunOptions& run);

// When `app` has parsed its line. Of its options, those that a saved run has its own of.
std::vector<std::string> options_of_new_runs(const CLI::App& app);
// Empty, or which option of a run's asks for something that nobody would do, and what can be done instead.
std::string find_idle_option(const CLI::App& app, bool kept);
// Empty, or which option was given an empty name: of a script's variable that is not set, say.
std::string find_empty_name(const CLI::App& app);

}  // namespace convscope
