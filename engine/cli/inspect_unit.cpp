#include "engine/cli/inspect_unit.h"

#include "engine/api/pixel_square.h"
#include "engine/cli/asked_network.h"
#include "engine/cli/measured_network.h"
#include "engine/core/machine_memory.h"
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

namespace convscope {
namespace {

constexpr std::string_view kTopPatches = "top-patches";
constexpr std::string_view kMaximise = "maximise";
constexpr std::int64_t kLeastUnitSide = 256;  // of a maximised picture in a PNG
constexpr std::uint8_t kOutside = 128;        // in a PNG, of what lies outside of a picture

Error unit_refusal(std::string sentence) { return Error{ErrorCode::InvalidArgument, std::move(sentence)}; }

Result<const LayerDescription*> layer_in(const InspectOptions& options, const NetworkDescription& network) {
    if (const LayerDescription* named = network.find(options.layer)) return named;
    if (!options.layer.empty()) {
        std::string names;
        for (const LayerDescription& one : network.layers) names += (names.empty() ? "" : ", ") + one.spec.name;
        return unit_refusal("--layer: there is no layer '" + options.layer + "'; the network has " + names);
    }
    const LayerId usual = explained_layer(network);
    return &network.layers[static_cast<std::size_t>(usual == kInputLayer ? 0 : usual.index)];
}

Result<void> check_unit(const InspectOptions& options, bool patches) {
    const auto only = [](const char* option, const char* what) {
        return unit_refusal(std::string(option) + ": " + what + "; leave it out");
    };
    if (!options.image.empty()) return only("--image", "no picture of yours is asked for by this method");
    if (options.class_index) return only("--class", "a channel is looked at, and no class");
    if (options.patch) return only("--patch", "only occlusion covers a patch");
    if (!options.layout.empty() || options.dimensions || options.count)
        return only("--layout, --dimensions, --count", "only a projection has them");
    if (!patches && !options.data.empty()) return only("--data", "only top-patches looks through a test set");
    const std::string ending = std::filesystem::path(options.out).extension().string();
    if (patches && ending != ".png" && ending != ".csv")
        return unit_refusal("--out " + options.out +
                            ": top patches are written as .png or .csv; end the file's name so");
    if (!patches && ending != ".png" && ending != ".npz" && ending != ".pt")
        return unit_refusal("--out " + options.out +
                            ": an input is written as .pt, .npz or .png; end the file's name so");
    if (!options.channel && (!patches || ending == ".png"))
        return unit_refusal("--channel: say which channel of the layer is meant, from 0");
    Result<void> can_be = spare_files(options.out, {options.weights.checkpoint, options.weights.recipe});
    if (can_be.ok()) can_be = try_whole_file(options.out);
    if (!can_be.ok()) return Error{can_be.error().code, "--out " + can_be.error().message};
    return {};
}

Result<void> check_channel(const InspectOptions& options, const LayerDescription& layer) {
    if (!options.channel || *options.channel < layer.output_shape[0]) return {};
    return unit_refusal("--channel: layer '" + layer.spec.name + "' has no channel " +
                        std::to_string(*options.channel) + "; its channels are 0 to " +
                        std::to_string(layer.output_shape[0] - 1));
}

std::string csv_of(const TopPatches& found, const LayerDescription& layer, std::optional<int> channel) {
    std::string text = "layer,channel,which,rank,picture,row,column,value\n";
    char line[160];
    const auto write = [&](std::int64_t of, const char* which, std::span<const TopPatch> patches) {
        for (std::size_t i = 0; i < patches.size(); ++i) {
            const TopPatch& patch = patches[i];
            std::snprintf(line, sizeof line, "%.60s,%lld,%s,%zu,%lld,%d,%d,%.9g\n", layer.spec.name.c_str(),
                          static_cast<long long>(of), which, i + 1, static_cast<long long>(patch.picture), patch.row,
                          patch.column, static_cast<double>(patch.value));
            text += line;
        }
    };
    for (std::int64_t of = 0; of < layer.output_shape[0]; ++of) {
        if (channel && of != *channel) continue;
        write(of, "most", found.most(layer.id, of));
        write(of, "least", found.least(layer.id, of));
    }
    return text;
}

Result<std::string> png_of_patches(const std::span<const TopPatch> patches, const NetworkDescription& network,
                                   const LayerDescription& layer, const Dataset& data, bool turned) {
    const DatasetInfo& info = data.info();
    std::vector<std::vector<std::uint8_t>> cut;
    std::vector<std::span<const std::uint8_t>> images;
    std::int64_t size = 0;
    for (const TopPatch& patch : patches) {
        const PixelSquare square = field_of(network, layer, patch.row, patch.column);
        size = square.size;
        const std::span<const std::uint8_t> bytes = data.image(Split::Test, patch.picture);
        std::vector<std::uint8_t>& image = cut.emplace_back();
        for (std::int64_t channel = 0; channel < info.channels; ++channel)
            for (std::int64_t i = 0; i < size * size; ++i) {
                const std::int64_t seen_row = square.row + i / size, seen_column = square.column + i % size;
                const std::int64_t row = turned ? seen_column : seen_row, column = turned ? seen_row : seen_column;
                const bool inside = row >= 0 && column >= 0 && row < info.height && column < info.width;
                image.push_back(
                    inside ? bytes[static_cast<std::size_t>((channel * info.height + row) * info.width + column)]
                           : kOutside);
            }
    }
    images.assign(cut.begin(), cut.end());
    Result<PngPicture> png = png_grid(images, info.channels, size, size);
    if (!png.ok()) return png.error();
    return std::move(png.value().bytes);
}

Result<void> inspect_patches(const InspectOptions& options) {
    Result<MeasuredNetwork> opened = open_measured_network(options.weights, options.data, options.seed);
    if (!opened.ok()) return opened.error();
    const NetworkDescription& network = opened.value().network.network().description();
    const Result<const LayerDescription*> layer = layer_in(options, network);
    if (!layer.ok()) return layer.error();
    if (Result<void> there = check_channel(options, *layer.value()); !there.ok()) return there;
    const Result<JobResult> answer = opened.value().network.answer(TopPatchesQuestion{});
    if (!answer.ok()) return answer.error();
    const auto& found = std::get<TopPatches>(answer.value());
    Result<std::string> file = csv_of(found, *layer.value(), options.channel);
    if (std::filesystem::path(options.out).extension() == ".png") {
        const std::span<const TopPatch> most = found.most(layer.value()->id, *options.channel);
        if (most.empty())
            return unit_refusal("Channel " + std::to_string(*options.channel) + " of '" + layer.value()->spec.name +
                                "' is not a number for any test picture: there is nothing to show");
        file = png_of_patches(most, network, *layer.value(), *opened.value().data,
                              opened.value().network.recipe().input_transposed);
        if (!file.ok()) return file.error();
    }
    if (Result<void> written = write_whole_file(options.out, file.value()); !written.ok()) return written;
    std::printf("%s: looked through %lld test pictures of %s\n", layer.value()->spec.name.c_str(),
                static_cast<long long>(found.pictures), opened.value().data->info().name.c_str());
    return {};
}

// Each pixel a square of so many.
Result<std::string> png_of_input(const TensorCapture& picture, const Recipe& recipe) {
    const std::int64_t channels = picture.shape[0], height = picture.shape[1], width = picture.shape[2];
    if (channels != 1 && channels != 3)
        return unit_refusal("a picture of " + std::to_string(channels) +
                            " channels is written as .pt or .npz, not as .png");
    const std::int64_t zoom =
        std::max<std::int64_t>(1, (kLeastUnitSide + std::max(height, width) - 1) / std::max(height, width));
    std::vector<std::uint8_t> pixels;
    for (std::int64_t channel = 0; channel < channels; ++channel)
        for (std::int64_t i = 0; i < height * zoom * width * zoom; ++i) {
            const std::int64_t row = i / (width * zoom) / zoom, column = i % (width * zoom) / zoom;
            const auto value = static_cast<double>(
                picture.values[static_cast<std::size_t>((channel * height + row) * width + column)]);
            const double light = value * recipe.deviation_of(channel) + recipe.mean_of(channel);
            pixels.push_back(static_cast<std::uint8_t>(std::lround(255.0 * std::clamp(light, 0.0, 1.0))));
        }
    const std::array<std::span<const std::uint8_t>, 1> images{pixels};
    Result<PngPicture> png = png_grid(images, channels, height * zoom, width * zoom);
    if (!png.ok()) return png.error();
    return std::move(png.value().bytes);
}

Result<void> inspect_maximised(const InspectOptions& options) {
    Result<AskedNetwork> asked = open_asked_network(options.weights);
    if (!asked.ok()) return asked.error();
    FrozenNetwork& network = asked.value().network;
    const Result<const LayerDescription*> layer = layer_in(options, network.network().description());
    if (!layer.ok()) return layer.error();
    if (Result<void> there = check_channel(options, *layer.value()); !there.ok()) return there;
    const Result<JobResult> answer =
        network.answer(MaximisedInputQuestion{.layer = layer.value()->id, .channel = *options.channel});
    if (!answer.ok()) return answer.error();
    const auto& found = std::get<MaximisedInput>(answer.value());
    const TensorCapture& picture = *found.picture;
    const std::vector<std::int64_t> sizes{picture.shape[0], picture.shape[1], picture.shape[2]};
    const std::string ending = std::filesystem::path(options.out).extension().string();
    Result<std::string> file{std::string()};
    if (ending == ".png") {
        file = png_of_input(picture, network.recipe());
    } else if (ending == ".npz") {
        const std::array arrays{NamedArray{"picture", sizes, picture.values},
                                NamedArray{"reached", {}, {&found.reached, 1}},
                                NamedArray{"begins", {}, {&found.begins, 1}}};
        file = npz_of(arrays);
    } else {
        PickleValue::Dict dict;
        dict.push_back({"picture", PickleValue{stored_tensor(blob_of<float>(sizes, picture.values))}});
        dict.push_back({"layer", PickleValue{layer.value()->spec.name}});
        dict.push_back({"channel", PickleValue{static_cast<std::int64_t>(*options.channel)}});
        dict.push_back({"reached", PickleValue{static_cast<double>(found.reached)}});
        dict.push_back({"begins", PickleValue{static_cast<double>(found.begins)}});
        file = torch_file_of(PickleValue{std::move(dict)});
    }
    if (!file.ok()) return Error{file.error().code, options.out + ": " + file.error().message};
    if (Result<void> written = write_whole_file(options.out, file.value()); !written.ok()) return written;
    std::printf("%s, channel %d: its mean is %.4f there, %.4f of the noise that %lld steps uphill began with\n",
                layer.value()->spec.name.c_str(), *options.channel, static_cast<double>(found.reached),
                static_cast<double>(found.begins), static_cast<long long>(found.steps));
    return {};
}

}  // namespace

bool is_about_a_unit(std::string_view method) { return method == kTopPatches || method == kMaximise; }

Result<void> inspect_unit(const InspectOptions& options) {
    const bool patches = options.method == kTopPatches;
    if (Result<void> can_be = check_unit(options, patches); !can_be.ok()) return can_be;
    return patches ? inspect_patches(options) : inspect_maximised(options);
}

}  // namespace convscope
