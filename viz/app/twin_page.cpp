#include "viz/app/twin_page.h"

#include "viz/app/overlay.h"
#include "viz/panels/button_grid.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"

#include <imgui.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace convscope {
namespace {

constexpr float kTwinPageWidth = 620.0F;
constexpr float kTwinPageHeight = 540.0F;
constexpr std::size_t kMostLanesOffered = 6;

}  // namespace

void TwinPage::read(const Snapshot& snapshot, const Selection& selection) {
    const bool same = run_ == snapshot.run_info && learning_rate_ == snapshot.settings.learning_rate &&
                      selection_ == selection && read_from_start_ == from_start_;
    if (same) return;
    run_ = snapshot.run_info;
    learning_rate_ = snapshot.settings.learning_rate;
    selection_ = selection;
    read_from_start_ = from_start_;
    choices_ = twin_choices(snapshot, selection, from_start_);
}

void TwinPage::begin(FrameContext& context, const command::BeginTwin& twin) const {
    context.ui.post(twin);
    context.ui.send(ui::ClosePage{});
}

void TwinPage::draw(FrameContext& context) {
    const WidgetStyle style = style_of(context);
    const Snapshot* snapshot = context.lane.live();
    const bool there = snapshot && snapshot->run_info;
    Overlay page(style, "twin", "Race a twin", "G, Shift G", {style.px(kTwinPageWidth), style.px(kTwinPageHeight)});
    ImGui::BeginChild("choices");
    if (!there) {
        empty_state(style, "A twin comes with the first run.");
    } else if (!context.can_have_twin) {
        empty_state(style, "This session has no room for a second run.");
    } else {
        read(*snapshot, context.lane.selection);
        ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(style.colors.text_secondary));
        ImGui::TextWrapped(
            "A second run is trained beside this one: the same seed, the same pictures in the same order, and one "
            "difference. Choose it. It is not saved, and ends when you end it.");
        ImGui::PopStyleColor();
        static constexpr const char* kBeginnings[] = {"From here", "From the start"};
        int beginning = from_start_ ? 1 : 0;
        if (segmented(style, "beginning", kBeginnings, beginning,
                      std::min(style.px(240), ImGui::GetContentRegionAvail().x)))
            from_start_ = beginning == 1;
        item_tooltip(style,
                     "Where both begin to differ: at the present iteration, or at the start, where the run goes back "
                     "to and pauses (no key).");
        draw_choices(context, style);
        draw_lanes(context, style);
        if (context.twin.lane) {
            section_label(style, "The one that there is");
            if (icon_button(style, "end", Icon::Close, "End the twin",
                            {.tooltip = "The run goes on alone (no key)."})) {
                context.ui.post(command::EndTwin{});
                context.ui.send(ui::ClosePage{});
            }
        }
    }
    ImGui::EndChild();
    if (page.end()) context.ui.send(ui::ClosePage{});
}

void TwinPage::draw_choices(FrameContext& context, const WidgetStyle& style) {
    for (std::size_t first = 0; first < choices_.size();) {
        const char* group = choices_[first].group;
        std::size_t last = first;
        const char* longest = "";
        for (; last < choices_.size() && std::strcmp(choices_[last].group, group) == 0; ++last)
            if (choices_[last].label.size() > std::strlen(longest)) longest = choices_[last].label.c_str();
        section_label(style, group);
        ButtonGrid grid(style, longest, 5);
        for (std::size_t i = first; i < last; ++i) {
            const TwinChoice& choice = choices_[i];
            if (grid.button(choice.label.c_str(), choice.anchor, choice.help, choice.begin.has_value()) && choice.begin)
                begin(context, *choice.begin);
        }
        if (first == 0) draw_rate(context, style);
        first = last;
    }
}

// Another rate than the two on offer.
void TwinPage::draw_rate(FrameContext& context, const WidgetStyle& style) {
    ImGui::AlignTextToFramePadding();
    ImGui::TextColored(imgui_vector(style.colors.text_secondary), "or");
    ImGui::SameLine();
    const char* typed = rate_.draw(style, "##rate", format_value(learning_rate_, 6), style.px(120),
                                   "The twin's learning rate: type one, Enter begins the race (no other key).");
    if (typed)
        rate_.settle(parse_twin_rate(typed), [&](double rate) { begin(context, twin_with_rate(rate, from_start_)); });
    rate_.draw_refusal(style);
}

// What was left behind at a branch, as it is here.
void TwinPage::draw_lanes(FrameContext& context, const WidgetStyle& style) {
    const Snapshot& snapshot = *context.lane.live();
    if (!snapshot.line.lanes || snapshot.line.lanes->size() < 2) return;
    section_label(style, "A lane that was left behind");
    std::size_t offered = 0;
    for (std::size_t i = 0; i < snapshot.line.lanes->size() && offered < kMostLanesOffered; ++i) {
        const RunLane& lane = (*snapshot.line.lanes)[i];
        if (lane.id == snapshot.line.lane) continue;
        ++offered;
        const std::string& words = !lane.name.empty() ? lane.name : lane.begun_by;
        ImGui::PushID(static_cast<int>(i));
        const float room = ImGui::GetContentRegionAvail().x - 2.0F * ImGui::GetStyle().FramePadding.x;
        const LineText label = shortened_line(words.empty() ? std::string_view("the first lane") : words, room);
        if (ImGui::Button(label.c_str())) begin(context, {.from_start = false, .difference = {}, .lane = lane.id});
        note_item(style, "lane", static_cast<std::int64_t>(i));
        item_tooltip(style, "What became of this lane, at the iteration where the run is (no key).");
        ImGui::PopID();
    }
}

}  // namespace convscope
