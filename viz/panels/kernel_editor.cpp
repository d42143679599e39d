#include "viz/panels/kernel_editor.h"

#include "viz/panels/button_grid.h"
#include "viz/panels/control_rows.h"
#include "viz/panels/layer_panel_parts.h"
#include "viz/render/colormap.h"
#include "viz/scene/layer_values.h"
#include "viz/view/control_values.h"
#include "viz/view/kernel_patterns.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"

#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace convscope {
namespace {

constexpr float kLargestCell = 34.0F;
constexpr float kCellWithNumber = 30.0F;
constexpr float kBesideCells = 110.0F;  // of the fields beside the cells
constexpr float kMostCells = 9.0F;      // in a row that is drawn at full size

ImU32 color_of(Rgb8 color) { return IM_COL32(color.r, color.g, color.b, 255); }

// Black or white, whichever is read on it.
ImU32 ink_on(Rgb8 color) {
    const int light = 299 * color.r + 587 * color.g + 114 * color.b;
    return light > 140'000 ? IM_COL32(0, 0, 0, 255) : IM_COL32(255, 255, 255, 255);
}

float strongest_of(const TensorCapture& capture) {
    const std::array<float, 2> ends{capture.whole.minimum, capture.whole.maximum};
    return strength_of(ends);
}

}  // namespace

void KernelEditor::draw(FrameContext& context, const LayerDescription& layer, std::int64_t channel) {
    const WidgetStyle style = style_of(context);
    const Snapshot& snapshot = *context.lane.live();
    const TensorKey key{TensorKind::Weight, layer.id};
    context.watch.add(key);
    const Kernels kernels = kernels_of(layer);
    input_ = std::clamp<std::int64_t>(input_, 0, kernels.inputs - 1);
    draw_input(context, kernels.inputs);

    const TensorCapture* capture = snapshot.find(key);
    if (!capture || capture->run != snapshot.run_info->run) {
        hint(style, "Waiting for the trainer to capture the weights.");
        return;
    }
    const std::int64_t plane = kernels.index(channel, kernels.group_of_output(channel) * kernels.inputs + input_);
    const Kernel kernel{layer.id, plane * kernels.size, capture->plane_height(), capture->plane_width()};
    const bool other = kernel != kernel_;
    if (other) {
        kernel_ = kernel;
        painting_ = false;
        cell_ = 0;
    }
    const EngineLink& engine = context.lane.link;
    if (other || (!painting_ && !engine.pending(engine.requested().by_hand))) {
        const auto begin = capture->values.begin() + static_cast<std::ptrdiff_t>(kernel.first);
        values_.assign(begin, begin + static_cast<std::ptrdiff_t>(kernel.height * kernel.width));
    }
    draw_cells(context, *capture);
    // The fields stand beside the cells where there is room for them.
    const float beside = ImGui::GetWindowContentRegionMax().x - ImGui::GetItemRectSize().x - style.px(24);
    const bool fits = beside >= style.px(kBesideCells);
    if (fits) {
        ImGui::SameLine(0.0F, style.px(16));
        ImGui::BeginGroup();
    }
    draw_brush(context);
    if (fits) ImGui::EndGroup();
    draw_patterns(context);
}

void KernelEditor::draw_input(FrameContext& context, std::int64_t inputs) {
    if (inputs == 1) return;
    const WidgetStyle style = style_of(context);
    row_label(style, "Input", false);
    char text[64];
    std::snprintf(text, sizeof text, "%lld of %lld", static_cast<long long>(input_), static_cast<long long>(inputs));
    if (icon_button(style, "input before", Icon::Previous, "",
                    {.tooltip = "The kernel for the channel before, of those that come in (no key)"}))
        input_ = (input_ + inputs - 1) % inputs;
    ImGui::SameLine();
    if (icon_button(style, "input after", Icon::Next, "",
                    {.tooltip = "The kernel for the next channel, of those that come in (no key)"}))
        input_ = (input_ + 1) % inputs;
    ImGui::SameLine();
    ImGui::AlignTextToFramePadding();
    ImGui::TextUnformatted(text);
}

void KernelEditor::draw_cells(FrameContext& context, const TensorCapture& capture) {
    const WidgetStyle style = style_of(context);
    const float room = ImGui::GetContentRegionAvail().x;
    const float side = std::floor(
        std::min(style.px(kLargestCell), room / std::max(kMostCells / 2.0F, static_cast<float>(kernel_.width))));
    const ImVec2 origin = ImGui::GetCursorScreenPos();
    const ImVec2 size{side * static_cast<float>(kernel_.width), side * static_cast<float>(kernel_.height)};
    ImGui::InvisibleButton("kernel", size, ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight);
    note_item(style, "kernel");
    const bool active = ImGui::IsItemActive();
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    const auto column = static_cast<std::int64_t>(std::floor((mouse.x - origin.x) / side));
    const auto row = static_cast<std::int64_t>(std::floor((mouse.y - origin.y) / side));
    const bool within = column >= 0 && row >= 0 && column < kernel_.width && row < kernel_.height;
    const std::int64_t pointed = within && (ImGui::IsItemHovered() || active) ? row * kernel_.width + column : -1;

    if (active && pointed >= 0) {
        const float strength = brush_ != 0.0F ? brush_ : strongest_of(capture);
        painting_ = true;
        cell_ = pointed;
        values_[static_cast<std::size_t>(pointed)] = ImGui::IsMouseDown(ImGuiMouseButton_Right) ? 0.0F : strength;
    }
    if (painting_ && !active) {
        painting_ = false;
        put(context, values_);
    }

    const ValueRange range =
        plane_range(capture, kernel_.first / (kernel_.height * kernel_.width), weight_range(context.settings));
    ImDrawList* list = ImGui::GetWindowDrawList();
    const ImFont* small = context.fonts.small;
    for (std::size_t i = 0; i < values_.size(); ++i) {
        const auto at = static_cast<std::int64_t>(i);
        const ImVec2 corner{origin.x + side * static_cast<float>(at % kernel_.width),
                            origin.y + side * static_cast<float>(at / kernel_.width)};
        const ImVec2 end{corner.x + side, corner.y + side};
        const float value = values_[i];
        if (std::isfinite(value)) {
            const Rgb8 color = rgb(context.settings.weight_colormap, range.position(value));
            list->AddRectFilled(corner, end, color_of(color));
            if (side >= style.px(kCellWithNumber)) {
                const ShortText number = format_value(static_cast<double>(value), 2);
                const ImVec2 extent = small->CalcTextSizeA(small->FontSize, FLT_MAX, 0.0F, number.c_str());
                const float shrink = std::min(1.0F, (side - 4.0F) / extent.x);
                list->AddText(small, std::floor(small->FontSize * shrink),
                              {std::round(corner.x + (side - extent.x * shrink) / 2.0F),
                               std::round(corner.y + (side - extent.y * shrink) / 2.0F)},
                              ink_on(color), number.c_str());
            }
        } else {
            list->AddRect(corner, end, imgui_color(context.colors.no_data));
        }
        if (at == cell_) list->AddRect(corner, end, imgui_color(context.colors.accent), 0.0F, 0, style.px(2));
        if (at == pointed) list->AddRect(corner, end, imgui_color(context.colors.text));
    }
    if (pointed >= 0 && !active) {
        char text[160];
        std::snprintf(text, sizeof text,
                      "Row %lld, column %lld: %.7g. Drag to paint with the brush, with the right button to set 0; what "
                      "is painted counts when you let go (no key).",
                      static_cast<long long>(row), static_cast<long long>(column),
                      static_cast<double>(values_[static_cast<std::size_t>(pointed)]));
        item_tooltip(style, text);
    }
}

void KernelEditor::draw_brush(FrameContext& context) {
    const WidgetStyle style = style_of(context);
    const bool pending = context.lane.link.pending(context.lane.link.requested().by_hand);
    const auto number = [](const char* text) { return parse_weight(text); };
    row_label(style, "Brush", false);
    if (const char* text = brush_field_.draw(
            style, "##brush",
            brush_ == 0.0F ? std::string_view("strongest") : format_value(static_cast<double>(brush_)),
            field_width(style), "What painting sets a weight to; 0 stands for the layer's largest weight. Enter."))
        brush_field_.settle(number(text), [this](float value) { brush_ = value; });
    brush_field_.draw_refusal(style);

    cell_ = std::clamp<std::int64_t>(cell_, 0, std::ssize(values_) - 1);
    row_label(style, "Weight", pending);
    const float value = values_[static_cast<std::size_t>(cell_)];
    if (const char* text = value_field_.draw(
            style, "##weight", format_value(static_cast<double>(value), 6), field_width(style),
            tooltip_of(pending, "The exact weight in the framed cell, the one that was clicked last. Enter.")))
        value_field_.settle(number(text), [&](float typed) {
            context.ui.post(command::SetWeights{kernel_.layer, false, kernel_.first + cell_, {typed}});
        });
    value_field_.draw_refusal(style);
}

void KernelEditor::draw_patterns(FrameContext& context) {
    const WidgetStyle style = style_of(context);
    ButtonGrid grid(style, name_of(KernelPattern::Gaussian).data());
    const std::int64_t height = kernel_.height, kernel_width = kernel_.width;
    for (int i = 0; i < kKernelPatternCount; ++i) {
        const auto pattern = static_cast<KernelPattern>(i);
        if (grid.button(name_of(pattern).data(), name_of(pattern), help_of(pattern)))
            put(context, kernel_pattern(pattern, height, kernel_width, strength_of(values_),
                                        pattern == KernelPattern::Noise ? ++noise_ : 0));
    }
    if (grid.button("Copy", "copy kernel", "Keep this kernel, to be pasted into another one (no key)")) {
        copied_ = values_;
        copied_width_ = kernel_width;
    }
    const bool fits = copied_.size() == values_.size() && copied_width_ == kernel_width;
    if (grid.button("Paste", "paste kernel",
                    fits              ? "The kernel that was copied takes the place of this one (no key)"
                    : copied_.empty() ? "No kernel was copied yet"
                                      : "The kernel that was copied is of another size",
                    fits))
        put(context, copied_);
}

void KernelEditor::put(FrameContext& context, std::vector<float> values) {
    values_ = values;
    context.ui.post(command::SetWeights{kernel_.layer, false, kernel_.first, std::move(values)});
}

}  // namespace convscope
