#include "viz/panels/confusion_panel.h"

#include "viz/panels/confusion_matrix_view.h"
#include "viz/panels/layer_panel_parts.h"
#include "viz/panels/split_names.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace convscope {

namespace {

void draw_controls(FrameContext& context) {
    const WidgetStyle style = style_of(context);
    const SplitNames test = names_of_test(context.lane.shown());
    const char* const sources[] = {test.set, "Minibatches"};
    static constexpr const char* kValues[] = {"Counts", "Shares"};
    const bool differs = context.face == Face::Difference;  // in counts
    const float room = ImGui::GetContentRegionAvail().x;
    const float gap = style.px(8);
    const float first = std::min(style.px(190), std::floor((room - gap) * 0.58F));
    const float second = std::min(style.px(140), room - gap - first);
    int source = context.settings.confusion_of_batches ? 1 : 0;
    if (segmented(style, "source", sources, source, first))
        context.ui.set(context.settings, &Settings::confusion_of_batches, source == 1);
    item_tooltip(style,
                 "Every picture of the set that the run is measured on once, swept again and again while the network "
                 "learns; or the latest pictures that it was trained on, minibatch by minibatch");
    if (differs) return;
    ImGui::SameLine(0.0F, gap);
    int values = context.settings.confusion_normalised ? 1 : 0;
    if (segmented(style, "values", kValues, values, second))
        context.ui.set(context.settings, &Settings::confusion_normalised, values == 1);
    item_tooltip(style, "How many pictures, or which share of the pictures of the row's class, in percent");
}

// Left and right on one line, when there is room for both.
void caption_line(const WidgetStyle& style, ImFont* font, const char* left, const char* right, Rgba color) {
    ImGui::PushFont(font);
    ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(color));
    const float room = ImGui::GetContentRegionAvail().x;
    ImGui::TextUnformatted(left);
    const float extent = ImGui::CalcTextSize(right).x;
    if (ImGui::CalcTextSize(left).x + extent + style.px(12) <= room) {
        ImGui::SameLine(std::floor(ImGui::GetContentRegionMax().x - extent));
        ImGui::TextUnformatted(right);
    }
    ImGui::PopStyleColor();
    ImGui::PopFont();
}

void progress_line(const WidgetStyle& style, double progress) {
    const ImVec2 origin = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x;
    const float height = std::max(2.0F, style.px(2));
    ImDrawList* list = ImGui::GetWindowDrawList();
    list->AddRectFilled(origin, {origin.x + width, origin.y + height}, imgui_color(style.colors.line));
    const float share = std::clamp(static_cast<float>(progress), 0.0F, 1.0F);
    list->AddRectFilled(origin, {origin.x + std::round(width * share), origin.y + height},
                        imgui_color(style.colors.accent));
    ImGui::Dummy({width, height});
}

void draw_captions(const FrameContext& context, const CountedConfusion& confusion) {
    const WidgetStyle style = style_of(context);
    const Snapshot& snapshot = *context.lane.shown();
    const bool of_batches = context.settings.confusion_of_batches;
    const std::int64_t total = confusion.matrix.total();
    char left[160];
    char right[80];
    std::snprintf(left, sizeof left, "%s %s pictures", format_count(total).c_str(),
                  of_batches ? "training" : names_of_test(&snapshot).word);
    const std::int64_t unanswered = confusion.matrix.unanswered();
    std::snprintf(right, sizeof right, unanswered > 0 ? "%s right, %s no number" : "%s right",
                  format_percent(confusion.matrix.accuracy()).c_str(), format_count(unanswered).c_str());
    caption_line(style, context.fonts.medium, left, right, context.colors.text);

    if (of_batches) {  // each with the weights that it was trained on
        const bool one = confusion.first_iteration == confusion.last_iteration;
        std::snprintf(left, sizeof left, one ? "Minibatch of iteration %s" : "Minibatches of iterations %s to %s",
                      format_count(confusion.first_iteration).c_str(), format_count(confusion.last_iteration).c_str());
    } else {
        std::snprintf(left, sizeof left, "Measured %s", at_iteration(confusion.last_iteration).c_str());
    }
    right[0] = '\0';
    if (!of_batches) std::snprintf(right, sizeof right, "next sweep %.0f %%", 100.0 * snapshot.sweep_progress);
    caption_line(style, context.fonts.small, left, right, context.colors.text_secondary);
    if (!of_batches) progress_line(style, snapshot.sweep_progress);
}

void draw_difference_captions(const FrameContext& context, const CountedConfusion& difference) {
    const WidgetStyle style = style_of(context);
    char text[160];
    std::snprintf(text, sizeof text, "Twin at iteration %s less run at iteration %s",
                  format_count(difference.last_iteration).c_str(), format_count(difference.first_iteration).c_str());
    char right[64];
    std::snprintf(right, sizeof right, "%+lld right", static_cast<long long>(difference.matrix.correct()));
    caption_line(style, context.fonts.small, text, right, context.colors.text_secondary);
}

void draw_missing(const FrameContext& context) {
    const WidgetStyle style = style_of(context);
    const Snapshot* snapshot = context.lane.shown();
    if (context.face == Face::Difference) {
        empty_state(style, "The difference comes when both runs have been measured.");
        return;
    }
    if (!snapshot || !snapshot->run_info) {
        empty_state(style, "The network is being built.");
        return;
    }
    if (context.settings.confusion_of_batches) {
        empty_state(style,
                    "Nothing has been learned yet. Run or step, and the pictures of the minibatches are counted here.");
        return;
    }
    progress_line(style, snapshot->sweep_progress);
    char text[128];
    std::snprintf(text, sizeof text, "The first sweep over the %s %s pictures is under way: %.0f %%.",
                  format_count(snapshot->run_info->data.test_count).c_str(), names_of_test(snapshot).word,
                  100.0 * snapshot->sweep_progress);
    empty_state(style, text);
}

}  // namespace

std::string_view ConfusionPanel::help() const {
    return "Which class is taken for which: a row is what the pictures are, a column what the network says. The "
           "diagonal is right, everything else is a mistake; colours go by the logarithm, so that rare mistakes "
           "show. Recall is the share of a class that is recognised, precision the share of an answer that is true. "
           "Click a cell to choose its pictures: the Mistakes panel (Shift M, or a double click) shows exactly these, "
           "M "
           "goes from one to the next, and a click later on lets go. A class name at the left probes the next picture "
           "of that class.";
}

void ConfusionPanel::draw(FrameContext& context) {
    WatchSet& watch = context.watch;
    (context.settings.confusion_of_batches ? watch.batch_confusion : watch.test_confusion) = true;
    draw_controls(context);
    const Snapshot* snapshot = context.lane.shown();
    const CountedConfusion* confusion = nullptr;
    if (snapshot)
        confusion =
            context.settings.confusion_of_batches ? snapshot->batch_confusion.get() : snapshot->test_confusion.get();
    const bool differs = context.face == Face::Difference;
    if (!confusion || (!differs && confusion->matrix.total() == 0)) {
        draw_missing(context);
        return;
    }
    if (differs) {
        draw_difference_captions(context, *confusion);
        return draw_confusion_difference(context, confusion->matrix);
    }
    const ImVec2 spacing = ImGui::GetStyle().ItemSpacing;
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(spacing.x, std::round(4.0F * context.scale)));
    draw_captions(context, *confusion);
    ImGui::PopStyleVar();
    draw_confusion_matrix(context, confusion->matrix);
}

}  // namespace convscope
