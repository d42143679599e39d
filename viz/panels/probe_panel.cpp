#include "viz/panels/probe_panel.h"

#include "viz/panels/data_changes_menu.h"
#include "viz/panels/layer_panel_parts.h"
#include "viz/panels/probability_difference.h"
#include "viz/panels/split_names.h"
#include "viz/view/control_values.h"
#include "viz/view/own_pictures.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"

#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>
#include <variant>

namespace convscope {
namespace {

constexpr int kLevels = 32;            // steps of the strip's colour
constexpr float kLeastRow = 3.0F;      // height of a class' row in the strip, at scale 1
constexpr float kWidestNames = 0.45F;  // of the width: classes may be called at any length

const char* class_name(const RunInfo& info, int label) {
    const auto& names = info.data.class_names;
    if (label < 0 || static_cast<std::size_t>(label) >= names.size()) return "–";
    return names[static_cast<std::size_t>(label)].c_str();
}

// A picture on which nothing is drawn: `predict` says so too.
bool is_flat(const TensorCapture& picture) { return picture.whole.minimum == picture.whole.maximum; }

float widest_class_name(const RunInfo& info) {
    float width = 0.0F;
    for (const std::string& name : info.data.class_names) width = std::max(width, ImGui::CalcTextSize(name.c_str()).x);
    return width;
}

// From the ground to the accent, so that a probability of 0 is nothing and 1 is the accent itself.
ImU32 probability_color(const Palette& colors, float probability) {
    return imgui_color(colors.accent, std::clamp(probability, 0.0F, 1.0F));
}

// Whole screen pixels to a pixel of the picture, so that it fills its frame.
float picture_side(const Recipe& recipe, float most) {
    const auto pixels =
        static_cast<float>(std::max<std::int64_t>(1, std::max(recipe.input_height, recipe.input_width)));
    return most < pixels ? most : std::floor(most / pixels) * pixels;
}

bool is_colour(const TensorCapture& capture) { return capture.shape.rank() == 3 && capture.shape[0] == 3; }

// Of draw_verdict(), and of draw_history() below the classes, with the gaps above them.
float verdict_height(const WidgetStyle& style) {
    return ImGui::GetStyle().ItemSpacing.y + 2.0F * style.fonts.small->FontSize + style.fonts.numbers->FontSize +
           ImGui::GetTextLineHeight() + 3.0F * style.px(2);
}
float least_history_height(const Snapshot& snapshot, const WidgetStyle& style) {
    const auto classes = static_cast<float>(snapshot.run_info->data.class_names.size());
    return 3.0F * ImGui::GetStyle().ItemSpacing.y + style.fonts.title->FontSize + style.px(kLeastRow) * classes +
           style.fonts.small->FontSize;
}

void pixel_tooltip(const WidgetStyle& style, const TensorCapture& capture, const TileHover& hover,
                   const Recipe& recipe) {
    static constexpr std::array<const char*, 3> kChannels{"red", "green", "blue"};
    ImGui::BeginTooltip();
    ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(style.colors.text_secondary));
    if (!is_colour(capture) && capture.plane_count() > 1)
        ImGui::Text("channel %lld", static_cast<long long>(hover.plane));
    ImGui::Text("row %lld, column %lld", static_cast<long long>(hover.row), static_cast<long long>(hover.column));
    ImGui::PopStyleColor();
    const auto say = [&](const char* what, float value, std::int64_t channel = 0) {
        const double pixel =
            (static_cast<double>(value) * recipe.deviation_of(channel) + recipe.mean_of(channel)) * 255.0;
        ImGui::Text("%s %.0f of 255, the network sees %.7g", what, pixel, static_cast<double>(value));
    };
    const std::int64_t place = hover.row * capture.plane_width() + hover.column;
    if (is_colour(capture))
        for (std::size_t i = 0; i < kChannels.size(); ++i)
            say(kChannels[i],
                capture.values[i * static_cast<std::size_t>(capture.plane_height() * capture.plane_width()) +
                               static_cast<std::size_t>(place)],
                static_cast<std::int64_t>(i));
    else
        say("pixel", hover.value);
    ImGui::EndTooltip();
}

}  // namespace

std::string_view ProbePanel::help() const {
    return "The picture that the maps are computed for, in evaluation mode: what you see changes only because the "
           "weights do. Browse by index, by class (the buttons before the bars), or to the next mistake; Batch shows "
           "the "
           "first picture of each minibatch instead (the Minibatch panel chooses another). Bars are the class "
           "probabilities, the label's is outlined. The "
           "strip below is their history, a row a class, newest at the right. Point at anything for exact values.";
}

void ProbePanel::draw(FrameContext& context) {
    const WidgetStyle style = style_of(context);
    context.watch.probe = true;
    context.watch.add({TensorKind::Input, kInputLayer});
    const Snapshot* snapshot = context.lane.shown();
    if (!snapshot || !snapshot->run_info) {
        empty_state(style, "The session is starting. The first picture comes with the network.");
        return;
    }
    if (context.face == Face::Difference) return draw_difference(context, *snapshot, style);
    history_.update(*context.lane.live());
    draw_source(context, *snapshot, style);
    draw_browser(context, *snapshot, style);

    // The picture and the verdict at the left, the classes at the right of them; the history goes on in their rows
    // where the panel is wide, and lies below where it is not.
    const float room = ImGui::GetContentRegionAvail().x;
    const bool wide = room >= style.px(420);
    const float gap = std::max(style.px(8), std::round(room * 0.03F));
    // In a low panel the picture leaves room for what is below it, so that the panel need not scroll, unless it would
    // have to be tiny.
    const float below = wide ? verdict_height(style) : verdict_height(style) + least_history_height(*snapshot, style);
    const float left_over = ImGui::GetContentRegionAvail().y - below;
    const float high = left_over < style.px(72) ? style.px(224) : left_over;
    const float side =
        picture_side(snapshot->run_info->recipe, std::min({room * (wide ? 0.36F : 0.42F), style.px(224), high}));
    ImGui::BeginGroup();
    draw_picture(context, *snapshot, side, style);
    draw_verdict(context, *snapshot, side, style);
    ImGui::EndGroup();
    ImGui::SameLine(0.0F, gap);
    const float left = ImGui::GetContentRegionAvail().x;
    const float classes = wide ? std::round(left * 0.5F) : left;
    ImGui::BeginGroup();
    if (wide) section_label(style, "Now");
    const float pitch = draw_classes(context, *snapshot, classes, style);
    ImGui::EndGroup();
    if (wide) {
        ImGui::SameLine(0.0F, gap);
        ImGui::BeginGroup();
    }
    draw_history(*snapshot, wide ? pitch : 0.0F, style);
    if (wide) ImGui::EndGroup();
}

void ProbePanel::draw_difference(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style) {
    const float room = ImGui::GetContentRegionAvail().x;
    const float gap = style.px(12);
    const float side = picture_side(snapshot.run_info->recipe, std::min(room * 0.36F, style.px(224)));
    ImGui::BeginGroup();
    draw_picture(context, snapshot, side, style);
    ImGui::EndGroup();
    ImGui::SameLine(0.0F, gap);
    draw_probability_differences(snapshot, style);
}

void ProbePanel::draw_source(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style) {
    const SplitNames test = names_of_test(&snapshot);
    const std::array<const char*, 4> sources{test.set, "Training set", "Batch", "Own"};
    const std::array<const char*, 4> short_sources{test.short_set, "Train", "Batch", "Own"};
    const bool narrow = ImGui::GetContentRegionAvail().x < style.px(340);
    const AskedProbe asked =
        context.lane.link.asked_or(context.lane.link.requested().probe, asked_probe(snapshot.seen.probe.source));
    int chosen = asked.split.value_or(snapshot.chosen.split) == Split::Train ? 1 : 0;
    if (asked.batch) chosen = 2;
    if (asked.own) chosen = 3;
    if (segmented(style, "source", narrow ? short_sources : sources, chosen)) {
        if (chosen == 3)
            look_at_own(context);
        else if (chosen == 2)
            context.ui.post(command::SetProbe{BatchSample{}});
        else
            context.ui.post(command::SetProbe{HeldPicture{chosen == 1 ? Split::Train : Split::Test, 0}});
    }
    item_tooltip(style,
                 "Where the picture comes from (no key). Batch: the first picture of each minibatch, as it was "
                 "trained on; it changes with every iteration. Own: what you have drawn, or the pad to draw on (J).");
}

// What is on the pad; where nothing is, the pad.
void ProbePanel::look_at_own(FrameContext& context) {
    if (context.own && context.own->usable() && !context.own->pad().empty())
        context.ui.send(ui::ChangePad{ui::ChangePad::How::MakeProbe});
    else
        context.ui.send(ui::ShowPanel{"pad"});
}

void ProbePanel::draw_browser(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style) {
    const HeldPicture& chosen = snapshot.chosen;
    const DatasetInfo& data = snapshot.run_info->data;
    const std::int64_t count =
        std::max<std::int64_t>(1, chosen.split == Split::Train ? data.train_count : data.test_count);
    auto go_to = [&](std::int64_t index) {
        context.ui.post(command::SetProbe{HeldPicture{chosen.split, (index + count) % count}});
    };
    const float gap = style.px(4);
    const float button = ImGui::GetFrameHeight() + style.px(2);
    if (icon_button(style, "previous", Icon::Previous, "", {.width = button, .tooltip = "Previous picture (Page up)."}))
        go_to(chosen.index - 1);
    ImGui::SameLine(0.0F, gap);
    if (const char* text = index_field_.draw(style, "##index", format_count(chosen.index), style.px(72),
                                             "The picture's index in its set, from 0. Applied with Enter."))
        index_field_.settle(parse_index(text, count), go_to);
    ImGui::SameLine(0.0F, gap);
    if (icon_button(style, "next", Icon::Next, "", {.width = button, .tooltip = "Next picture (Page down)."}))
        go_to(chosen.index + 1);
    const float least = 2.0F * button + style.px(70);  // of the buttons for mistakes, else they get a line of their own
    ImGui::SameLine(0.0F, style.px(12));
    if (ImGui::GetContentRegionAvail().x < least) ImGui::NewLine();
    // Of the cell that is chosen in the confusion matrix, where one is.
    if (icon_button(
            style, "previous mistake", Icon::Previous, "",
            {.width = button, .tooltip = "Previous picture that is got wrong, or of the chosen cell (no key)."}))
        context.ui.send(ui::MoveMistake{-1});
    ImGui::SameLine(0.0F, gap);
    const float rest = ImGui::GetContentRegionAvail().x;
    const char* label = rest < style.px(130) ? "Mistake" : "Next mistake";
    if (icon_button(style, "next mistake", Icon::Next, snapshot.seeking ? "Looking…" : label,
                    {.width = rest, .tooltip = "Next held-out picture that is got wrong, or of the chosen cell (M)."}))
        context.ui.send(ui::MoveMistake{1});
    index_field_.draw_refusal(style);
}

void ProbePanel::draw_picture(FrameContext& context, const Snapshot& snapshot, float side, const WidgetStyle& style) {
    const TensorCapture* capture = snapshot.find({TensorKind::Input, kInputLayer});
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    ImDrawList* list = ImGui::GetWindowDrawList();
    const ImVec2 end(corner.x + side, corner.y + side);
    if (!capture || capture->values.empty()) {
        list->AddRectFilled(corner, end, imgui_color(style.colors.raised));
        const char* text = "Waiting for the picture";
        ImGui::PushFont(style.fonts.small);
        const ImVec2 extent = ImGui::CalcTextSize(text, nullptr, false, side - style.px(16));
        list->AddText(
            ImGui::GetFont(), ImGui::GetFontSize(),
            {std::round(corner.x + 0.5F * (side - extent.x)), std::round(corner.y + 0.5F * (side - extent.y))},
            imgui_color(style.colors.text_secondary), text, nullptr, side - style.px(16));
        ImGui::PopFont();
        ImGui::Dummy({side, side});
        return;
    }
    const Recipe& recipe = snapshot.run_info->recipe;
    TileViewOptions options;
    options.colormap = Colormap::Grey;
    options.range = {.mode = RangeMode::Fixed, .fixed = pixel_range(recipe, 0)};
    options.labels = false;
    options.centered = true;
    if (is_colour(*capture))
        options.rgb = RgbRange{pixel_range(recipe, 0), pixel_range(recipe, 1), pixel_range(recipe, 2)};
    const TileViewResult result =
        tile_view("picture", *capture, picture_view_, options, context.tiles, style.colors, style.scale, {side, side});
    note_place(style, "picture", corner, end);
    list->AddRect({corner.x - 1.0F, corner.y - 1.0F}, {end.x + 1.0F, end.y + 1.0F}, imgui_color(style.colors.line));
    if (result.hover) pixel_tooltip(style, *capture, *result.hover, snapshot.run_info->recipe);
}

// Of a training picture it can be changed.
void ProbePanel::draw_label(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style) {
    const ProbeState& probe = snapshot.seen.probe;
    const RunInfo& info = *snapshot.run_info;
    const bool changed = probe.trained_on >= 0 && probe.data_label >= 0 && probe.label != probe.data_label;
    ImGui::BeginGroup();
    hint(style, "Label");
    ImGui::PushFont(style.fonts.numbers);
    ImGui::TextColored(imgui_vector(changed ? style.colors.warning : style.colors.text), "%s",
                       class_name(info, probe.label));
    ImGui::PopFont();
    ImGui::EndGroup();
    if (probe.trained_on < 0 || !info.dataset) return note_item(style, "label");
    const ImVec2 low = ImGui::GetItemRectMin(), size = ImGui::GetItemRectSize();
    ImGui::SetCursorScreenPos(low);
    bool opens = ImGui::InvisibleButton("label", {std::max(1.0F, size.x), std::max(1.0F, size.y)});
    note_item(style, "label");
    if (ImGui::IsItemHovered()) {
        opens = opens || ImGui::IsMouseClicked(ImGuiMouseButton_Right);
        char text[256];
        std::snprintf(text, sizeof text, "%s%s%sA click gives this training picture another label (no key).",
                      changed ? "Changed by hand: the data say " : "",
                      changed ? class_name(info, probe.data_label) : "", changed ? ". " : "");
        item_tooltip(style, text);
    }
    if (opens) menu_picture_ = probe.trained_on;
    relabel_menu(context, snapshot, opens, menu_picture_, style);
}

void ProbePanel::draw_verdict(FrameContext& context, const Snapshot& snapshot, float width, const WidgetStyle& style) {
    const ProbeState& probe = snapshot.seen.probe;
    const RunInfo& info = *snapshot.run_info;
    const bool known = !probe.probabilities.empty();
    const int predicted = known ? probe.predicted() : -1;
    auto answer = [&](const char* title, const char* value) {
        ImGui::BeginGroup();
        hint(style, title);
        ImGui::PushFont(style.fonts.numbers);
        ImGui::TextUnformatted(value);
        ImGui::PopFont();
        ImGui::EndGroup();
    };
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(style.px(8), style.px(2)));
    ImGui::BeginGroup();
    draw_label(context, snapshot, style);
    ImGui::SameLine(0.0F, style.px(12));
    answer("Prediction", class_name(info, predicted));
    if (known && predicted < 0) {
        hint(style, "Its output is no number");
    } else if (known) {
        const float size = style.px(14);
        const ImVec2 corner = ImGui::GetCursorScreenPos();
        const float line = ImGui::GetTextLineHeight();
        if (probe.label >= 0) {
            const bool right = predicted == probe.label;
            const Rgba color = right ? style.colors.success : style.colors.error;
            ImDrawList* list = ImGui::GetWindowDrawList();
            draw_icon(list, right ? Icon::Check : Icon::Close, {corner.x + 0.5F * size, corner.y + 0.5F * line}, size,
                      imgui_color(color));
            list->AddText(style.fonts.medium, style.fonts.medium->FontSize, {corner.x + size + style.px(6), corner.y},
                          imgui_color(color), right ? "Right" : "Wrong");
        }
        ImGui::Dummy({size + style.px(6) + ImGui::CalcTextSize("Wrong").x, line});
        char text[96];
        std::snprintf(text, sizeof text, "at iteration %s", format_count(probe.iteration).c_str());
        hint(style, text);
    } else {
        hint(style, "Waiting for the network");
    }
    if (const TensorCapture* input = snapshot.seen.find({TensorKind::Input, kInputLayer});
        input && known && is_flat(*input)) {
        ImGui::PushTextWrapPos(ImGui::GetCursorPosX() + width);
        hint(style, "Nothing is drawn on it, so that this answer means nothing");
        ImGui::PopTextWrapPos();
    }
    ImGui::EndGroup();
    ImGui::PopStyleVar();
}

// A row a class: a button with its name that goes to the next picture of it, and its probability. Returns the distance
// between two rows.
float ProbePanel::draw_classes(FrameContext& context, const Snapshot& snapshot, float width, const WidgetStyle& style) {
    const RunInfo& info = *snapshot.run_info;
    const bool tight = width < style.px(200);
    if (tight) ImGui::PushFont(style.fonts.small);
    const float names = std::min(widest_class_name(info) + style.px(12), kWidestNames * width);
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(style.px(6), style.px(2)));
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(0.0F, 0.0F));
    for (int label = 0; label < static_cast<int>(info.data.class_names.size()); ++label) {
        ImGui::PushID(label);
        draw_class(context, snapshot, label, names, width - names - style.px(6), style);
        ImGui::PopID();
    }
    ImGui::PopStyleVar(2);
    const float pitch = ImGui::GetTextLineHeight() + style.px(2) + style.px(2);
    if (tight) ImGui::PopFont();
    return pitch;
}

void ProbePanel::draw_class(FrameContext& context, const Snapshot& snapshot, int label, float names, float room,
                            const WidgetStyle& style) {
    const Palette& colors = style.colors;
    const ProbeState& probe = snapshot.seen.probe;
    const auto place = static_cast<std::size_t>(label);
    const char* name = class_name(*snapshot.run_info, label);
    const float height = ImGui::GetTextLineHeight() + style.px(2);
    char text[128];
    if (ImGui::Button(shortened_line(name, names - style.px(6)).c_str(), {names, height}))
        context.ui.post(command::SeekClass{label, ImGui::GetIO().KeyShift ? -1 : 1});
    note_item(style, "class", label);
    if (ImGui::IsItemHovered()) {
        std::snprintf(text, sizeof text, "Next picture of class %s; with Shift, the previous one (no key).", name);
        item_tooltip(style, text);
    }
    ImGui::SameLine();

    const ImVec2 corner = ImGui::GetCursorScreenPos();
    ImGui::Dummy({room, height});
    const bool hovered = ImGui::IsItemHovered();
    const bool known = place < probe.probabilities.size();
    const double probability = known ? static_cast<double>(probe.probabilities[place]) : 0.0;
    const bool best = known && label == probe.predicted();
    const bool truth = label == probe.label;
    // Where there is no room for a bar beside the number, the row is the bar, quiet enough to read on.
    const float beside = room - ImGui::CalcTextSize("100.00 %").x - style.px(6);
    const bool apart = beside >= style.px(16);
    const float track = apart ? beside : room;
    const ImVec2 low(corner.x, corner.y + style.px(1));
    const ImVec2 high(low.x + track, corner.y + height - style.px(1));
    ImDrawList* list = ImGui::GetWindowDrawList();
    list->AddRectFilled(low, high, imgui_color(colors.raised));
    const float filled = std::round(track * static_cast<float>(probability));
    if (filled > 0.0F)
        list->AddRectFilled(low, {low.x + filled, high.y},
                            imgui_color(colors.accent, apart ? (best ? 1.0F : 0.5F) : 0.3F));
    if (truth) list->AddRect(low, high, imgui_color(colors.text), 0.0F, 0, std::max(1.0F, style.scale));
    ShortText number = format_percent(known ? probability : std::nan(""));
    if (!apart && known)
        std::snprintf(number.characters.data(), number.characters.size(), "%.0f %%", 100.0 * probability);
    const float margin = apart ? 0.0F : style.px(3);
    list->AddText(
        {std::round(corner.x + room - margin - ImGui::CalcTextSize(number.c_str()).x), corner.y + style.px(1)},
        imgui_color(best ? colors.text : colors.text_secondary), number.c_str());
    if (!hovered || !known || place >= probe.logits.size()) return;
    std::snprintf(text, sizeof text, "Class %s%s\nprobability %.7g\nnetwork output %.7g", name,
                  truth ? ", the label" : "", probability, static_cast<double>(probe.logits[place]));
    item_tooltip(style, text);
}

// Above the strip: its name, and what its colours mean.
void ProbePanel::draw_history_head(const WidgetStyle& style) {
    const float room = ImGui::GetContentRegionAvail().x;
    const float right = ImGui::GetCursorPosX() + room;
    section_label(style, "History");
    const float title = ImGui::GetItemRectSize().x;
    ImGui::PushFont(style.fonts.small);
    const ImU32 ink = imgui_color(style.colors.text_secondary);
    const float gap = style.px(5);
    const float low_width = ImGui::CalcTextSize("0").x;
    const float words = low_width + 2.0F * gap + ImGui::CalcTextSize("100 %").x;
    const float bar = std::clamp(room - title - words - style.px(12), style.px(16), style.px(56));
    const float width = words + bar;
    ImGui::SameLine();
    ImGui::SetCursorPosX(right - width);
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    const float line = ImGui::GetTextLineHeight();
    const ImVec2 low(corner.x + low_width + gap, corner.y + style.px(4));
    const ImVec2 high(low.x + bar, corner.y + line - style.px(2));
    ImDrawList* list = ImGui::GetWindowDrawList();
    list->AddText(corner, ink, "0");
    list->AddRectFilled(low, high, imgui_color(style.colors.raised));
    const ImU32 none = probability_color(style.colors, 0.0F);
    const ImU32 full = probability_color(style.colors, 1.0F);
    list->AddRectFilledMultiColor(low, high, none, full, full, none);
    list->AddText({high.x + gap, corner.y}, ink, "100 %");
    ImGui::Dummy({width, line});
    item_tooltip(style,
                 "Each row is a class, time goes from left to right: the stronger the colour, the more probable.");
    ImGui::PopFont();
}

void ProbePanel::draw_history(const Snapshot& snapshot, float row, const WidgetStyle& style) {
    draw_history_head(style);
    const int classes = history_.class_count();
    if (classes == 0 || history_.end() == 0) {
        hint(style, "Nothing yet: the first sample comes with the picture's values.");
        return;
    }
    ImGui::PushFont(style.fonts.small);
    const float line = ImGui::GetTextLineHeight();
    const float room = ImGui::GetContentRegionAvail().x;
    // With rows of its own, the strip names its classes, and takes what height is left so that a small panel need not
    // scroll; but its rows stay visible.
    const bool own_rows = row <= 0.0F;
    const float names = own_rows ? widest_class_name(*snapshot.run_info) + style.px(8) : 0.0F;
    if (own_rows) {
        const float left = ImGui::GetContentRegionAvail().y - line - style.px(8);
        row = std::floor(std::clamp(left / static_cast<float>(classes), style.px(kLeastRow), style.px(18)));
    }
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    Strip strip;
    strip.low = {corner.x + names, corner.y};
    strip.high = {corner.x + room, corner.y + row * static_cast<float>(classes)};
    strip.row = row;
    // Samples share columns in powers of two, aligned to them, so that a full column never changes.
    const auto most = std::max<std::int64_t>(8, static_cast<std::int64_t>((strip.high.x - strip.low.x) / 2.0F));
    while ((history_.end() - history_.first()) / strip.samples + 2 > most) strip.samples *= 2;
    strip.first = history_.first() / strip.samples;
    strip.columns = (history_.end() - 1) / strip.samples - strip.first + 1;
    strip.column = std::min(style.px(8), (strip.high.x - strip.low.x) / static_cast<float>(strip.columns));

    ImDrawList* list = ImGui::GetWindowDrawList();
    list->AddRectFilled(strip.low, strip.high, imgui_color(style.colors.raised));
    const int label_every = std::max(1, static_cast<int>(std::ceil((line - style.px(2)) / row)));
    for (int label = 0; label < classes; ++label) {
        draw_history_row(strip, label, style);
        if (!own_rows || label % label_every != 0) continue;
        const float top = strip.low.y + row * static_cast<float>(label) + std::round(0.5F * (row - line));
        list->AddText({corner.x, top},
                      imgui_color(label == snapshot.seen.probe.label ? style.colors.text : style.colors.text_secondary),
                      class_name(*snapshot.run_info, label));
    }
    ImGui::InvisibleButton("history", {std::max(1.0F, room), strip.high.y - strip.low.y});
    const float mouse = ImGui::GetIO().MousePos.x;
    const auto pointed = static_cast<std::int64_t>((mouse - strip.low.x) / strip.column);
    if (ImGui::IsItemHovered() && mouse >= strip.low.x && pointed < strip.columns) {
        const float at = std::floor(strip.low.x + strip.column * (static_cast<float>(pointed) + 0.5F)) + 0.5F;
        list->AddLine({at, strip.low.y}, {at, strip.high.y}, imgui_color(style.colors.text), 1.0F);
        read_history(snapshot, std::min((strip.first + pointed + 1) * strip.samples, history_.end()) - 1, style);
    }
    draw_history_axis(strip, style);
    ImGui::PopFont();
}

// Neighbouring columns of one colour are one rectangle.
void ProbePanel::draw_history_row(const Strip& strip, int label, const WidgetStyle& style) const {
    const float top = strip.low.y + strip.row * static_cast<float>(label);
    std::int64_t begin = 0;
    int level = 0;
    for (std::int64_t i = 0; i <= strip.columns; ++i) {
        int next = 0;
        if (i < strip.columns) {
            const std::int64_t from = std::max((strip.first + i) * strip.samples, history_.first());
            const std::int64_t to = std::min((strip.first + i + 1) * strip.samples, history_.end());
            next = static_cast<int>(std::lround(history_.mean(label, from, to) * static_cast<float>(kLevels)));
        }
        if (i < strip.columns && next == level) continue;
        if (level > 0)
            ImGui::GetWindowDrawList()->AddRectFilled(
                {strip.low.x + strip.column * static_cast<float>(begin), top},
                {strip.low.x + strip.column * static_cast<float>(i), top + strip.row - 1.0F},
                probability_color(style.colors, static_cast<float>(level) / static_cast<float>(kLevels)));
        begin = i;
        level = next;
    }
}

// Below the strip: the iterations of its oldest and its newest sample, clear of each other and inside the panel.
void ProbePanel::draw_history_axis(const Strip& strip, const WidgetStyle& style) const {
    const ImU32 ink = imgui_color(style.colors.text_secondary);
    const float top = strip.high.y + style.px(2);
    char text[96];
    std::snprintf(text, sizeof text, "iteration %s", format_count(history_.iteration(history_.first())).c_str());
    ImDrawList* list = ImGui::GetWindowDrawList();
    list->AddText({strip.low.x, top}, ink, text);
    const float after = strip.low.x + ImGui::CalcTextSize(text).x + style.px(12);
    const ShortText newest = format_count(history_.iteration(history_.end() - 1));
    const float width = ImGui::CalcTextSize(newest.c_str()).x;
    const float end = strip.low.x + strip.column * static_cast<float>(strip.columns);
    if (history_.end() - history_.first() > 1)
        list->AddText({std::round(std::max(after, end - width)), top}, ink, newest.c_str());
    ImGui::Dummy({1.0F, ImGui::GetTextLineHeight()});
}

// Exact values of one sample, the most probable classes first.
void ProbePanel::read_history(const Snapshot& snapshot, std::int64_t sample, const WidgetStyle& style) const {
    const std::span<const float> probabilities = history_.probabilities(sample);
    ImGui::BeginTooltip();
    ImGui::PushFont(style.fonts.medium);
    ImGui::Text("Iteration %s", format_count(history_.iteration(sample)).c_str());
    ImGui::PopFont();
    ImGui::PushFont(style.fonts.body);
    int last = -1;  // the class listed last; those listed are more probable, or as probable with a smaller number
    for (int rank = 0; rank < std::min(3, history_.class_count()); ++rank) {
        int best = -1;
        for (int label = 0; label < history_.class_count(); ++label) {
            const float p = probabilities[static_cast<std::size_t>(label)];
            const float before = last < 0 ? 2.0F : probabilities[static_cast<std::size_t>(last)];
            const bool listed = last >= 0 && (p > before || (p == before && label <= last));
            if (!listed && (best < 0 || p > probabilities[static_cast<std::size_t>(best)])) best = label;
        }
        if (best < 0) break;
        last = best;
        ImGui::Text("%s   %.7g%s", class_name(*snapshot.run_info, best),
                    static_cast<double>(probabilities[static_cast<std::size_t>(best)]),
                    best == snapshot.seen.probe.label ? "   the label" : "");
    }
    ImGui::PopFont();
    ImGui::EndTooltip();
}

}  // namespace convscope
