// `convscope evaluate`: a saved network on a whole test set.
#include "engine/api/answer_quality.h"
#include "engine/api/confusion_matrix.h"
#include "engine/cli/measured_network.h"
#include "engine/cli/network_commands.h"
#include "engine/core/utf8.h"
#include "engine/train/frozen_network.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {
namespace {

constexpr std::int64_t kSlice = 500;        // pictures at a time
constexpr std::int64_t kSampleSlice = 20;   // likewise, of a sample
constexpr std::int64_t kSampleSlices = 50;  // at most about so many, evenly spread
constexpr std::size_t kClearlyFewer = 10;   // mistakes: no accident

struct Evaluation {
    double loss = 0.0;                   // mean over the pictures
    CountedConfusion counted;            // its probabilities too, where they are asked for and can be kept
    std::vector<std::uint16_t> truths;   // of each of its pictures
    std::vector<std::int64_t> mistakes;  // indices
    const ConfusionMatrix& confusion() const { return counted.matrix; }
};

// Of `slice` test pictures every `step` ones.
Result<Evaluation> evaluate(FrozenNetwork& network, const Dataset& data, std::int64_t slice = kSlice,
                            std::int64_t step = kSlice, bool with_probabilities = false) {
    Evaluation result;
    const auto classes = static_cast<std::size_t>(network.recipe().class_count);
    result.counted.matrix = ConfusionMatrix(static_cast<int>(classes));
    std::vector<int> predicted;
    const std::int64_t count = data.size(Split::Test);
    with_probabilities =
        with_probabilities && CountedConfusion::can_keep_probabilities(count, static_cast<int>(classes));
    std::vector<float>& probabilities = result.counted.probabilities;
    for (std::int64_t first = 0; first < count; first += step) {
        predicted.resize(static_cast<std::size_t>(std::min(slice, count - first)));
        const std::size_t before = probabilities.size();
        if (with_probabilities) probabilities.resize(before + predicted.size() * classes);
        const Result<double> loss =
            network.classify(Split::Test, first, predicted, {}, std::span(probabilities).subspan(before));
        if (!loss.ok()) return loss.error();
        result.loss += loss.value();
        for (std::int64_t i = 0; i < std::ssize(predicted); ++i) {
            const int truth = data.label(Split::Test, first + i), guess = predicted[static_cast<std::size_t>(i)];
            result.counted.matrix.add(truth, guess);
            result.counted.predicted.push_back(static_cast<std::uint16_t>(guess));
            result.truths.push_back(static_cast<std::uint16_t>(truth));
            if (guess != truth) result.mistakes.push_back(first + i);
        }
    }
    result.loss /= static_cast<double>(result.confusion().total());
    return result;
}

// torchvision gives EMNIST's pictures as its files have them, columns as rows, and many networks learnt them so. What
// to say when this one reads clearly better with the two exchanged; empty otherwise.
Result<std::string> transposition_advice(FrozenNetwork& network, const SavedNetwork& saved,
                                         const std::shared_ptr<const Dataset>& data) {
    if (network.recipe().input_height != network.recipe().input_width) return std::string();
    const std::int64_t step = std::max(kSampleSlice, data->size(Split::Test) / kSampleSlices);
    const Result<Evaluation> as_given = evaluate(network, *data, kSampleSlice, step);
    if (!as_given.ok()) return as_given.error();
    const Evaluation& given = as_given.value();
    if (given.mistakes.size() < kClearlyFewer) return std::string();
    Recipe other = network.recipe();
    other.input_transposed = !other.input_transposed;
    Result<FrozenNetwork> turned = FrozenNetwork::with(other, saved.weights, data, saved.held);
    if (!turned.ok()) return turned.error();
    const Result<Evaluation> otherwise = evaluate(turned.value(), *data, kSampleSlice, step);
    if (!otherwise.ok()) return otherwise.error();
    const Evaluation& exchanged = otherwise.value();
    if (2 * exchanged.mistakes.size() > given.mistakes.size() ||
        exchanged.mistakes.size() + kClearlyFewer > given.mistakes.size())
        return std::string();
    return "Of " + std::to_string(given.confusion().total()) + " of these pictures the network reads " +
           std::to_string(given.confusion().correct()) + ", and " + std::to_string(exchanged.confusion().correct()) +
           " when rows and columns are exchanged, as torchvision gives EMNIST's: add --set input.transpose=" +
           (other.input_transposed ? "true" : "false");
}

// 0 of a class that has no pictures and is never predicted.
double f1_of(const ConfusionMatrix& confusion, int label) {
    const double f1 = confusion.f1(label);
    return std::isnan(f1) ? 0.0 : f1;
}

void print_json(const Evaluation& evaluation, const DatasetInfo& data) {
    const ConfusionMatrix& confusion = evaluation.confusion();
    nlohmann::ordered_json object{{"loss", evaluation.loss}, {"accuracy", confusion.accuracy()}};
    const bool likely = !evaluation.counted.probabilities.empty();
    if (likely) {
        Calibration calibration;
        calibrate(evaluation.counted, evaluation.truths, calibration);
        object["expected_calibration_error"] = calibration.expected_error;
        object["mean_confidence"] = calibration.mean_confidence;
    }
    CurveTracer tracer;
    ClassCurves curves;
    for (int c = 0; c < confusion.class_count(); ++c) {
        nlohmann::ordered_json own{{"class", data.class_names[static_cast<std::size_t>(c)]},
                                   {"precision", confusion.precision(c)},
                                   {"recall", confusion.recall(c)},
                                   {"f1", f1_of(confusion, c)}};
        if (likely) {
            tracer.trace(evaluation.counted, evaluation.truths, c, curves);
            own["roc_area"] = curves.roc_area;
            own["average_precision"] = curves.average_precision;
        }
        object["per_class"].push_back(std::move(own));
        nlohmann::ordered_json row;
        for (int predicted = 0; predicted < confusion.class_count(); ++predicted)
            row.push_back(confusion.at(c, predicted));
        object["confusion"].push_back(std::move(row));
    }
    object["mistakes"] = evaluation.mistakes;
    std::puts(object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

// "97.61 %", or a dash of nothing: the precision of a class that is never predicted.
std::string percent(double share) {
    char text[16];
    std::snprintf(text, sizeof text, "%.2f %%", 100.0 * share);
    return std::isnan(share) ? "-" : text;
}

// The text and spaces up to so many characters.
std::string padded(const std::string& text, std::size_t characters) {
    const std::size_t has = character_count(text);
    return text + std::string(characters > has ? characters - has : 0, ' ');
}

void print_text(const Evaluation& evaluation, const DatasetInfo& data) {
    const ConfusionMatrix& confusion = evaluation.confusion();
    std::size_t width = std::string_view("class").size();
    for (const std::string& name : data.class_names) width = std::max(width, character_count(name));
    std::printf("%s: loss %.4f, accuracy %.2f %% (%lld of %lld)\n\n%s %9s %9s %9s\n", data.name.c_str(),
                evaluation.loss, 100.0 * confusion.accuracy(), static_cast<long long>(confusion.correct()),
                static_cast<long long>(confusion.total()), padded("class", width).c_str(), "precision", "recall", "F1");
    for (int c = 0; c < confusion.class_count(); ++c) {
        std::printf("%s %9s %9s %9s\n", padded(data.class_names[static_cast<std::size_t>(c)], width).c_str(),
                    percent(confusion.precision(c)).c_str(), percent(confusion.recall(c)).c_str(),
                    percent(f1_of(confusion, c)).c_str());
    }
    if (evaluation.counted.probabilities.empty()) return;
    Calibration calibration;
    calibrate(evaluation.counted, evaluation.truths, calibration);
    std::printf("\nsays %s on average and is right in %s; expected calibration error %s\n",
                percent(calibration.mean_confidence).c_str(), percent(calibration.accuracy).c_str(),
                percent(calibration.expected_error).c_str());
}

}  // namespace

int run_evaluate_command(const EvaluateOptions& options) {
    const auto say = [](const std::string& sentence) {
        if (!sentence.empty()) std::fprintf(stderr, "%s\n", sentence.c_str());
    };
    const auto complain = [&say](const Error& error) {
        say(error.message);
        return 1;
    };
    const auto of_file = [&options](const Error& error) {
        return Error{error.code, options.weights.checkpoint + ": " + error.message};
    };
    Result<MeasuredNetwork> opened = open_measured_network(options.weights, options.data, options.seed);
    if (!opened.ok()) return complain(opened.error());
    FrozenNetwork& network = opened.value().network;
    const std::shared_ptr<const Dataset>& data = opened.value().data;
    const DatasetInfo& info = data->info();
    const Result<Evaluation> evaluation = evaluate(network, *data, kSlice, kSlice, /*with_probabilities=*/true);
    if (!evaluation.ok()) return complain(of_file(evaluation.error()));
    if (std::isnan(evaluation.value().loss)) return complain(output_is_no_number(options.weights));
    if (options.weights.json)
        print_json(evaluation.value(), info);
    else
        print_text(evaluation.value(), info);
    const Result<std::string> advice = transposition_advice(network, opened.value().saved, data);
    if (!advice.ok()) return complain(of_file(advice.error()));
    say(advice.value());
    return 0;
}

}  // namespace convscope
