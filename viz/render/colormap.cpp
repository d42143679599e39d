#include "viz/render/colormap.h"

#include "viz/render/embedded_colormaps.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

namespace convscope {

namespace {

std::string_view next_line(std::string_view& text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

// Three whole numbers from 0 to 255, separated by spaces or commas, and nothing else.
bool parse_row(std::string_view line, Rgb8& color) {
    const char* place = line.data();
    const char* const end = place + line.size();
    for (std::uint8_t* channel : {&color.r, &color.g, &color.b}) {
        while (place != end && (*place == ' ' || *place == ',')) ++place;
        const auto parsed = std::from_chars(place, end, *channel);
        if (parsed.ec != std::errc{}) return false;
        place = parsed.ptr;
    }
    return std::all_of(place, end, [](char c) { return c == ' ' || c == '\r'; });
}

using Tables = std::array<ColormapTable, kColormapCount>;

Tables embedded_tables() {
    Tables tables;
    for (int i = 0; i < kColormapCount; ++i) {
        const std::string file = std::string(colormap_name(static_cast<Colormap>(i))) + ".txt";
        for (const gfx::EmbeddedFile& embedded : embedded_colormaps())
            if (embedded.name == file)
                tables[static_cast<std::size_t>(i)] = parse_colormap(embedded.text, file).value();
    }
    return tables;
}

}  // namespace

Result<ColormapTable> parse_colormap(std::string_view text, std::string_view file_name) {
    ColormapTable table;
    std::size_t rows = 0;
    for (int line_number = 1; !text.empty(); ++line_number) {
        std::string_view line = next_line(text);
        line = line.substr(0, line.find('#'));
        if (line.find_first_not_of(" \r") == std::string_view::npos) continue;
        Rgb8 color;
        if (!parse_row(line, color))
            return Error{ErrorCode::Corrupt, std::string(file_name) + ", line " + std::to_string(line_number) +
                                                 ": three numbers from 0 to 255 are expected, separated by spaces"};
        if (rows < table.size()) table[rows] = color;
        ++rows;
    }
    if (rows != table.size())
        return Error{ErrorCode::Corrupt, std::string(file_name) + ": a colormap has " + std::to_string(table.size()) +
                                             " colours, and this one has " + std::to_string(rows)};
    return table;
}

std::string_view colormap_name(Colormap colormap) {
    constexpr std::array<std::string_view, kColormapCount> kNames{"viridis", "magma", "grey", "diverging"};
    return kNames[static_cast<std::size_t>(colormap)];
}

const ColormapTable& colormap_table(Colormap colormap) {
    static const Tables kTables = embedded_tables();
    return kTables[static_cast<std::size_t>(colormap)];
}

Rgb8 rgb(Colormap colormap, float t) {
    const float position = t > 0.0F ? std::min(t, 1.0F) : 0.0F;  // NaN too is 0
    return colormap_table(colormap)[static_cast<std::size_t>(position * 255.0F + 0.5F)];
}

}  // namespace convscope
