#include "viz/panels/control_panel.h"

#include "viz/panels/file_menu.h"
#include "viz/panels/split_names.h"
#include "viz/view/control_values.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"

#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <span>

namespace convscope {
namespace {

constexpr float kBar = 4.0F;  // height of a progress bar

struct StateText {
    const char* name;
    Rgba color;
};

StateText describe(const Snapshot* snapshot, const Palette& colors) {
    if (!snapshot) return {"Starting", colors.text_secondary};
    switch (snapshot->state) {
        case SessionState::Starting:
            return {"Starting", colors.text_secondary};
        case SessionState::Running:
            return {snapshot->evaluating ? "Measuring" : "Running", colors.success};
        case SessionState::Paused:
            return {snapshot->evaluating ? "Measuring" : "Paused", colors.warning};
        case SessionState::Finished:
            return {"Finished", colors.accent};
        case SessionState::Failed:
            return {"Failed", colors.error};
    }
    return {"", colors.text};
}

void progress_bar(const WidgetStyle& style, double share) {
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x;
    const float height = style.px(kBar);
    const float rounding = 0.5F * height;
    ImDrawList* list = ImGui::GetWindowDrawList();
    list->AddRectFilled(corner, {corner.x + width, corner.y + height}, imgui_color(style.colors.raised), rounding);
    const float filled = std::round(width * static_cast<float>(std::clamp(share, 0.0, 1.0)));
    if (filled > 0.0F)
        list->AddRectFilled(corner, {corner.x + filled, corner.y + height}, imgui_color(style.colors.accent), rounding);
    ImGui::Dummy({width, height});
}

// A value_row whose value is cut with a tooltip when it is too long for the panel.
void fact_row(const WidgetStyle& style, const char* label, const char* value, const char* tooltip) {
    value_row(style, label, value);
    if (tooltip && *tooltip) item_tooltip(style, tooltip);
}

constexpr float kSpacer = 4.0F;
void spacer(const WidgetStyle& style) { ImGui::SetCursorPosY(ImGui::GetCursorPosY() + style.px(kSpacer)); }

// What the rows take without the gaps between them, and how many gaps those are: state, transport (four), speed (two),
// then all sections with their headings; or a row to choose one, and the highest of them.
constexpr int kWholeGaps = 28;
constexpr int kFoldedGaps = 12;
float whole_content(const WidgetStyle& style, bool scheduled) {
    return (scheduled ? 12.0F : 11.0F) * ImGui::GetTextLineHeight() + 4.0F * style.fonts.title->FontSize +
           10.0F * ImGui::GetFrameHeight() + 2.0F * style.px(kBar) + 5.0F * style.px(kSpacer);
}
float folded_content(const WidgetStyle& style, bool scheduled) {
    const float line = ImGui::GetTextLineHeight();
    const float learning = 3.0F * ImGui::GetFrameHeight() + (scheduled ? line : 0.0F);
    return 2.0F * line + std::max(5.0F * line, learning) + 6.0F * ImGui::GetFrameHeight() + 2.0F * style.px(kSpacer);
}
// With gaps that still look generous.
float whole_height(const WidgetStyle& style, bool scheduled) {
    return whole_content(style, scheduled) + static_cast<float>(kWholeGaps) * style.px(5);
}

}  // namespace

std::string_view ControlPanel::help() const {
    return "Runs, pauses, steps and resets the training, and sets its pace: a run at full speed is over soon, so slow "
           "it "
           "down to see single iterations. Learning rate, momentum and batch size may be changed at any time and are "
           "marked on the curves. A run may be saved to its file, and one that was saved may be taken up again. An "
           "ellipsis behind a label means that the value was asked for and is not in effect "
           "yet. A field takes an exact number with Enter; Escape leaves it as it was.";
}

void ControlPanel::draw(FrameContext& context) {
    const WidgetStyle style = style_of(context);
    const Snapshot* snapshot = context.lane.shown();
    const float room = ImGui::GetContentRegionAvail().y;
    const bool scheduled = snapshot && snapshot->run_info && has_schedule(*snapshot->run_info);
    folded_ = room < whole_height(style, scheduled);
    const ImVec2 spacing = ImGui::GetStyle().ItemSpacing;
    ImGui::PushStyleVar(
        ImGuiStyleVar_ItemSpacing,
        ImVec2(spacing.x, folded_ ? fitting_spacing(style, room, folded_content(style, scheduled), kFoldedGaps)
                                  : fitting_spacing(style, room, whole_content(style, scheduled), kWholeGaps)));
    draw_rows(context, snapshot, style);
    ImGui::PopStyleVar();
}

void ControlPanel::draw_rows(FrameContext& context, const Snapshot* snapshot, const WidgetStyle& style) {
    draw_state(context, snapshot, style);
    if (context.face == Face::Twin) return draw_twin(context, snapshot, style);
    draw_transport(context, snapshot, style);
    if (!snapshot || !snapshot->run_info) {
        spacer(style);
        hint(style, "The controls appear with the network.");
        return;
    }
    draw_recipe(context, *snapshot, style);
    spacer(style);
    draw_speed(context, *snapshot, style);
    spacer(style);
    draw_sections(context, *snapshot, style);
}

// What the run beside the first decides for itself.
void ControlPanel::draw_twin(FrameContext& context, const Snapshot* snapshot, const WidgetStyle& style) {
    ImGui::PushTextWrapPos(0.0F);
    hint(style, "It goes where the run goes, at the run's pace, and is not saved. G comes back to the run's controls.");
    ImGui::PopTextWrapPos();
    if (!snapshot || !snapshot->run_info) return;
    section_label(style, "Learning");
    learning_.draw(context, *snapshot, style);
    section_label(style, "Progress");
    draw_progress(context, *snapshot, style);
    section_label(style, "This run");
    draw_facts(*snapshot->run_info, style);
}

// One below the other where the panel is high enough, else one at a time.
void ControlPanel::draw_sections(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style) {
    static constexpr std::array<const char*, 4> kSections{"Learning", "Progress", "This run", "File"};
    if (folded_) {
        segmented(style, "section", kSections, section_);
        item_tooltip(style, "What is shown below (no key). A higher panel shows all four.");
    }
    for (int section = 0; section < static_cast<int>(kSections.size()); ++section) {
        if (folded_ && section != section_) continue;
        if (!folded_) {
            if (section > 0) spacer(style);
            section_label(style, kSections[static_cast<std::size_t>(section)]);
        }
        if (section == 0) learning_.draw(context, snapshot, style);
        if (section == 1) draw_progress(context, snapshot, style);
        if (section == 2) draw_facts(*snapshot.run_info, style);
        if (section == 3) draw_file(context, snapshot, style);
    }
}

void ControlPanel::draw_state(FrameContext& context, const Snapshot* snapshot, const WidgetStyle& style) {
    const StateText state = describe(snapshot, style.colors);
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x;
    ImGui::PushFont(style.fonts.medium);
    const float height = ImGui::GetTextLineHeight();
    ImDrawList* list = ImGui::GetWindowDrawList();
    const float radius = style.px(4);
    list->AddCircleFilled({corner.x + radius, corner.y + 0.5F * height}, radius, imgui_color(state.color));
    list->AddText({corner.x + 2.0F * radius + style.px(8), corner.y}, imgui_color(style.colors.text), state.name);
    ImGui::PopFont();
    if (snapshot && snapshot->run_info) {
        char text[64];
        std::snprintf(text, sizeof text, "iteration %s", format_count(snapshot->iteration).c_str());
        list->AddText({std::round(corner.x + width - ImGui::CalcTextSize(text).x), corner.y},
                      imgui_color(style.colors.text_secondary), text);
    }
    ImGui::Dummy({width, height});
    if (!snapshot || snapshot->state != SessionState::Failed) return;

    ImGui::PushTextWrapPos(0.0F);
    ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(style.colors.error));
    ImGui::TextUnformatted(snapshot->failure.empty() ? "The trainer stopped without saying why."
                                                     : snapshot->failure.c_str());
    ImGui::PopStyleColor();
    ImGui::TextUnformatted("The last state stays on screen. Reset recovers: it starts again from fresh weights.");
    ImGui::PopTextWrapPos();
    if (context.lane.link.pending(context.lane.link.requested().reset)) hint(style, "Resetting…");
}

void ControlPanel::draw_transport(FrameContext& context, const Snapshot* snapshot, const WidgetStyle& style) {
    const EngineLink& engine = context.lane.link;
    const bool ready = snapshot && snapshot->run_info && snapshot->state != SessionState::Failed;
    const bool live = snapshot && snapshot->state == SessionState::Running;
    const bool running = engine.asked_or(engine.requested().running, live);
    const float gap = ImGui::GetStyle().ItemSpacing.x;
    const float width = std::floor((ImGui::GetContentRegionAvail().x - gap) * 0.5F);
    if (icon_button(style, "run", running ? Icon::Pause : Icon::Play, running ? "Pause" : "Run",
                    {.primary = ready,
                     .enabled = ready,
                     .width = width,
                     .tooltip = running ? "Pause after the present iteration (Space)."
                                        : "Train on from here (Space). A finished run gets as many epochs again."}))
        context.ui.send(ui::RunOrPause{});
    ImGui::SameLine();
    if (icon_button(style, "step", Icon::Step, "Step",
                    {.enabled = ready, .width = width, .tooltip = "Train one iteration, then pause (right arrow)."}))
        context.ui.post(command::Step{1});
    draw_steps(context, ready, style);
    draw_seed(context, snapshot, style);
}

void ControlPanel::draw_steps(FrameContext& context, bool ready, const WidgetStyle& style) {
    const EngineLink& engine = context.lane.link;
    row_label(style, "Iterations", engine.pending(engine.requested().step));
    if (const char* text = steps_field_.draw(style, "##iterations", format_count(steps_), field_width(style),
                                             "How many iterations the button beside trains."))
        steps_field_.settle(parse_steps(text), [this](auto value) { steps_ = value; });
    ImGui::SameLine();
    char label[64];
    std::snprintf(label, sizeof label, "Step %s", format_quantity(static_cast<double>(steps_), "").c_str());
    if (icon_button(style, "steps", Icon::Step, label,
                    {.enabled = ready,
                     .width = ImGui::GetContentRegionAvail().x,
                     .tooltip = "Train this many iterations, each one shown, then pause (right arrow for one)."}))
        context.ui.post(command::Step{steps_});
    steps_field_.draw_refusal(style);
}

void ControlPanel::draw_seed(FrameContext& context, const Snapshot* snapshot, const WidgetStyle& style) {
    const EngineLink& engine = context.lane.link;
    const bool known = snapshot && snapshot->run_info;
    const std::uint64_t seed = seed_.value_or(known ? snapshot->run_info->seed : 0);
    char shown[24];
    std::snprintf(shown, sizeof shown, "%llu", static_cast<unsigned long long>(seed));
    row_label(style, "Seed", engine.pending(engine.requested().reset));
    if (const char* text =
            seed_field_.draw(style, "##seed", shown, field_width(style),
                             "Decides the first weights and the order of the data: the same seed repeats a "
                             "run bit for bit. Taken at the next reset."))
        seed_field_.settle(parse_seed(text), [this](auto value) { seed_ = value; });
    ImGui::SameLine();
    const bool failed = snapshot && snapshot->state == SessionState::Failed;
    if (icon_button(style, "reset", Icon::Reset, "Reset",
                    {.primary = failed,
                     .enabled = snapshot != nullptr,
                     .width = ImGui::GetContentRegionAvail().x,
                     .tooltip = "Start over from fresh weights with this seed. R repeats the run's seed, Shift R takes "
                                "the next one; Ctrl Z brings back the run that was."})) {
        context.ui.post(command::Reset{seed, std::nullopt});
        seed_.reset();
    }
    seed_field_.draw_refusal(style);
}

// A recipe that does not fit the data is answered with a notice, and the run goes on as it was.
void ControlPanel::draw_recipe(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style) {
    const EngineLink& engine = context.lane.link;
    const RunInfo& info = *snapshot.run_info;
    const bool pending = engine.pending(engine.requested().recipe.id);
    const std::string& shown = pending ? engine.requested().recipe.value : info.recipe.name;
    row_label(style, "Recipe", pending);
    ImGui::SetNextItemWidth(ImGui::GetContentRegionAvail().x);
    const bool open = ImGui::BeginCombo("##recipe", shown.c_str());
    if (!open) {
        note_item(style, "recipe");
        item_tooltip(style, tooltip_of(pending, context.recipes.empty()
                                                    ? info.recipe.description.c_str()
                                                    : "What is trained and how. Another one starts over from fresh "
                                                      "weights with the seed above, on the same data (no key). F7 "
                                                      "shows every setting of the present one."));
        return;
    }
    for (std::size_t i = 0; i < context.recipes.size(); ++i) {
        const Recipe& recipe = context.recipes[i];
        if (ImGui::Selectable(recipe.name.c_str(), recipe.name == shown)) {
            context.ui.post(command::Reset{seed_.value_or(info.seed), recipe});
            seed_.reset();
        }
        note_item(style, "recipe", static_cast<std::int64_t>(i));
        if (!recipe.description.empty()) item_tooltip(style, recipe.description);
    }
    if (context.recipes.empty()) hint(style, "There is no other recipe to choose.");
    ImGui::EndCombo();
}

void ControlPanel::draw_speed(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style) {
    const EngineLink& engine = context.lane.link;
    const bool pending = engine.pending(engine.requested().speed.id);
    const double speed = engine.asked_or(engine.requested().speed, snapshot.settings.iterations_per_second);
    section_label(style, "Speed");
    char unit[48];
    std::snprintf(unit, sizeof unit, speed > 0.0 ? "%g iterations/s" : "flat out", speed);
    const float unit_width = ImGui::CalcTextSize(unit).x;
    ImGui::SameLine();
    ImGui::SetCursorPosX(ImGui::GetCursorPosX() + std::max(0.0F, ImGui::GetContentRegionAvail().x - unit_width));
    ImGui::TextColored(imgui_vector(pending ? style.colors.accent : style.colors.text), "%s", unit);

    // The last segment is wider, so the row is two: the numbers, and flat out.
    static constexpr std::array<const char*, 8> kNumbers{"0.5", "1", "2", "5", "10", "20", "50", "100"};
    static constexpr std::array<const char*, 1> kFlatOut{"Flat out"};
    static_assert(kNumbers.size() + kFlatOut.size() == kSpeeds.size());
    const int chosen = speed_index(speed);
    const auto last = static_cast<int>(kNumbers.size());
    const float gap = style.px(4);
    const float flat_out_width = ImGui::CalcTextSize(kFlatOut[0]).x + style.px(10);
    int number = chosen < last ? chosen : -1;
    int flat_out = chosen == last ? 0 : -1;
    int picked = -1;
    const bool narrow = ImGui::GetContentRegionAvail().x < style.px(kNarrowControls);
    const float numbers_width = ImGui::GetContentRegionAvail().x - (narrow ? 0.0F : flat_out_width + gap);
    const bool tight = numbers_width < ImGui::CalcTextSize("100 ").x * static_cast<float>(kNumbers.size());
    if (tight) {  // smaller type in a row of the same height
        const float missing = 0.5F * (style.fonts.body->FontSize - style.fonts.small->FontSize);
        const ImVec2 padding = ImGui::GetStyle().FramePadding;
        ImGui::PushFont(style.fonts.small);
        ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(padding.x, padding.y + missing));
    }
    if (segmented(style, "speed", kNumbers, number, numbers_width)) picked = number;
    if (tight) {
        ImGui::PopStyleVar();
        ImGui::PopFont();
    }
    item_tooltip(style, tooltip_of(pending, "Iterations per second (+ faster, - slower)."));
    if (!narrow) ImGui::SameLine(0.0F, gap);
    if (segmented(style, "flat out", kFlatOut, flat_out, narrow ? numbers_width : flat_out_width)) picked = last;
    item_tooltip(style, tooltip_of(pending, "As fast as the machine goes (+ until there)."));
    if (picked < 0) return;
    context.ui.post(command::SetSpeed{kSpeeds[static_cast<std::size_t>(picked)]});
}

void ControlPanel::draw_progress(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style) {
    const RunShare progress = progress_of(snapshot);
    char label[128];
    char value[128];
    std::snprintf(label, sizeof label, is_continued(snapshot) ? "Epoch %s of %s, continued" : "Epoch %s of %s",
                  format_count(progress.epoch).c_str(), format_count(progress.epochs).c_str());
    std::snprintf(value, sizeof value, "%.0f %%", std::floor(progress.epoch_share * 100.0));
    value_row(style, label, value);
    progress_bar(style, progress.epoch_share);
    std::snprintf(value, sizeof value, "%s of %s", format_count(snapshot.iteration).c_str(),
                  format_count(snapshot.planned_iterations).c_str());
    if (const std::optional<double> left = seconds_left(snapshot)) {
        char longer[128];
        std::snprintf(longer, sizeof longer, "%s, %s left", value, format_seconds(*left).c_str());
        if (ImGui::CalcTextSize("Iteration  ").x + ImGui::CalcTextSize(longer).x <= ImGui::GetContentRegionAvail().x)
            std::snprintf(value, sizeof value, "%s", longer);
    }
    value_row(style, "Iteration", value);
    item_tooltip(style, "Of those that are planned, and how long the rest takes at the present pace");
    progress_bar(style, progress.run_share);
    std::snprintf(value, sizeof value, "%s, %s", format_value(static_cast<double>(snapshot.metrics.loss)).c_str(),
                  format_percent(static_cast<double>(snapshot.metrics.accuracy)).c_str());
    value_row(style, "Minibatch", snapshot.iteration > 0 ? value : "–");
    item_tooltip(style, "Loss and accuracy of this iteration's minibatch, before its update.");
    // In the past, what was known there.
    const auto& all = context.lane.link.history().evaluations();
    const auto later = std::partition_point(all.begin(), all.end(), [&snapshot](const EvaluationMetrics& one) {
        return one.iteration <= snapshot.iteration;
    });
    const std::span tests(all.begin(), later);
    const SplitNames test = names_of_test(&snapshot);
    if (!tests.empty())
        std::snprintf(value, sizeof value, "%s %s", format_percent(tests.back().test_accuracy).c_str(),
                      at_iteration(tests.back().iteration).c_str());
    value_row(style, test.title, tests.empty() ? "–" : value);
    std::snprintf(label, sizeof label,
                  tests.empty() ? "Accuracy over the whole %s set, measured at the end of an epoch."
                                : "Accuracy over the whole %s set when it was last measured.",
                  test.word);
    item_tooltip(style, label);
}

// Saving goes on beside the training, so only its begin is pending here; its end is told in the line below.
void ControlPanel::draw_file(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style) {
    const EngineLink& engine = context.lane.link;
    row_label(style, "This run", engine.pending(engine.requested().save));
    const std::string_view checkpoint = snapshot.run_info->checkpoint;
    const bool savable = !checkpoint.empty() && snapshot.state != SessionState::Failed;
    char text[1200];
    if (checkpoint.empty()) {
        std::snprintf(text, sizeof text, "has no file");
    } else {
        const std::string_view name = checkpoint.substr(checkpoint.find_last_of('/') + 1);
        std::snprintf(text, sizeof text, "Save %.*s", static_cast<int>(name.size()), name.data());
    }
    ImGui::BeginDisabled(!savable);
    if (ImGui::Button(text, {ImGui::GetContentRegionAvail().x, 0.0F})) context.ui.post(command::Save{});
    ImGui::EndDisabled();
    note_item(style, "save");
    if (checkpoint.empty())
        std::snprintf(text, sizeof text, "There is no file to save it to: start the program with --out FOLDER.");
    else
        std::snprintf(text, sizeof text, "Writes all of the run to %.*s, to be taken up again later (Ctrl S).",
                      static_cast<int>(checkpoint.size()), checkpoint.data());
    item_tooltip(style, text);

    row_label(style, "Another", engine.pending(engine.requested().resume));
    const float button = ImGui::CalcTextSize("Resume").x + 2.0F * ImGui::GetStyle().FramePadding.x;
    ImGui::SetNextItemWidth(std::max(style.px(48), ImGui::GetContentRegionAvail().x - file_menu_width() - button -
                                                       2.0F * ImGui::GetStyle().ItemSpacing.x));
    bool resume = ImGui::InputTextWithHint("##resume", "path of a .pt file", resume_path_.data(), resume_path_.size(),
                                           ImGuiInputTextFlags_EnterReturnsTrue);
    note_item(style, "resume-path");
    item_tooltip(style, resume_path_[0] ? resume_path_.data() : "The file that a run was saved to.");
    ImGui::SameLine();
    if (const std::optional<std::string> again = file_menu(context, ui::ChooseFile::What::SavedRun)) {
        std::snprintf(resume_path_.data(), resume_path_.size(), "%s", again->c_str());
        resume = true;
    }
    ImGui::SameLine();
    ImGui::BeginDisabled(!resume_path_[0]);
    resume = ImGui::Button("Resume", {ImGui::GetContentRegionAvail().x, 0.0F}) || resume;
    ImGui::EndDisabled();
    note_item(style, "resume");
    item_tooltip(style,
                 "That run takes the place of this one, paused where it was saved (Enter in the field). Ctrl Z brings "
                 "this one back.");
    if (resume && resume_path_[0]) context.ui.post(command::Resume{resume_path_.data()});
}

void ControlPanel::draw_facts(const RunInfo& info, const WidgetStyle& style) {
    fact_row(style, "Data", info.data.name.c_str(), info.data.source.c_str());
    char text[128];
    std::snprintf(text, sizeof text, "%s + %s", format_count(info.data.train_count).c_str(),
                  format_count(info.data.test_count).c_str());
    fact_row(style, "Pictures", text, "To train with, and held out to measure with.");
    value_row(style, "Parameters", format_count(info.network.parameter_count).c_str());
    const std::string_view optimizer = to_string(info.recipe.optimizer.kind);
    std::snprintf(text, sizeof text, "%.*s, seed %llu", static_cast<int>(optimizer.size()), optimizer.data(),
                  static_cast<unsigned long long>(info.seed));
    fact_row(style, "Optimizer", text, "And the seed of the first weights and of the data's order.");
    if (info.blas_threads > 0)
        std::snprintf(text, sizeof text, "%d (BLAS %d), %s", info.threads, info.blas_threads, info.device.c_str());
    else
        std::snprintf(text, sizeof text, "%d, %s", info.threads, info.device.c_str());
    char tooltip[384];
    std::snprintf(tooltip, sizeof tooltip,
                  "LibTorch's threads within one operation, its BLAS library's own, and the device that computes%s%s",
                  info.machine.empty() ? "." : ": ", info.machine.c_str());
    fact_row(style, "Threads", text, tooltip);
}

}  // namespace convscope
