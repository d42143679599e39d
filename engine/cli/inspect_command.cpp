// `convscope inspect`: why a saved network takes a picture for what it does.
#include "engine/cli/asked_network.h"
#include "engine/cli/inspect_unit.h"
#include "engine/cli/network_commands.h"
#include "engine/core/whole_file.h"
#include "engine/data/picture_convention.h"
#include "engine/formats/npz.h"
#include "engine/formats/png_grid.h"
#include "engine/formats/torch_file.h"
#include "engine/host/run_folders.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <numeric>

namespace convscope {
namespace {

constexpr const char* kProjection = "projection";
constexpr std::int64_t kLeastSide = 256;  // of a PNG's pictures, in pixels, where whole ones of the map make it up

Error cannot(std::string sentence) { return Error{ErrorCode::InvalidArgument, std::move(sentence)}; }

Result<ExplanationQuestion> question_in(const InspectOptions& options, const NetworkDescription& network) {
    const auto methods = explanation_methods();
    const auto row =
        std::find_if(methods.begin(), methods.end(), [&](const auto& one) { return one.name == options.method; });
    if (row == methods.end()) {
        std::string names;
        for (const ExplanationMethodRow& one : methods) names += (names.empty() ? "" : ", ") + std::string(one.name);
        names += ", top-patches, maximise, " + std::string(kProjection);
        return cannot("--method: there is no method '" + options.method + "'; write one of " + names);
    }
    ExplanationQuestion question{.method = row->method};
    if (options.class_index) question.class_index = *options.class_index;
    if (!options.layer.empty()) {
        if (row->method != ExplanationMethod::GradCam)
            return cannot("--layer: only grad-cam asks for a layer; leave it out");
        const LayerDescription* layer = network.find(options.layer);
        if (layer == nullptr) {
            std::string names;
            for (const LayerDescription& one : network.layers)
                if (one.has_maps()) names += (names.empty() ? "" : ", ") + one.spec.name;
            return cannot("--layer: there is no layer '" + options.layer + "'; " +
                          (names.empty() ? "and none that has maps" : "these have maps: " + names));
        }
        question.layer = layer->id;
    }
    if (options.patch) {
        if (row->method != ExplanationMethod::Occlusion)
            return cannot("--patch: only occlusion covers a patch; leave it out");
        question.patch = *options.patch;
    }
    return question;
}

double sum_of(const TensorCapture& map) { return std::accumulate(map.values.begin(), map.values.end(), 0.0); }

// Each value a square; what is for the class red and what is against it blue, else from black to white.
std::vector<std::uint8_t> painted(const TensorCapture& map, bool is_signed, std::int64_t zoom) {
    const std::int64_t height = map.plane_height() * zoom, width = map.plane_width() * zoom, plane = height * width;
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(3 * plane));
    const float largest = std::max({std::abs(map.whole.minimum), std::abs(map.whole.maximum), 1e-30F});
    for (std::int64_t i = 0; i < plane; ++i) {
        const std::int64_t place = i / width / zoom * map.plane_width() + i % width / zoom;
        const float share = std::clamp(map.values[static_cast<std::size_t>(place)] / largest, -1.0F, 1.0F);
        const auto level = [](float of_1) { return static_cast<std::uint8_t>(std::lround(255.0F * of_1)); };
        const float faded = 1.0F - std::abs(share);
        const std::array<float, 3> color = !is_signed      ? std::array{share, share, share}
                                           : share >= 0.0F ? std::array{1.0F, faded, faded}
                                                           : std::array{faded, faded, 1.0F};
        for (std::int64_t channel = 0; channel < 3; ++channel)
            pixels[static_cast<std::size_t>(channel * plane + i)] = level(color[static_cast<std::size_t>(channel)]);
    }
    return pixels;
}

std::vector<std::uint8_t> enlarged(const Image& picture, const TensorCapture& map, std::int64_t zoom) {
    const std::int64_t height = map.plane_height() * zoom, width = map.plane_width() * zoom, plane = height * width;
    const std::int64_t small = map.plane_height() * map.plane_width();
    const bool grey = std::ssize(picture.pixels) == small;
    std::vector<std::uint8_t> pixels;
    for (std::int64_t channel = 0; channel < 3; ++channel)
        for (std::int64_t i = 0; i < plane; ++i) {
            const std::int64_t place = i / width / zoom * map.plane_width() + i % width / zoom;
            pixels.push_back(picture.pixels[static_cast<std::size_t>(place + (grey ? 0 : channel * small))]);
        }
    return pixels;
}

// The picture as the network saw it, and the map beside it.
Result<std::string> png_of(const Explanation& answer, const Image& picture) {
    const TensorCapture& map = *answer.map;
    const std::int64_t longest = std::max(map.plane_height(), map.plane_width());
    const std::int64_t zoom = std::max<std::int64_t>(1, (kLeastSide + longest - 1) / longest);
    const std::vector<std::uint8_t> seen = enlarged(picture, map, zoom);
    const std::vector<std::uint8_t> shown = painted(map, row_of(answer.question.method).is_signed, zoom);
    const std::array<std::span<const std::uint8_t>, 2> images{seen, shown};
    Result<PngPicture> png = png_grid(images, 3, map.plane_height() * zoom, map.plane_width() * zoom);
    if (!png.ok()) return png.error();
    return std::move(png.value().bytes);
}

std::string npz_of(const Explanation& answer) {
    const auto about = static_cast<float>(answer.class_index), score = static_cast<float>(answer.score),
               probability = static_cast<float>(answer.probability);
    const Shape& seen = answer.picture->shape;
    const std::array arrays{
        NamedArray{"map", {answer.map->plane_height(), answer.map->plane_width()}, answer.map->values},
        NamedArray{"picture", {seen[0], seen[1], seen[2]}, answer.picture->values},
        NamedArray{"class", {}, {&about, 1}}, NamedArray{"score", {}, {&score, 1}},
        NamedArray{"probability", {}, {&probability, 1}}};
    return npz_of(arrays);
}

std::string torch_file_of(const Explanation& answer) {
    const auto tensor = [](std::vector<std::int64_t> sizes, const std::vector<float>& values) {
        return PickleValue{stored_tensor(blob_of<float>(std::move(sizes), values))};
    };
    const Shape& seen = answer.picture->shape;
    PickleValue::Dict dict;
    dict.push_back({"map", tensor({answer.map->plane_height(), answer.map->plane_width()}, answer.map->values)});
    dict.push_back({"picture", tensor({seen[0], seen[1], seen[2]}, answer.picture->values)});
    dict.push_back({"method", PickleValue{std::string(row_of(answer.question.method).name)}});
    dict.push_back({"class", PickleValue{static_cast<std::int64_t>(answer.class_index)}});
    dict.push_back({"score", PickleValue{answer.score}});
    dict.push_back({"probability", PickleValue{answer.probability}});
    return torch_file_of(PickleValue{std::move(dict)});
}

Result<void> write(const Explanation& answer, const Image& picture, const std::filesystem::path& file) {
    const std::string ending = file.extension().string();
    if (ending == ".npz") return write_whole_file(file, npz_of(answer));
    if (ending == ".pt") return write_whole_file(file, torch_file_of(answer));
    const Result<std::string> png = png_of(answer, picture);
    if (!png.ok()) return Error{png.error().code, file.string() + ": " + png.error().message};
    return write_whole_file(file, png.value());
}

Result<void> check_out(const InspectOptions& options) {
    const std::string ending = std::filesystem::path(options.out).extension().string();
    if (ending != ".pt" && ending != ".npz" && ending != ".png")
        return cannot("--out " + options.out + ": an answer is written as .pt, .npz or .png; end the file's name so");
    Result<void> can_be = spare_files(options.out, {options.image, options.weights.checkpoint, options.weights.recipe});
    if (can_be.ok()) can_be = try_whole_file(options.out);
    if (!can_be.ok()) return Error{can_be.error().code, "--out " + can_be.error().message};
    return {};
}

void print(const InspectOptions& options, const Explanation& answer, const std::vector<std::string>& names,
           const Image& picture) {
    const auto name = [&](int of) {
        return static_cast<std::size_t>(of) < names.size() ? names[static_cast<std::size_t>(of)] : std::to_string(of);
    };
    std::printf("%s: class %s (%.1f %%), score %.4f%s%s%s\n", options.image.c_str(), name(answer.class_index).c_str(),
                100.0 * answer.probability, answer.score, picture.done.empty() ? "" : "; ",
                in_words(picture.done).c_str(), picture.blank ? "; nothing is drawn on it" : "");
    if (answer.score_from_black)
        std::printf("The map adds up to %.4f; the score is %.4f above that of a black picture\n", sum_of(*answer.map),
                    *answer.score_from_black);
    const ExplanationMethodRow& row = row_of(answer.question.method);
    std::printf("%s\n%s\n", row.shows, row.misleads);
}

Result<void> inspect(const InspectOptions& options) {
    if (is_about_a_unit(options.method)) return inspect_unit(options);
    if (options.channel) return cannot("--channel: only top-patches and maximise ask for one; leave it out");
    if (options.image.empty()) return cannot("--image is missing: name the picture whose answer is asked about");
    if (!options.data.empty())
        return cannot("--data: only top-patches and projection look through a test set; leave it out");
    if (!options.layout.empty() || options.dimensions || options.count)
        return cannot("--layout, --dimensions and --count are of --method projection; leave them out");
    Result<AskedNetwork> asked = open_asked_network(options.weights);
    if (!asked.ok()) return asked.error();
    FrozenNetwork& network = asked.value().network;
    const Result<ExplanationQuestion> question = question_in(options, network.network().description());
    if (!question.ok()) return question.error();
    if (Result<void> can_be = check_out(options); !can_be.ok()) return can_be;
    Result<Image> read = read_image(options.image);
    if (!read.ok()) return read.error();
    const Image picture = prepare_picture(std::move(read).value(), picture_format(network.recipe()));
    const OwnPicture probe{std::make_shared<const std::vector<std::uint8_t>>(picture.pixels), 1};
    const Result<std::shared_ptr<const Explanation>> answer = network.explain(probe, question.value());
    if (!answer.ok()) return Error{answer.error().code, options.image + ": " + answer.error().message};
    if (std::isnan(answer.value()->score)) return output_is_no_number(options.weights);
    if (Result<void> written = write(*answer.value(), picture, options.out); !written.ok()) return written;
    print(options, *answer.value(), asked.value().class_names, picture);
    return {};
}

}  // namespace

int run_inspect_command(const InspectOptions& options) {
    const Result<void> done = options.method == kProjection ? project(options) : inspect(options);
    if (done.ok()) return 0;
    std::fprintf(stderr, "%s\n", done.error().message.c_str());
    return 1;
}

}  // namespace convscope
