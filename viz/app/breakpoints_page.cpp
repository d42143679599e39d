#include "viz/app/breakpoints_page.h"

#include "viz/app/overlay.h"
#include "viz/view/breakpoint_list.h"
#include "viz/widgets/controls.h"

#include <imgui.h>

#include <algorithm>

namespace convscope {
namespace {

constexpr float kBreakpointsWidth = 760.0F;  // at scale 1
constexpr float kBreakpointsHeight = 440.0F;
constexpr float kMostBreakpointsHeight = 640.0F;
constexpr float kExampleWidth = 264.0F;  // from a kind's example to what it means
constexpr float kLeastListHeight = 72.0F;

// In the present font, as much of it as fits, with all of it under the mouse where that is not all.
void fitting_text(const WidgetStyle& style, const std::string& text, float width, Rgba color) {
    const bool whole = ImGui::CalcTextSize(text.c_str()).x <= width;
    ImGui::TextColored(imgui_vector(color), "%s", whole ? text.c_str() : shortened(text, width).c_str());
    if (!whole) item_tooltip(style, text);
}

}  // namespace

void BreakpointsPage::read(const std::vector<Breakpoint>& list, const std::shared_ptr<const RunInfo>& run,
                           const Selection& selection) {
    if (layer_ == selection.layer && list == list_ && run == run_) return;
    layer_ = selection.layer;
    list_ = list;
    run_ = run;
    kinds_.clear();
    for (const BreakpointKindRow& row : breakpoint_kinds())
        kinds_.push_back({example_of(row.kind, run_.get(), selection), row.meaning + std::string(" (No key.)")});
    lines_.clear();
    for (Breakpoint one : list_) {
        one.on = true;  // the switch says that
        Line& line = lines_.emplace_back();
        line.words = to_string(one);
        if (!run_) continue;
        if (Result<void> fits = check_breakpoint(one, run_->network, run_->data.class_names); !fits)
            line.problem = fits.error().message;
    }
}

void BreakpointsPage::draw(FrameContext& context) {
    const WidgetStyle style = style_of(context);
    const EngineLink& engine = context.lane.link;
    const Snapshot* snapshot = engine.live();
    const bool there = snapshot && snapshot->breakpoints;
    const Asked<std::vector<Breakpoint>>& asked = engine.requested().breakpoints;
    if (there)
        read(engine.pending(asked.id) ? asked.value : *snapshot->breakpoints, snapshot->run_info,
             context.lane.selection);
    // As high as the list needs, up to where it scrolls.
    const float rows = static_cast<float>(list_.size()) * ImGui::GetFrameHeightWithSpacing();
    Overlay page(
        style, "breakpoints", "Breakpoints", "B",
        {style.px(kBreakpointsWidth), std::min(style.px(kBreakpointsHeight) + rows, style.px(kMostBreakpointsHeight))});
    if (!there) {
        empty_state(style, "Breakpoints come with the first run.");
    } else {
        ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(style.colors.text_secondary));
        ImGui::TextWrapped(
            "Where one of these comes to hold, the run pauses by itself, says so, and selects the layer "
            "that it is about. What holds already waits until it has ceased to.");
        ImGui::PopStyleColor();
        draw_list(context, style);
        draw_field(context, style);
        draw_kinds(style);
    }
    if (page.end()) context.ui.send(ui::ClosePage{});
}

void BreakpointsPage::draw_list(FrameContext& context, const WidgetStyle& style) {
    // What is below it keeps its room; a long list scrolls.
    const float below = ImGui::GetFrameHeightWithSpacing() +
                        static_cast<float>(breakpoint_kinds().size() + 3) * ImGui::GetTextLineHeightWithSpacing();
    const float room = std::max(style.px(kLeastListHeight), ImGui::GetContentRegionAvail().y - below);
    const float rows = static_cast<float>(std::max<std::size_t>(1, list_.size())) * ImGui::GetFrameHeightWithSpacing();
    ImGui::BeginChild("list", {0.0F, std::min(room, rows + style.px(8))});
    if (list_.empty()) hint(style, "Nothing pauses the run by itself: add one of the below.");
    const Snapshot& snapshot = *context.lane.link.live();
    const BreakpointHit* hit = snapshot.paused_by.get();
    const float button = style.px(26);
    for (std::size_t i = 0; i < list_.size(); ++i) {
        const auto index = static_cast<std::int64_t>(i);
        const Line& line = lines_[i];
        ImGui::PushID(static_cast<int>(i));
        const Anchors::Scope row(style.anchors, index);
        bool on = list_[i].on;
        if (ImGui::Checkbox("##on", &on)) context.ui.post(command::SetBreakpoints{with_switched(list_, i, on)});
        note_item(style, "on");
        item_tooltip(style, on ? "Pauses the run. A click switches it off and keeps it in the list (no key)."
                               : "Is off. A click switches it on (no key).");
        ImGui::SameLine();
        ImGui::AlignTextToFramePadding();
        const bool here = hit != nullptr && hit->breakpoint == list_[i];
        const char* const mark = here ? "paused here" : !line.problem.empty() ? "not in this run" : "";
        const float room_of_mark = *mark != '\0' ? text_width(style.fonts.small, mark) + style.px(12) : 0.0F;
        const float end = ImGui::GetCursorPosX() + ImGui::GetContentRegionAvail().x - button;
        const Rgba color = here                    ? style.colors.accent
                           : !line.problem.empty() ? style.colors.warning
                           : on                    ? style.colors.text
                                                   : style.colors.text_secondary;
        fitting_text(style, line.words, end - ImGui::GetCursorPosX() - room_of_mark - style.px(8), color);
        note_item(style, "words");
        if (!line.problem.empty()) item_tooltip(style, line.problem);
        if (*mark != '\0') {
            ImGui::SameLine(end - room_of_mark);
            ImGui::PushFont(style.fonts.small);
            ImGui::TextColored(imgui_vector(color), "%s", mark);
            ImGui::PopFont();
            item_tooltip(style, here ? hit->what : line.problem);
        }
        ImGui::SameLine(end);
        if (icon_button(style, "remove", Icon::Close, "",
                        {.width = button, .tooltip = "Takes it from the list (no key)."}))
            context.ui.post(command::SetBreakpoints{without(list_, i)});
        ImGui::PopID();
    }
    ImGui::EndChild();
}

void BreakpointsPage::draw_field(FrameContext& context, const WidgetStyle& style) {
    const float button = ImGui::CalcTextSize("Add").x + 2.0F * ImGui::GetStyle().FramePadding.x + style.px(16);
    ImGui::SetNextItemWidth(
        std::max(style.px(48), ImGui::GetContentRegionAvail().x - button - ImGui::GetStyle().ItemSpacing.x));
    if (!refusal_.empty()) ImGui::PushStyleColor(ImGuiCol_Border, imgui_color(style.colors.warning));
    bool add = ImGui::InputTextWithHint("##new", "one more: loss < 0.1", typed_.data(), typed_.size(),
                                        ImGuiInputTextFlags_EnterReturnsTrue);
    if (!refusal_.empty()) ImGui::PopStyleColor();
    note_item(style, "new");
    if (ImGui::IsItemEdited()) refusal_.clear();
    item_tooltip(style, "What the run is to pause at, written as below (Enter adds it).");
    ImGui::SameLine();
    ImGui::BeginDisabled(typed_[0] == '\0');
    add = ImGui::Button("Add", {ImGui::GetContentRegionAvail().x, 0.0F}) || add;
    ImGui::EndDisabled();
    note_item(style, "add");
    item_tooltip(style, "Adds what stands in the field to the list (Enter in the field).");
    if (add && typed_[0] != '\0') {
        Result<std::vector<Breakpoint>> added = with_added(list_, typed_.data(), run_.get());
        refusal_ = added ? std::string() : added.error().message;
        if (added) {
            typed_ = {};
            context.ui.post(command::SetBreakpoints{std::move(added).value()});
        }
    }
    if (refusal_.empty()) return;
    ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(style.colors.warning));
    ImGui::TextWrapped("%s", refusal_.c_str());
    ImGui::PopStyleColor();
    note_item(style, "refusal");
}

void BreakpointsPage::draw_kinds(const WidgetStyle& style) {
    section_label(style, "What there is to pause at: a click writes one into the field");
    const Anchors::Scope scope(style.anchors, "kind");
    const float left = ImGui::GetCursorPosX();
    const float whole = ImGui::GetContentRegionAvail().x;
    const bool narrow = whole < style.px(1.6F * kExampleWidth);
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
        const BreakpointKindRow& row = breakpoint_kinds()[i];
        const std::string& example = kinds_[i].example;
        ImGui::PushID(row.words);
        const bool chosen =
            ImGui::Selectable("##kind", false, ImGuiSelectableFlags_None, {whole, ImGui::GetTextLineHeight()});
        note_item(style, row.words);
        item_tooltip(style, kinds_[i].tooltip);
        if (chosen) {
            typed_ = {};
            example.copy(typed_.data(), typed_.size() - 1);
            refusal_.clear();
        }
        ImGui::SameLine(left);
        fitting_text(style, example, narrow ? whole : style.px(kExampleWidth - 8.0F), style.colors.text);
        if (!narrow) {
            ImGui::SameLine(left + style.px(kExampleWidth));
            ImGui::PushFont(style.fonts.small);
            ImGui::TextColored(imgui_vector(style.colors.text_secondary), "%s",
                               shortened(row.meaning, whole - style.px(kExampleWidth)).c_str());
            ImGui::PopFont();
        }
        ImGui::PopID();
    }
}

}  // namespace convscope
