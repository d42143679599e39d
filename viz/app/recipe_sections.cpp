#include "viz/app/recipe_sections.h"

#include <algorithm>
#include <numeric>

namespace convscope {

namespace {

// A text without its quotes; one that has some within stays as it is.
std::string_view unquoted(std::string_view value) {
    const bool text = value.size() >= 2 && value.front() == '"' && value.back() == '"' &&
                      value.find_first_of("\"\\", 1) == value.size() - 1;
    return text ? value.substr(1, value.size() - 2) : value;
}

std::string taken_out(RecipeSection& section, std::string_view key) {
    const auto row =
        std::find_if(section.rows.begin(), section.rows.end(), [&](const auto& r) { return r.first == key; });
    if (row == section.rows.end()) return {};
    std::string value = std::move(row->second);
    section.rows.erase(row);
    return value;
}

// "conv1, conv2d" instead of "layer" and two rows; of a block's body "block1 / conv1, conv2d".
void name_layers(std::vector<RecipeSection>& sections) {
    std::string outer;
    for (RecipeSection& section : sections) {
        if (!section.heading.starts_with("layer")) continue;
        const bool within = section.heading != "layer";
        const std::string name = taken_out(section, "name");
        const std::string kind = taken_out(section, "kind");
        if (!within) outer = name;
        section.heading = (within ? outer + " / " : "") + name + (name.empty() || kind.empty() ? "" : ", ") + kind;
    }
}

}  // namespace

std::vector<RecipeSection> recipe_sections(std::string_view toml) {
    std::vector<RecipeSection> sections{{"recipe", {}}};
    while (!toml.empty()) {
        const std::size_t end = toml.find('\n');
        std::string_view line = toml.substr(0, end);
        toml.remove_prefix(end == toml.npos ? toml.size() : end + 1);
        if (line.empty()) continue;
        const std::size_t equals = line.find(" = ");
        if (line.front() == '[') {
            line.remove_prefix(line.find_first_not_of('['));
            sections.push_back({std::string(line.substr(0, line.find(']'))), {}});
        } else if (equals != line.npos) {
            sections.back().rows.emplace_back(line.substr(0, equals), unquoted(line.substr(equals + 3)));
        }
    }
    name_layers(sections);
    return sections;
}

std::vector<int> pack_columns(std::span<const int> heights, int columns) {
    const int all = std::accumulate(heights.begin(), heights.end(), 0);
    const auto packed = [&](int height) {
        std::vector<int> places;
        int column = 0;
        int used = 0;
        for (const int section : heights) {
            if (used > 0 && used + section > height) {
                ++column;
                used = 0;
            }
            used += section;
            places.push_back(column);
        }
        return places;
    };
    for (int height = all / std::max(1, columns);; ++height) {
        std::vector<int> places = packed(height);
        if (places.empty() || places.back() < columns || height >= all) return places;
    }
}

}  // namespace convscope
