#include "tests/session/saved_runs.h"

#include <algorithm>
#include <iterator>

namespace convscope {

std::shared_ptr<PlainScript> ten_iterations_an_epoch() {
    auto script = std::make_shared<PlainScript>();
    script->train_count = 95;
    script->test_count = 1234;  // three slices of an evaluation
    script->predict = [](std::int64_t index, int label, std::int64_t iteration) {
        return (index + iteration) % 7 == 0 ? 9 : label;
    };
    return script;
}

std::optional<RunState> file(PlainScript& script, const std::string& path) {
    std::lock_guard lock(script.files_mutex);
    const auto found = script.files.find(path);
    return found == script.files.end() ? std::nullopt : std::optional(found->second);
}

std::function<std::filesystem::path(const Recipe&)> always(const char* path) {
    return [path](const Recipe&) { return path; };
}

History history(SessionUnderTest& run, RunId id) {
    History all;
    const auto add_evaluation = [&all](const EvaluationMetrics& e) {
        all.evaluations.push_back({double(e.iteration), double(e.epoch), double(e.ends_epoch), e.train_loss,
                                   e.train_accuracy, e.test_loss, e.test_accuracy});
    };
    for (const Event& event : run.events()) {
        const auto* started = std::get_if<event::RunStarted>(&event);
        if (!started || started->info->run != id || !started->history) continue;
        for (std::int64_t i = 1; i <= started->history->iterations(); ++i)
            all.curves.push_back({double(started->history->loss.at(i)), double(started->history->accuracy.at(i))});
        for (const EvaluationMetrics& e : started->history->evaluations.items()) add_evaluation(e);
    }
    for (const IterationMetrics& m : run.metrics()) {
        if (m.run != id) continue;
        REQUIRE(m.iteration == std::ssize(all.curves) + 1);
        all.curves.push_back({double(m.loss), double(m.accuracy)});
        all.iterations.push_back({double(m.epoch), double(m.learning_rate)});
    }
    all.iterations.erase(all.iterations.begin(),
                         all.iterations.end() - std::min<std::ptrdiff_t>(11, std::ssize(all.iterations)));
    for (const EvaluationMetrics& e : run.evaluations())
        if (e.run == id) add_evaluation(e);
    return all;
}

History uninterrupted(std::int64_t iterations) {
    SessionUnderTest run({.script = ten_iterations_an_epoch()});
    const RunId id = run.step(iterations)->run_info->run;
    return history(run, id);
}

}  // namespace convscope
