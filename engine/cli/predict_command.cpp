// `convscope predict`: a saved network on pictures of any size and colour.
#include "engine/cli/saved_network.h"
#include "engine/data/image_file.h"
#include "engine/recipe/network_memory.h"
#include "engine/train/batch_source.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

namespace convscope {
namespace {

// Rec. 601 luma, as Pillow's convert("L") and most tutorials have it.
Image in_grey(Image image) {
    if (image.channels == 1) return image;
    const std::size_t plane = image.pixels.size() / 3;
    Image grey{1, image.height, image.width, std::vector<std::uint8_t>(plane)};
    for (std::size_t i = 0; i < plane; ++i)
        grey.pixels[i] = static_cast<std::uint8_t>(0.299 * image.pixels[i] + 0.587 * image.pixels[plane + i] +
                                                   0.114 * image.pixels[2 * plane + i] + 0.5);
    return grey;
}

// Ink is on the inside: a border that is brighter than the middle grey, and than the picture as a whole, is paper.
bool is_dark_on_light(const Image& grey) {
    double border = 0.0, border_pixels = 0.0;
    for (std::int64_t row = 0; row < grey.height; ++row)
        for (std::int64_t column = 0; column < grey.width; ++column) {
            if (row > 0 && row + 1 < grey.height && column > 0 && column + 1 < grey.width) continue;
            border += grey.pixels[static_cast<std::size_t>(row * grey.width + column)];
            border_pixels += 1.0;
        }
    const double all = std::accumulate(grey.pixels.begin(), grey.pixels.end(), 0.0);
    return border / border_pixels > 127.5 && border / border_pixels >= all / static_cast<double>(grey.pixels.size());
}

struct Prediction {
    std::vector<float> probabilities;
    bool inverted = false;
};

Result<Prediction> predict(SavedNetwork& saved, const Preprocessing& preprocessing, const std::string& file) {
    Result<Image> read = read_image(file);
    if (!read.ok()) return read.error();
    const Recipe& recipe = saved.recipe;
    Prediction prediction;
    Image image = recipe.input_channels == 1 ? in_grey(std::move(read).value()) : in_colour(std::move(read).value());
    if (recipe.input_channels == 1 && is_dark_on_light(image)) {
        for (std::uint8_t& pixel : image.pixels) pixel = static_cast<std::uint8_t>(255 - pixel);
        prediction.inverted = true;
    }
    image = resized(std::move(image), recipe.input_height, recipe.input_width);
    const torch::Tensor input =
        torch::empty({1, recipe.input_channels, recipe.input_height, recipe.input_width}, torch::kFloat32);
    preprocessing.apply(image.pixels, input.data_ptr<float>());
    const torch::Tensor probabilities = saved.network.probabilities(saved.network.forward(input)).contiguous();
    prediction.probabilities.assign(probabilities.data_ptr<float>(),
                                    probabilities.data_ptr<float>() + probabilities.numel());
    return prediction;
}

// `names`: of the classes; empty: not known, and their numbers stand for them.
void print(const std::string& file, const Prediction& prediction, const std::vector<std::string>& names, bool json) {
    std::vector<std::size_t> order(prediction.probabilities.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return prediction.probabilities[a] > prediction.probabilities[b];
    });
    if (json) {
        const nlohmann::ordered_json object{{"file", file},
                                            {"class", order.front()},
                                            {"name", names.empty() ? nullptr : nlohmann::json(names[order.front()])},
                                            {"probabilities", prediction.probabilities},
                                            {"inverted", prediction.inverted}};
        std::puts(object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
        return;
    }
    std::printf("%s:", file.c_str());
    for (std::size_t i = 0; i < std::min<std::size_t>(3, order.size()); ++i)
        std::printf("%s %s (%.1f %%)", i == 0 ? "" : ",",
                    names.empty() ? std::to_string(order[i]).c_str() : names[order[i]].c_str(),
                    100.0 * static_cast<double>(prediction.probabilities[order[i]]));
    std::puts(prediction.inverted ? "; dark on light, inverted" : "");
}

}  // namespace

int run_predict_command(const PredictOptions& options) {
    Result<SavedNetwork> saved = open_saved_network(options.weights);
    if (!saved.ok()) {
        std::fprintf(stderr, "%s\n", saved.error().message.c_str());
        return 1;
    }
    const Recipe& recipe = saved.value().recipe;
    if (const Result<void> room =
            check_network_memory(recipe, saved.value().network.description(), NetworkUse::Answering, /*pictures=*/1);
        !room.ok()) {
        std::fprintf(stderr, "%s\n", room.error().message.c_str());
        return 1;
    }
    if (recipe.input_channels != 1 && recipe.input_channels != 3) {
        std::fprintf(stderr, "The recipe '%s' takes %lld channels, a picture has 1 or 3\n", recipe.name.c_str(),
                     static_cast<long long>(recipe.input_channels));
        return 1;
    }
    if (normalisation_unknown(recipe)) {
        std::fprintf(stderr,
                     "The recipe '%s' normalises by the training pictures, which are not here: name the run's own "
                     "recipe.toml or last.pt, or give what was measured with --set input.mean=X --set "
                     "input.deviation=Y --set input.normalise_from_data=false\n",
                     recipe.name.c_str());
        return 1;
    }
    const LayeredNetwork::EvaluationScope evaluating(saved.value().network);
    const Preprocessing preprocessing(recipe);
    int code = 0;
    for (const std::string& file : options.images) {
        const Result<Prediction> prediction = predict(saved.value(), preprocessing, file);
        if (prediction.ok() && std::isnan(prediction.value().probabilities.front())) {
            std::fprintf(stderr, "%s\n", output_is_no_number(options.weights).message.c_str());
            return 1;
        }
        if (prediction.ok()) {
            print(file, prediction.value(), saved.value().class_names, options.weights.json);
        } else {
            std::fprintf(stderr, "%s\n", prediction.error().message.c_str());
            code = 1;
        }
    }
    return code;
}

}  // namespace convscope
