#include "viz/app/places_page.h"

#include "viz/app/overlay.h"
#include "viz/view/named_places.h"
#include "viz/view/place_in_time.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"

#include <imgui.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

namespace convscope {
namespace {

constexpr float kPlacesWidth = 560.0F;  // at scale 1
constexpr float kPlacesHeight = 250.0F;
constexpr float kMostPlacesHeight = 640.0F;

std::string without_spaces_around(std::string_view text) {
    const std::size_t first = text.find_first_not_of(' ');
    if (first == text.npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(' ') + 1 - first));
}

}  // namespace

void PlacesPage::draw(FrameContext& context, bool appears) {
    const WidgetStyle style = style_of(context);
    const Snapshot* snapshot = context.lane.shown();
    const std::span<const NamedPlace> places = snapshot ? named_places(snapshot->line) : std::span<const NamedPlace>();
    const float rows = static_cast<float>(places.size()) * ImGui::GetFrameHeightWithSpacing();
    Overlay page(style, "places", "Named places", "Ctrl N",
                 {style.px(kPlacesWidth), std::min(style.px(kPlacesHeight) + rows, style.px(kMostPlacesHeight))});
    if (!snapshot || !snapshot->run_info) {
        empty_state(style, "Places come with the first run.");
    } else {
        ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(style.colors.text_secondary));
        ImGui::TextWrapped(
            "An iteration with a name stands on the timeline as a flag, is saved with the run, and is gone back to "
            "with a click.");
        ImGui::PopStyleColor();
        if (appears) {
            named_ = snapshot->iteration;
            typed_ = {};
            focus_ = true;
        }
        draw_field(context, style);
        ImGui::BeginChild("list");
        draw_list(context, style, snapshot->iteration);
        ImGui::EndChild();
    }
    if (page.end()) context.ui.send(ui::ClosePage{});
}

void PlacesPage::draw_field(FrameContext& context, const WidgetStyle& style) {
    char title[64];
    std::snprintf(title, sizeof title, "Iteration %s", format_count(named_).c_str());
    section_label(style, title);
    const float button = ImGui::CalcTextSize("Name it").x + 2.0F * ImGui::GetStyle().FramePadding.x + style.px(16);
    ImGui::SetNextItemWidth(
        std::max(style.px(48), ImGui::GetContentRegionAvail().x - button - ImGui::GetStyle().ItemSpacing.x));
    if (std::exchange(focus_, false)) ImGui::SetKeyboardFocusHere();
    bool named = ImGui::InputTextWithHint("##new", "its name", typed_.data(), typed_.size(),
                                          ImGuiInputTextFlags_EnterReturnsTrue);
    note_item(style, "new");
    item_tooltip(style, "What this iteration is to be called (Enter names it).");
    ImGui::SameLine();
    ImGui::BeginDisabled(typed_[0] == '\0');
    named = ImGui::Button("Name it", {ImGui::GetContentRegionAvail().x, 0.0F}) || named;
    ImGui::EndDisabled();
    note_item(style, "add");
    item_tooltip(style, "This iteration gets the name, instead of one that it had (Enter in the field).");
    if (!named) return;
    focus_ = true;  // a name that is typed next is not to be taken for keys
    const std::string name = without_spaces_around(typed_.data());
    typed_ = {};
    if (name.empty()) return;
    context.ui.post(command::NamePlace{named_, name});
    named_ = context.lane.shown()->iteration;
}

void PlacesPage::draw_list(FrameContext& context, const WidgetStyle& style, std::int64_t iteration) {
    const std::span<const NamedPlace> places = named_places(context.lane.shown()->line);
    if (places.empty()) return hint(style, "No place of this lane has a name yet.");
    const std::int64_t earliest = place_in_time(context.lane.link).earliest;
    const float button = style.px(26);
    const float numbers = ImGui::CalcTextSize("000,000,000").x + 2.0F * ImGui::GetStyle().FramePadding.x;
    for (std::size_t i = 0; i < places.size(); ++i) {
        const NamedPlace& place = places[i];
        const auto index = static_cast<std::int64_t>(i);
        ImGui::PushID(static_cast<int>(i));
        const Anchors::Scope row(style.anchors, index);
        ImGui::AlignTextToFramePadding();
        const bool here = place.iteration == iteration;
        const bool can = place.iteration >= earliest;
        ImGui::BeginDisabled(!can);
        if (ImGui::Button(format_count(place.iteration).c_str(), {numbers, 0.0F})) {
            context.ui.send(ui::GoToIteration{place.iteration});
            context.ui.send(ui::ClosePage{});
        }
        ImGui::EndDisabled();
        note_item(style, "go");
        if (can)
            item_tooltip(style, here ? "The run is there." : "Go to this iteration (no key).");
        else
            item_tooltip(style, "What came before iteration " + std::string(format_count(earliest).c_str()) +
                                    " was not kept: this place cannot be gone back to any more.");
        ImGui::SameLine();
        const float end = ImGui::GetCursorPosX() + ImGui::GetContentRegionAvail().x - button;
        const float room = end - ImGui::GetCursorPosX() - style.px(8);
        const LineText text = shortened_line(place.name, room);
        ImGui::TextColored(imgui_vector(here ? style.colors.accent : style.colors.text), "%s", text.c_str());
        note_item(style, "name");
        if (place.name != text.c_str()) item_tooltip(style, place.name);
        ImGui::SameLine(end);
        if (icon_button(style, "remove", Icon::Close, "",
                        {.width = button, .tooltip = "Takes the name away; the iteration stays (no key)."}))
            context.ui.post(command::NamePlace{place.iteration, {}});
        ImGui::PopID();
    }
}

}  // namespace convscope
