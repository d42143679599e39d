#include "viz/panels/scene_labels.h"

#include "viz/panels/layer_panel_parts.h"
#include "viz/render/value_range.h"
#include "viz/widgets/format.h"
#include "viz/widgets/tile_read_out.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace convscope {
namespace {

constexpr float kLeastWall = 14.0F;      // pixels of a wall that is worth a name
constexpr float kDetailedWall = 120.0F;  // and its shape
constexpr float kNumberCell = 34.0F;     // pixels of a cell that holds a number
constexpr std::int64_t kMostNumbers = 3000;

// "10x24x24, 260 parameters"
ShortText details_of(const NetworkDescription& network, LayerId layer) {
    ShortText text;
    const Shape& shape =
        layer == kInputLayer ? network.input_shape : network.layers[static_cast<std::size_t>(layer.index)].output_shape;
    std::array<char, 18> size{};
    if (shape.rank() == 3)
        std::snprintf(size.data(), size.size(), "%lldx%lldx%lld", static_cast<long long>(shape[0]),
                      static_cast<long long>(shape[1]), static_cast<long long>(shape[2]));
    else
        std::snprintf(size.data(), size.size(), "%lld", static_cast<long long>(shape.element_count()));
    const std::int64_t parameters =
        layer == kInputLayer ? 0 : network.layers[static_cast<std::size_t>(layer.index)].parameter_count;
    if (parameters > 0)
        std::snprintf(text.characters.data(), text.characters.size(), "%s, %.16s parameters", size.data(),
                      format_count(parameters).c_str());
    else
        std::snprintf(text.characters.data(), text.characters.size(), "%s", size.data());
    return text;
}

// Whether a wall stands between the eye and the point.
bool is_hidden(const SceneLayout& layout, const Camera& camera, const Vec3& point) {
    const Vec3 way = point - camera.eye();
    const float distance = glm::length(way);
    if (!(distance > 0.0F)) return false;
    const auto hit = pick(layout, {camera.eye(), way / distance});
    return hit && hit->distance < distance - 1.0F;
}

bool overlaps(const std::array<float, 4>& a, const std::array<float, 4>& b) {
    return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}

}  // namespace

void SceneLabels::draw(FrameContext& context, const SceneLabelsInput& input) {
    draw_numbers(context, input);
    draw_classes(context, input);
    draw_names(context, input);
}

void SceneLabels::draw_names(FrameContext& context, const SceneLabelsInput& input) {
    const WidgetStyle style = style_of(context);
    labels_.clear();
    const std::size_t selected = input.layout.wall_of(context.lane.selection.layer);
    for (const SeenWall& seen : input.seen) {
        if (seen.pixels < kLeastWall) continue;
        const SceneWall& wall = input.layout.walls[seen.wall];
        const Box box = wall.box();
        const Vec3 top{box.center().x, box.high.y + 0.6F, box.center().z};
        const auto place = input.camera.project(top);
        if (!place || is_hidden(input.layout, input.camera, top)) continue;
        const float rank = seen.wall == input.hovered ? 2e6F : seen.wall == selected ? 1e6F : 0.0F;
        labels_.push_back({seen.wall, rank + seen.pixels, {input.origin.x + place->x, input.origin.y + place->y}});
    }
    std::sort(labels_.begin(), labels_.end(), [](const Label& a, const Label& b) { return a.priority > b.priority; });
    taken_.clear();
    ImDrawList* list = ImGui::GetWindowDrawList();
    for (const Label& label : labels_) {
        const SceneWall& wall = input.layout.walls[label.wall];
        const char* name = name_of(input.network, wall.layer);
        const bool stressed = label.priority >= 1e6F;
        const bool empty = std::none_of(input.values.begin(), input.values.end(),
                                        [&](const SceneValues& values) { return values.surface == &wall.values; });
        const bool detailed = stressed || empty || label.priority >= kDetailedWall * context.scale;
        ShortText details = details_of(input.network, wall.layer);
        if (empty)
            std::snprintf(details.characters.data(), details.characters.size(), "%s",
                          input.pass ? "the pass is not here yet" : "no values yet");
        ImFont* name_font = context.fonts.medium;
        ImFont* small = context.fonts.small;
        const ImVec2 name_size = name_font->CalcTextSizeA(name_font->FontSize, 1e9F, 0.0F, name);
        ImVec2 details_size{0.0F, 0.0F};
        if (detailed) details_size = small->CalcTextSizeA(small->FontSize, 1e9F, 0.0F, details.c_str());
        const float pad = style.px(4);
        const auto rectangle = [&](bool with_details) {
            const float width = std::max(name_size.x, with_details ? details_size.x : 0.0F) + 2.0F * pad;
            const float height = name_size.y + (with_details ? details_size.y : 0.0F) + pad;
            const float left = std::round(label.place.x - 0.5F * width);
            const float top = std::round(label.place.y - height - style.px(2));
            return std::array<float, 4>{left, top, left + width, top + height};
        };
        const auto is_free = [&](const std::array<float, 4>& wanted) {
            return std::none_of(taken_.begin(), taken_.end(),
                                [&](const auto& other) { return overlaps(wanted, other); });
        };
        bool with_details = detailed;
        std::array<float, 4> wanted = rectangle(with_details);
        if (with_details && !is_free(wanted)) wanted = rectangle(with_details = false);
        if (!is_free(wanted)) continue;
        taken_.push_back(wanted);
        list->AddRectFilled({wanted[0], wanted[1]}, {wanted[2], wanted[3]},
                            imgui_color(context.colors.panel, stressed ? 0.92F : 0.72F), style.px(4));
        const float middle = 0.5F * (wanted[0] + wanted[2]);
        list->AddText(name_font, name_font->FontSize,
                      {std::round(middle - 0.5F * name_size.x), wanted[1] + std::round(0.3F * pad)},
                      imgui_color(stressed ? context.colors.accent : context.colors.text), name);
        if (with_details)
            list->AddText(
                small, small->FontSize,
                {std::round(middle - 0.5F * details_size.x), wanted[1] + std::round(0.3F * pad) + name_size.y},
                imgui_color(context.colors.text_secondary), details.c_str());
    }
}

// The exact values, once a cell is large enough to hold one.
void SceneLabels::draw_numbers(FrameContext& context, const SceneLabelsInput& input) const {
    ImDrawList* list = ImGui::GetWindowDrawList();
    ImFont* font = context.fonts.small;
    std::int64_t printed = 0;
    const auto print = [&](const SceneValues& values) {
        const SceneSurface& surface = *values.surface;
        const TensorCapture* capture = values.capture;
        if (capture->plane_count() != surface.tile_count) return;
        const CellRectangle part = seen_part(surface, input.camera);
        if (part.empty()) return;
        const float pitch_x = surface.tile_width() + surface.gap;
        const float pitch_y = surface.tile_height() + surface.gap;
        const auto first_tile_column = static_cast<std::int64_t>(part.left / pitch_x);
        const auto last_tile_column =
            std::min(surface.tile_columns - 1, static_cast<std::int64_t>(part.right / pitch_x));
        const auto first_tile_row = static_cast<std::int64_t>(part.top / pitch_y);
        const auto last_tile_row = std::min(surface.tile_rows() - 1, static_cast<std::int64_t>(part.bottom / pitch_y));
        for (std::int64_t tile_row = first_tile_row; tile_row <= last_tile_row; ++tile_row)
            for (std::int64_t tile_column = first_tile_column; tile_column <= last_tile_column; ++tile_column) {
                const std::int64_t tile = tile_row * surface.tile_columns + tile_column;
                if (tile >= surface.tile_count) break;
                const Vec2 corner = surface.tile_corner(tile);
                const auto index = [](float place, float cell, std::int64_t count) {
                    return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor(place / cell)), 0, count - 1);
                };
                const ValueRange ends = plane_range(*capture, tile, values.range);
                const std::int64_t left = index(part.left - corner.x, surface.cell_width, surface.cell_columns);
                const std::int64_t right = index(part.right - corner.x, surface.cell_width, surface.cell_columns);
                const std::int64_t top = index(part.top - corner.y, surface.cell_height, surface.cell_rows);
                const std::int64_t bottom = index(part.bottom - corner.y, surface.cell_height, surface.cell_rows);
                for (std::int64_t y = top; y <= bottom; ++y)
                    for (std::int64_t x = left; x <= right; ++x) {
                        const std::int64_t at = y * surface.cell_columns + x;
                        if (at >= surface.values_per_tile()) break;
                        const SurfaceCell cell{tile, at / surface.plane_width, at % surface.plane_width};
                        const Vec3 center = surface.cell_center(cell);
                        const auto place = input.camera.project(center);
                        if (!place) continue;
                        const float pixels =
                            input.camera.pixels_per_unit(center) * std::min(surface.cell_width, surface.cell_height) *
                            std::abs(glm::dot(glm::normalize(center - input.camera.eye()), surface.front()));
                        if (pixels < kNumberCell * context.scale || is_hidden(input.layout, input.camera, center))
                            continue;
                        if (++printed > kMostNumbers) return;
                        const float value =
                            capture->values[static_cast<std::size_t>(tile * surface.values_per_tile() + at)];
                        const ShortText text = format_value(value, pixels > 56.0F * context.scale ? 4 : 2);
                        float height = std::min(font->FontSize, 0.42F * pixels);
                        ImVec2 size = font->CalcTextSizeA(height, 1e9F, 0.0F, text.c_str());
                        if (size.x > 0.9F * pixels) {
                            height *= 0.9F * pixels / size.x;
                            size = font->CalcTextSizeA(height, 1e9F, 0.0F, text.c_str());
                        }
                        const ImU32 color = std::isfinite(value)
                                                ? text_color_on(rgb(values.colormap, ends.position(value)))
                                                : imgui_color(context.colors.text);
                        list->AddText(font, height,
                                      {std::round(input.origin.x + place->x - 0.5F * size.x),
                                       std::round(input.origin.y + place->y - 0.5F * size.y)},
                                      color, text.c_str());
                    }
            }
    };
    for (const SceneValues& values : input.values) {
        const Box box = values.surface->box();
        const Vec3 nearest = glm::clamp(input.camera.eye(), box.low, box.high);
        if (input.camera.pixels_per_unit(nearest) * values.surface->cell_width >= kNumberCell * context.scale)
            print(values);
    }
}

void SceneLabels::draw_classes(FrameContext& context, const SceneLabelsInput& input) const {
    const Snapshot* snapshot = context.lane.shown();
    const std::span<const float> probabilities = input.probabilities;
    if (!snapshot || !snapshot->run_info || probabilities.empty()) return;
    const std::vector<std::string>& names = snapshot->run_info->data.class_names;
    const SceneSurface& cells = input.layout.classes;
    if (cells.values_per_tile() != static_cast<std::int64_t>(probabilities.size())) return;
    const int best = likeliest(probabilities);
    ImDrawList* list = ImGui::GetWindowDrawList();
    ImFont* font = context.fonts.small;
    for (std::size_t i = 0; i < probabilities.size(); ++i) {
        if (!std::isfinite(probabilities[i])) continue;
        const auto column = static_cast<std::int64_t>(i);
        const Vec3 center = cells.cell_center({0, 0, column});
        const float pixels = input.camera.pixels_per_unit(center) * cells.cell_height;
        const bool chosen = static_cast<int>(i) == best;
        if (pixels < (chosen ? 5.0F : 11.0F) * context.scale) continue;
        const Vec3 end = cells.at(cells.width() + 2.6F + input.layout.bar_length * probabilities[i], 0.0F);
        const Vec3 beside{end.x, center.y, end.z};
        const auto place = input.camera.project(beside);
        if (!place || is_hidden(input.layout, input.camera, beside)) continue;
        ShortText text;
        const char* name = i < names.size() ? names[i].c_str() : "?";
        std::snprintf(text.characters.data(), text.characters.size(), "%s  %.1f %%", name,
                      100.0 * static_cast<double>(probabilities[i]));
        const float height =
            std::clamp(0.8F * pixels, chosen ? 13.0F * context.scale : 9.0F * context.scale, 1.25F * font->FontSize);
        list->AddText(font, height,
                      {std::round(input.origin.x + place->x), std::round(input.origin.y + place->y - 0.5F * height)},
                      imgui_color(chosen ? context.colors.accent : context.colors.text_secondary), text.c_str());
    }
}

}  // namespace convscope
