// `convscope predict`: a saved network on pictures of any size and colour.
#include "engine/cli/asked_network.h"
#include "engine/cli/network_commands.h"
#include "engine/core/whole_file.h"
#include "engine/data/picture_convention.h"
#include "engine/formats/png_grid.h"
#include "engine/host/run_folders.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

namespace convscope {
namespace {

struct Prediction {
    Image picture;  // as the network saw it
    std::vector<float> probabilities;
};

Result<Prediction> predict(FrozenNetwork& network, const std::string& file) {
    Result<Image> read = read_image(file);
    if (!read.ok()) return read.error();
    Image picture = prepare_picture(std::move(read).value(), picture_format(network.recipe()));
    Result<std::vector<float>> probabilities = network.classify(picture.pixels);
    if (!probabilities.ok()) return Error{probabilities.error().code, file + ": " + probabilities.error().message};
    return Prediction{std::move(picture), std::move(probabilities).value()};
}

// `names`: of the classes; empty: not known, and their numbers stand for them.
void print(const std::string& file, const Prediction& prediction, const std::vector<std::string>& names, bool json) {
    std::vector<std::size_t> order(prediction.probabilities.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return prediction.probabilities[a] > prediction.probabilities[b];
    });
    const Image& picture = prediction.picture;
    if (json) {
        nlohmann::ordered_json object{{"file", file},
                                      {"class", order.front()},
                                      {"name", names.empty() ? nullptr : nlohmann::json(names[order.front()])},
                                      {"probabilities", prediction.probabilities},
                                      {"inverted", picture.has_been(PictureStep::Inverted)},
                                      {"blank", picture.blank},
                                      {"done", nlohmann::ordered_json::array()}};
        for (const PictureStep step : picture.done) object["done"].push_back(to_string(step));
        std::puts(object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
        return;
    }
    std::printf("%s:", file.c_str());
    for (std::size_t i = 0; i < std::min<std::size_t>(3, order.size()); ++i)
        std::printf("%s %s (%.1f %%)", i == 0 ? "" : ",",
                    names.empty() ? std::to_string(order[i]).c_str() : names[order[i]].c_str(),
                    100.0 * static_cast<double>(prediction.probabilities[order[i]]));
    std::printf("%s%s%s\n", picture.done.empty() ? "" : "; ", in_words(picture.done).c_str(),
                picture.blank ? "; nothing is drawn on it, so that this answer means nothing" : "");
}

// What the network saw, as one PNG: a grid in the order of the files.
Result<void> show(const std::vector<Image>& pictures, const Recipe& recipe, const std::string& file) {
    std::vector<std::span<const std::uint8_t>> images;
    for (const Image& picture : pictures) images.emplace_back(picture.pixels);
    const Result<PngPicture> png = png_grid(images, recipe.input_channels, recipe.input_height, recipe.input_width);
    if (!png.ok()) return Error{png.error().code, "--show " + file + ": " + png.error().message};
    return write_whole_file(file, png.value().bytes);
}

}  // namespace

int run_predict_command(const PredictOptions& options) {
    Result<AskedNetwork> asked = open_asked_network(options.weights);
    if (!asked.ok()) {
        std::fprintf(stderr, "%s\n", asked.error().message.c_str());
        return 1;
    }
    FrozenNetwork& network = asked.value().network;
    if (!options.show.empty()) {
        std::vector<std::string> read = options.images;
        read.insert(read.end(), {options.weights.checkpoint, options.weights.recipe});
        Result<void> can_be = spare_files(options.show, read);
        if (can_be.ok()) can_be = try_whole_file(options.show);
        if (!can_be.ok()) {
            std::fprintf(stderr, "--show %s\n", can_be.error().message.c_str());
            return 1;
        }
    }
    int code = 0;
    std::vector<Image> seen;
    for (const std::string& file : options.images) {
        Result<Prediction> prediction = predict(network, file);
        if (prediction.ok() && std::isnan(prediction.value().probabilities.front())) {
            std::fprintf(stderr, "%s\n", output_is_no_number(options.weights).message.c_str());
            return 1;
        }
        if (prediction.ok()) {
            print(file, prediction.value(), asked.value().class_names, options.weights.json);
            if (!options.show.empty()) seen.push_back(std::move(prediction.value().picture));
        } else {
            std::fprintf(stderr, "%s\n", prediction.error().message.c_str());
            code = 1;
        }
    }
    if (seen.empty()) return code;
    if (const Result<void> shown = show(seen, network.recipe(), options.show); !shown.ok()) {
        std::fprintf(stderr, "%s\n", shown.error().message.c_str());
        return 1;
    }
    return code;
}

}  // namespace convscope
