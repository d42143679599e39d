#include "viz/panels/confusion_matrix_view.h"

#include "viz/render/colormap.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

namespace convscope {

namespace {

constexpr const char* kRecall = "Recall %";
constexpr const char* kPrecision = "Prec. %";
constexpr float kLargestCell = 64.0F;  // pixels at scale 1: a matrix is no wall of colour
constexpr float kWidestCell = 1.7F;    // of a cell's height
constexpr float kSmallestText = 0.7F;  // of the body font; smaller is not readable and left out

ImVec2 text_extent(const ImFont* font, float size, const char* text) {
    return font->CalcTextSizeA(size, FLT_MAX, 0.0F, text);
}

// WCAG 2.1, "relative luminance" and "contrast ratio".
float luminance(Rgb8 color) {
    const auto linear = [](std::uint8_t channel) {
        const float c = static_cast<float>(channel) / 255.0F;
        return c <= 0.04045F ? c / 12.92F : std::pow((c + 0.055F) / 1.055F, 2.4F);
    };
    return 0.2126F * linear(color.r) + 0.7152F * linear(color.g) + 0.0722F * linear(color.b);
}
float contrast(Rgb8 a, Rgb8 b) {
    const float x = luminance(a) + 0.05F;
    const float y = luminance(b) + 0.05F;
    return std::max(x, y) / std::min(x, y);
}
Rgb8 rgb8(Rgba color) {
    return {static_cast<std::uint8_t>(color >> 24), static_cast<std::uint8_t>(color >> 16),
            static_cast<std::uint8_t>(color >> 8)};
}
// Of the palette's two extremes, the one that is read better on a colour.
Rgba ink_on(Rgb8 ground, const Palette& colors) {
    return contrast(ground, rgb8(colors.text)) >= contrast(ground, rgb8(colors.background)) ? colors.text
                                                                                            : colors.background;
}

// Colours go by the logarithm: the diagonal is a hundred times any mistake, and the mistakes are what one looks for.
// In counts, or in thousandths when normalised; of a difference in counts to either side of none.
class ColorScale {
public:
    ColorScale(const ConfusionMatrix& matrix, bool normalised, bool differs)
        : normalised_(normalised), differs_(differs) {
        if (normalised) return;
        largest_ = 1.0;
        for (int t = 0; t < matrix.class_count(); ++t)
            for (int p = 0; p < matrix.class_count(); ++p)
                largest_ = std::max(largest_, std::fabs(static_cast<double>(matrix.at(t, p))));
    }
    float position(double units) const {
        const double share = std::log1p(std::fabs(units)) / std::log1p(largest_);
        return static_cast<float>(differs_ ? 0.5 + std::copysign(0.5 * share, units) : share);
    }
    double smallest() const { return differs_ ? -largest_ : 0.0; }
    double largest() const { return largest_; }
    ShortText label(double units) const {
        if (differs_) {
            ShortText text = format_count(static_cast<std::int64_t>(std::fabs(units)));
            ShortText with_sign;
            std::snprintf(with_sign.characters.data(), with_sign.characters.size(), "%s%s",
                          units > 0.0   ? "+"
                          : units < 0.0 ? "-"
                                        : "",
                          text.c_str());
            return with_sign;
        }
        if (!normalised_) return format_count(static_cast<std::int64_t>(units));
        ShortText text;
        std::snprintf(text.characters.data(), text.characters.size(), "%g %%", units / 10.0);
        return text;
    }

private:
    bool normalised_;
    bool differs_;
    double largest_ = 1000.0;
};

// Where everything is, in screen coordinates: names of the true classes at the left, of the predicted ones above,
// recalls at the right and precisions below.
struct Frame {
    ImVec2 corner;  // upper left of the cell (0, 0)
    float cell_width = 0.0F;
    float cell_height = 0.0F;
    float name_width = 0.0F;   // of the column of names
    float line_height = 0.0F;  // of the rows of names and precisions
    float recall_width = 0.0F;
    int count = 0;

    float left(int column) const { return std::round(corner.x + static_cast<float>(column) * cell_width); }
    float top(int row) const { return std::round(corner.y + static_cast<float>(row) * cell_height); }
    float right() const { return left(count); }
    float bottom() const { return top(count); }
};

// One frame of the matrix.
class Drawing {
public:
    Drawing(FrameContext& context, const ConfusionMatrix& matrix, bool differs)
        : context_(context),
          differs_(differs),
          colors_(context.colors),
          style_(style_of(context)),
          matrix_(matrix),
          scale_(matrix, !differs && context.settings.confusion_normalised, differs),
          colormap_(differs ? Colormap::Diverging
                    : context.settings.activation_colormap == Colormap::Diverging
                        ? Colormap::Viridis
                        : context.settings.activation_colormap),
          body_(context.fonts.body),
          small_(context.fonts.small),
          list_(ImGui::GetWindowDrawList()) {
        if (context.lane.shown()->run_info) names_ = &context.lane.shown()->run_info->data.class_names;
    }

    void draw() {
        const ImVec2 origin = ImGui::GetCursorScreenPos();
        const ImVec2 room = ImGui::GetContentRegionAvail();
        const float legend_height = style_.px(8) + style_.px(3) + small_->FontSize;
        arrange(origin, {room.x, room.y - legend_height - style_.px(8)});
        interact();
        draw_cells();
        draw_names();
        if (!differs_) draw_margins();
        draw_marks();
        const float legend_top = frame_.bottom() + frame_.line_height + style_.px(8);
        draw_legend({frame_.left(0), legend_top}, frame_.right() - frame_.left(0));
        ImGui::SetCursorScreenPos(origin);
        ImGui::Dummy({room.x, legend_top + legend_height - origin.y});
        if (hovered_row_ >= 0) cell_tooltip(hovered_row_, hovered_column_);
    }

private:
    bool normalised() const { return !differs_ && context_.settings.confusion_normalised; }

    ShortText name(int label) const {
        ShortText text;
        if (names_ && static_cast<std::size_t>(label) < names_->size())
            std::snprintf(text.characters.data(), text.characters.size(), "%s",
                          (*names_)[static_cast<std::size_t>(label)].c_str());
        else
            std::snprintf(text.characters.data(), text.characters.size(), "%d", label);
        return text;
    }

    void arrange(ImVec2 origin, ImVec2 room) {
        frame_.count = matrix_.class_count();
        const auto count = static_cast<float>(frame_.count);
        float widest = text_extent(small_, small_->FontSize, kPrecision).x;
        for (int c = 0; c < frame_.count; ++c)
            widest = std::max(widest, text_extent(body_, body_->FontSize, name(c).c_str()).x);
        frame_.name_width = std::min(std::ceil(widest), room.x * 0.25F) + style_.px(8);
        frame_.recall_width = std::ceil(text_extent(small_, small_->FontSize, kRecall).x) + style_.px(8);
        frame_.line_height = std::round(body_->FontSize + style_.px(5));

        const float wide = (room.x - frame_.name_width - frame_.recall_width) / count;
        const float high = (room.y - 2.0F * frame_.line_height - small_->FontSize - style_.px(2)) / count;
        const float least = style_.px(4);
        frame_.cell_height =
            std::clamp(high, least, std::max(least, std::min(kLargestCell * style_.scale, wide * 1.1F)));
        frame_.cell_width = std::clamp(
            wide, least,
            std::max(least, std::min(kLargestCell * style_.scale * kWidestCell, frame_.cell_height * kWidestCell)));
        frame_.corner = {std::round(origin.x + frame_.name_width),
                         std::round(origin.y + small_->FontSize + style_.px(2) + frame_.line_height)};
    }

    void interact() {
        ImGui::SetCursorScreenPos(frame_.corner);
        const ImVec2 size{frame_.right() - frame_.corner.x, frame_.bottom() - frame_.corner.y};
        const bool pressed = ImGui::InvisibleButton("cells", size);
        note_item(style_, "cells");
        if (ImGui::IsItemHovered()) {
            const ImVec2 mouse = ImGui::GetIO().MousePos;
            const auto place = [&](float offset, float pitch) {
                return std::clamp(static_cast<int>(offset / pitch), 0, frame_.count - 1);
            };
            hovered_column_ = place(mouse.x - frame_.corner.x, frame_.cell_width);
            hovered_row_ = place(mouse.y - frame_.corner.y, frame_.cell_height);
        }
        if (!pressed || hovered_row_ < 0) return;
        Selection selection = context_.lane.selection;
        const bool opens = ImGui::GetIO().MouseClickedLastCount[0] == 2 && !context_.settings.confusion_of_batches;
        const bool again =
            !opens && selection.true_class == hovered_row_ && selection.predicted_class == hovered_column_;
        selection.true_class = again ? -1 : hovered_row_;
        selection.predicted_class = again ? -1 : hovered_column_;
        context_.ui.send(ui::Select{selection});
        if (opens)
            context_.ui.send(ui::ShowPanel{"mistakes"});
        else if (!again && !context_.settings.confusion_of_batches)
            context_.ui.send(ui::MoveMistake{1});
    }

    // In the body font, smaller when it has to be, not at all when it would be unreadable.
    void write_centered(ImVec2 corner, ImVec2 end, const ImFont* font, const char* text, ImU32 color) const {
        const float room = end.x - corner.x - style_.px(2);
        float size = std::min(font->FontSize, std::floor(end.y - corner.y - 1.0F));
        const float wanted = text_extent(font, size, text).x;
        if (wanted > room) size = std::floor(size * room / wanted);
        if (size < std::floor(kSmallestText * body_->FontSize)) return;
        const ImVec2 extent = text_extent(font, size, text);
        list_->AddText(
            font, size,
            {std::round((corner.x + end.x - extent.x) / 2.0F), std::round((corner.y + end.y - extent.y) / 2.0F)}, color,
            text);
    }

    void draw_cells() const {
        const int truth = context_.lane.selection.true_class;
        const int predicted = context_.lane.selection.predicted_class;
        if (truth >= 0 && truth < frame_.count && predicted >= 0 && predicted < frame_.count)
            note_place(style_, "cell", {frame_.left(predicted), frame_.top(truth)},
                       {frame_.left(predicted + 1), frame_.top(truth + 1)});
        const float gap = std::max(1.0F, std::round(style_.scale));
        for (int row = 0; row < frame_.count; ++row) {
            const std::int64_t total = matrix_.row_total(row);
            for (int column = 0; column < frame_.count; ++column) {
                const std::int64_t count = matrix_.at(row, column);
                const ImVec2 corner{frame_.left(column), frame_.top(row)};
                const ImVec2 end{frame_.left(column + 1) - gap, frame_.top(row + 1) - gap};
                if (normalised() && total == 0) {
                    list_->AddRectFilled(corner, end, imgui_color(colors_.raised));
                    continue;
                }
                const double share = static_cast<double>(count) / static_cast<double>(std::max<std::int64_t>(total, 1));
                const Rgb8 ground =
                    rgb(colormap_, scale_.position(normalised() ? share * 1000.0 : static_cast<double>(count)));
                list_->AddRectFilled(corner, end, IM_COL32(ground.r, ground.g, ground.b, 255));
                if (count == 0) continue;  // a nought in every cell hides the mistakes
                char text[24];
                if (normalised())
                    std::snprintf(text, sizeof text, share >= 0.9995 ? "%.0f" : "%.1f", 100.0 * share);
                else
                    std::snprintf(text, sizeof text, differs_ ? "%+lld" : "%lld", static_cast<long long>(count));
                write_centered(corner, end, body_, text, imgui_color(ink_on(ground, colors_)));
            }
        }
    }

    // A class's name, or as much of it as has room at that size.
    static LineText fitting(const ShortText& name, ImFont* font, float size, float room) {
        ImGui::PushFont(font);
        const LineText text = shortened_line(name.c_str(), room * font->FontSize / size);
        ImGui::PopFont();
        return text;
    }

    void draw_names() {
        const float small = small_->FontSize;
        list_->AddText(small_, small, {frame_.left(0), frame_.top(0) - frame_.line_height - small - style_.px(2)},
                       imgui_color(colors_.text_secondary), "Predicted");
        list_->AddText(
            small_, small,
            {frame_.left(0) - frame_.name_width, std::round(frame_.top(0) - (frame_.line_height + small) / 2.0F)},
            imgui_color(colors_.text_secondary), "True");
        for (int c = 0; c < frame_.count; ++c) {
            const ShortText text = name(c);
            const ImVec2 above{frame_.left(c), frame_.top(0) - frame_.line_height};
            const bool column_lit = c == hovered_column_;
            list_->PushClipRect(above, {frame_.left(c + 1), frame_.top(0)}, true);
            ImFont* font = column_lit ? context_.fonts.medium : context_.fonts.body;
            const float smallest = std::ceil(kSmallestText * body_->FontSize);
            const LineText shown = fitting(text, font, smallest, frame_.cell_width - style_.px(4));
            write_centered(above, {frame_.left(c + 1), frame_.top(0)}, font, shown.c_str(),
                           imgui_color(column_lit ? colors_.text : colors_.text_secondary));
            list_->PopClipRect();
            draw_row_name(c, text);
        }
    }

    void draw_row_name(int label, const ShortText& text) {
        const ImVec2 corner{frame_.left(0) - frame_.name_width, frame_.top(label)};
        const ImVec2 end{frame_.left(0) - style_.px(6), frame_.top(label + 1)};
        ImGui::SetCursorScreenPos(corner);
        ImGui::PushID(label);
        if (ImGui::InvisibleButton("name", {end.x - corner.x, end.y - corner.y}))
            context_.ui.post(command::SeekClass{.label = label, .direction = 1});
        note_item(style_, "class", label);
        ImGui::PopID();
        const bool hovered = ImGui::IsItemHovered();
        if (hovered) {
            char tooltip[192];
            if (differs_)
                std::snprintf(tooltip, sizeof tooltip, "Pictures of class %s. Click to probe the next of them",
                              text.c_str());
            else
                std::snprintf(tooltip, sizeof tooltip, "%s pictures of class %s. Click to probe the next of them",
                              format_count(matrix_.row_total(label)).c_str(), text.c_str());
            item_tooltip(style_, tooltip);
        }
        const bool lit = hovered || label == hovered_row_;
        ImFont* font = lit ? context_.fonts.medium : context_.fonts.body;
        const float size = std::min(font->FontSize, frame_.cell_height);
        const LineText shown = fitting(text, font, size, end.x - corner.x);
        const ImVec2 extent = text_extent(font, size, shown.c_str());
        list_->PushClipRect(corner, end, true);
        list_->AddText(
            font, size,
            {std::round(std::max(corner.x, end.x - extent.x)), std::round((corner.y + end.y - extent.y) / 2.0F)},
            imgui_color(hovered ? colors_.accent
                        : lit   ? colors_.text
                                : colors_.text_secondary),
            shown.c_str());
        list_->PopClipRect();
    }

    void draw_margins() {
        const float small = small_->FontSize;
        const float right = frame_.right() + frame_.recall_width;
        const auto right_aligned = [&](const ImFont* font, float middle, const char* text, Rgba color) {
            const ImVec2 extent = text_extent(font, font->FontSize, text);
            list_->AddText(font, font->FontSize, {std::round(right - extent.x), std::round(middle - extent.y / 2.0F)},
                           imgui_color(color), text);
        };
        right_aligned(small_, frame_.top(0) - frame_.line_height / 2.0F, kRecall, colors_.text_secondary);
        char text[16];
        const bool tight = frame_.cell_width < text_extent(body_, body_->FontSize, "00.0").x + style_.px(4);
        for (int c = 0; c < frame_.count; ++c) {
            const float middle = (frame_.top(c) + frame_.top(c + 1)) / 2.0F;
            if (frame_.cell_height >= small)
                right_aligned(body_, middle, share_text(matrix_.recall(c), text), colors_.text);
            margin_tooltip("recall", c, {frame_.right(), frame_.top(c)}, {frame_.recall_width, frame_.cell_height},
                           "Recall of %s: %s of its %s pictures are recognised", matrix_.row_total(c));
            const ImVec2 below{frame_.left(c), frame_.bottom()};
            const ImVec2 end{frame_.left(c + 1), frame_.bottom() + frame_.line_height};
            write_centered(below, end, body_, share_text(matrix_.precision(c), text, tight ? 0 : 1),
                           imgui_color(colors_.text));
            margin_tooltip("precision", c, below, {end.x - below.x, end.y - below.y},
                           "Precision of %s: %s of the %s pictures taken for it are it", matrix_.column_total(c));
        }
        const float middle = frame_.bottom() + frame_.line_height / 2.0F;
        right_aligned(context_.fonts.medium, middle, share_text(matrix_.accuracy(), text), colors_.text);
        const ImVec2 extent = text_extent(small_, small, kPrecision);
        list_->AddText(
            small_, small,
            {std::round(std::max(frame_.left(0) - frame_.name_width, frame_.left(0) - style_.px(6) - extent.x)),
             std::round(middle - extent.y / 2.0F)},
            imgui_color(colors_.text_secondary), kPrecision);
    }

    static const char* share_text(double share, char (&text)[16], int decimals = 1) {
        if (std::isfinite(share))
            std::snprintf(text, sizeof text, "%.*f", decimals, 100.0 * share);
        else
            std::snprintf(text, sizeof text, "–");
        return text;
    }

    void margin_tooltip(const char* id, int label, ImVec2 corner, ImVec2 size, const char* format, std::int64_t whole) {
        ImGui::SetCursorScreenPos(corner);
        ImGui::PushID(label);
        ImGui::PushID(id);
        ImGui::Dummy(size);
        if (ImGui::IsItemHovered()) {
            char text[256];
            std::snprintf(text, sizeof text, format, name(label).c_str(),
                          format_count(matrix_.at(label, label)).c_str(), format_count(whole).c_str());
            item_tooltip(style_, text);
        }
        ImGui::PopID();
        ImGui::PopID();
    }

    void outline(int row, int column, Rgba color, float thickness) const {
        list_->AddRect({frame_.left(column) - 1.0F, frame_.top(row) - 1.0F},
                       {frame_.left(column + 1), frame_.top(row + 1)}, imgui_color(color), 0.0F, ImDrawFlags_None,
                       thickness);
    }

    void draw_marks() const {
        const Selection& selection = context_.lane.selection;
        const auto valid = [&](int c) { return c >= 0 && c < frame_.count; };
        if (valid(selection.true_class) && valid(selection.predicted_class))
            outline(selection.true_class, selection.predicted_class, colors_.accent, style_.px(2));
        if (hovered_row_ >= 0) outline(hovered_row_, hovered_column_, colors_.text, std::max(1.0F, style_.px(1)));
    }

    void draw_legend(ImVec2 origin, float width) const {
        constexpr int kSteps = 48;
        const float height = style_.px(8);
        const auto color = [&](int step) {
            const Rgb8 c = rgb(colormap_, static_cast<float>(step) / kSteps);
            return IM_COL32(c.r, c.g, c.b, 255);
        };
        for (int i = 0; i < kSteps; ++i) {
            const float left = origin.x + width * static_cast<float>(i) / kSteps;
            const float right = origin.x + width * static_cast<float>(i + 1) / kSteps;
            list_->AddRectFilledMultiColor({left, origin.y}, {right, origin.y + height}, color(i), color(i + 1),
                                           color(i + 1), color(i));
        }
        list_->AddRect(origin, {origin.x + width, origin.y + height}, imgui_color(colors_.line));
        const float size = small_->FontSize;
        const auto tick_extent = [&](double units) { return text_extent(small_, size, scale_.label(units).c_str()).x; };
        const auto tick = [&](double units) {
            const float x = origin.x + width * scale_.position(units);
            const float extent = tick_extent(units);
            const float left = std::clamp(x - extent / 2.0F, origin.x, origin.x + width - extent);
            list_->AddText(small_, size, {std::round(left), origin.y + height + style_.px(3)},
                           imgui_color(colors_.text_secondary), scale_.label(units).c_str());
            return left + extent;
        };
        float used = tick(scale_.smallest());
        const float last = origin.x + width - tick_extent(scale_.largest()) - style_.px(8);
        if (differs_) used = tick(0.0);
        for (double units = 1.0; units < scale_.largest(); units *= 10.0) {
            const float x = origin.x + width * scale_.position(units);
            const float half = tick_extent(units) / 2.0F;
            if (x - half < used + style_.px(8) || x + half > last) continue;
            used = tick(units);
        }
        tick(scale_.largest());
    }

    void cell_tooltip(int row, int column) const {
        const std::int64_t count = matrix_.at(row, column);
        if (differs_) return difference_tooltip(row, column, count);
        const auto share = [&](std::int64_t whole) {
            return format_percent(static_cast<double>(count) / static_cast<double>(whole));
        };
        char text[320];
        const int used =
            std::snprintf(text, sizeof text, "True %s, predicted %s\n%s %s", name(row).c_str(), name(column).c_str(),
                          format_count(count).c_str(), count == 1 ? "picture" : "pictures");
        if (count > 0 && used > 0 && used < static_cast<int>(sizeof text))
            std::snprintf(text + used, sizeof text - static_cast<std::size_t>(used),
                          "\n%s of what is %s\n%s of what is taken for %s", share(matrix_.row_total(row)).c_str(),
                          name(row).c_str(), share(matrix_.column_total(column)).c_str(), name(column).c_str());
        ImGui::BeginTooltip();
        ImGui::TextUnformatted(text);
        if (!context_.settings.confusion_of_batches)
            ImGui::TextColored(imgui_vector(colors_.text_secondary),
                               "Click to choose its pictures, twice to open them");
        ImGui::EndTooltip();
    }

    void difference_tooltip(int row, int column, std::int64_t count) const {
        ImGui::BeginTooltip();
        ImGui::Text("True %s, predicted %s", name(row).c_str(), name(column).c_str());
        if (count == 0)
            ImGui::TextUnformatted("as many pictures in the twin as in the run");
        else
            ImGui::Text("%s %s in the twin than in the run", format_count(std::abs(count)).c_str(),
                        count > 0 ? "more" : "fewer");
        ImGui::EndTooltip();
    }

    FrameContext& context_;
    const bool differs_;
    const Palette& colors_;
    const WidgetStyle style_;
    const ConfusionMatrix& matrix_;
    const ColorScale scale_;
    const Colormap colormap_;
    const ImFont* const body_;
    const ImFont* const small_;
    ImDrawList* const list_;
    const std::vector<std::string>* names_ = nullptr;
    Frame frame_;
    int hovered_row_ = -1;
    int hovered_column_ = -1;
};

}  // namespace

void draw_confusion_matrix(FrameContext& context, const ConfusionMatrix& matrix) {
    Drawing(context, matrix, /*differs=*/false).draw();
}

void draw_confusion_difference(FrameContext& context, const ConfusionMatrix& difference) {
    Drawing(context, difference, /*differs=*/true).draw();
}

}  // namespace convscope
