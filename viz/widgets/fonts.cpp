#include "viz/widgets/fonts.h"

#include "engine/core/utf8.h"
#include "viz/widgets/embedded_fonts.h"

#include <imgui.h>

#include <cmath>
#include <optional>
#include <set>

namespace convscope {
namespace {

// Latin with its accents, Greek and Cyrillic (recipes and classes have names), and the signs that texts of ours use.
constexpr ImWchar kGlyphs[] = {0x0020, 0x024F, 0x0370, 0x03FF, 0x0400, 0x052F, 0x1E00, 0x1EFF, 0x2013,
                               0x2014, 0x2018, 0x201D, 0x2022, 0x2022, 0x2026, 0x2026, 0x2202, 0x2202,
                               0x2212, 0x2212, 0x221E, 0x221E, 0x2248, 0x2248, 0x2260, 0x2265, 0};

bool is_always_there(char32_t character) {
    for (std::size_t i = 0; kGlyphs[i] != 0; i += 2)
        if (character >= kGlyphs[i] && character <= kGlyphs[i + 1]) return true;
    return false;
}

// Merged: into the font that was added last. The ranges must live until the atlas is built.
ImFont* add_file(EmbeddedBytes file, float pixels, const ImWchar* ranges, bool merged) {
    ImFontConfig config;
    config.FontDataOwnedByAtlas = false;
    config.OversampleH = 2;
    config.PixelSnapH = true;
    config.MergeMode = merged;
    // The atlas takes a pointer to non-const but, not owning the data, only reads it.
    return ImGui::GetIO().Fonts->AddFontFromMemoryTTF(const_cast<unsigned char*>(file.data),
                                                      static_cast<int>(file.size), std::round(pixels), &config, ranges);
}

ImFont* add_font(EmbeddedBytes file, float pixels, const ImVector<ImWchar>& others) {
    ImFont* font = nullptr;
    if (file.size == 0) {
        ImFontConfig config;
        config.SizePixels = std::round(pixels * 13.0F / 15.0F);  // the built-in font is drawn for 13 px
        font = ImGui::GetIO().Fonts->AddFontDefault(&config);
    } else {
        font = add_file(file, pixels, kGlyphs, /*merged=*/false);
    }
    if (const EmbeddedBytes fallback = droid_fallback(); !others.empty() && fallback.size > 0)
        add_file(fallback, pixels, others.Data, /*merged=*/true);
    return font;
}

}  // namespace

Fonts build_fonts(float scale, std::string_view others) {
    ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
    atlas.Clear();
    ImVector<ImWchar> ranges;
    if (!others.empty()) {
        ImFontGlyphRangesBuilder builder;
        builder.AddText(others.data(), others.data() + others.size());
        builder.BuildRanges(&ranges);
    }
    Fonts fonts;
    fonts.body = add_font(roboto_regular(), 15.0F * scale, ranges);
    fonts.medium = add_font(roboto_medium(), 15.0F * scale, ranges);
    fonts.title = add_font(roboto_medium(), 14.0F * scale, ranges);
    fonts.small = add_font(roboto_regular(), 13.0F * scale, ranges);
    fonts.numbers = add_font(roboto_regular(), 22.0F * scale, ranges);
    fonts.scale = scale;
    atlas.Build();
    ImGui::GetIO().FontDefault = fonts.body;
    return fonts;
}

std::string other_characters(std::span<const std::string> names) {
    std::set<std::string_view> found;
    for (const std::string_view name : names)
        for (std::string_view rest = name; !rest.empty();) {
            const std::string_view before = rest;
            const std::optional<char32_t> character = take_character(rest);
            if (!character) break;
            if (!is_always_there(*character)) found.insert(before.substr(0, before.size() - rest.size()));
        }
    std::string text;
    for (const std::string_view character : found) text += character;
    return text;
}

}  // namespace convscope
