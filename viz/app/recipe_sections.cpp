#include "viz/app/recipe_sections.h"

#include <algorithm>
#include <numeric>

namespace convscope {

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
            sections.back().rows.emplace_back(line.substr(0, equals), line.substr(equals + 3));
        }
    }
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
