#include "viz/app/timeline.h"

#include "viz/app/timeline_parts.h"
#include "viz/panels/curves_legend.h"
#include "viz/view/named_places.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"
#include "viz/widgets/plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

namespace convscope {
namespace {

constexpr float kButton = 28.0F;
constexpr float kButtonPadding = 4.0F;  // above and below
constexpr float kLeastStrip = 64.0F;
constexpr float kReachOfMark = 5.0F;   // pixels from the mouse within which a change is read out
constexpr double kBlinkSeconds = 0.2;  // what arrives within it needs no word
constexpr float kKnownOpacity = 0.5F;  // of the loss up to the place that is shown,
constexpr float kPaleOpacity = 0.18F;  // and beyond it

// Of the longest words that may stand there, so that the strip does not move while one goes through it.
float width_of_words(const WidgetStyle& style, const PlaceInTime& place) {
    const std::int64_t longest = place.furthest;
    const PlaceInTime past{longest, longest, 0, longest + 1};
    const PlaceInTime away{longest + 1, longest, 0, longest + 1};
    return std::max(text_width(style.fonts.body, place_words(past).c_str()),
                    text_width(style.fonts.body, place_words(away).c_str()));
}

// From edge to edge of the window, without anything around it.
void begin_bar(const char* name, float top, float height, ImU32 ground, ImGuiWindowFlags flags) {
    ImGui::SetNextWindowPos({0.0F, top});
    ImGui::SetNextWindowSize({ImGui::GetIO().DisplaySize.x, height});
    ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0.0F);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, 0.0F);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0.0F, 0.0F));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowMinSize, ImVec2(1.0F, 1.0F));
    ImGui::PushStyleColor(ImGuiCol_WindowBg, ground);
    ImGui::Begin(name, nullptr,
                 flags | ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
                     ImGuiWindowFlags_NoNav | ImGuiWindowFlags_NoFocusOnAppearing);
    ImGui::PopStyleColor();
    ImGui::PopStyleVar(4);
}

}  // namespace

struct Timeline::Strip {
    PlaceInTime place;
    PlotScale time;
    PlotRect rect;

    float at(std::int64_t iteration) const { return std::floor(time.pixel(static_cast<double>(iteration))) + 0.5F; }
    void line(std::int64_t iteration, float share, ImU32 color, float width = 1.0F) const {
        const float x = at(iteration);
        ImGui::GetWindowDrawList()->AddLine({x, rect.minimum.y}, {x, rect.minimum.y + share * rect.height()}, color,
                                            width);
    }
};

void Timeline::draw(FrameContext& context, float top, float height, bool lanes_open) {
    const WidgetStyle style = style_of(context);
    const float width = ImGui::GetIO().DisplaySize.x;
    begin_bar("##timeline", top, height, imgui_color(style.colors.panel), ImGuiWindowFlags_NoBringToFrontOnFocus);
    const Anchors::Scope scope(context.anchors, "timeline");
    const PlaceInTime place = place_in_time(context.lane.link);

    const float high = ImGui::GetFontSize() + 2.0F * style.px(kButtonPadding);
    const float inset = std::round(0.5F * (height - high));
    ImGui::SetCursorPos({style.px(8), inset});
    const float left = draw_transport(context, style, place, lanes_open) + style.px(6);
    const float words = std::ceil(width_of_words(style, place));
    const float margin = style.px(16);
    const float whole = width - left - margin;
    const bool with_words = whole - words - style.px(12) >= style.px(2.0F * kLeastStrip);
    const float right = width - margin - (with_words ? words + style.px(12) : 0.0F);
    if (whole >= style.px(kLeastStrip))
        draw_strip(context, style, place, {left, top + inset}, {right, top + inset + high});
    if (with_words) {
        const ShortText text = place_words(place);
        const float x = width - margin - text_width(style.fonts.body, text.c_str());
        const Rgba color = place.travelling() || place.in_past() ? style.colors.accent : style.colors.text_secondary;
        const ImVec2 corner(std::round(x), top + std::round((height - style.fonts.body->FontSize) * 0.5F));
        ImGui::GetWindowDrawList()->AddText(corner, imgui_color(color), text.c_str());
        note_place(style, "place", corner, {width - margin, corner.y + style.fonts.body->FontSize});
    }
    ImGui::End();
}

float Timeline::draw_transport(FrameContext& context, const WidgetStyle& style, const PlaceInTime& place,
                               bool lanes_open) {
    const EngineLink& link = context.lane.link;
    const Snapshot* snapshot = link.live();
    const bool there = snapshot && snapshot->run_info;
    const bool ready = there && snapshot->state != SessionState::Failed;
    const bool live = there && snapshot->state == SessionState::Running;
    const bool running = link.asked_or(link.requested().running, live);
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(style.px(2), 0.0F));
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(0.0F, style.px(kButtonPadding)));
    const auto button = [&](const char* id, Icon icon, bool enabled, const char* tooltip, UiCommand command) {
        if (icon_button(style, id, icon, "", {.enabled = enabled, .width = style.px(kButton), .tooltip = tooltip}))
            context.ui.send(std::move(command));
        ImGui::SameLine();
    };
    button("breakpoints", Icon::Breakpoint, true, "Breakpoints: what pauses the run by itself (B).",
           ui::TogglePage{Page::Breakpoints});
    button("start", Icon::ToStart, there && place.target > place.earliest,
           "Go back to the start of the run (Ctrl Left arrow).", ui::GoToIteration{0});
    button("back", Icon::StepBack, there && place.target > place.earliest,
           "One iteration back (Left arrow); ten with Shift. It is trained again from a kept state, to the same bits.",
           ui::MoveInTime{-1});
    button("run", running ? Icon::Pause : Icon::Play, ready,
           running           ? "Pause after the present iteration (Space)."
           : place.in_past() ? "Play on from here (Space): what is known, and then on. A changed setting begins a "
                               "branch."
                             : "Train on from here (Space).",
           ui::RunOrPause{});
    button("forward", Icon::Step, ready,
           place.in_past() ? "One iteration on, into what is known (Right arrow); ten with Shift."
                           : "Train one iteration, then pause (Right arrow); ten with Shift.",
           ui::MoveInTime{1});
    button("newest", Icon::ToEnd, there && place.target < place.furthest,
           "Go to the newest iteration (Ctrl Right arrow).", ui::GoToIteration{PlaceInTime::kNewest});
    button("lanes", Icon::Branch, true,
           lanes_open ? "Close the list of lanes (L)."
                      : "List the lanes (L): every way that the run has gone. One begins when something is changed in "
                        "the past; name them, compare them, go back to one.",
           ui::ToggleLanes{});
    ImGui::PopStyleVar(2);
    return ImGui::GetCursorPosX();
}

void Timeline::draw_strip(FrameContext& context, const WidgetStyle& style, const PlaceInTime& place, ImVec2 corner,
                          ImVec2 end) {
    const Snapshot* snapshot = context.lane.shown();
    const bool there = snapshot && snapshot->run_info && place.furthest > place.earliest;
    ImDrawList* list = ImGui::GetWindowDrawList();
    list->AddRectFilled(corner, end, imgui_color(style.colors.raised), style.px(3));
    list->AddRect(corner, end, imgui_color(style.colors.line), style.px(3));
    ImGui::SetCursorScreenPos(corner);
    ImGui::InvisibleButton("strip", {end.x - corner.x, end.y - corner.y});
    note_item(style, "strip");
    if (!there) {
        const char* words = snapshot && snapshot->run_info ? "The run's line begins with its first iteration" : "";
        list->PushClipRect(corner, end, true);
        list->AddText(style.fonts.small, style.fonts.small->FontSize,
                      {corner.x + style.px(8), std::round((corner.y + end.y - style.fonts.small->FontSize) * 0.5F)},
                      imgui_color(style.colors.text_secondary), words);
        list->PopClipRect();
        return;
    }
    const float room = style.px(5);  // for a playhead at either end
    Strip strip{place, time_scale(place, corner.x + room, end.x - room), {corner, end}};
    // A flag is hit where one points near it.
    const std::span<const NamedPlace> places = named_places(snapshot->line);
    std::int64_t pointed = iteration_at(strip.time, place, ImGui::GetIO().MousePos.x);
    const double reach = strip.time.value(strip.time.start + style.px(kReachOfMark)) - strip.time.range.minimum;
    if (const NamedPlace* near = place_near(places, pointed, reach)) pointed = place.clamped(near->iteration);
    std::optional<std::int64_t> wanted;
    if (ImGui::IsItemActive())
        wanted = scrub_.hold(pointed, place);
    else if (scrub_.held())
        wanted = scrub_.release(place);
    if (wanted) context.ui.send(ui::GoToIteration{*wanted});

    const MetricHistory& history = context.lane.link.history();
    list->PushClipRect(corner, end, true);
    find_ghosts(snapshot->line, context.lane.pointed_lane, ghosts_);
    twin_curve_.update(context.twin.lane, /*loss=*/true, /*weight=*/0.0F, strip.time.range,
                       std::max<std::int64_t>(8, static_cast<std::int64_t>(strip.rect.width() / 2.0F)));
    draw_loss(strip, history, style);
    draw_epochs(strip, history, style);
    draw_changes(strip, history, style);
    draw_kept(strip, *snapshot, style);
    draw_places(strip, places, style);
    const bool hovered = ImGui::IsItemHovered();
    if (hovered && !scrub_.held()) strip.line(pointed, 1.0F, imgui_color(style.colors.text_secondary));
    draw_playhead(strip, style);
    list->PopClipRect();
    if (hovered || scrub_.held()) read_out(strip, context, pointed, style);
}

// The mean of what shares two pixels, from the lower edge up; pale beyond the place that is shown.
void Timeline::draw_loss(const Strip& strip, const MetricHistory& history, const WidgetStyle& style) {
    const std::int64_t known = std::min(history.loss().size(), strip.place.furthest);
    const auto last = static_cast<double>(std::max<std::int64_t>(1, known));
    const auto most = std::max<std::int64_t>(8, static_cast<std::int64_t>(strip.rect.width() / 2.0F));
    bins_.update(history.loss(), bin_layout({std::min(strip.time.range.minimum + 1.0, last), last}, known, most),
                 history.run().value);
    const BinLayout& layout = bins_.layout();
    const PlotScale loss = loss_scale(bins_.bins(), strip.rect.maximum.y - 1.0F, strip.rect.minimum.y + style.px(3));
    ImDrawList* list = ImGui::GetWindowDrawList();
    const ImU32 ink = imgui_color(style.colors.accent, kKnownOpacity);
    const ImU32 pale = imgui_color(style.colors.accent, kPaleOpacity);
    const float here = strip.time.pixel(static_cast<double>(strip.place.shown));
    for (std::size_t i = 0; i < bins_.bins().size(); ++i) {
        const SeriesBin& bin = bins_.bins()[i];
        if (bin.count == 0) continue;
        const auto place = static_cast<std::int64_t>(i);
        // An iteration's own place is its end: what it did lies before it.
        const float left = strip.time.pixel(static_cast<double>(layout.first_iteration(place) - 1));
        const float right = strip.time.pixel(static_cast<double>(std::min(layout.last_iteration(place), known)));
        const float high = loss.pixel(static_cast<double>(bin.mean));
        if (left < here) list->AddRectFilled({left, high}, {std::min(right, here), strip.rect.maximum.y}, ink);
        if (right > here) list->AddRectFilled({std::max(left, here), high}, {right, strip.rect.maximum.y}, pale);
    }
    draw_ghosts(strip, loss, style);
}

// What was left behind, as on the curves, as far as the present lane goes.
void Timeline::draw_ghosts(const Strip& strip, const PlotScale& loss, const WidgetStyle& style) {
    const auto most = std::max<std::int64_t>(8, static_cast<std::int64_t>(strip.rect.width() / 2.0F));
    ghost_curves_.update(ghosts_, &RunHistory::loss, /*weight=*/0.0F, strip.time.range, most);
    PlotFrame frame;
    frame.inner = strip.rect;
    ghost_curves_.draw(ghosts_, frame, strip.time, loss, style, points_);
    twin_curve_.draw(frame, strip.time, loss, style, points_);
}

// Ticks at the upper edge, as many as stay apart.
void Timeline::draw_epochs(const Strip& strip, const MetricHistory& history, const WidgetStyle& style) {
    float last = -1e9F;
    for (const EvaluationMetrics& test : history.evaluations()) {
        if (!test.ends_epoch || strip.at(test.iteration) - last < style.px(4)) continue;
        last = strip.at(test.iteration);
        strip.line(test.iteration, 0.3F, imgui_color(style.colors.text_secondary, 0.8F));
    }
}

void Timeline::draw_changes(const Strip& strip, const MetricHistory& history, const WidgetStyle& style) {
    float last = -1e9F;
    for (const ChangeMark& mark : history.marks()) {
        if (strip.at(mark.iteration) - last < 2.0F) continue;
        last = strip.at(mark.iteration);
        strip.line(mark.iteration, 1.0F, imgui_color(style.colors.warning, 0.85F), style.px(1.5F));
    }
}

// Flags, which wave to the right.
void Timeline::draw_places(const Strip& strip, std::span<const NamedPlace> places, const WidgetStyle& style) {
    const ImU32 ink = imgui_color(style.colors.success);
    const float width = style.px(7), height = style.px(6);
    for (const NamedPlace& place : places) {
        const float x = strip.at(place.iteration), top = strip.rect.minimum.y;
        strip.line(place.iteration, 1.0F, ink, style.px(1.5F));
        ImGui::GetWindowDrawList()->AddTriangleFilled({x, top}, {x + width, top + 0.5F * height}, {x, top + height},
                                                      ink);
    }
}

// Dots at the lower edge, likewise.
void Timeline::draw_kept(const Strip& strip, const Snapshot& snapshot, const WidgetStyle& style) {
    if (!snapshot.line.kept) return;
    const float radius = 1.75F * style.scale;
    float last = -1e9F;
    for (const std::int64_t iteration : *snapshot.line.kept) {
        if (strip.at(iteration) - last < 3.0F * radius) continue;
        last = strip.at(iteration);
        ImGui::GetWindowDrawList()->AddCircleFilled({last, strip.rect.maximum.y - radius - style.px(2)}, radius,
                                                    imgui_color(style.colors.text));
    }
}

// Where one is, and hollow where one is going to.
void Timeline::draw_playhead(const Strip& strip, const WidgetStyle& style) const {
    ImDrawList* list = ImGui::GetWindowDrawList();
    const ImU32 ink = imgui_color(style.colors.text);
    const float head = style.px(4);
    const auto triangle = [&](std::int64_t iteration) {
        const float x = strip.at(iteration);
        const float top = strip.rect.minimum.y;
        return std::array{ImVec2(x - head, top), ImVec2(x + head, top), ImVec2(x, top + 1.5F * head)};
    };
    strip.line(strip.place.shown, 1.0F, ink, style.px(2));
    const auto here = triangle(strip.place.shown);
    list->AddTriangleFilled(here[0], here[1], here[2], ink);
    const std::int64_t target = scrub_.held() ? scrub_.wanted() : strip.place.target;
    if (target == strip.place.shown) return;
    const ImU32 accent = imgui_color(style.colors.accent);
    strip.line(target, 1.0F, accent, style.px(1.5F));
    const auto there = triangle(target);
    list->AddTriangle(there[0], there[1], there[2], accent, style.px(1.5F));
}

void Timeline::read_out(const Strip& strip, const FrameContext& context, std::int64_t iteration,
                        const WidgetStyle& style) const {
    const MetricHistory& history = context.lane.link.history();
    const RunLine& line = context.lane.shown()->line;
    // Above the strip, and within the window: at the left of its left end, at the right of its right one.
    const float x = strip.at(iteration);
    ImGui::SetNextWindowPos({x, strip.rect.minimum.y - style.px(6)}, ImGuiCond_Always,
                            {x / ImGui::GetIO().DisplaySize.x, 1.0F});
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(style.px(12), style.px(8)));
    ImGui::BeginTooltip();
    ImGui::PushFont(style.fonts.medium);
    ImGui::Text("Iteration %s", format_count(iteration).c_str());
    ImGui::PopFont();
    for (const NamedPlace& place : named_places(line))
        if (place.iteration == iteration)
            ImGui::TextColored(imgui_vector(style.colors.success), "%s", shortened(place.name, style.px(320)).c_str());
    if (iteration >= 1 && iteration <= history.loss().size())
        ImGui::Text("loss %s   accuracy %s", format_value(static_cast<double>(history.loss().at(iteration))).c_str(),
                    format_percent(static_cast<double>(history.accuracy().at(iteration))).c_str());
    for (const Ghost& ghost : ghosts_) {
        if (iteration <= ghost.from || iteration > ghost.lane->history->iterations()) continue;
        ImGui::TextColored(imgui_vector(style.colors.text_secondary), "%s   loss %s",
                           lane_words(*ghost.lane, ghost.from).c_str(),
                           format_value(static_cast<double>(ghost.lane->history->loss.at(iteration))).c_str());
    }
    if (twin_curve_.knows(iteration))
        ImGui::TextColored(
            imgui_vector(style.colors.twin), "twin   loss %s   accuracy %s",
            format_value(static_cast<double>(twin_curve_.history()->loss().at(iteration))).c_str(),
            format_percent(static_cast<double>(twin_curve_.history()->accuracy().at(iteration))).c_str());
    const double reach = strip.time.value(strip.time.start + style.px(kReachOfMark)) - strip.time.range.minimum;
    list_changes(style, history.marks(), iteration, reach);
    ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(style.colors.text_secondary));
    ImGui::TextUnformatted("Click to go there, drag to go through the run");
    if (line.kept)
        ImGui::Text("%s states are kept (dots): %s of %s of memory",
                    format_count(static_cast<std::int64_t>(line.kept->size())).c_str(),
                    format_bytes(static_cast<double>(line.kept_bytes)).c_str(),
                    format_bytes(static_cast<double>(line.budget_bytes)).c_str());
    if (line.kept && line.disk_budget_bytes > 0)
        ImGui::Text("beside the run, for when it is resumed: %s of %s of disk",
                    format_bytes(static_cast<double>(line.disk_bytes)).c_str(),
                    format_bytes(static_cast<double>(line.disk_budget_bytes)).c_str());
    ImGui::PopStyleColor();
    ImGui::EndTooltip();
    ImGui::PopStyleVar();
}

void Timeline::draw_veil(FrameContext& context, float top, float bottom) {
    const PlaceInTime place = place_in_time(context.lane.link);
    if (!place.travelling()) {
        away_since_ = -1.0;
        return;
    }
    if (away_since_ < 0.0) away_since_ = context.time_seconds;
    if (context.time_seconds - away_since_ < kBlinkSeconds) {
        context.unfinished = true;
        return;
    }
    const WidgetStyle style = style_of(context);
    const float width = ImGui::GetIO().DisplaySize.x;
    begin_bar("##veil", top, bottom - top, imgui_color(style.colors.background, 0.45F), ImGuiWindowFlags_NoInputs);
    char words[96];
    place_sentence(place, /*running=*/false, words);
    ImFont* font = style.fonts.medium;
    const float text = text_width(font, words);
    const ImVec2 padding(style.px(12), style.px(6));
    const ImVec2 corner(std::round((width - text) * 0.5F - padding.x), top + style.px(16));
    const ImVec2 end(corner.x + text + 2.0F * padding.x, corner.y + font->FontSize + 2.0F * padding.y);
    ImDrawList* list = ImGui::GetWindowDrawList();
    list->AddRectFilled(corner, end, imgui_color(style.colors.panel), style.px(4));
    list->AddRect(corner, end, imgui_color(style.colors.accent), style.px(4));
    list->AddText(font, font->FontSize, {corner.x + padding.x, corner.y + padding.y}, imgui_color(style.colors.text),
                  words);
    note_place(style, "veil", corner, end);
    ImGui::End();
}

}  // namespace convscope
