#include "viz/app/lane_list.h"

#include "viz/panels/curves_legend.h"
#include "viz/panels/ghost_curves.h"
#include "viz/panels/split_names.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>
#include <string_view>

namespace convscope {
namespace {

constexpr float kLanesWidth = 400.0F;
constexpr float kLanesMargin = 8.0F;      // to the window's edges
constexpr float kLaneIndent = 14.0F;      // of a lane below the one that it branched from,
constexpr int kDeepestLane = 4;           // up to so many times
constexpr float kLaneSwatch = 16.0F;      // the lane's line, as it is drawn
constexpr float kLaneWithWords = 300.0F;  // width of a row from which its buttons have words
constexpr float kLaneSign = 28.0F;        // of a button without one

constexpr const char* kLanesHelp =
    "Every way that the run has gone. A lane begins when something is changed in the past: what was known beyond "
    "stays, as a lane. Each one says what began it, where it left the lane that it stands under, how far it came, its "
    "loss and accuracy at its end, and by how much its loss is above (+) or below (-) the present lane's at the same "
    "iterations. Losses are means over as many iterations as the curves are smoothed over. Pointing at a lane shows it "
    "on the curves and on the timeline.";

void copy_name(std::array<char, 64>& text, std::string_view from) {
    std::size_t length = std::min(from.size(), text.size() - 1);
    while (length < from.size() && length > 0 && (static_cast<unsigned char>(from[length]) & 0xC0U) == 0x80U)
        --length;  // amid a character
    std::copy_n(from.begin(), length, text.begin());
    text[length] = '\0';
}

// What stands where there is no name.
std::string_view unnamed(const LaneRow& row) {
    if (!row.begun_by.empty()) return row.begun_by;
    return row.is_branch ? std::string_view("a branch") : std::string_view("the first lane");
}

// "learning rate 0.001 -> 0.01, from iteration 120 to 350", without what the name's place says already.
void lane_story(const LaneRow& row, bool with_beginning, std::span<char> out) {
    const bool says = with_beginning && !row.begun_by.empty();
    const ShortText from = format_count(row.from);
    std::snprintf(out.data(), out.size(), "%.*s%s%s%s to %s", says ? static_cast<int>(row.begun_by.size()) : 0,
                  row.begun_by.data(), says ? ", " : "", row.is_branch ? "from iteration " : "from the start",
                  row.is_branch ? from.c_str() : "", format_count(row.furthest).c_str());
}

void say_iterations(const MeanLoss& loss, std::span<char> out) {
    if (loss.first == loss.last)
        std::snprintf(out.data(), out.size(), "The loss of iteration %s", format_count(loss.last).c_str());
    else
        std::snprintf(out.data(), out.size(), "The mean loss of iterations %s to %s", format_count(loss.first).c_str(),
                      format_count(loss.last).c_str());
}

// One number of a row, behind the others or on a line of its own.
bool lane_number(const WidgetStyle& style, const char* id, const char* text, Rgba color, bool first) {
    const ImVec2 size = ImGui::CalcTextSize(text);
    if (!first) flow(size.x);
    ImGui::TextColored(imgui_vector(color), "%s", text);
    note_item(style, id);
    return ImGui::IsItemHovered();
}

void draw_lane_loss(const WidgetStyle& style, const LaneRow& row) {
    char text[64];
    std::snprintf(text, sizeof text, "loss %s", row.loss ? format_value(row.loss->value).c_str() : "–");
    if (!lane_number(style, "loss", text, style.colors.text, /*first=*/true)) return;
    char iterations[160] = "";
    char words[256];
    if (row.loss) say_iterations(*row.loss, iterations);
    if (row.loss)
        std::snprintf(words, sizeof words, "%s, the last of this lane. The curves' smoothing says over how many.",
                      iterations);
    else
        std::snprintf(words, sizeof words, "None of its last iterations has a loss that is a number.");
    item_tooltip(style, words);
}

void draw_lane_difference(const WidgetStyle& style, const LaneRow& row) {
    if (row.is_present) return;
    char text[64] = "not compared";
    const double difference = row.difference ? row.difference->value() : 0.0;
    if (row.difference)
        std::snprintf(text, sizeof text, "%s%s", difference < 0.0 ? "" : "+", format_value(difference).c_str());
    if (!lane_number(style, "difference", text, row.difference ? style.colors.text : style.colors.text_secondary,
                     false))
        return;
    char words[320];
    char iterations[160] = "";
    if (row.difference) {
        say_iterations(row.difference->own, iterations);
        std::snprintf(words, sizeof words,
                      "%s, the last that this lane and the present one both have: %s here, %s in the present one. The "
                      "difference of the two.",
                      iterations, format_value(row.difference->own.value).c_str(),
                      format_value(row.difference->present).c_str());
    } else {
        std::snprintf(words, sizeof words,
                      "There is no iteration that this lane and the present one both have and came to in another way.");
    }
    item_tooltip(style, words);
}

void draw_lane_accuracy(const WidgetStyle& style, const LaneRow& row, const char* set) {
    char text[64];
    std::snprintf(text, sizeof text, "%s %s", set,
                  row.test_accuracy ? format_percent(*row.test_accuracy).c_str() : "–");
    if (!lane_number(style, "accuracy", text,
                     row.test_accuracy ? style.colors.second_series : style.colors.text_secondary, false))
        return;
    char words[192];
    if (row.test_accuracy)
        std::snprintf(words, sizeof words,
                      "The accuracy over the whole %s set, as it was measured last: behind iteration %s.", set,
                      format_count(row.tested_at).c_str());
    else
        std::snprintf(words, sizeof words,
                      "The %s set was not measured in this lane yet: that is done at the end of each epoch.", set);
    item_tooltip(style, words);
}

// As its line is on the curves.
void draw_lane_swatch(const WidgetStyle& style, const LaneRow& row, RunId pointed, float height) {
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    const float middle = std::round(corner.y + 0.5F * height);
    const Ghost::Look look = pointed == row.id ? Ghost::Look::Pointed : Ghost::Look::Plain;
    const ImU32 ink = row.is_present ? imgui_color(style.colors.accent) : ghost_ink(style, look);
    ImGui::GetWindowDrawList()->AddLine({corner.x, middle}, {corner.x + style.px(kLaneSwatch), middle}, ink,
                                        row.is_present ? style.px(2) : ghost_width(style, look));
    ImGui::Dummy({style.px(kLaneSwatch), height});
    ImGui::SameLine(0.0F, style.px(6));
}

}  // namespace

void LaneList::draw(FrameContext& context, float top, float bottom) {
    const WidgetStyle style = style_of(context);
    const Snapshot* snapshot = context.lane.live();
    const MetricHistory& history = context.lane.link.history();
    rows_.clear();
    // Scalars of another run than the snapshot's are not this lane's.
    const bool same = snapshot && snapshot->run_info && history.run() == snapshot->run_info->run;
    if (snapshot)
        list_lanes(snapshot->line, same ? &history : nullptr, reach_of_smoothing(context.settings.curve_smoothing),
                   rows_);

    const float margin = style.px(kLanesMargin);
    const float screen = ImGui::GetIO().DisplaySize.x;
    const float width = std::min(style.px(kLanesWidth), screen - 2.0F * margin);
    const float most = std::max(style.px(64), bottom - top - 2.0F * margin);
    ImVec2 corner = corner_.value_or(ImVec2(margin, bottom - margin));
    corner.x = std::round(std::clamp(corner.x, margin, std::max(margin, screen - width - margin)));
    corner.y = std::round(std::clamp(corner.y, std::min(top + style.px(64), bottom - margin), bottom - margin));
    ImGui::SetNextWindowPos(corner, ImGuiCond_Always, {0.0F, 1.0F});
    ImGui::SetNextWindowSizeConstraints({width, 0.0F}, {width, most});
    constexpr ImGuiWindowFlags kFlags = ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize |
                                        ImGuiWindowFlags_NoMove | ImGuiWindowFlags_AlwaysAutoResize |
                                        ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoNav |
                                        ImGuiWindowFlags_NoCollapse | ImGuiWindowFlags_NoFocusOnAppearing;
    ImGui::Begin("##lanes", nullptr, kFlags);
    const Anchors::Scope scope(context.anchors, "lanes");
    const ImVec2 place = ImGui::GetWindowPos();
    note_place(style, "", place, {place.x + ImGui::GetWindowWidth(), place.y + ImGui::GetWindowHeight()});
    draw_title(context, style);

    RunId pointed;
    for (std::size_t i = 0; i < rows_.size(); ++i)
        if (draw_row(context, style, rows_[i], static_cast<int>(i))) pointed = rows_[i].id;
    if (rows_.size() < 2) {
        ImGui::PushTextWrapPos(0.0F);
        ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(style.colors.text_secondary));
        ImGui::TextUnformatted(rows_.empty()
                                   ? "The first lane begins with the run."
                                   : "One lane so far: go back (Left arrow), change something there, and another "
                                     "begins.");
        ImGui::PopStyleColor();
        ImGui::PopTextWrapPos();
        note_item(style, "empty");
    }
    ImGui::End();
    if (pointed != context.lane.pointed_lane) context.ui.send(ui::PointAtLane{pointed});
}

void LaneList::draw_title(FrameContext& context, const WidgetStyle& style) {
    const ImVec2 cursor = ImGui::GetCursorPos();
    const float right = ImGui::GetContentRegionAvail().x + cursor.x;
    ImGui::InvisibleButton("move", {std::max(1.0F, right - cursor.x - style.px(56)), style.px(20)});
    note_item(style, "move");
    if (ImGui::IsItemActive()) {
        const ImVec2 moved = ImGui::GetIO().MouseDelta;
        const ImVec2 low = ImGui::GetWindowPos();
        corner_ = ImVec2(low.x + moved.x, low.y + ImGui::GetWindowHeight() + moved.y);
    }
    item_tooltip(style, "Drag to move the list (no key).");
    ImGui::SetCursorPos(cursor);
    ImGui::PushFont(style.fonts.title);
    ImGui::TextUnformatted("Lanes");
    ImGui::PopFont();
    ImGui::SetCursorPos({right - style.px(50), cursor.y});
    help_marker(style, kLanesHelp);
    ImGui::SetCursorPos({right - style.px(27), cursor.y - style.px(3)});
    if (icon_button(style, "close", Icon::Close, "", {.width = style.px(27), .tooltip = "Close the list (L)."}))
        context.ui.send(ui::ToggleLanes{});
}

bool LaneList::draw_row(FrameContext& context, const WidgetStyle& style, const LaneRow& row, int index) {
    const EngineLink& link = context.lane.link;
    const Anchors::Scope scope(context.anchors, index);
    ImGui::PushID(static_cast<int>(row.id.value));
    const ImVec2 begin = ImGui::GetCursorScreenPos();
    const float room = ImGui::GetContentRegionAvail().x;
    ImDrawList* list = ImGui::GetWindowDrawList();
    list->ChannelsSplit(2);
    list->ChannelsSetCurrent(1);
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(style.px(12), style.px(3)));
    const float indent = style.px(kLaneIndent) * static_cast<float>(std::min(row.depth, kDeepestLane));
    if (indent > 0.0F) ImGui::Indent(indent);
    ImGui::BeginGroup();

    const bool going = link.pending(link.requested().lane.id);
    const bool to_it = going && link.requested().lane.value == row.id;
    const bool with_words = room - indent >= style.px(kLaneWithWords);
    const float spacing = ImGui::GetStyle().ItemInnerSpacing.x;
    const auto width_of = [&](const char* words) {
        return with_words ? text_width(style.fonts.body, words) + style.px(44) : style.px(kLaneSign);
    };
    const float buttons = style.px(kLaneSign) + width_of("Return") + width_of("Delete") + 3.0F * spacing;
    const float name_width = std::max(style.px(40), room - indent - style.px(kLaneSwatch + 6) - buttons);
    const std::string_view hint = unnamed(row);
    const float hint_width = ImGui::CalcTextSize(hint.data(), hint.data() + hint.size()).x;
    const bool hint_fits = hint_width + 2.0F * ImGui::GetStyle().FramePadding.x <= name_width;
    draw_lane_swatch(style, row, context.lane.pointed_lane, ImGui::GetFrameHeight());
    draw_name(context, style, row, name_width);
    ImGui::SameLine(0.0F, spacing);
    if (icon_button(style, "compare", Icon::Branch, "",
                    {.enabled = context.can_have_twin && !going,
                     .width = style.px(kLaneSign),
                     .tooltip = row.is_present ? "Race a twin of this lane: choose in what it differs (G)."
                                               : "Compare with this lane: what became of it is trained beside the run, "
                                                 "as its twin, at the same iterations (no key)."})) {
        if (row.is_present)
            context.ui.send(ui::TogglePage{Page::Twin});
        else
            context.ui.post(command::BeginTwin{.from_start = false, .difference = {}, .lane = row.id});
    }
    ImGui::SameLine(0.0F, spacing);
    if (row.is_present) {
        // Where the button of the others is.
        const ImVec2 corner = ImGui::GetCursorScreenPos();
        ImGui::Dummy({width_of("Return"), ImGui::GetFrameHeight()});
        note_item(style, "present");
        item_tooltip(style, "The lane where the run is.");
        const float middle = corner.y + 0.5F * ImGui::GetFrameHeight();
        const char* words = with_words ? "present" : "";
        const float content = with_words ? style.px(20) + text_width(style.fonts.body, words) : style.px(12);
        const float left = std::round(corner.x + 0.5F * (width_of("Return") - content));
        draw_icon(list, Icon::Check, {left + style.px(6), middle}, style.px(12), imgui_color(style.colors.accent));
        list->AddText({left + style.px(20), std::round(middle - 0.5F * ImGui::GetFontSize())},
                      imgui_color(style.colors.accent), words);
    } else if (icon_button(style, "return", Icon::Return, with_words ? "Return" : "",
                           {.enabled = !going,
                            .width = width_of("Return"),
                            .tooltip = to_it ? "The run is on its way there."
                                             : "Go back to this lane's end, and pause there (no key). The present lane "
                                               "is saved, and stays."})) {
        context.ui.post(command::GoToLane{row.id});
    }
    ImGui::SameLine(0.0F, spacing);
    if (icon_button(
            style, "delete", Icon::Close, with_words ? "Delete" : "",
            {.enabled = !row.is_present && !going,
             .width = width_of("Delete"),
             .tooltip = row.is_present ? "The lane where the run is cannot be deleted: return to another one first."
                                       : "Let go of this lane (no key): it leaves the list, the curves and the "
                                         "memory, and its states to go back to leave the disk. Its run stays in its "
                                         "folder, which the line below names: resumed from there it is a lane again."}))
        context.ui.post(command::DeleteLane{row.id});

    ImGui::PushFont(style.fonts.small);
    char story[256];
    lane_story(row, !row.name.empty() || !hint_fits, story);
    ImGui::PushTextWrapPos(0.0F);
    ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(style.colors.text_secondary));
    ImGui::TextUnformatted(story);
    ImGui::PopStyleColor();
    ImGui::PopTextWrapPos();
    note_item(style, "story");
    draw_lane_loss(style, row);
    draw_lane_difference(style, row);
    draw_lane_accuracy(style, row, names_of_test(link.history().run_info()).word);
    ImGui::PopFont();
    ImGui::PopStyleVar();

    ImGui::EndGroup();
    if (indent > 0.0F) ImGui::Unindent(indent);
    const ImVec2 low(begin.x - style.px(4), begin.y - style.px(3));
    const ImVec2 high(begin.x + room + style.px(4), ImGui::GetItemRectMax().y + style.px(3));
    note_place(style, "row", low, high);
    const bool hovered =
        ImGui::IsWindowHovered(ImGuiHoveredFlags_AllowWhenBlockedByActiveItem) && ImGui::IsMouseHoveringRect(low, high);
    list->ChannelsSetCurrent(0);
    if (hovered || row.is_present)
        list->AddRectFilled(
            low, high, imgui_color(row.is_present ? style.colors.accent_dim : style.colors.raised, 0.5F), style.px(3));
    list->ChannelsMerge();
    ImGui::PopID();
    return hovered;
}

// A field that looks like a name until it is clicked.
void LaneList::draw_name(FrameContext& context, const WidgetStyle& style, const LaneRow& row, float width) {
    const EngineLink& link = context.lane.link;
    const auto& asked = link.requested().lane_name;
    const bool pending = link.pending(asked.id) && asked.value.lane == row.id;
    Text shown{};
    copy_name(shown, pending ? std::string_view(asked.value.name) : row.name);
    const bool edited = edited_ == row.id;
    ImGui::SetNextItemWidth(width);
    ImGui::PushStyleColor(ImGuiCol_FrameBg, ImVec4(0.0F, 0.0F, 0.0F, 0.0F));
    if (pending) ImGui::PushStyleColor(ImGuiCol_Border, imgui_color(style.colors.warning));
    Text& text = edited ? typed_ : shown;
    ImGui::InputTextWithHint("##name", unnamed(row).data(), text.data(), text.size(),
                             ImGuiInputTextFlags_AutoSelectAll);
    if (pending) ImGui::PopStyleColor();
    ImGui::PopStyleColor();
    note_item(style, "name");
    if (ImGui::IsItemActivated() && !edited) {
        for (const LaneRow& other : rows_)
            if (other.id == edited_) rename(context, other);
        edited_ = row.id;
        before_ = typed_ = shown;
    }
    if (ImGui::IsItemDeactivated() && edited_ == row.id) rename(context, row);
    item_tooltip(style, pending
                            ? "Pending: the run has not heard the name yet."
                            : "Click to name this lane, or to rename it; Enter ends it, Esc takes it back (no key).");
}

void LaneList::rename(FrameContext& context, const LaneRow& row) {
    edited_ = {};
    if (typed_ != before_) context.ui.post(command::NameLane{row.id, typed_.data()});
}

}  // namespace convscope
