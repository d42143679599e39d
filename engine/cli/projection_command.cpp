// `convscope inspect --method projection`: where test pictures lie by what a layer of a saved network makes of them.
#include "engine/cli/measured_network.h"
#include "engine/cli/network_commands.h"
#include "engine/core/whole_file.h"
#include "engine/host/run_folders.h"
#include "engine/layout/layout_work.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>

namespace convscope {
namespace {

Error no_projection(std::string sentence) { return Error{ErrorCode::InvalidArgument, std::move(sentence)}; }

Result<LayoutMethod> layout_in(const InspectOptions& options) {
    if (options.layout.empty()) return LayoutMethod::PrincipalComponents;
    std::string names;
    for (const LayoutMethodRow& row : layout_methods()) {
        if (options.layout == row.name) return row.method;
        names += (names.empty() ? "" : ", ") + std::string(row.name);
    }
    return no_projection("--layout: there is no layout '" + options.layout + "'; write one of " + names);
}

// Usually the layer that the last one decides by.
Result<LayerId> projected_layer(const InspectOptions& options, const NetworkDescription& network) {
    if (options.layer == "input") return kInputLayer;
    if (options.layer.empty())
        return network.layers.size() < 2 ? kInputLayer : network.layers[network.layers.size() - 2].id;
    if (const LayerDescription* layer = network.find(options.layer); layer != nullptr) return layer->id;
    std::string names = "input";
    for (const LayerDescription& one : network.layers) names += ", " + one.spec.name;
    return no_projection("--layer: there is no layer '" + options.layer + "'; write one of " + names);
}

Result<void> check_file(const InspectOptions& options) {
    if (!options.image.empty() || options.class_index || options.patch)
        return no_projection(
            "--image, --class and --patch are about one picture, and a projection is of many; leave "
            "them out");
    if (options.channel) return no_projection("--channel: a projection is of a whole layer; leave it out");
    if (std::filesystem::path(options.out).extension() != ".csv")
        return no_projection("--out " + options.out + ": a projection is written as .csv; end the file's name so");
    Result<void> can_be = spare_files(options.out, {options.weights.checkpoint, options.weights.recipe});
    if (can_be.ok()) can_be = try_whole_file(options.out);
    if (!can_be.ok()) return Error{can_be.error().code, "--out " + can_be.error().message};
    return {};
}

std::string csv_of(const ActivationSample& sample, const std::vector<float>& points, int dimensions) {
    std::string text = dimensions == 3 ? "picture,label,predicted,x,y,z\n" : "picture,label,predicted,x,y\n";
    char line[160];
    for (std::int64_t i = 0; i < sample.count(); ++i) {
        const auto place = static_cast<std::size_t>(i);
        std::snprintf(line, sizeof line, "%lld,%d,%d", static_cast<long long>(sample.pictures[place]),
                      sample.labels[place], sample.predicted[place]);
        text += line;
        for (int k = 0; k < dimensions; ++k) {
            std::snprintf(line, sizeof line, ",%.9g",
                          static_cast<double>(points[static_cast<std::size_t>(i * dimensions + k)]));
            text += line;
        }
        text += '\n';
    }
    return text;
}

}  // namespace

Result<void> project(const InspectOptions& options) {
    if (Result<void> can_be = check_file(options); !can_be.ok()) return can_be;
    const Result<LayoutMethod> method = layout_in(options);
    if (!method.ok()) return method.error();
    Result<MeasuredNetwork> opened = open_measured_network(options.weights, options.data, options.seed);
    if (!opened.ok()) return opened.error();
    FrozenNetwork& network = opened.value().network;
    const Result<LayerId> layer = projected_layer(options, network.network().description());
    if (!layer.ok()) return layer.error();
    SampleQuestion question{.layer = layer.value()};
    if (options.count) question.count = *options.count;
    const auto sampled = network.sample(question);
    if (!sampled.ok()) return sampled.error();
    const ActivationSample& sample = *sampled.value();
    const int dimensions = options.dimensions.value_or(2);
    LayoutWork work({sample.values, sample.width}, method.value(), dimensions);
    while (!work.advance()) {
    }
    if (!work.problem().empty()) return Error{ErrorCode::Failed, options.weights.checkpoint + ": " + work.problem()};
    if (Result<void> written = write_whole_file(options.out, csv_of(sample, work.points(), dimensions)); !written.ok())
        return written;
    const NetworkDescription& description = network.network().description();
    std::printf("%s of %s: %lld pictures, %lld values each", row_of(method.value()).title,
                layer.value() == kInputLayer
                    ? "the input"
                    : description.layers[static_cast<std::size_t>(layer.value().index)].spec.name.c_str(),
                static_cast<long long>(sample.count()), static_cast<long long>(sample.value_count));
    if (sample.folded()) std::printf(", folded into %lld sums", static_cast<long long>(sample.width));
    if (work.variance_share()) std::printf("; %.1f %% of the variance", 100.0 * *work.variance_share());
    std::printf("\n%s\n%s\n", row_of(method.value()).shows, row_of(method.value()).misleads);
    return {};
}

}  // namespace convscope
