// What the tests of saving and of resuming share: a short run, its files, and all of it that must repeat.
#pragma once

#include "tests/session/session_under_test.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace convscope {

// kEpoch iterations an epoch, the last one of five samples, and three slices an evaluation.
std::shared_ptr<PlainScript> ten_iterations_an_epoch();

// What was saved there; none when nothing was.
std::optional<RunState> file(PlainScript& script, const std::string& path);

// SessionOptions::save_to.
std::function<std::filesystem::path(const Recipe&)> always(const char* path);

// All that must repeat, in the order it was reported: not the run's name, not times.
struct History {
    std::vector<std::vector<double>> curves;  // loss and accuracy of each iteration; of a resumed run since iteration 1
    std::vector<std::vector<double>> iterations;  // what is said of the newest eleven
    std::vector<std::vector<double>> evaluations;
    bool operator==(const History&) const = default;
};
History history(SessionUnderTest& run, RunId id);

// A run of `iterations` that nobody has interrupted.
History uninterrupted(std::int64_t iterations);

}  // namespace convscope
