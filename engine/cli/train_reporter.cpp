#include "engine/cli/train_reporter.h"

#include "engine/cli/run_summary.h"
#include "engine/recipe/recipe_file.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

namespace convscope {
namespace {

void print_line(const nlohmann::ordered_json& object) {
    // Text that is not UTF-8 (a folder's name) is replaced rather than thrown about.
    const std::string line = object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fflush(stdout);
}

// "0.1234", "infinite", "not a number".
std::string loss_text(double loss, int digits = 4) {
    if (std::isnan(loss)) return "not a number";
    if (std::isinf(loss)) return "infinite";
    char text[400];
    std::snprintf(text, sizeof text, "%.*f", digits, loss);
    return text;
}

nlohmann::ordered_json values_of(const char* event, const EvaluationMetrics& metrics, const std::string& measured_on) {
    return {{"event", event},
            {"epoch", metrics.epoch},
            {"iteration", metrics.iteration},
            {"train_loss", metrics.train_loss},
            {"train_accuracy", metrics.train_accuracy},
            {measured_on + "_loss", metrics.test_loss},
            {measured_on + "_accuracy", metrics.test_accuracy},
            {"seconds", metrics.seconds},
            {"samples_per_second", metrics.samples_per_second}};
}

}  // namespace

void TrainReporter::started(const event::RunStarted& run) {
    const RunInfo& info = *run.info;
    measured_on_ = info.data.measured_on;
    if (json_) {
        nlohmann::ordered_json layers;
        for (const LayerDescription& layer : info.network.layers)
            layers.push_back({{"name", layer.spec.name},
                              {"kind", to_string(layer.spec.kind)},
                              {"output", layer.output_shape.to_string()},
                              {"parameters", layer.parameter_count}});
        nlohmann::ordered_json object = {{"event", "start"},
                                         {"recipe", info.recipe.name},
                                         {"data",
                                          {{"name", info.data.name},
                                           {"source", info.data.source},
                                           {"train", info.data.train_count},
                                           {"test", info.data.test_count},
                                           {"classes", info.data.class_names},
                                           {"measured_on", info.data.measured_on}}},
                                         {"parameters", info.network.parameter_count},
                                         {"layers", std::move(layers)},
                                         {"recipe_toml", to_toml(info.recipe)},
                                         {"seed", info.seed},
                                         {"threads", info.threads},
                                         {"blas_threads", info.blas_threads},
                                         {"device", info.device},
                                         {"machine", info.machine}};
        if (!info.data.prepared.empty()) object["data"]["prepared"] = info.data.prepared;
        if (run.resumed) object["resumed_at"] = run.resumed->iteration;
        if (!info.weights_from.empty()) object["weights_from"] = info.weights_from;
        return print_line(object);
    }
    std::string begins;
    if (run.resumed) begins = "; resumed at iteration " + std::to_string(run.resumed->iteration);
    if (!info.weights_from.empty()) begins = "; weights from " + info.weights_from;
    std::printf("%s: %lld parameters on %s (%s), %lld training and %lld %s pictures; seed %llu, %d %s, %s%s%s\n%s%s",
                info.recipe.name.c_str(), static_cast<long long>(info.network.parameter_count), info.data.name.c_str(),
                info.data.source.c_str(), static_cast<long long>(info.data.train_count),
                static_cast<long long>(info.data.test_count), measured_on_.c_str(),
                static_cast<unsigned long long>(info.seed), info.threads, info.threads == 1 ? "thread" : "threads",
                info.device.c_str(), info.machine.empty() ? "" : (" (" + info.machine + ")").c_str(), begins.c_str(),
                layer_table(info.network).c_str(), settings_lines(info.recipe).c_str());
    if (!info.data.prepared.empty()) std::printf("  %s\n", info.data.prepared.c_str());
    std::fflush(stdout);
}

void TrainReporter::iteration(const IterationMetrics& metrics) {
    if (json_)
        return print_line({{"event", "iteration"},
                           {"epoch", metrics.epoch},
                           {"iteration", metrics.iteration},
                           {"loss", metrics.loss},
                           {"accuracy", metrics.accuracy},
                           {"learning_rate", metrics.learning_rate}});
    clear_bar();
    std::printf("iteration %lld, epoch %lld: loss %s\n", static_cast<long long>(metrics.iteration),
                static_cast<long long>(metrics.epoch), loss_text(static_cast<double>(metrics.loss), 6).c_str());
    std::fflush(stdout);
}

void TrainReporter::changed(const event::Changed& change) {
    if (json_) return;
    clear_bar();
    std::printf("iteration %lld: %s\n", static_cast<long long>(change.iteration), change.what.c_str());
    std::fflush(stdout);
}

std::string time_left(const Snapshot& snapshot, std::int64_t iterations) {
    const auto samples =
        static_cast<double>(std::max<std::int64_t>(0, iterations - snapshot.iteration) * snapshot.settings.batch_size);
    if (!(snapshot.samples_per_second > 0.0)) return {};
    const auto seconds = static_cast<long long>(std::min(std::ceil(samples / snapshot.samples_per_second), 1e9));
    char text[48];
    if (seconds < 60)
        std::snprintf(text, sizeof text, "%lld s", seconds);
    else if (seconds < 3600)
        std::snprintf(text, sizeof text, "%lld min %02lld s", seconds / 60, seconds % 60);
    else
        std::snprintf(text, sizeof text, "%lld h %02lld min", seconds / 3600, seconds / 60 % 60);
    return text;
}

void TrainReporter::progress(const Snapshot& snapshot, std::int64_t iterations) {
    if (json_ || !progress_bar_ || iterations <= 0) return;
    const std::int64_t permille = std::min<std::int64_t>(1000, snapshot.iteration * 1000 / iterations);
    if (permille == shown_permille_) return;
    shown_permille_ = permille;
    constexpr int kWidth = 30;
    char bar[kWidth + 1];
    for (int i = 0; i < kWidth; ++i) bar[i] = i * 1000 < permille * kWidth ? '#' : '.';
    bar[kWidth] = '\0';
    const std::string left = time_left(snapshot, iterations);
    std::printf("\r\033[K[%s] %5.1f %%  iteration %lld of %lld  loss %s  %.0f samples/s%s%s ", bar,
                static_cast<double>(permille) / 10.0, static_cast<long long>(snapshot.iteration),
                static_cast<long long>(iterations), loss_text(static_cast<double>(snapshot.metrics.loss)).c_str(),
                snapshot.samples_per_second, left.empty() ? "" : "  left: ", left.c_str());
    std::fflush(stdout);
    bar_drawn_ = true;
}

void TrainReporter::clear_bar() {
    if (bar_drawn_) std::fputs("\r\033[K", stdout);
    bar_drawn_ = false;
    shown_permille_ = -1;
}

void TrainReporter::epoch(const EvaluationMetrics& metrics) {
    if (json_) return print_line(values_of("epoch", metrics, measured_on_));
    clear_bar();
    std::printf(
        "epoch %lld: training loss %s, accuracy %.2f %%; %s loss %s, accuracy %.2f %%; %.1f s, %.0f samples/s\n",
        static_cast<long long>(metrics.epoch), loss_text(metrics.train_loss).c_str(), 100.0 * metrics.train_accuracy,
        measured_on_.c_str(), loss_text(metrics.test_loss).c_str(), 100.0 * metrics.test_accuracy, metrics.seconds,
        metrics.samples_per_second);
    std::fflush(stdout);
}

void TrainReporter::end(const EvaluationMetrics& metrics, const ConfusionMatrix& confusion) {
    if (json_) {
        nlohmann::ordered_json object = values_of("end", metrics, measured_on_);
        for (int truth = 0; truth < confusion.class_count(); ++truth) {
            nlohmann::ordered_json row;
            for (int predicted = 0; predicted < confusion.class_count(); ++predicted)
                row.push_back(confusion.at(truth, predicted));
            object["confusion"].push_back(std::move(row));
        }
        return print_line(object);
    }
    clear_bar();
    std::printf("end: iteration %lld, %s loss %s, accuracy %.2f %% (%lld of %lld)\n",
                static_cast<long long>(metrics.iteration), measured_on_.c_str(), loss_text(metrics.test_loss).c_str(),
                100.0 * metrics.test_accuracy, static_cast<long long>(confusion.correct()),
                static_cast<long long>(confusion.total()));
    std::fflush(stdout);
}

// Which one it was the notice has told people.
void TrainReporter::paused(const BreakpointHit& hit, const std::string& resume) {
    if (json_)
        return print_line({{"event", "breakpoint"},
                           {"breakpoint", to_string(hit.breakpoint)},
                           {"iteration", hit.iteration},
                           {"what", hit.what},
                           {"resume", resume}});
    if (!resume.empty()) std::printf("go on with: %s\n", resume.c_str());
    std::fflush(stdout);
}

void TrainReporter::interrupted(const Snapshot& snapshot, const std::string& checkpoint, const std::string& resume) {
    if (json_)
        return print_line({{"event", "interrupted"},
                           {"epoch", snapshot.epoch},
                           {"iteration", snapshot.iteration},
                           {"checkpoint", checkpoint},
                           {"resume", resume}});
    clear_bar();
    if (!snapshot.run_info)
        std::printf("interrupted before the first iteration\n");
    else
        std::printf("interrupted after iteration %lld of epoch %lld; %s%s\n",
                    static_cast<long long>(snapshot.iteration), static_cast<long long>(snapshot.epoch),
                    checkpoint.empty() ? "nothing was saved: --out DIR keeps a run" : "saved to ", checkpoint.c_str());
    if (!resume.empty()) std::printf("go on with: %s\n", resume.c_str());
    std::fflush(stdout);
}

void TrainReporter::notice(const event::Notice& notice) {
    clear_bar();
    std::fprintf(stderr, "%s\n", notice.text.c_str());
}

}  // namespace convscope
