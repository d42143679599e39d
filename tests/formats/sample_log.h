// What the tests of a run's log write and read.
#pragma once

#include "engine/formats/run_log.h"
#include "tests/support/catch.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace convscope {

inline IterationMetrics iteration(std::int64_t number) {
    IterationMetrics metrics;
    metrics.iteration = number;
    metrics.epoch = 1;
    metrics.loss = 0.1F;
    metrics.accuracy = 0.5F;
    metrics.learning_rate = 0.001F;
    return metrics;
}

inline EvaluationMetrics evaluation(std::int64_t number) {
    EvaluationMetrics metrics;
    metrics.iteration = number;
    metrics.epoch = 1;
    metrics.train_loss = std::numeric_limits<double>::quiet_NaN();
    metrics.train_accuracy = 0.75;
    metrics.test_loss = 0.3;
    metrics.test_accuracy = 0.9;
    metrics.seconds = 2.5;
    metrics.samples_per_second = 10000;
    return metrics;
}

inline std::vector<std::string> lines_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

inline std::unique_ptr<RunLog> open_log(const std::filesystem::path& folder, RunLog::Options options = {}) {
    auto log = RunLog::open(folder, "name = \"mine\"\n", std::move(options));
    REQUIRE(log.ok());
    return std::move(log).value();
}

}  // namespace convscope
