#include "viz/panels/data_changes_menu.h"

#include "engine/api/dataset.h"
#include "viz/panels/control_rows.h"
#include "viz/widgets/controls.h"

#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace convscope {
namespace {

constexpr const char* kOpens = "change the data";
constexpr float kMenuWidth = 280.0F;    // pixels at scale 1, as the next
constexpr float kShownClasses = 10.0F;  // more scroll
constexpr double kShareStep = 0.01;

// A slider whose value counts when it is let go of, with its number behind it.
template <typename Ask>
void change_row(const WidgetStyle& style, const char* label, const char* id, double shown, double most, double step,
                const char* unit, bool pending, std::optional<double>& dragged, const char* tooltip, const Ask& ask) {
    row_label(style, label, pending || dragged);
    const double present = dragged.value_or(shown);
    auto value = static_cast<float>(present);
    if (bare_slider(style, id, value, 0.0F, static_cast<float>(most)))
        dragged = std::clamp(std::round(static_cast<double>(value) / step) * step, 0.0, most);
    if (ImGui::IsItemDeactivated() && dragged) ask(*std::exchange(dragged, std::nullopt));
    item_tooltip(style, tooltip_of(pending, tooltip));
    ImGui::SameLine();
    char text[32];
    const double number = most == 1.0 ? 100.0 * present : present;
    std::snprintf(text, sizeof text, "%.4g%s", number, unit);
    ImGui::AlignTextToFramePadding();
    ImGui::TextUnformatted(text);
}

}  // namespace

void DataChangesMenu::draw(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style) {
    const EngineLink& engine = context.lane.link;
    if (icon_button(style, kOpens, Icon::Branch, "Change",
                    {.tooltip = "Shuffle labels, add noise, leave a class out or let it come more often, while the run "
                                "learns (no key). The test set stays as it is"}))
        ImGui::OpenPopup(kOpens);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(style.px(10), style.px(10)));
    ImGui::SetNextWindowSize({style.px(kMenuWidth), 0.0F});
    if (ImGui::BeginPopup(kOpens)) {
        draw_open(context, snapshot, style);
        ImGui::EndPopup();
    } else {
        dragged_shuffled_.reset();
        dragged_noise_.reset();
    }
    ImGui::PopStyleVar();
    if (of_ != snapshot.restraints || words_.empty()) {
        of_ = snapshot.restraints;
        words_ = words_of_change({}, data_changes(snapshot), snapshot.run_info->data.class_names);
        if (words_.empty()) words_ = "The training data are as they were given";
    }
    ImGui::SameLine();
    const bool any = data_changes(snapshot).any();
    const float button = ImGui::GetFrameHeight();
    const float room = ImGui::GetContentRegionAvail().x - (any ? button + ImGui::GetStyle().ItemSpacing.x : 0.0F);
    ImGui::AlignTextToFramePadding();
    const LineText line = shortened_line(words_, room);
    ImGui::TextColored(imgui_vector(any ? style.colors.warning : style.colors.text_secondary), "%s", line.c_str());
    note_item(style, "changed data");
    item_tooltip(style, words_);
    if (!any) return;
    ImGui::SameLine();
    if (icon_button(style, "data as they were", Icon::Close, "",
                    {.enabled = !engine.pending(engine.requested().by_hand),
                     .width = button,
                     .tooltip = "The run learns from its data as they were given again (no key; Ctrl Z brings the "
                                "changes back)"}))
        context.ui.post(command::ChangeData{});
}

void DataChangesMenu::draw_open(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style) {
    const EngineLink& engine = context.lane.link;
    const bool pending = engine.pending(engine.requested().by_hand);
    const DataChanges& changes = data_changes(snapshot);
    section_label(style, "What it learns from");
    hint(style, "What it is tested with stays as it is.");
    change_row(style, "Labels", "##shuffled labels", changes.shuffled_labels, 1.0, kShareStep, " %", pending,
               dragged_shuffled_,
               "This share of the training pictures gets the label of another picture, drawn by chance: what is still "
               "learned of them is learned by heart. In effect when you let go (no key; Ctrl Z takes it back).",
               [&](double share) { context.ui.post(with_shuffled_labels(snapshot, share)); });
    change_row(style, "Noise", "##noise", changes.noise, DataChanges::kMostNoise, 1.0, "", pending, dragged_noise_,
               "Each pixel is changed by chance, otherwise in each epoch: by so many of its 255 grey levels (standard "
               "deviation). In effect when you let go (no key; Ctrl Z takes it back).",
               [&](double noise) { context.ui.post(with_noise(snapshot, noise)); });
    section_label(style, "How often a class comes in an epoch");
    draw_classes(context, snapshot, style);
}

void DataChangesMenu::draw_classes(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style) {
    const std::vector<std::string>& names = snapshot.run_info->data.class_names;
    std::array<const char*, kTimesChoices.size()> brief{};
    for (std::size_t i = 0; i < brief.size(); ++i) brief[i] = kTimesChoices[i].brief;
    const float pitch = ImGui::GetFrameHeight() + style.px(2);
    const float rows = std::min(kShownClasses, static_cast<float>(names.size()));
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(ImGui::GetStyle().ItemSpacing.x, style.px(2)));
    ImGui::BeginChild("classes", {0.0F, pitch * rows}, false, ImGuiWindowFlags_NoNav);
    for (std::size_t i = 0; i < names.size(); ++i) {
        const int label = static_cast<int>(i);
        ImGui::PushID(label);
        const float width = ImGui::GetContentRegionAvail().x;
        ImGui::AlignTextToFramePadding();
        ImGui::TextUnformatted(shortened_line(names[i], 0.34F * width).c_str());
        ImGui::SameLine(std::round(0.38F * width));
        int choice = times_choice(data_changes(snapshot).times_of(label));
        char id[32];
        std::snprintf(id, sizeof id, "times of %d", label);
        if (segmented(style, id, brief, choice))
            context.ui.post(with_times(snapshot, label, kTimesChoices[static_cast<std::size_t>(choice)].times));
        item_tooltip(style,
                     "Left out its pictures come no more from the next minibatch on, until it is brought back; twice "
                     "or four times they come as often in each epoch, which grows longer (no key; Ctrl Z takes it "
                     "back).");
        ImGui::PopID();
    }
    ImGui::EndChild();
    ImGui::PopStyleVar();
}

void class_menu(FrameContext& context, const Snapshot& snapshot, bool opens, int& label, const WidgetStyle& style) {
    constexpr const char* kName = "class by hand";
    if (opens) ImGui::OpenPopup(kName);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(style.px(8), style.px(8)));
    if (ImGui::BeginPopup(kName)) {
        const std::vector<std::string>& names = snapshot.run_info->data.class_names;
        if (label < 0 || label >= static_cast<int>(names.size())) {
            ImGui::CloseCurrentPopup();
        } else {
            const std::string title = "Training pictures of class " + names[static_cast<std::size_t>(label)];
            section_label(style, title.c_str());
            const int present = times_choice(data_changes(snapshot).times_of(label));
            for (int i = 0; i < static_cast<int>(kTimesChoices.size()); ++i) {
                const TimesChoice& choice = kTimesChoices[static_cast<std::size_t>(i)];
                if (ImGui::MenuItem(choice.label, nullptr, i == present))
                    context.ui.post(with_times(snapshot, label, choice.times));
                note_item(style, "times", i);
                item_tooltip(style,
                             "How often they come in an epoch of training; the test set stays as it is (no key; Ctrl Z "
                             "takes it back).");
            }
        }
        ImGui::EndPopup();
    }
    ImGui::PopStyleVar();
}

void relabel_menu(FrameContext& context, const Snapshot& snapshot, bool opens, std::int64_t& picture,
                  const WidgetStyle& style) {
    constexpr const char* kName = "picture by hand";
    if (opens) ImGui::OpenPopup(kName);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(style.px(8), style.px(8)));
    if (ImGui::BeginPopup(kName)) {
        const RunInfo& run = *snapshot.run_info;
        if (!run.dataset || picture < 0 || picture >= run.dataset->size(Split::Train)) {
            ImGui::CloseCurrentPopup();
        } else {
            const std::string title = "Training picture " + std::to_string(picture) + " is a";
            section_label(style, title.c_str());
            const int present = label_of(snapshot, Split::Train, picture);
            const int given = run.dataset->label(Split::Train, picture);
            for (int i = 0; i < static_cast<int>(run.data.class_names.size()); ++i) {
                const std::string& name = run.data.class_names[static_cast<std::size_t>(i)];
                ImGui::PushID(i);
                if (ImGui::MenuItem(name.c_str(), i == given ? "in the data" : nullptr, i == present))
                    context.ui.post(with_label(snapshot, picture, i));
                ImGui::PopID();
                note_item(style, "is a", i);
                item_tooltip(style,
                             "The run learns that from the next time on at which this picture comes (no key; Ctrl Z "
                             "takes it back).");
            }
        }
        ImGui::EndPopup();
    }
    ImGui::PopStyleVar();
}

}  // namespace convscope
