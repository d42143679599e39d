#include "viz/panels/pad_panel.h"
#include "viz/panels/file_menu.h"

#include "viz/view/own_pictures.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>
#include <string>
#include <utility>
#include <variant>

namespace convscope {
namespace {

constexpr float kLeastPad = 96.0F;  // at scale 1, as the next
constexpr float kLargestPad = 420.0F;
constexpr float kThumb = 44.0F;
constexpr float kMenu = 220.0F;
constexpr std::size_t kMostBars = 12;
constexpr Rgba kPaper = 0x101010FF;  // whatever the theme: it stands for what the network sees
constexpr Rgba kInk = 0xF4F4F4FF;

// Pixels from 0 to 255.
TileColors own_colors(std::int64_t channels, const WidgetStyle& style) {
    TileColors colors{.colormap = Colormap::Grey,
                      .range = {.mode = RangeMode::Fixed, .fixed = {0.0F, 255.0F}},
                      .no_data = style.colors.no_data,
                      .no_data_ground = style.colors.panel};
    if (channels == 3) colors.rgb = RgbRange{colors.range.fixed, colors.range.fixed, colors.range.fixed};
    return colors;
}

void draw_strokes(ImDrawList* list, const DrawingPad& pad, ImVec2 corner, float side) {
    const auto place = [&](PadPoint at) { return ImVec2(corner.x + at.x * side, corner.y + at.y * side); };
    std::size_t first = 0;
    for (std::size_t i = 0; i < pad.strokes().size(); ++i)
        if (pad.strokes()[i].clears) first = i + 1;
    for (const DrawingPad::Stroke& stroke : pad.strokes().subspan(first)) {
        const ImU32 color = imgui_color(stroke.pen.erases ? kPaper : kInk);
        const float width = stroke.pen.width * side;
        for (std::size_t i = 0; i < stroke.points.size(); ++i) {
            list->AddCircleFilled(place(stroke.points[i]), 0.5F * width, color);
            if (i > 0) list->AddLine(place(stroke.points[i - 1]), place(stroke.points[i]), color, width);
        }
    }
}

float class_height(const WidgetStyle& style) { return style.fonts.small->FontSize + style.px(2); }

// Which classes have a bar, in the order of their numbers: all, or of many the likeliest.
std::size_t barred_classes(std::span<const float> probabilities, std::array<std::size_t, kMostBars>& classes) {
    const std::size_t count = std::min(probabilities.size(), kMostBars);
    float limit = 1.0F;  // the least that is shown, of many
    for (std::size_t i = 0; probabilities.size() > kMostBars && i < kMostBars; ++i) {
        float next = 0.0F;
        for (const float probability : probabilities)
            if (probability < limit || i == 0) next = std::max(next, probability);
        limit = next;
    }
    std::size_t filled = 0;
    for (std::size_t i = 0; i < probabilities.size() && filled < count; ++i)
        if (probabilities.size() <= kMostBars || probabilities[i] >= limit) classes[filled++] = i;
    return filled;
}

const OwnPicture* own_probe(const Snapshot& snapshot) { return std::get_if<OwnPicture>(&snapshot.seen.probe.source); }

}  // namespace

std::string_view PadPanel::help() const {
    return "Draw a digit: the network classifies it while you draw and while it trains. What is drawn is brought to "
           "the "
           "form of the data the network learns from, as it stands beside the pad, and becomes the probe: every panel "
           "shows what the network makes of it, the Probe panel how sure it was as training went on. It stays the "
           "probe "
           "until you choose another picture. A picture dropped on the window, or named by its path, comes the same "
           "way. Keep what you like: it is saved with the run.";
}

void PadPanel::draw(FrameContext& context) {
    const WidgetStyle style = style_of(context);
    context.watch.probe = true;
    const Snapshot* snapshot = context.lane.shown();
    if (!snapshot || !snapshot->run_info)
        return empty_state(style, "The session is starting. There can be drawn when the network is there.");
    if (!context.own || !context.own->usable()) return empty_state(style, "There is no pad in this window.");
    draw_tools(context, style);
    const ImVec2 room = ImGui::GetContentRegionAvail();
    const bool wide = room.x >= style.px(260);
    const float below = 3.0F * ImGui::GetFrameHeightWithSpacing() + style.px(kThumb + 32);
    const float high = std::max(style.px(kLeastPad), room.y - below);
    const float side = std::floor(
        std::clamp(std::min(wide ? 0.58F * room.x : room.x, high), style.px(kLeastPad), style.px(kLargestPad)));
    ImGui::BeginGroup();
    draw_pad(context, side, style);
    draw_form(context, wide ? std::max(side, std::floor(0.58F * room.x)) : room.x, style);
    ImGui::EndGroup();
    if (wide) ImGui::SameLine(0.0F, style.px(12));
    ImGui::BeginGroup();
    draw_seen(context, std::max(1.0F, std::min(ImGui::GetContentRegionAvail().x, std::floor(0.36F * side))), style);
    const float top = ImGui::GetCursorScreenPos().y;
    draw_answer(context, *snapshot, style);
    // Room for all of it from the beginning, so that nothing below jumps away from the mouse.
    const float classes =
        class_height(style) * static_cast<float>(std::min(kMostBars, snapshot->run_info->data.class_names.size()));
    const float whole = style.fonts.numbers->FontSize + ImGui::GetStyle().ItemSpacing.y + classes;
    const float left = top + whole - ImGui::GetCursorScreenPos().y;
    if (left > 0.0F) ImGui::Dummy({1.0F, left});
    ImGui::EndGroup();
    draw_tray(context, *snapshot, style);
    draw_file(context, style);
}

void PadPanel::draw_tools(FrameContext& context, const WidgetStyle& style) {
    static constexpr std::array<const char*, 2> kTools{"Pen", "Eraser"};
    PadPen pen = context.own->pen();
    const float gap = style.px(6), button = ImGui::GetFrameHeight() + style.px(2);
    const float room = ImGui::GetContentRegionAvail().x;
    int tool = pen.erases ? 1 : 0;
    if (segmented(style, "tool", kTools, tool, std::min(style.px(130), 0.42F * room))) pen.erases = tool == 1;
    item_tooltip(style, "What the mouse does on the pad (no key). The right button erases at any time.");
    ImGui::SameLine(0.0F, gap);
    ImGui::SetNextItemWidth(std::max(style.px(40), ImGui::GetContentRegionAvail().x - 2.0F * (button + gap)));
    ImGui::SliderFloat("##width", &pen.width, PadPen::kThinnest, PadPen::kThickest, "", ImGuiSliderFlags_NoInput);
    note_item(style, "width");
    char text[96];
    std::snprintf(text, sizeof text, "The pen's width: %.0f %% of the pad's side (no key).",
                  static_cast<double>(100.0F * pen.width));
    item_tooltip(style, text);
    if (pen != context.own->pen()) context.ui.send(ui::HoldPen{pen});
    ImGui::SameLine(0.0F, gap);
    if (icon_button(style, "undo", Icon::Return, "",
                    {.enabled = context.own->pad().can_undo(),
                     .width = button,
                     .tooltip = "Take back the last stroke, or the clearing (no key)."}))
        context.ui.send(ui::ChangePad{ui::ChangePad::How::Undo});
    ImGui::SameLine(0.0F, gap);
    if (icon_button(style, "clear", Icon::Close, "",
                    {.enabled = !context.own->pad().empty(), .width = button, .tooltip = "Clear the pad (no key)."}))
        context.ui.send(ui::ChangePad{ui::ChangePad::How::Clear});
}

void PadPanel::draw_pad(FrameContext& context, float side, const WidgetStyle& style) {
    const OwnPictures& own = *context.own;
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    ImGui::InvisibleButton("paper", {side, side}, ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight);
    note_item(style, "paper");
    const bool hovered = ImGui::IsItemHovered(), active = ImGui::IsItemActive();
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    const PadPoint at{(mouse.x - corner.x) / side, (mouse.y - corner.y) / side};
    PadPen pen = own.pen();
    if (active && !drawing_) {
        const PadPen chosen = pen;
        pen.erases = pen.erases || ImGui::IsMouseDown(ImGuiMouseButton_Right);
        if (pen != chosen) context.ui.send(ui::HoldPen{pen});
        context.ui.send(ui::DrawOnPad{at, true});
        if (pen != chosen) context.ui.send(ui::HoldPen{chosen});
    } else if (active) {
        context.ui.send(ui::DrawOnPad{at, false});
    }
    drawing_ = active;

    const ImVec2 end{corner.x + side, corner.y + side};
    ImDrawList* list = ImGui::GetWindowDrawList();
    list->AddRectFilled(corner, end, imgui_color(kPaper));
    list->PushClipRect(corner, end, true);
    draw_strokes(list, own.pad(), corner, side);
    if (own.pad().empty()) {
        const char* words = "Draw a digit here";
        const ImVec2 extent = ImGui::CalcTextSize(words, nullptr, false, side - style.px(16));
        list->AddText(
            ImGui::GetFont(), ImGui::GetFontSize(),
            {std::round(corner.x + 0.5F * (side - extent.x)), std::round(corner.y + 0.5F * (side - extent.y))},
            IM_COL32(150, 150, 150, 255), words, nullptr, side - style.px(16));
    }
    if (hovered || active) {
        list->AddCircle(mouse, 0.5F * pen.width * side, IM_COL32(128, 128, 128, 255));
        if (!active && own.pad().empty()) item_tooltip(style, "Drag to draw, with the right button to erase (no key).");
    }
    list->PopClipRect();
    list->AddRect({corner.x - 1.0F, corner.y - 1.0F}, {end.x + 1.0F, end.y + 1.0F},
                  imgui_color(own.pad_is_probe() ? style.colors.accent : style.colors.line));
}

// As the network takes it.
void PadPanel::draw_seen(FrameContext& context, float side, const WidgetStyle& style) {
    const OwnPictures& own = *context.own;
    hint(style, "As the network sees it");
    const TensorCapture& capture = own.prepared_capture();
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    ImGui::InvisibleButton("seen", {side, side});
    note_item(style, "seen");
    ImDrawList* list = ImGui::GetWindowDrawList();
    const ImVec2 end{corner.x + side, corner.y + side};
    if (own.prepared().pixels) {
        const std::int64_t channels = capture.shape[0];
        const PlacedTile tile{.plane = 0, .x = corner.x, .y = corner.y, .width = side, .height = side};
        if (const auto drawn = context.tiles.draw(list, capture, {&tile, 1}, own_colors(channels, style)); !drawn)
            hint(style, drawn.error().message.c_str());
        char text[256];
        std::snprintf(text, sizeof text,
                      "%s%lld x %lld pixels%s, made of the pad by the recipe's picture convention: %s.",
                      channels == 3 ? "3 x " : "", static_cast<long long>(capture.shape[1]),
                      static_cast<long long>(capture.shape[2]), channels == 3 ? ", grey in each channel" : "",
                      own.prepared().done.empty() ? "nothing had to be done" : own.prepared().done.c_str());
        item_tooltip(style, text);
    } else {
        list->AddRectFilled(corner, end, imgui_color(style.colors.raised));
    }
    list->AddRect({corner.x - 1.0F, corner.y - 1.0F}, {end.x + 1.0F, end.y + 1.0F}, imgui_color(style.colors.line));
}

void PadPanel::draw_answer(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style) {
    const OwnPictures& own = *context.own;
    const ProbeState& probe = snapshot.seen.probe;
    if (!own.problem().empty()) {
        ImGui::PushTextWrapPos(0.0F);
        hint(style, own.problem().c_str());
        ImGui::PopTextWrapPos();
        return;
    }
    if (!own.pad_is_probe()) {
        if (!own.prepared().pixels || own.pad().empty()) return;
        if (icon_button(style, "look", Icon::Return, "Look at it",
                        {.width = std::min(ImGui::GetContentRegionAvail().x, style.px(140)),
                         .tooltip = "What is drawn becomes the probe again (no key)."}))
            context.ui.send(ui::ChangePad{ui::ChangePad::How::MakeProbe});
        return;
    }
    if (own.pad().empty() || own.prepared().blank) return hint(style, "Nothing is drawn");
    if (own_probe(snapshot) == nullptr || probe.probabilities.empty()) return hint(style, "Waiting for the network");
    const auto& names = snapshot.run_info->data.class_names;
    const int best = probe.predicted();
    ImGui::PushFont(style.fonts.numbers);
    ImGui::TextUnformatted(
        best >= 0 && static_cast<std::size_t>(best) < names.size()
            ? shortened_line(names[static_cast<std::size_t>(best)], ImGui::GetContentRegionAvail().x).c_str()
            : "–");
    ImGui::PopFont();
    note_item(style, "answer");
    const float line = class_height(style);
    const float room = ImGui::GetContentRegionAvail().x;
    ImGui::PushFont(style.fonts.small);
    float widest = 0.0F;
    for (const std::string& name : names) widest = std::max(widest, ImGui::CalcTextSize(name.c_str()).x);
    widest = std::min(widest, 0.4F * room);
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    const float left = corner.x + widest + style.px(6);
    const float number = ImGui::CalcTextSize("100 %").x + style.px(6);
    const float track = std::max(style.px(12), corner.x + room - number - left);
    ImDrawList* list = ImGui::GetWindowDrawList();
    std::array<std::size_t, kMostBars> classes{};
    const std::size_t count = barred_classes(
        std::span(probe.probabilities).first(std::min(names.size(), probe.probabilities.size())), classes);
    for (std::size_t row = 0; row < count; ++row) {
        const std::size_t i = classes[row];
        const float y = corner.y + line * static_cast<float>(row);
        const float probability = probe.probabilities[i];
        const bool is_best = static_cast<int>(i) == best;
        const Rgba ink = is_best ? style.colors.text : style.colors.text_secondary;
        list->AddText({corner.x, y}, imgui_color(ink), shortened_line(names[i], widest).c_str());
        list->AddRectFilled({left, y + style.px(2)}, {left + track, y + line - style.px(2)},
                            imgui_color(style.colors.raised));
        if (std::isfinite(probability))
            list->AddRectFilled({left, y + style.px(2)}, {left + track * probability, y + line - style.px(2)},
                                imgui_color(style.colors.accent, is_best ? 1.0F : 0.5F));
        char text[24];
        std::snprintf(text, sizeof text, "%.0f %%", 100.0 * static_cast<double>(probability));
        list->AddText({corner.x + room - ImGui::CalcTextSize(text).x, y}, imgui_color(ink), text);
    }
    ImGui::PopFont();
    ImGui::Dummy({room, line * static_cast<float>(count)});
    note_item(style, "classes");
    char text[128];
    std::snprintf(text, sizeof text, "At iteration %s. The Probe panel has each number, and its history.",
                  format_count(probe.iteration).c_str());
    item_tooltip(style, text);
}

void PadPanel::draw_form(FrameContext& context, float room, const WidgetStyle& style) {
    static constexpr std::array<const char*, 2> kForms{"As the data are", "As it is drawn"};
    static constexpr std::array<const char*, 2> kShort{"As data", "As drawn"};
    int form = context.own->as_drawn() ? 1 : 0;
    const bool narrow = room < style.px(330);
    const bool signed_only = room < style.px(210);
    const float keep = signed_only ? ImGui::GetFrameHeight() + style.px(4) : style.px(76);
    if (segmented(style, "form", narrow ? kShort : kForms, form, room - keep - style.px(6)))
        context.ui.send(ui::ChangePad{form == 1 ? ui::ChangePad::How::AsDrawn : ui::ChangePad::How::AsTheData});
    item_tooltip(style,
                 "As the data are: cut out, centred and made as large as the recipe's picture convention has it, which "
                 "is what predict does too. As it is drawn: where it stands on the pad, only smaller (no key).");
    ImGui::SameLine(0.0F, style.px(6));
    if (icon_button(
            style, "keep", Icon::Down, signed_only ? "" : "Keep",
            {.width = keep,
             .tooltip = context.own->saves_tray()
                            ? "The present probe goes into the tray below, which is saved with the run (no key)."
                            : "The present probe goes into the tray below until the program ends: this run has "
                              "no folder that the tray could be saved in (no key)."}))
        context.ui.send(ui::KeepProbe{});
}

void PadPanel::draw_tray(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style) {
    const OwnPictures& own = *context.own;
    if (own.kept().empty()) return hint(style, "Nothing is kept yet");
    const float thumb = style.px(kThumb), gap = style.px(6), label = style.fonts.small->FontSize;
    const float room = ImGui::GetContentRegionAvail().x;
    const ImVec2 origin = ImGui::GetCursorScreenPos();
    const auto columns = std::max<std::size_t>(1, static_cast<std::size_t>((room + gap) / (thumb + gap)));
    ImDrawList* list = ImGui::GetWindowDrawList();
    const OwnPicture* probe = own_probe(snapshot);
    tiles_.clear();
    std::int64_t plane = 0;
    bool opens = false;
    ImGui::PushFont(style.fonts.small);
    for (std::size_t i = 0; i < own.kept().size(); ++i) {
        const KeptProbe& kept = own.kept()[i];
        const ImVec2 corner{origin.x + static_cast<float>(i % columns) * (thumb + gap),
                            origin.y + static_cast<float>(i / columns) * (thumb + label + gap)};
        const ImVec2 end{corner.x + thumb, corner.y + thumb};
        ImGui::PushID(static_cast<int>(i));
        ImGui::SetCursorScreenPos(corner);
        const bool clicked = ImGui::InvisibleButton("kept", {thumb, thumb + label});
        note_item(style, "kept", static_cast<std::int64_t>(i));
        const bool hovered = ImGui::IsItemHovered();
        const bool fits = own.fits(kept);
        if (clicked && fits) context.ui.send(ui::UseKept{kept.picture.id});
        if (hovered && ImGui::IsMouseClicked(ImGuiMouseButton_Right)) {
            menu_ = kept.picture.id;
            renamed_ = false;
            std::snprintf(name_.data(), name_.size(), "%s", kept.name.c_str());
            opens = true;
        }
        if (fits)
            tiles_.push_back({.plane = kept.shape[0] == 3 ? plane : plane * kept.shape[0],
                              .x = corner.x,
                              .y = corner.y,
                              .width = thumb,
                              .height = thumb});
        else
            list->AddRectFilled(corner, end, imgui_color(style.colors.raised));
        plane += fits ? 1 : 0;
        const bool present = probe != nullptr && probe->id == kept.picture.id;
        list->AddText({corner.x, end.y}, imgui_color(present ? style.colors.text : style.colors.text_secondary),
                      shortened_line(kept.name, thumb).c_str());
        if (hovered) {
            char text[192];
            std::snprintf(text, sizeof text,
                          fits ? "%s: a click makes it the probe, a right click names it or lets go of it (no key)."
                               : "%s was made for a network of another input. A right click names it or lets go of it "
                                 "(no key).",
                          kept.name.c_str());
            ImGui::PushFont(style.fonts.body);
            item_tooltip(style, text);
            ImGui::PopFont();
        }
        ImGui::PopID();
    }
    ImGui::PopFont();
    if (const auto drawn = context.tiles.draw(list, own.kept_capture(), tiles_,
                                              own_colors(snapshot.run_info->network.input_shape[0], style));
        !drawn)
        hint(style, drawn.error().message.c_str());
    std::size_t fitting = 0;
    for (const KeptProbe& kept : own.kept()) {
        if (!own.fits(kept)) continue;
        const PlacedTile& tile = tiles_[fitting++];
        if (probe != nullptr && probe->id == kept.picture.id)
            list->AddRect({tile.x - 1.0F, tile.y - 1.0F}, {tile.x + thumb + 1.0F, tile.y + thumb + 1.0F},
                          imgui_color(style.colors.accent), 0.0F, 0, style.px(2));
    }
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(style.px(10), style.px(10)));
    if (opens) ImGui::OpenPopup("kept probe");
    draw_menu(context, style);
    ImGui::PopStyleVar();
}

// A new name counts when the menu is closed, however that is done.
void PadPanel::draw_menu(FrameContext& context, const WidgetStyle& style) {
    ImGui::SetNextWindowSize({style.px(kMenu), 0.0F});
    if (!ImGui::BeginPopup("kept probe")) {
        if (std::exchange(renamed_, false)) context.ui.send(ui::RenameKept{menu_, name_.data()});
        return;
    }
    hint(style, "Name");
    ImGui::SetNextItemWidth(ImGui::GetContentRegionAvail().x);
    if (ImGui::InputText("##name", name_.data(), name_.size())) renamed_ = true;
    note_item(style, "name");
    if (ImGui::IsItemDeactivated() && !ImGui::IsMouseClicked(ImGuiMouseButton_Left)) ImGui::CloseCurrentPopup();
    item_tooltip(style, "What it is called. Enter.");
    if (icon_button(style, "let go", Icon::Close, "Let go of it",
                    {.width = ImGui::GetContentRegionAvail().x, .tooltip = "It leaves the tray (no key)."})) {
        context.ui.send(ui::RemoveKept{menu_});
        ImGui::CloseCurrentPopup();
    }
    ImGui::EndPopup();
}

void PadPanel::draw_file(FrameContext& context, const WidgetStyle& style) {
    const bool reading = context.own->reading();
    ImGui::SetNextItemWidth(ImGui::GetContentRegionAvail().x - file_menu_width() - ImGui::GetStyle().ItemSpacing.x);
    const bool entered = ImGui::InputTextWithHint("##file", reading ? "Reading…" : "Path of a picture, or drop one",
                                                  path_.data(), path_.size(), ImGuiInputTextFlags_EnterReturnsTrue);
    note_item(style, "file");
    item_tooltip(style,
                 "A PNG, JPEG, WebP, GIF, TIFF or BMP file becomes the probe, in the same form, and goes into the "
                 "tray: paste its path and press Enter, or drop it on the window.");
    ImGui::SameLine();
    if (const std::optional<std::string> again = file_menu(context, ui::ChooseFile::What::Picture))
        context.ui.send(ui::UseFiles{{*again}});
    if (!entered || path_[0] == '\0') return;
    context.ui.send(ui::UseFiles{{path_of(path_.data()).string()}});
    path_[0] = '\0';
}

}  // namespace convscope
