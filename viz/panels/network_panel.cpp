#include "viz/panels/network_panel.h"

#include "engine/api/layer_kinds.h"

#include "viz/panels/layer_panel_parts.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace convscope {

namespace {

enum Column : std::size_t {
    kDiagram,
    kLayer,
    kKind,
    kOutput,
    kKernel,
    kStride,
    kKernelAndStride,
    kParameters,
    kField,
    kMean,
    kDeviation,
    kDead
};

struct ColumnText {
    const char* title;
    const char* help;
    const char* widest;  // room for live numbers, so that columns stay where they are while digits change
    bool numeric;        // right-aligned
};

constexpr std::array<ColumnText, NetworkPanel::kColumnCount> kColumns{{
    {"",
     "How large the outputs are: a box's height stands for the side of the maps, its width for the number of "
     "channels or units.",
     "", false},
    {"Layer", "The layer's name in the recipe.", "", false},
    {"Kind", "What the layer does.", "", false},
    {"Output", "Shape of the output for one picture: channels x height x width, or the number of units.", "", true},
    {"Kernel", "Side lengths of the kernel or pooling window, in pixels of the layer's input.", "", true},
    {"Stride", "How far the kernel moves from one output to the next, in pixels of the layer's input.", "", true},
    {"Kernel",
     "Side lengths of the kernel or pooling window, then how far it moves from one output to the next (the "
     "stride); in pixels of the layer's input.",
     "", true},
    {"Parameters", "Weights and biases that are learned.", "", true},
    {"Field",
     "Receptive field: the square of input pixels that one output value depends on; \"all\" is the whole "
     "picture.",
     "", true},
    {"Mean", "Mean of the layer's outputs over a fixed set of held-out pictures.", "-00.000", true},
    {"Deviation", "Standard deviation of the layer's outputs over a fixed set of held-out pictures.", "00.000", true},
    {"Dead",
     "Of ReLU layers: the share of channels (or units) that are zero or less on every picture of a fixed "
     "set of held-out pictures, and so pass nothing on.",
     "100.0 %", true},
}};

// What is done, one after the other, until everything fits. Dropped is what is missed the least; the layer's name
// stays.
enum class Saving { SmallFont, MergeKernelAndStride, Drop };
struct SavingStep {
    Saving saving;
    Column column = kLayer;
};
constexpr std::array kSavings{
    SavingStep{Saving::SmallFont},     SavingStep{Saving::MergeKernelAndStride},   SavingStep{Saving::Drop, kDiagram},
    SavingStep{Saving::Drop, kKind},   SavingStep{Saving::Drop, kDeviation},       SavingStep{Saving::Drop, kField},
    SavingStep{Saving::Drop, kMean},   SavingStep{Saving::Drop, kKernelAndStride}, SavingStep{Saving::Drop, kDead},
    SavingStep{Saving::Drop, kOutput}, SavingStep{Saving::Drop, kParameters},
};

constexpr float kDiagramWidth = 52.0F;
constexpr float kLeastGap = 14.0F;
constexpr float kLeastGapCompact = 9.0F;
constexpr float kLargestGap = 40.0F;
constexpr float kManyDead = 0.5F;  // a share of dead channels that deserves attention

std::string square(std::int64_t side) { return std::to_string(side) + "x" + std::to_string(side); }

bool has_kernel(LayerKind kind) { return has_setting(kind, "kernel_size"); }

std::string describe(const NetworkDescription& network, const LayerDescription& layer) {
    const LayerSpec& spec = layer.spec;
    std::string text = spec.name + ", " + std::string(to_string(spec.kind)) + ": " + layer.input_shape.to_string() +
                       " to " + layer.output_shape.to_string();
    const bool of_the_one_before = layer.inputs.size() == 1 && layer.inputs.front().index + 1 == layer.id.index;
    for (std::size_t i = 0; i < layer.inputs.size() && !of_the_one_before; ++i)
        text += (i > 0 ? ", " : "\nTakes ") + std::string(name_of(network, layer.inputs[i]));
    if (has_kernel(spec.kind))
        text += "\nKernel " + square(spec.kernel_size) + ", stride " + std::to_string(spec.stride) + ", padding " +
                std::to_string(spec.padding);
    if (layer.has_weight())
        text += "\nWeights " + layer.weight_shape.to_string() +
                (layer.has_bias() ? ", biases " + layer.bias_shape.to_string() : ", no biases");
    if (layer.weights_of) text += ": those of " + std::string(name_of(network, *layer.weights_of));
    const ReceptiveField& field = layer.receptive_field;
    if (field.whole_input)
        text += "\nEach output sees the whole picture";
    else
        text += "\nEach output sees " + square(field.size) + " input pixels, " +
                std::string(format_value(field.stride, 4).c_str()) + (field.stride == 1.0 ? " pixel" : " pixels") +
                " from its neighbour's; the first starts at pixel " + std::to_string(field.offset);
    return text;
}

float box_height(const Shape& output, const Shape& input) {
    if (output.rank() != 3 || input[1] <= 0) return 0.0F;
    return std::min(1.0F, static_cast<float>(output[1]) / static_cast<float>(input[1]));
}

// By the logarithm: one channel and two thousand units are on the same page.
float box_width(const Shape& output) {
    constexpr float kFullWidthLog = 11.0F;  // 2,048 units
    return std::clamp((std::log2(static_cast<float>(std::max<std::int64_t>(output[0], 1))) + 1.0F) / kFullWidthLog,
                      0.0F, 1.0F);
}

struct NumberText {
    char chars[24] = {};
};

NumberText format_statistic(float value) {
    NumberText text;
    if (!std::isfinite(value))
        std::snprintf(text.chars, sizeof text.chars, "NaN");
    else
        std::snprintf(text.chars, sizeof text.chars, std::abs(value) < 100.0F ? "%.3f" : "%.3g",
                      static_cast<double>(value));
    return text;
}

NumberText format_share(float share) {
    NumberText text;
    std::snprintf(text.chars, sizeof text.chars, "%.1f %%", 100.0 * static_cast<double>(share));
    return text;
}

}  // namespace

std::string_view NetworkPanel::help() const {
    return "The task: to name the class of a picture that was never seen before. A network does it by layers of sums, "
           "whose weights it learns from examples. Here is every layer from the input to the output, in the order in "
           "which a picture passes through. Boxes hint at "
           "the size of what comes out: high for large maps, wide for many channels. Mean, deviation and dead share "
           "are measured on a fixed set of pictures that it is not trained on while the network learns. Click a layer "
           "to select it in "
           "every panel.";
}

void NetworkPanel::prepare(const RunInfo& info) {
    const NetworkDescription& network = info.network;
    rows_.clear();
    Row input;
    input.layer = kInputLayer;
    input.cells[kLayer] = "input";
    input.cells[kKind] = "picture";
    input.cells[kOutput] = network.input_shape.to_string();
    input.details = "The picture as the network sees it, after preprocessing: " + network.input_shape.to_string();
    input.box_height = 1.0F;
    input.box_width = box_width(network.input_shape);
    rows_.push_back(std::move(input));
    for (const LayerDescription& layer : network.layers) {
        Row row;
        row.layer = layer.id;
        row.cells[kLayer] = layer.spec.name;
        row.cells[kKind] = to_string(layer.spec.kind);
        row.cells[kOutput] = layer.output_shape.to_string();
        if (has_kernel(layer.spec.kind)) {
            row.cells[kKernel] = square(layer.spec.kernel_size);
            row.cells[kStride] = std::to_string(layer.spec.stride);
            row.cells[kKernelAndStride] = row.cells[kKernel] + " / " + row.cells[kStride];
        }
        if (layer.weights_of) row.cells[kParameters] = "shared";
        if (layer.parameter_count > 0) row.cells[kParameters] = format_count(layer.parameter_count).c_str();
        row.cells[kField] = layer.receptive_field.whole_input ? "all" : square(layer.receptive_field.size);
        row.details = describe(network, layer);
        row.box_height = box_height(layer.output_shape, network.input_shape);
        row.box_width = box_width(layer.output_shape);
        row.rectifies = layer.spec.kind == LayerKind::ReLU;
        rows_.push_back(std::move(row));
    }
    total_ = format_count(network.parameter_count).c_str();
    run_ = info.run;
    measured_scale_ = 0.0F;
}

void NetworkPanel::measure(const FrameContext& context) {
    const Fonts& fonts = context.fonts;
    for (const bool compact : {false, true}) {
        const ImFont* font = compact ? fonts.small : fonts.body;
        const ImFont* name_font = compact ? fonts.small : fonts.medium;
        auto& widths = widths_[compact ? 1 : 0];
        for (std::size_t c = 0; c < kColumnCount; ++c) {
            float width = std::max(text_width(fonts.small, kColumns[c].title), text_width(font, kColumns[c].widest));
            for (const Row& row : rows_)
                width = std::max(width, text_width(c == kLayer ? name_font : font, row.cells[c].c_str()));
            widths[c] = std::ceil(width);
        }
        widths[kDiagram] = std::round(kDiagramWidth * context.scale);
        widths[kParameters] = std::max(widths[kParameters], std::ceil(text_width(name_font, total_.c_str())));
    }
    measured_scale_ = fonts.scale;
}

NetworkPanel::Columns NetworkPanel::arrange(const FrameContext& context, float width) const {
    Columns columns;
    columns.shown.fill(true);
    columns.shown[kKernelAndStride] = false;
    float margin = 0.0F;
    float least_gap = 0.0F;
    const auto spare = [&] {
        margin = std::round((columns.compact ? 4.0F : 8.0F) * context.scale);
        least_gap = std::round((columns.compact ? kLeastGapCompact : kLeastGap) * context.scale);
        columns.widths = widths_[columns.compact ? 1 : 0];
        float sum = -least_gap;
        for (std::size_t c = 0; c < kColumnCount; ++c)
            if (columns.shown[c]) sum += columns.widths[c] + least_gap;
        return width - 2.0F * margin - sum;
    };
    for (const SavingStep& step : kSavings) {
        if (spare() >= 0.0F) break;
        switch (step.saving) {
            case Saving::SmallFont:
                columns.compact = true;
                break;
            case Saving::MergeKernelAndStride:
                columns.shown[kKernel] = columns.shown[kStride] = false;
                columns.shown[kKernelAndStride] = true;
                break;
            case Saving::Drop:
                columns.shown[step.column] = false;
                break;
        }
    }
    const auto count = std::count(columns.shown.begin(), columns.shown.end(), true);
    const float extra = count > 1 ? std::max(0.0F, spare() / static_cast<float>(count - 1)) : 0.0F;
    const float gap = std::floor(std::min(least_gap + extra, kLargestGap * context.scale));
    float left = margin;
    for (std::size_t c = 0; c < kColumnCount; ++c) {
        columns.lefts[c] = left;
        if (columns.shown[c]) left += columns.widths[c] + gap;
    }
    return columns;
}

void NetworkPanel::draw_caption(const FrameContext& context) const {
    const WidgetStyle style = style_of(context);
    const Snapshot& snapshot = *context.lane.shown();
    char text[96];
    std::snprintf(text, sizeof text, "%zu layers, %s parameters", rows_.size() - 1, total_.c_str());
    hint(style, text);
    const float first_width = text_width(context.fonts.small, text);

    std::int64_t oldest = -1;
    for (const LayerStatistics& statistics : snapshot.seen.layer_statistics)
        if (statistics.iteration >= 0 && (oldest < 0 || statistics.iteration < oldest)) oldest = statistics.iteration;
    const float end = ImGui::GetContentRegionMax().x;
    const float room = end - ImGui::GetCursorStartPos().x - first_width - style.px(16);
    for (const char* words : {"statistics of iteration", "iteration"}) {  // the shorter one where there is no room
        if (oldest < 0)
            std::snprintf(text, sizeof text, "statistics are being measured");
        else
            std::snprintf(text, sizeof text, "%s %s", words, format_count(oldest).c_str());
        const float extent = std::ceil(text_width(context.fonts.small, text));
        if (extent > room) continue;
        ImGui::SameLine(std::floor(end - extent));
        hint(style, text);
        item_tooltip(style, "The iteration after which mean, deviation and dead share were measured");
        return;
    }
    hint(style, text);
}

void NetworkPanel::draw_header(const FrameContext& context, const Columns& columns) const {
    const WidgetStyle style = style_of(context);
    const ImVec2 origin = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x;
    const float height = context.fonts.small->FontSize + style.px(8);
    ImDrawList* list = ImGui::GetWindowDrawList();
    for (std::size_t c = 0; c < kColumnCount; ++c) {
        if (!columns.shown[c]) continue;
        const float extent = text_width(context.fonts.small, kColumns[c].title);
        const float left = origin.x + columns.lefts[c] + (kColumns[c].numeric ? columns.widths[c] - extent : 0.0F);
        list->AddText(context.fonts.small, context.fonts.small->FontSize, {std::floor(left), origin.y + style.px(4)},
                      imgui_color(context.colors.text_secondary), kColumns[c].title);
        ImGui::SetCursorScreenPos({origin.x + columns.lefts[c], origin.y});
        ImGui::Dummy({columns.widths[c], height});
        item_tooltip(style, kColumns[c].help);
    }
    list->AddLine({origin.x, origin.y + height}, {origin.x + width, origin.y + height},
                  imgui_color(context.colors.line));
    ImGui::SetCursorScreenPos({origin.x, origin.y + height + 1.0F});
}

void NetworkPanel::draw_box(const FrameContext& context, const Columns& columns, std::size_t index, float top,
                            float height) const {
    const WidgetStyle style = style_of(context);
    const auto half_height = [&](const Row& row) {
        return std::round(std::max(style.px(3), (height - style.px(6)) * row.box_height) / 2.0F);
    };
    const Row& row = rows_[index];
    const bool selected = row.layer == context.lane.selection.layer;
    const float center =
        std::round(ImGui::GetWindowPos().x + columns.lefts[kDiagram] + columns.widths[kDiagram] / 2.0F);
    const float middle = std::round(top + height / 2.0F);
    const float half = half_height(row);
    const float half_width = std::round(std::max(style.px(4), columns.widths[kDiagram] * row.box_width) / 2.0F);
    ImDrawList* list = ImGui::GetWindowDrawList();
    const ImU32 line = imgui_color(context.colors.text_secondary, 0.6F);
    const float thickness = std::max(1.0F, std::round(context.scale));
    // The stretch to the next box is drawn by the upper of the two, so that rows may be clipped one by one.
    if (index + 1 < rows_.size())
        list->AddLine({center, middle + half}, {center, middle + height - half_height(rows_[index + 1])}, line,
                      thickness);
    const ImVec2 corner{center - half_width, middle - half};
    const ImVec2 end{center + half_width, middle + half};
    list->AddRectFilled(corner, end, imgui_color(selected ? context.colors.accent : context.colors.raised),
                        style.px(2));
    list->AddRect(corner, end, selected ? imgui_color(context.colors.accent) : line, style.px(2), ImDrawFlags_None,
                  thickness);
}

void NetworkPanel::draw_row(FrameContext& context, const Columns& columns, std::size_t index, float height) const {
    const WidgetStyle style = style_of(context);
    const Row& row = rows_[index];
    const ImVec2 origin = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x;
    ImGui::PushID(static_cast<int>(index));
    if (ImGui::InvisibleButton("row", {width, height})) select_layer(context, row.layer);
    note_item(style, "layer", row.layer.index + 1);  // the input is the first
    ImGui::PopID();
    const bool hovered = ImGui::IsItemHovered();
    const bool selected = row.layer == context.lane.selection.layer;
    item_tooltip(style, row.details);

    ImDrawList* list = ImGui::GetWindowDrawList();
    const ImVec2 end{origin.x + width, origin.y + height};
    if (selected)
        list->AddRectFilled(origin, end, imgui_color(context.colors.accent_dim), style.px(3));
    else if (hovered)
        list->AddRectFilled(origin, end, imgui_color(context.colors.raised), style.px(3));

    ImFont* body = columns.compact ? context.fonts.small : context.fonts.body;
    ImFont* name_font = columns.compact ? context.fonts.small : context.fonts.medium;
    const float text_top = std::floor(origin.y + (height - body->FontSize) / 2.0F);
    const auto write = [&](std::size_t c, ImFont* font, const char* text, Rgba color) {
        if (!columns.shown[c]) return;
        const float extent = text_width(font, text);
        const float left = columns.lefts[c] + (kColumns[c].numeric ? columns.widths[c] - extent : 0.0F);
        list->AddText(font, font->FontSize, {std::floor(origin.x + left), text_top}, imgui_color(color), text);
    };
    const Palette& colors = context.colors;
    for (std::size_t c = kLayer; c < kMean; ++c) {
        const Rgba color = c == kKind ? colors.text_secondary : colors.text;
        write(c, c == kLayer ? name_font : body, row.cells[c].c_str(), color);
    }
    const auto& statistics = context.lane.shown()->seen.layer_statistics;
    if (row.layer == kInputLayer) return;
    if (index - 1 >= statistics.size() || statistics[index - 1].iteration < 0) {
        for (const std::size_t c : {kMean, kDeviation, kDead}) write(c, body, "–", colors.text_secondary);
        return;
    }
    const LayerStatistics& live = statistics[index - 1];
    const bool worrying = row.rectifies && live.dead_fraction >= kManyDead;
    write(kMean, body, format_statistic(live.mean).chars, colors.text);
    write(kDeviation, body, format_statistic(live.deviation).chars, colors.text);
    write(kDead, body, row.rectifies ? format_share(live.dead_fraction).chars : "–",
          worrying         ? colors.warning
          : !row.rectifies ? colors.text_secondary
                           : colors.text);
    if (worrying && columns.shown[kDead])
        draw_icon(list, Icon::Warning, {origin.x + columns.lefts[kDead] - style.px(6), origin.y + height / 2.0F},
                  style.px(10), imgui_color(colors.warning));
}

void NetworkPanel::draw_total(const FrameContext& context, const Columns& columns) const {
    const WidgetStyle style = style_of(context);
    const ImVec2 origin = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x;
    ImDrawList* list = ImGui::GetWindowDrawList();
    list->AddLine(origin, {origin.x + width, origin.y}, imgui_color(context.colors.line));
    const ImFont* font = columns.compact ? context.fonts.small : context.fonts.medium;
    const float top = origin.y + style.px(5);
    list->AddText(font, font->FontSize, {origin.x + columns.lefts[kLayer], top},
                  imgui_color(context.colors.text_secondary), "Total");
    if (columns.shown[kParameters])
        list->AddText(font, font->FontSize,
                      {std::floor(origin.x + columns.lefts[kParameters] + columns.widths[kParameters] -
                                  text_width(font, total_.c_str())),
                       top},
                      imgui_color(context.colors.text), total_.c_str());
    ImGui::Dummy({width, font->FontSize + style.px(10)});
}

void NetworkPanel::draw(FrameContext& context) {
    context.watch.layer_statistics = true;
    const WidgetStyle style = style_of(context);
    const Snapshot* snapshot = context.lane.shown();
    if (!snapshot || !snapshot->run_info) {
        empty_state(style, snapshot && snapshot->state == SessionState::Failed
                               ? "There is no network: the trainer stopped before it was built."
                               : "The network is being built.");
        return;
    }
    if (snapshot->run_info->run != run_ || rows_.empty()) prepare(*snapshot->run_info);
    if (measured_scale_ != context.fonts.scale) measure(context);

    draw_caption(context);
    const auto count = static_cast<float>(rows_.size());
    const float header = context.fonts.small->FontSize + style.px(8) + 1.0F;
    const float total = context.fonts.medium->FontSize + style.px(10);
    const float room = ImGui::GetContentRegionAvail().y - header - total;
    const float height = std::floor(std::clamp(room / count, context.fonts.body->FontSize + style.px(7),
                                               context.fonts.body->FontSize + style.px(21)));
    const bool scrolls = height * count > room + 0.5F;
    const float width = ImGui::GetContentRegionAvail().x;
    const Columns columns = arrange(context, width - (scrolls ? ImGui::GetStyle().ScrollbarSize : 0.0F));

    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(0.0F, 0.0F));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0.0F, 0.0F));
    draw_header(context, columns);
    const float shown = std::max(height, std::min(room, height * count));
    if (ImGui::BeginChild("layers", {0.0F, shown}, false,
                          scrolls ? ImGuiWindowFlags_None : ImGuiWindowFlags_NoScrollbar)) {
        const float top = ImGui::GetCursorScreenPos().y;
        for (std::size_t i = 0; i < rows_.size(); ++i) draw_row(context, columns, i, height);
        if (columns.shown[kDiagram])  // above the rows' grounds
            for (std::size_t i = 0; i < rows_.size(); ++i)
                draw_box(context, columns, i, top + static_cast<float>(i) * height, height);
    }
    ImGui::EndChild();
    draw_total(context, columns);
    ImGui::PopStyleVar(2);
}

}  // namespace convscope
