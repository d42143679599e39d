#include "viz/panels/picture_grid.h"

#include "viz/widgets/controls.h"

#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace convscope {
namespace {

constexpr std::array<float, 3> kSizes{30.0F, 60.0F, 120.0F};  // about a picture's longer side, pixels at scale 1
constexpr float kNoLight = 0.0F;
constexpr float kFullLight = 255.0F;
constexpr std::chrono::microseconds kPictureTime{4000};  // of a frame, on pictures that are drawn when asked for

}  // namespace

float pixel_side(const DatasetInfo& info, float longest) {
    const auto pixels = static_cast<float>(std::max<std::int64_t>(1, std::max(info.width, info.height)));
    return pixels <= longest ? std::floor(longest / pixels) : longest / pixels;
}

TileColors byte_colors(std::int64_t channels, const WidgetStyle& style) {
    TileColors colors{.colormap = Colormap::Grey,
                      .range = {.mode = RangeMode::Fixed, .fixed = {kNoLight, kFullLight}},
                      .no_data = style.colors.no_data,
                      .no_data_ground = style.colors.panel};
    if (channels == 3) colors.rgb = RgbRange{colors.range.fixed, colors.range.fixed, colors.range.fixed};
    return colors;
}

void choose_size(const WidgetStyle& style, PictureSize& size, bool short_words, float width) {
    static constexpr std::array<const char*, 3> kNames{"Small", "Medium", "Large"};
    static constexpr std::array<const char*, 3> kShortNames{"S", "M", "L"};
    int chosen = static_cast<int>(size);
    if (segmented(style, "size", short_words ? kShortNames : kNames, chosen, width))
        size = static_cast<PictureSize>(chosen);
    item_tooltip(style, "How large the pictures are (no key).");
}

PictureGrid PictureGrid::in_window(const DatasetInfo& info, PictureSize size, std::int64_t count,
                                   const WidgetStyle& style, float below, float narrowest) {
    PictureGrid grid;
    const ImVec2 corner = ImGui::GetWindowPos();
    const float inset = style.px(3);  // so that an outline around the outermost pictures is seen
    grid.left = corner.x + inset;
    grid.top = corner.y + inset;
    grid.width = ImGui::GetContentRegionAvail().x - inset;
    grid.height = ImGui::GetWindowHeight();
    grid.scroll = static_cast<double>(ImGui::GetScrollY());
    const float pixel = pixel_side(info, style.px(kSizes[static_cast<std::size_t>(size)]));
    grid.tile_width = std::max(1.0F, pixel * static_cast<float>(info.width));
    grid.tile_height = std::max(1.0F, pixel * static_cast<float>(info.height));
    const float gap = style.px(4);
    const float wide = std::max(grid.tile_width, narrowest);
    grid.pitch_x = wide + gap;
    grid.pitch_y = grid.tile_height + below + gap;
    grid.columns = std::max<std::int64_t>(1, static_cast<std::int64_t>((grid.width + gap) / grid.pitch_x));
    // What is left of a row goes between its pictures.
    if (grid.columns > 1)
        grid.pitch_x =
            std::min(grid.pitch_x + gap, std::floor((grid.width - wide) / static_cast<float>(grid.columns - 1)));
    grid.count = count;
    const auto row_at = [&](double y) { return static_cast<std::int64_t>(y / static_cast<double>(grid.pitch_y)); };
    grid.first = std::min(grid.count, row_at(grid.scroll) * grid.columns);
    grid.end = std::min(grid.count, (row_at(grid.scroll + static_cast<double>(grid.height)) + 1) * grid.columns);
    return grid;
}

ImVec2 PictureGrid::corner(std::int64_t place) const {
    const double y = static_cast<double>(place / columns) * static_cast<double>(pitch_y) - scroll;
    return {left + static_cast<float>(place % columns) * pitch_x, top + static_cast<float>(std::round(y))};
}

std::int64_t PictureGrid::at(ImVec2 position) const {
    for (std::int64_t place = first; place < end; ++place) {
        const ImVec2 own = corner(place);
        if (position.x >= own.x && position.x < own.x + tile_width && position.y >= own.y &&
            position.y < own.y + tile_height)
            return place;
    }
    return -1;
}

void PictureGrid::end_window() const {
    ImGui::SetCursorPosY(static_cast<float>(rows()) * pitch_y - 1.0F);
    ImGui::Dummy({1.0F, 1.0F});
}

void PictureTiles::draw(FrameContext& context, const Dataset& dataset, Split split,
                        std::span<const std::int64_t> pictures, const PictureGrid& grid, const WidgetStyle& style) {
    const std::int64_t channels = dataset.info().channels;
    // Room for as many as are ever in view, so that scrolling keeps the texture.
    const auto rows = static_cast<std::int64_t>(std::ceil(grid.height / grid.pitch_y)) + 1;
    sheet_.show(dataset, split, pictures, rows * grid.columns);
    if (!work_for(kPictureTime, [this] { return sheet_.fill(1); })) context.unfinished = true;

    const bool colour = channels == 3;
    ImDrawList* list = ImGui::GetWindowDrawList();
    tiles_.clear();
    for (std::int64_t place = grid.first; place < grid.end; ++place) {
        const ImVec2 corner = grid.corner(place);
        const std::int64_t picture = place - grid.first;
        note_place(style, "picture", corner, {corner.x + grid.tile_width, corner.y + grid.tile_height},
                   pictures[static_cast<std::size_t>(picture)]);
        if (picture < sheet_.filled())
            tiles_.push_back({.plane = colour ? picture : picture * channels,
                              .x = corner.x,
                              .y = corner.y,
                              .width = grid.tile_width,
                              .height = grid.tile_height});
        else
            list->AddRectFilled(corner, {corner.x + grid.tile_width, corner.y + grid.tile_height},
                                imgui_color(style.colors.raised));
    }
    if (const auto drawn = context.tiles.draw(list, sheet_.capture(), tiles_, byte_colors(channels, style)); !drawn)
        list->AddText(ImGui::GetFont(), ImGui::GetFontSize(), {grid.left, grid.top}, imgui_color(style.colors.warning),
                      drawn.error().message.c_str(), nullptr, grid.width);
}

}  // namespace convscope
