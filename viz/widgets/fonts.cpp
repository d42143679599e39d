#include "viz/widgets/fonts.h"

#include "viz/widgets/embedded_fonts.h"

#include <imgui.h>

#include <cmath>

namespace convscope {
namespace {

// Latin with its accents (recipes and data sets have names), and the signs that texts of ours use.
constexpr ImWchar kGlyphs[] = {0x0020, 0x017F, 0x0394, 0x0394, 0x03B1, 0x03C9, 0x2013, 0x2014, 0x2018,
                               0x201D, 0x2022, 0x2022, 0x2026, 0x2026, 0x2202, 0x2202, 0x2212, 0x2212,
                               0x221E, 0x221E, 0x2248, 0x2248, 0x2260, 0x2265, 0};

ImFont* add_font(EmbeddedBytes file, float pixels) {
    ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
    ImFontConfig config;
    if (file.size == 0) {
        config.SizePixels = std::round(pixels * 13.0F / 15.0F);  // the built-in font is drawn for 13 px
        return atlas.AddFontDefault(&config);
    }
    config.FontDataOwnedByAtlas = false;
    config.OversampleH = 2;
    config.PixelSnapH = true;
    // The atlas takes a pointer to non-const but, not owning the data, only reads it.
    return atlas.AddFontFromMemoryTTF(const_cast<unsigned char*>(file.data), static_cast<int>(file.size),
                                      std::round(pixels), &config, kGlyphs);
}

}  // namespace

Fonts build_fonts(float scale) {
    ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
    atlas.Clear();
    Fonts fonts;
    fonts.body = add_font(roboto_regular(), 15.0F * scale);
    fonts.medium = add_font(roboto_medium(), 15.0F * scale);
    fonts.title = add_font(roboto_medium(), 14.0F * scale);
    fonts.small = add_font(roboto_regular(), 13.0F * scale);
    fonts.numbers = add_font(roboto_regular(), 22.0F * scale);
    fonts.scale = scale;
    atlas.Build();
    ImGui::GetIO().FontDefault = fonts.body;
    return fonts;
}

}  // namespace convscope
