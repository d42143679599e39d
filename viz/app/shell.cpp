#include "viz/app/shell.h"

#include "viz/app/help_page.h"
#include "viz/app/recipe_page.h"
#include "viz/app/timeline_parts.h"
#include "viz/app/top_bar.h"
#include "viz/app/twin_strip.h"
#include "viz/view/control_values.h"
#include "viz/widgets/controls.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

namespace convscope {
namespace {

constexpr float kTopBarHeight = 40.0F;
constexpr float kTimelineHeight = 30.0F;
constexpr float kStatusHeight = 24.0F;
constexpr float kGap = 8.0F;
constexpr SmallestPlace kLeastFloating{300.0F, 170.0F};  // a panel makes itself smaller to find room, down to this
constexpr float kHalvesShare = 2.4F;                     // of the smallest panel's height, where a panel is there twice

Rgba color_of(event::Notice::Severity severity, const Palette& colors) {
    switch (severity) {
        case event::Notice::Severity::Info:
            return colors.text;
        case event::Notice::Severity::Warning:
            return colors.warning;
        case event::Notice::Severity::Error:
            return colors.error;
    }
    return colors.text;
}

std::optional<FloatingPlace> kept_place(const Settings& settings, std::string_view panel) {
    for (const KeptPlace& kept : settings.places)
        if (kept.panel == panel) return kept.place;
    return std::nullopt;
}

bool is_open(const Settings& settings, std::string_view panel) {
    return std::binary_search(settings.floating.begin(), settings.floating.end(), panel);
}

// Around what is called so, when it is drawn in this frame.
void draw_highlight(const WidgetStyle& style, std::string_view anchor) {
    const auto rect = anchor.empty() ? std::nullopt : style.anchors.find(anchor);
    if (!rect) return;
    const float margin = style.px(3);
    ImGui::GetForegroundDrawList()->AddRect({rect->left - margin, rect->top - margin},
                                            {rect->right + margin, rect->bottom + margin},
                                            imgui_color(style.colors.accent), style.px(4), 0, style.px(3));
}

}  // namespace

Shell::Shell(std::span<const Workspace> workspaces) : workspaces_(workspaces) {
    for (const PanelKind& kind : panel_kinds()) panels_.emplace_back(kind);
}

void Shell::draw(FrameContext& context, const Input& input) {
    const WidgetStyle style = style_of(context);
    const ImVec2 size = ImGui::GetIO().DisplaySize;
    const float top = style.px(kTopBarHeight);
    const float status = style.px(kStatusHeight);
    const float timeline = style.px(kTimelineHeight);
    float panels_top = top;
    float panels_bottom = size.y - status - timeline;
    const bool scene = shows_scene(context.settings);
    if (scene && input.panels_hidden) {
        panels_top = 0.0F;
        panels_bottom = size.y;
        context.scene.bare = true;
        draw_panels(context, input.shown_panels, panels_top, panels_bottom);
        if (const event::Notice* notice = input.notices.current(context.time_seconds);
            notice && notice->severity != event::Notice::Severity::Info)
            draw_status_line(context, input.notices, status);
    } else {
        draw_top_bar(context, workspaces_, top);
        if (context.twin.lane) {
            draw_twin_strip(context, top, style.px(kTwinStripHeight));
            panels_top += style.px(kTwinStripHeight);
        }
        const float gap = style.px(kGap);
        const PixelRect room{gap, panels_top + gap, size.x - 2.0F * gap, panels_bottom - panels_top - 2.0F * gap};
        if (scene) place_floating_panels(context, room, panels_top);
        draw_panels(context, input.shown_panels, panels_top, panels_bottom);
        if (scene) draw_floating_panels(context, room, panels_top);
        timeline_.draw(context, panels_bottom, timeline, input.lanes_open);
        if (input.lanes_open) lanes_.draw(context, panels_top, panels_bottom);
        draw_status_line(context, input.notices, status);
    }
    if (input.page == Page::None) timeline_.draw_veil(context, panels_top, panels_bottom);
    if (input.page == Page::Help) draw_help_page(context);
    if (input.page == Page::Recipe) draw_recipe_page(context, input.recipe);
    if (input.page == Page::Editor && input.recipe_tools) editor_.draw(context, *input.recipe_tools);
    if (input.page == Page::Breakpoints) breakpoints_.draw(context);
    if (input.page == Page::Places) named_places_.draw(context, page_ != Page::Places);
    page_ = input.page;
    if (input.page == Page::Twin) twin_.draw(context);
    draw_highlight(style, input.highlighted);
}

PanelHost* Shell::find(std::string_view id) {
    const auto host = std::find_if(panels_.begin(), panels_.end(), [&](const PanelHost& h) { return h.id() == id; });
    return host == panels_.end() ? nullptr : &*host;
}

void Shell::draw_panels(FrameContext& context, std::span<const std::string> shown, float top, float bottom) {
    const WidgetStyle style = style_of(context);
    // The scene fills everything; panels stand apart.
    const float gap = shows_scene(context.settings) ? 0.0F : style.px(kGap);
    const float width = ImGui::GetIO().DisplaySize.x;
    const auto chosen = static_cast<std::size_t>(context.settings.workspace);
    // Of two halves each is to be read.
    const bool halves = context.twin.lane && context.settings.twin_view == TwinView::Beside;
    const SmallestPlace smallest{style.px(kSmallestPanel.width),
                                 style.px(halves ? kHalvesShare * kSmallestPanel.height : kSmallestPanel.height)};
    place_panels(workspaces_[chosen].layout, gap, top + gap, width - 2.0F * gap, bottom - top - gap, gap, smallest,
                 places_);
    for (auto first = places_.begin(); first != places_.end();) {
        auto behind = first + 1;
        while (first->stack && behind != places_.end() && behind->stack == first->stack) ++behind;
        stack_.clear();
        for (auto place = first; place != behind; ++place)
            if (PanelHost* host = find(place->panel)) stack_.push_back(host);
        if (PanelHost* host = in_front(shown)) host->draw(context, *first, stack_);
        first = behind;
    }
}

// Of the stack: which of it was asked for last; the first one where none was.
PanelHost* Shell::in_front(std::span<const std::string> shown) {
    for (auto id = shown.rbegin(); id != shown.rend(); ++id)
        for (const PanelHost* host : stack_)
            if (host->id() == *id) return find(*id);
    return stack_.empty() ? nullptr : find(stack_.front()->id());
}

// Those that were open when the program began stand where they stood; one that is opened finds a place beside the
// others, near the one that it had.
void Shell::place_floating_panels(FrameContext& context, const PixelRect& room, float top) {
    const WidgetStyle style = style_of(context);
    const float gap = style.px(kGap);
    covered_.clear();
    for (PanelHost& host : panels_) {
        if (!host.floats()) continue;
        if (!is_open(context.settings, host.id())) {
            host.standing.reset();
        } else {
            if (!begun_) host.standing = kept_place(context.settings, host.id());
            // The window was another size then.
            if (!begun_ && host.standing &&
                shared_area(pixels_of(*host.standing, room), place_switches(context, top)) > 0.0F)
                host.standing.reset();
            if (host.standing) covered_.push_back(pixels_of(*host.standing, room));
        }
    }
    begun_ = true;
    for (PanelHost& host : panels_) {
        if (!host.floats() || host.standing || !is_open(context.settings, host.id())) continue;
        const PixelRect wanted =
            pixels_of(kept_place(context.settings, host.id()).value_or(host.floating_place()), room);
        const PixelRect least{0.0F, 0.0F, style.px(kLeastFloating.width), style.px(kLeastFloating.height)};
        covered_.push_back(place_switches(context, top));
        const PixelRect found = free_place(wanted, covered_, room, least, gap);
        covered_.back() = found;
        host.standing = share_of(found, room);
        context.ui.send(ui::PlacePanel{{std::string(host.id()), *host.standing}});
    }
    if (!covered_.empty()) covered_.push_back(place_switches(context, top));
    context.scene.covered = covered_;
}

void Shell::draw_floating_panels(FrameContext& context, const PixelRect& room, float top) {
    for (PanelHost& host : panels_)
        if (host.floats() && is_open(context.settings, host.id())) host.draw_floating(context, room);
    draw_panel_switches(context, top);
}

// A word for each panel that floats, at the upper right, in as many rows as leave room for the trail. The rectangle of
// all of them; of each, from its corner, in words_.
PixelRect Shell::place_switches(const FrameContext& context, float top) {
    constexpr float kWidest = 0.66F;  // of the window
    const WidgetStyle style = style_of(context);
    const float gap = style.px(12);
    const float most = std::max(style.px(120), std::round(kWidest * ImGui::GetIO().DisplaySize.x));
    ImGui::PushFont(style.fonts.small);
    const float height = ImGui::GetTextLineHeight() + style.px(10);
    PixelRect word{gap, 0.0F, 0.0F, height};
    float width = gap;
    words_.clear();
    for (const PanelHost& host : panels_) {
        if (!host.floats()) continue;
        word.width = ImGui::CalcTextSize(host.title()).x;
        if (word.x > gap && word.right() + gap > most) word = {gap, word.bottom(), word.width, height};
        words_.push_back(word);
        width = std::max(width, word.right() + gap);
        word.x = word.right() + gap;
    }
    ImGui::PopFont();
    return {ImGui::GetIO().DisplaySize.x - width - style.px(14), top + style.px(12), width, word.bottom()};
}

void Shell::draw_panel_switches(FrameContext& context, float top) {
    const WidgetStyle style = style_of(context);
    const PixelRect all = place_switches(context, top);
    ImGui::PushFont(style.fonts.small);
    ImGui::SetNextWindowPos({all.x, all.y});
    ImGui::SetNextWindowSize({all.width, all.height});
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0.0F, 0.0F));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowMinSize, ImVec2(1.0F, 1.0F));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0.0F);
    ImGui::SetNextWindowBgAlpha(0.82F);
    ImGui::Begin("##panel-switches", nullptr,
                 ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
                     ImGuiWindowFlags_NoNav | ImGuiWindowFlags_NoFocusOnAppearing);
    const Anchors::Scope scope(context.anchors, "floating");
    auto word = words_.begin();
    for (const PanelHost& host : panels_) {
        if (!host.floats()) continue;
        const ImVec2 begin{word->x, word->y};
        const bool open = is_open(context.settings, host.id());
        ImGui::SetCursorPos(begin);
        ImGui::PushID(host.title());
        if (ImGui::InvisibleButton("switch", {word->width, word->height}))
            context.ui.send(ui::FloatPanel{std::string(host.id()), !open});
        ++word;
        note_item(style, host.id());
        const Rgba color = open                     ? context.colors.accent
                           : ImGui::IsItemHovered() ? context.colors.text
                                                    : context.colors.text_secondary;
        item_tooltip(style, open ? "Close this panel" : "Open this panel over the scene. H hides all of them");
        const ImVec2 corner = ImGui::GetWindowPos();
        ImGui::GetWindowDrawList()->AddText({corner.x + begin.x, corner.y + begin.y + style.px(5)}, imgui_color(color),
                                            host.title());
        ImGui::PopID();
    }
    ImGui::End();
    ImGui::PopStyleVar(3);
    ImGui::PopFont();
}

// What the line says when nothing happened: a failure, which breakpoint has paused the run, where one is in time, what
// can be undone; empty: none of these. Nothing is allocated for it in steady state.
void Shell::stand(const FrameContext& context) {
    const Snapshot* snapshot = context.lane.live();
    if (snapshot && snapshot->state == SessionState::Failed) {
        standing_.severity = event::Notice::Severity::Error;
        standing_.text = "Training stopped: " + snapshot->failure + ". R starts over.";
        return;
    }
    standing_.severity = event::Notice::Severity::Info;
    char words[128];
    if (context.lane.held() != Phase::None && snapshot) {
        const PlaceInTime place = place_in_time(context.lane.link);
        held_sentence(context.lane.held(), place.target, context.lane.shows_phase() && !place.travelling(),
                      place.target <= place.earliest, words);
        standing_.text.assign(words);
        return;
    }
    if (snapshot && snapshot->paused_by && snapshot->state == SessionState::Paused) {
        standing_.text.assign(snapshot->paused_by->what);
        return;
    }
    if (snapshot && snapshot->state == SessionState::Finished && snapshot->run_info) {
        finished_sentence(*snapshot, words);
        standing_.text.assign(words);
        return;
    }
    place_sentence(place_in_time(context.lane.link), snapshot && snapshot->state == SessionState::Running, words);
    standing_.text.assign(words);
    if (!standing_.text.empty() || !snapshot || !snapshot->set_aside) return;
    if (set_aside_ != snapshot->set_aside) {
        set_aside_ = snapshot->set_aside;
        what_comes_back_ = what_comes_back(*set_aside_) + "   F1 shows all keys";
    }
    standing_.text.assign(what_comes_back_);
}

void Shell::draw_status_line(FrameContext& context, const Notices& notices, float height) {
    const WidgetStyle style = style_of(context);
    const ImVec2 size = ImGui::GetIO().DisplaySize;
    ImGui::SetNextWindowPos({0.0F, size.y - height});
    ImGui::SetNextWindowSize({size.x, height});
    ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0.0F);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(style.px(16), 0.0F));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowMinSize, ImVec2(1.0F, 1.0F));
    ImGui::PushStyleColor(ImGuiCol_WindowBg, imgui_color(context.colors.background));
    constexpr ImGuiWindowFlags kFlags = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                                        ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoNav |
                                        ImGuiWindowFlags_NoBringToFrontOnFocus;
    ImGui::Begin("##status", nullptr, kFlags);
    ImGui::PushFont(style.fonts.small);
    const float line = ImGui::GetTextLineHeight();
    const float y = std::round((height - line) * 0.5F) - style.px(1);

    char right[96];
    const bool running = context.lane.shown() && context.lane.shown()->state == SessionState::Running;
    if (context.costs.frames_per_second < 2.0)
        std::snprintf(right, sizeof right, "%s   %.1f ms a frame", running ? "between iterations" : "nothing changes",
                      context.costs.milliseconds_median);
    else
        std::snprintf(right, sizeof right, "%.0f frames/s   %.1f ms a frame", context.costs.frames_per_second,
                      context.costs.milliseconds_median);
    const float right_width = ImGui::CalcTextSize(right).x;
    const float right_start = size.x - style.px(16) - right_width;
    ImGui::SetCursorPos({right_start, y});
    ImGui::TextColored(imgui_vector(context.colors.text_secondary), "%s", right);

    stand(context);
    const event::Notice* notice = notices.current(context.time_seconds);
    if (!notice && !standing_.text.empty()) notice = &standing_;
    const ImVec2 corner = ImGui::GetWindowPos();
    const float left = style.px(16);
    ImGui::PushClipRect({corner.x + left, corner.y}, {corner.x + right_start - style.px(16), corner.y + height}, true);
    ImGui::SetCursorPos({left, y});
    if (notice) {
        const Rgba color = color_of(notice->severity, context.colors);
        if (notice->severity != event::Notice::Severity::Info) {
            draw_icon(ImGui::GetWindowDrawList(), Icon::Warning,
                      {corner.x + left + style.px(6), corner.y + y + line * 0.5F}, style.px(12), imgui_color(color));
            ImGui::SetCursorPos({left + style.px(20), y});
        }
        const float room = right_start - style.px(16) - ImGui::GetCursorPosX();
        const bool whole = ImGui::CalcTextSize(notice->text.c_str()).x <= room;
        ImGui::TextColored(imgui_vector(color), "%s",
                           whole ? notice->text.c_str() : shortened(notice->text, room).c_str());
        if (!whole) item_tooltip(style, notice->text);
    } else {
        // Each whole or not at all; where all keys are is said first.
        constexpr const char* kHints[] = {"F1 shows all keys", "Space runs or pauses",
                                          "Left and Right arrow go one iteration back and on",
                                          "+  -  change the speed"};
        float x = left;
        for (const char* hint : kHints) {
            const float width = ImGui::CalcTextSize(hint).x;
            if (x + width > right_start - style.px(16)) break;
            ImGui::SetCursorPos({x, y});
            ImGui::TextColored(imgui_vector(context.colors.text_secondary), "%s", hint);
            x += width + style.px(12);
        }
    }
    ImGui::PopClipRect();
    ImGui::PopFont();
    ImGui::End();
    ImGui::PopStyleColor();
    ImGui::PopStyleVar(3);
}

}  // namespace convscope
