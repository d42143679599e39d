#include "viz/panels/quality_panel.h"

#include "viz/panels/picture_grid.h"
#include "viz/panels/split_names.h"
#include "viz/view/mistake_list.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"

#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace convscope {
namespace {

constexpr std::chrono::microseconds kReadingTime{2000};  // of a frame, on curves
constexpr double kHonest = 0.005;                        // a mean off by less is neither too sure nor too modest

struct QualityColumn {
    const char* title;
    const char* help;
    float width;  // of the small font's height, of its widest value or title
};
constexpr std::array<QualityColumn, 6> kQualityColumns{{
    {"Precision", "Of the pictures that are taken for the class, the share that is it.", 4.4F},
    {"Recall", "Of the class's pictures, the share that is recognised.", 4.0F},
    {"F1", "The harmonic mean of precision and recall: high only where both are.", 4.0F},
    {"Av. prec.", "Average precision: the area under the curve of precision over recall, over all thresholds.", 4.4F},
    {"ROC area", "How likely a picture of the class is given more of it than one of another.", 4.4F},
    {"Pictures", "How many there are of the class.", 4.2F},
}};

void right_cell(const char* text, Rgba color) {
    const float room = ImGui::GetContentRegionAvail().x;
    ImGui::SetCursorPosX(ImGui::GetCursorPosX() + std::max(0.0F, std::floor(room - ImGui::CalcTextSize(text).x)));
    ImGui::TextColored(imgui_vector(color), "%s", text);
}

const char* share_or_dash(double share, char (&text)[16]) {
    if (std::isfinite(share))
        std::snprintf(text, sizeof text, "%.1f %%", 100.0 * share);
    else
        std::snprintf(text, sizeof text, "–");
    return text;
}
const char* area_or_dash(double area, char (&text)[16]) {
    if (std::isfinite(area))
        std::snprintf(text, sizeof text, "%.4f", area);
    else
        std::snprintf(text, sizeof text, "–");
    return text;
}

}  // namespace

std::string_view QualityPanel::help() const {
    return "What the share that is right does not say. Classes: precision, recall and F1 of each, and the areas under "
           "its "
           "two curves; a click on a row points its curves out. The curves call a picture a class wherever that "
           "class's "
           "probability is at least a threshold, for every threshold: precision over recall, and hits over false "
           "alarms "
           "(ROC), where guessing is the diagonal. Calibration: of the answers given with 80 % confidence 80 % should "
           "be "
           "right. ECE is by how much they are not, on average.";
}

const char* QualityPanel::name(int label) const {
    const auto place = static_cast<std::size_t>(label);
    return place < info_->data.class_names.size() ? info_->data.class_names[place].c_str() : "?";
}

void QualityPanel::draw(FrameContext& context) {
    context.watch.test_confusion = context.watch.test_probabilities = true;
    const WidgetStyle style = style_of(context);
    const Snapshot* snapshot = context.lane.shown();
    if (!snapshot || !snapshot->run_info) return empty_state(style, "The network is being built.");
    info_ = snapshot->run_info;
    char text[160];
    if (!info_->dataset)
        return empty_state(style, "This run does not say where its pictures are, so there is nothing to compare with.");
    if (info_->data.test_count == 0)
        return empty_state(style, "The data have no pictures to test with, so there is nothing to measure.");
    const char* word = names_of_test(snapshot).word;
    if (knows_answers(*snapshot)) {
        reading_.show(*snapshot);
        if (!work_for(kReadingTime, [this] { return reading_.advance(); })) context.unfinished = true;
        if (!CountedConfusion::can_keep_probabilities(info_->data.test_count,
                                                      snapshot->test_confusion->matrix.class_count()))
            return empty_state(
                style,
                "These are too many pictures of too many classes to keep each one's probabilities, which "
                "curves and calibration are made of. The confusion matrix has recall and precision.");
    }
    const CountedConfusion* sweep = reading_.sweep();
    if (sweep == nullptr) {
        std::snprintf(text, sizeof text, "The first sweep over the %s %s pictures is under way: %.0f %%.",
                      format_count(info_->data.test_count).c_str(), word, 100.0 * snapshot->sweep_progress);
        return empty_state(style, text);
    }
    draw_views(style);
    draw_caption(style, *sweep, word);
    switch (view_) {
        case kClasses:
            draw_classes(style, *sweep);
            break;
        case kPrecisionRecall:
            draw_curves(style, CurveKind::PrecisionRecall);
            break;
        case kRoc:
            draw_curves(style, CurveKind::Roc);
            break;
        default:
            draw_calibration(style);
    }
}

void QualityPanel::draw_views(const WidgetStyle& style) {
    static constexpr std::array<const char*, 4> kViews{"Classes", "Prec.-recall", "ROC", "Calibration"};
    const float room = ImGui::GetContentRegionAvail().x;
    segmented(style, "view", kViews, view_, std::min(room, style.px(380)));
    item_tooltip(style,
                 "Class by class; precision over recall; hits over false alarms; whether probabilities mean what they "
                 "say (no key).");
}

void QualityPanel::draw_caption(const WidgetStyle& style, const CountedConfusion& sweep, const char* test_word) const {
    char text[160];
    std::snprintf(text, sizeof text, "%s of %s %s pictures right, at iteration %s",
                  format_percent(sweep.matrix.accuracy()).c_str(), format_count(sweep.matrix.total()).c_str(),
                  test_word, format_count(sweep.last_iteration).c_str());
    hint(style, text);
    note_item(style, "caption");
}

void QualityPanel::draw_classes(const WidgetStyle& style, const CountedConfusion& sweep) {
    ImGui::PushFont(style.fonts.small);
    const float unit = style.fonts.small->FontSize;
    // As many columns as have room, those that are missed the least left out first.
    float names = ImGui::CalcTextSize("Mean").x;
    for (const std::string& class_name : info_->data.class_names)
        names = std::max(names, ImGui::CalcTextSize(class_name.c_str()).x);
    const float gap = style.px(8);
    const float room = ImGui::GetContentRegionAvail().x - style.px(16);
    names = std::min(names + gap, 0.34F * room);
    std::size_t columns = 0;
    for (float used = names; columns < kQualityColumns.size(); ++columns) {
        used += std::round(kQualityColumns[columns].width * unit) + gap;
        if (used > room && columns > 1) break;
    }
    ImGui::PushStyleVar(ImGuiStyleVar_CellPadding, ImVec2(0.5F * gap, style.px(2)));
    constexpr ImGuiTableFlags kFlags = ImGuiTableFlags_ScrollY | ImGuiTableFlags_BordersInnerH |
                                       ImGuiTableFlags_NoSavedSettings | ImGuiTableFlags_SizingFixedFit;
    if (ImGui::BeginTable("classes", 1 + static_cast<int>(columns), kFlags, ImGui::GetContentRegionAvail())) {
        ImGui::TableSetupScrollFreeze(0, 1);
        ImGui::TableSetupColumn("Class", ImGuiTableColumnFlags_WidthStretch);
        for (std::size_t i = 0; i < columns; ++i)
            ImGui::TableSetupColumn(kQualityColumns[i].title, ImGuiTableColumnFlags_WidthFixed,
                                    std::round(kQualityColumns[i].width * unit));
        ImGui::TableNextRow();
        ImGui::TableNextColumn();
        ImGui::TextColored(imgui_vector(style.colors.text_secondary), "Class");
        for (std::size_t i = 0; i < columns; ++i) {
            ImGui::TableNextColumn();
            right_cell(kQualityColumns[i].title, style.colors.text_secondary);
            item_tooltip(style, kQualityColumns[i].help);
        }
        char text[16];
        const auto cell = [&](std::size_t column, const char* value, Rgba color) {
            if (column >= columns) return;
            ImGui::TableNextColumn();
            right_cell(value, color);
        };
        const ConfusionMatrix& matrix = sweep.matrix;
        for (int c = 0; c < matrix.class_count(); ++c) {
            const ClassCurves& curves = reading_.curves()[static_cast<std::size_t>(c)];
            ImGui::TableNextRow();
            ImGui::TableNextColumn();
            ImGui::PushID(c);
            if (ImGui::Selectable("##class", label_ == c, ImGuiSelectableFlags_SpanAllColumns))
                label_ = label_ == c ? -1 : c;
            note_item(style, "class", c);
            item_tooltip(style, "A click points out this class's curves (no key).");
            ImGui::SameLine(0.0F, 0.0F);
            ImGui::TextColored(imgui_vector(style.colors.text_secondary), "%s",
                               shortened_line(name(c), ImGui::GetContentRegionAvail().x).c_str());
            ImGui::PopID();
            const Rgba ink = style.colors.text;
            cell(0, share_or_dash(matrix.precision(c), text), ink);
            cell(1, share_or_dash(matrix.recall(c), text), ink);
            cell(2, share_or_dash(matrix.f1(c), text), ink);
            cell(3, area_or_dash(curves.average_precision, text), ink);
            cell(4, area_or_dash(curves.roc_area, text), ink);
            cell(5, format_count(matrix.row_total(c)).c_str(), style.colors.text_secondary);
        }
        const AnswerReading::Means& means = reading_.means();
        ImGui::TableNextRow();
        ImGui::TableNextColumn();
        ImGui::TextUnformatted("Mean");
        item_tooltip(style, "Over the classes that have pictures, each counting the same.");
        note_item(style, "mean");
        cell(0, share_or_dash(means.precision, text), style.colors.text);
        cell(1, share_or_dash(means.recall, text), style.colors.text);
        cell(2, share_or_dash(means.f1, text), style.colors.text);
        cell(3, area_or_dash(means.average_precision, text), style.colors.text);
        cell(4, area_or_dash(means.roc_area, text), style.colors.text);
        cell(5, format_count(matrix.total()).c_str(), style.colors.text_secondary);
        ImGui::EndTable();
    }
    ImGui::PopStyleVar();
    ImGui::PopFont();
}

void QualityPanel::draw_curves(const WidgetStyle& style, CurveKind kind) {
    const bool roc = kind == CurveKind::Roc;
    const std::vector<ClassCurves>& curves = reading_.curves();
    if (label_ >= std::ssize(curves)) label_ = -1;
    char text[160];
    char area[16];
    if (label_ >= 0) {
        const ClassCurves& own = curves[static_cast<std::size_t>(label_)];
        std::snprintf(text, sizeof text, "%s against the others: %s %s", name(label_),
                      roc ? "area" : "average precision",
                      area_or_dash(roc ? own.roc_area : own.average_precision, area));
    } else {
        const AnswerReading::Means& means = reading_.means();
        std::snprintf(text, sizeof text, "Each class against the others: mean %s %s",
                      roc ? "area" : "average precision",
                      area_or_dash(roc ? means.roc_area : means.average_precision, area));
    }
    ImGui::PushFont(style.fonts.medium);
    ImGui::TextWrapped("%s", text);
    ImGui::PopFont();
    note_item(style, "words");
    label_ = plots_.draw_curves(style, kind, curves, *info_, label_);
}

void QualityPanel::draw_calibration(const WidgetStyle& style) {
    const Calibration& calibration = reading_.calibration();
    if (calibration.pictures == 0) return empty_state(style, "No answer is a number, so none says how sure it is.");
    char text[256];
    const double off = calibration.mean_confidence - calibration.accuracy;
    std::snprintf(text, sizeof text, "ECE %s: %s", format_percent(calibration.expected_error).c_str(),
                  off > kHonest    ? "surer than it is right"
                  : off < -kHonest ? "less sure than it is right"
                                   : "on the whole as sure as it is right");
    ImGui::PushFont(style.fonts.medium);
    ImGui::TextWrapped("%s", text);
    ImGui::PopFont();
    note_item(style, "words");
    item_tooltip(style,
                 "Expected calibration error: by how much what it says and how often it is right differ, averaged over "
                 "15 bars by their pictures.");
    std::snprintf(text, sizeof text, "Says %s on average and is right in %s; the worst bar is off by %s",
                  format_percent(calibration.mean_confidence).c_str(), format_percent(calibration.accuracy).c_str(),
                  format_percent(calibration.largest_error).c_str());
    ImGui::PushFont(style.fonts.small);
    ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(style.colors.text_secondary));
    ImGui::TextWrapped("%s", text);
    ImGui::PopStyleColor();
    ImGui::PopFont();
    plots_.draw_reliability(style, calibration);
}

}  // namespace convscope
