// `convscope evaluate`: a saved network on a whole test set.
#include "engine/api/confusion_matrix.h"
#include "engine/cli/saved_network.h"
#include "engine/data/open_dataset.h"
#include "engine/data/pixel_statistics.h"
#include "engine/train/batch_source.h"
#include "engine/train/loss.h"
#include "engine/train/torch_trainer.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

namespace convscope {
namespace {

constexpr std::int64_t kSlice = 500;  // pictures at a time

struct Evaluation {
    double loss = 0.0;  // mean over the pictures
    ConfusionMatrix confusion;
    std::vector<std::int64_t> mistakes;  // indices
};

Evaluation evaluate(SavedNetwork& saved, const Dataset& data) {
    Evaluation result;
    result.confusion = ConfusionMatrix(static_cast<int>(saved.recipe.class_count));
    const LayeredNetwork::EvaluationScope evaluating(saved.network);
    const Preprocessing preprocessing(saved.recipe);
    Minibatch pictures;
    const std::int64_t count = data.size(Split::Test);
    for (std::int64_t first = 0; first < count; first += kSlice) {
        load_pictures(data, preprocessing, Split::Test, first, std::min(kSlice, count - first), pictures);
        const torch::Tensor output = saved.network.forward(pictures.images);
        result.loss += compute_loss(saved.recipe, output, pictures.labels, /*sum=*/true).item<double>();
        const torch::Tensor predicted = output.argmax(/*dim=*/1).contiguous();
        for (std::size_t i = 0; i < pictures.classes.size(); ++i) {
            const auto guess = static_cast<int>(predicted.data_ptr<std::int64_t>()[i]);
            result.confusion.add(pictures.classes[i], guess);
            if (guess != pictures.classes[i]) result.mistakes.push_back(first + static_cast<std::int64_t>(i));
        }
    }
    result.loss /= static_cast<double>(count);
    return result;
}

double f1_of(double precision, double recall) {
    return precision + recall > 0.0 ? 2.0 * precision * recall / (precision + recall) : 0.0;
}

void print_json(const Evaluation& evaluation, const DatasetInfo& data) {
    const ConfusionMatrix& confusion = evaluation.confusion;
    nlohmann::ordered_json object{{"loss", evaluation.loss}, {"accuracy", confusion.accuracy()}};
    for (int c = 0; c < confusion.class_count(); ++c) {
        const double precision = confusion.precision(c), recall = confusion.recall(c);
        object["per_class"].push_back({{"class", data.class_names[static_cast<std::size_t>(c)]},
                                       {"precision", precision},
                                       {"recall", recall},
                                       {"f1", f1_of(precision, recall)}});
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

void print_text(const Evaluation& evaluation, const DatasetInfo& data) {
    const ConfusionMatrix& confusion = evaluation.confusion;
    std::printf("%s: loss %.4f, accuracy %.2f %% (%lld of %lld)\n\n%-16s %9s %9s %9s\n", data.name.c_str(),
                evaluation.loss, 100.0 * confusion.accuracy(), static_cast<long long>(confusion.correct()),
                static_cast<long long>(confusion.total()), "class", "precision", "recall", "F1");
    for (int c = 0; c < confusion.class_count(); ++c) {
        const double precision = confusion.precision(c), recall = confusion.recall(c);
        std::printf("%-16s %9s %9s %9s\n", data.class_names[static_cast<std::size_t>(c)].c_str(),
                    percent(precision).c_str(), percent(recall).c_str(), percent(f1_of(precision, recall)).c_str());
    }
}

}  // namespace

int run_evaluate_command(const EvaluateOptions& options) {
    const auto complain = [](const Error& error) {
        std::fprintf(stderr, "%s\n", error.message.c_str());
        return 1;
    };
    Result<SavedNetwork> saved = open_saved_network(options.weights);
    if (!saved.ok()) return complain(saved.error());
    settle_pictures(saved.value().recipe);
    const Result<std::shared_ptr<const Dataset>> data =
        open_dataset(options.data, options.seed, picture_format(saved.value().recipe));
    if (!data.ok()) return complain(data.error());
    const DatasetInfo& info = data.value()->info();
    if (!info.prepared.empty()) std::fprintf(stderr, "%s: %s\n", info.name.c_str(), info.prepared.c_str());
    if (const Result<void> fits = check_fit(saved.value().recipe, info); !fits.ok()) return complain(fits.error());
    if (normalisation_unknown(saved.value().recipe)) {
        if (info.train_count == 0)
            return complain(
                {ErrorCode::InvalidArgument, "The recipe '" + saved.value().recipe.name +
                                                 "' normalises by the training pictures, and " + info.name +
                                                 " has none: give what was measured with --set input.mean=X --set "
                                                 "input.deviation=Y"});
        PixelStatistics pixels = pixel_statistics(*data.value());
        saved.value().recipe.input_mean = std::move(pixels.mean);
        saved.value().recipe.input_deviation = std::move(pixels.deviation);
        std::fprintf(stderr, "Normalised by the training pictures of %s, as the recipe '%s' says\n", info.name.c_str(),
                     saved.value().recipe.name.c_str());
    }
    const Evaluation evaluation = evaluate(saved.value(), *data.value());
    if (options.weights.json)
        print_json(evaluation, info);
    else
        print_text(evaluation, info);
    return 0;
}

}  // namespace convscope
