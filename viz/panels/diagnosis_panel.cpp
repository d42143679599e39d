#include "viz/panels/diagnosis_panel.h"

#include "viz/panels/layer_panel_parts.h"
#include "viz/widgets/controls.h"

#include <imgui.h>

#include <algorithm>
#include <cstdio>

namespace convscope {
namespace {

constexpr double kSecondsBetweenLooks = 0.4;  // words that change faster cannot be read

const char* word_of(Gravity gravity) {
    switch (gravity) {
        case Gravity::Note:
            return "worth knowing";
        case Gravity::Warning:
            return "warning";
        case Gravity::Problem:
            return "problem";
    }
    return "";
}

Rgba color_of(const Palette& colors, Gravity gravity) {
    if (gravity == Gravity::Problem) return colors.error;
    return gravity == Gravity::Warning ? colors.warning : colors.text_secondary;
}

const char* tooltip_of(const Remedy& remedy, bool in_twin) {
    switch (remedy.what) {
        case Remedy::What::GoTo:
            return "The run goes back to there, and waits; playing on follows what is known (no key; End comes back)";
        case Remedy::What::StartOver:
            if (in_twin) return "A twin has the run's seed: end it, or start the run over";
            [[fallthrough]];
        case Remedy::What::StartOverSlower:
        case Remedy::What::StartOverWithoutSoftmax:
        case Remedy::What::StartOverNormalised:
        case Remedy::What::StartOverShuffled:
            return in_twin ? "Another twin takes the place of this one, and both go from the start (no key)"
                           : "A run from its beginning takes the place of this one, which is set aside (no key; Ctrl Z "
                             "brings it back)";
        default:
            return "Changes the run from here on (no key; Ctrl Z takes it back)";
    }
}

void write_wrapped(const char* text, Rgba color) {
    ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(color));
    ImGui::PushTextWrapPos(0.0F);
    ImGui::TextUnformatted(text);
    ImGui::PopTextWrapPos();
    ImGui::PopStyleColor();
}

}  // namespace

std::string_view DiagnosisPanel::help() const {
    return "What is wrong with the run, judged by what is measured anyway: the worst first, each with its numbers, "
           "what "
           "they mean, and what to try. The button does it, Ctrl Z takes it back. Click a sentence to select what it "
           "is "
           "about, or Show to go where it shows. What is marked as worth knowing is no fault: healthy runs may have "
           "it. "
           "While the panel is open, the gradients and updates of layers with at most 262,144 weights are watched.";
}

void DiagnosisPanel::draw(FrameContext& context) {
    if (!network_or_empty_state(context)) return;
    const Snapshot& snapshot = *context.lane.live();
    watch_evidence(*snapshot.run_info, context.watch);
    look(context, snapshot);
    const WidgetStyle style = style_of(context);
    const auto alarms = std::count_if(diagnosis_.findings.begin(), diagnosis_.findings.end(),
                                      [](const Finding& finding) { return finding.gravity > Gravity::Note; });
    char text[120];
    std::snprintf(text, sizeof text, alarms == 0 ? "%d checks, nothing stands out." : "%d checks, %d found something.",
                  static_cast<int>(diagnosis_.checked.count()), static_cast<int>(alarms));
    ImGui::PushFont(style.fonts.medium);
    write_wrapped(text, context.colors.text);
    ImGui::PopFont();
    for (const Finding& finding : diagnosis_.findings) draw_finding(context, snapshot, finding);
    draw_waiting(context);
}

DiagnosisPanel::Source DiagnosisPanel::source_of(const Snapshot& snapshot, const MetricHistory& history) {
    Source source{.run = snapshot.run_info->run, .applied = snapshot.applied_command, .iteration = snapshot.iteration};
    for (const auto& capture : snapshot.seen.captures) {
        const TensorKind kind = capture->key.kind;
        if (kind == TensorKind::Input || kind == TensorKind::Weight || kind == TensorKind::WeightGradient ||
            kind == TensorKind::WeightUpdate)
            source.captured += capture->iteration + 1;
    }
    if (!snapshot.seen.layer_statistics.empty()) source.measured = snapshot.seen.layer_statistics.front().iteration + 1;
    if (snapshot.test_confusion) source.measured += snapshot.test_confusion->first_iteration + 1;
    source.told =
        static_cast<std::int64_t>(history.evaluations().size() + history.marks().size()) + history.loss().size();
    return source;
}

void DiagnosisPanel::look(FrameContext& context, const Snapshot& snapshot) {
    const MetricHistory& history = context.lane.link.history();
    const Source source = source_of(snapshot, history);
    if (source == looked_) return;
    const double since = context.time_seconds - looked_at_;
    if (source.run == looked_.run && since >= 0.0 && since < kSecondsBetweenLooks) {
        context.unfinished = true;
        return;
    }
    gather(snapshot, history, evidence_);
    diagnose(evidence_, diagnosis_);
    looked_ = source;
    looked_at_ = context.time_seconds;
}

void DiagnosisPanel::draw_finding(FrameContext& context, const Snapshot& snapshot, const Finding& finding) {
    const WidgetStyle style = style_of(context);
    const CheckRow& row = row_of(finding.check);
    const Anchors::Scope scope(context.anchors, row.id);
    ImGui::PushID(row.id);
    ImGui::Dummy({0.0F, style.px(2)});
    const ImVec2 top = ImGui::GetCursorScreenPos();
    const float indent = style.px(10);
    ImGui::Indent(indent);

    char title[80];
    std::snprintf(title, sizeof title, "%s: %s", row.name, word_of(finding.gravity));
    ImGui::PushFont(style.fonts.title);
    write_wrapped(title, color_of(context.colors, finding.gravity));
    ImGui::PopFont();

    const ImVec2 corner = ImGui::GetCursorPos();
    const float room = std::max(1.0F, ImGui::GetContentRegionAvail().x);
    const float height = ImGui::CalcTextSize(finding.what.data(), nullptr, false, room).y;
    if (ImGui::Selectable("##what", false, ImGuiSelectableFlags_None, {room, height}))
        context.ui.send(ui::Select{selected_for(finding.showing, context.lane.selection)});
    note_item(style, "what");
    const bool selects = finding.showing.layer || finding.showing.label >= 0;
    item_tooltip(style, selects ? "Click to select it in every panel (no key)" : "There is nothing of it to select");
    const ImVec2 behind = ImGui::GetCursorPos();
    ImGui::SetCursorPos(corner);
    write_wrapped(finding.what.data(), context.colors.text);
    ImGui::SetCursorPos(behind);

    ImGui::PushFont(style.fonts.small);
    write_wrapped(finding.meaning, context.colors.text_secondary);
    write_wrapped(finding.advice, context.colors.text_secondary);
    ImGui::PopFont();
    draw_buttons(context, snapshot, finding);
    ImGui::Unindent(indent);
    const float bottom = ImGui::GetItemRectMax().y;
    ImGui::GetWindowDrawList()->AddRectFilled(top, {top.x + std::max(2.0F, style.px(3)), bottom},
                                              imgui_color(color_of(context.colors, finding.gravity)));
    ImGui::PopID();
}

void DiagnosisPanel::draw_buttons(FrameContext& context, const Snapshot& snapshot, const Finding& finding) {
    const WidgetStyle style = style_of(context);
    const auto button = [&](const char* label, const char* anchor, const char* tooltip, float offset,
                            bool enabled = true) {
        const float width = ImGui::CalcTextSize(label).x + 2.0F * ImGui::GetStyle().FramePadding.x;
        if (offset > 0.0F && offset + width <= ImGui::GetWindowContentRegionMax().x) ImGui::SameLine();
        ImGui::BeginDisabled(!enabled);
        const bool pressed = ImGui::Button(label);
        ImGui::EndDisabled();
        note_item(style, anchor);
        item_tooltip(style, tooltip);
        return pressed;
    };
    float offset = 0.0F;
    if (finding.remedy.what != Remedy::What::None) {
        const bool in_twin = context.face == Face::Twin;
        const bool can = !in_twin || finding.remedy.what != Remedy::What::StartOver;
        if (button(finding.button.data(), "remedy", tooltip_of(finding.remedy, in_twin), 0.0F, can)) {
            auto command = in_twin ? command_for_twin(finding.remedy, snapshot) : command_of(finding.remedy, snapshot);
            if (command) context.ui.post(*std::move(command));
        }
        offset = ImGui::GetItemRectMax().x - ImGui::GetWindowPos().x + ImGui::GetStyle().ItemSpacing.x;
    }
    if (button("Show", "show", "Selects it, and goes to the panel or page where it is seen (no key)", offset)) {
        context.ui.send(ui::Select{selected_for(finding.showing, context.lane.selection)});
        if (finding.showing.panel == std::string_view("recipe"))
            context.ui.send(ui::TogglePage{Page::Recipe});
        else
            context.ui.send(ui::ShowPanel{finding.showing.panel});
    }
}

void DiagnosisPanel::draw_waiting(const FrameContext& context) {
    if (diagnosis_.checked.all()) return;
    const WidgetStyle style = style_of(context);
    ImGui::Dummy({0.0F, style.px(2)});
    ImGui::PushFont(style.fonts.small);
    write_wrapped("Not judged, for want of:", context.colors.text_secondary);
    for (std::size_t i = 0; i < kCheckCount; ++i) {
        if (diagnosis_.checked[i]) continue;
        const CheckRow& row = row_of(static_cast<Check>(i));
        char text[120];
        std::snprintf(text, sizeof text, "%s: %s", row.name, row.needs);
        write_wrapped(text, context.colors.text_secondary);
    }
    ImGui::PopFont();
}

}  // namespace convscope
