#include "engine/cli/run_summary.h"

#include "engine/recipe/recipe_file.h"

#include <algorithm>
#include <cstdio>
#include <sstream>

namespace convscope {

std::string layer_table(const NetworkDescription& network) {
    std::size_t name_width = 5, kind_width = 4;
    for (const LayerDescription& layer : network.layers) {
        name_width = std::max(name_width, layer.spec.name.size());
        kind_width = std::max(kind_width, to_string(layer.spec.kind).size());
    }
    std::string table;
    const auto row = [&](const std::string& name, std::string_view kind, const std::string& output,
                         const std::string& parameters) {
        std::string line = "  " + name + std::string(name_width - name.size() + 2, ' ');
        (line += kind) += std::string(kind_width - kind.size() + 2, ' ');
        char numbers[64];
        std::snprintf(numbers, sizeof numbers, "%-12s %10s", output.c_str(), parameters.c_str());
        line += numbers;
        table += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
    };
    row("layer", "kind", "output", "parameters");
    row("input", "", network.input_shape.to_string(), "");
    for (const LayerDescription& layer : network.layers)
        row(layer.spec.name, to_string(layer.spec.kind), layer.output_shape.to_string(),
            layer.parameter_count > 0 ? std::to_string(layer.parameter_count) : "");
    row("all", "", "", std::to_string(network.parameter_count));
    return table;
}

std::string settings_lines(const Recipe& recipe) {
    Recipe without_layers = recipe;
    without_layers.layers.clear();
    std::istringstream toml(to_toml(without_layers));
    std::string lines, line;
    bool in_section = false, first = true;
    while (std::getline(toml, line)) {
        if (line.empty()) continue;
        if (line.front() == '[') {
            in_section = line != "[augmentation]" || recipe.augmentation.any();
            first = true;
            if (in_section) lines += (lines.empty() ? "  " : "\n  ") + line + ' ';
        } else if (in_section) {
            lines += (first ? "" : ", ") + line;
            first = false;
        }
    }
    return lines + '\n';
}

}  // namespace convscope
