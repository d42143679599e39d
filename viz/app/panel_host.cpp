#include "viz/app/panel_host.h"

#include "engine/core/log.h"
#include "viz/app/twin_strip.h"
#include "viz/widgets/controls.h"

#include <imgui.h>
// The one use of ImGui's insides: nothing public of 1.86 or 1.90 closes what an interrupted panel left open. As insides
// do, these change with any version: the first that has a public way ends this.
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <optional>
#include <utility>

namespace convscope {
namespace {

void silent(void*, const char*, ...) {}

// The panel as a whole, by its scope's name.
void note_window(const WidgetStyle& style) {
    const ImVec2 corner = ImGui::GetWindowPos();
    const ImVec2 size = ImGui::GetWindowSize();
    note_place(style, "", corner, {corner.x + size.x, corner.y + size.y});
}

// Closes what was opened since the current window's Begin(): tables, groups, ids, colours; and fonts, which ImGui's own
// recovery forgets.
void close_what_is_open() {
    const ImGuiContext& gui = *ImGui::GetCurrentContext();
    ImGui::ErrorCheckEndWindowRecover(silent);
    while (gui.FontStack.Size > gui.CurrentWindowStack.back().StackSizesOnBegin.SizeOfFontStack) ImGui::PopFont();
}

// The same for all windows opened within `window`, and for it.
void recover_to(const ImGuiWindow* window) {
    const ImGuiContext& gui = *ImGui::GetCurrentContext();
    while (gui.CurrentWindow != window && gui.CurrentWindowStack.Size > 1) {
        close_what_is_open();
        if (gui.CurrentWindow->Flags & ImGuiWindowFlags_ChildWindow)
            ImGui::EndChild();
        else
            ImGui::End();
    }
    close_what_is_open();
}

constexpr float kPanelGap = 16.0F;  // between two halves
constexpr float kLeastHalf =
    300.0F;  // from which nothing is cut off: halves are above each other where two have no room

}  // namespace

PanelHost::PanelHost(std::unique_ptr<Panel> panel)
    : window_name_("##panel-" + std::string(panel->id())), title_(panel->title()) {
    faces_[0].panel = std::move(panel);
}

PanelHost::PanelHost(const PanelKind& kind) : PanelHost(kind.make()) {
    make_ = kind.make;
    twinned_ = kind.twinned;
    floating_ = kind.floating;
}

bool PanelHost::failed() const {
    return std::any_of(faces_.begin(), faces_.end(), [](const Shown& shown) { return !shown.failure.empty(); });
}

void PanelHost::draw(FrameContext& context, const PanelPlace& place, std::span<const PanelHost* const> stack) {
    ImGui::SetNextWindowPos({place.x, place.y});
    ImGui::SetNextWindowSize({place.width, place.height});
    constexpr ImGuiWindowFlags kFlags = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                                        ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoBringToFrontOnFocus |
                                        ImGuiWindowFlags_NoNav | ImGuiWindowFlags_NoScrollWithMouse;
    const bool bare = faces_[0].panel->is_backdrop();
    if (bare) {
        ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0.0F, 0.0F));
        ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0.0F);
        ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, 0.0F);
    }
    ImGui::Begin(window_name_.c_str(), nullptr, kFlags);
    if (bare) ImGui::PopStyleVar(3);
    const Anchors::Scope scope(context.anchors, id());
    note_window(style_of(context));
    if (!bare) draw_title(context, /*closable=*/false, stack);
    draw_content(context);
    ImGui::End();
}

void PanelHost::draw_floating(FrameContext& context, const PixelRect& room) {
    const WidgetStyle style = style_of(context);
    const PixelRect rect = pixels_of(standing.value_or(floating_), room);
    const bool down = ImGui::IsMouseDown(ImGuiMouseButton_Left);
    const ImGuiCond when = down || held_ ? ImGuiCond_Appearing : ImGuiCond_Always;
    ImGui::SetNextWindowPos({rect.x, rect.y}, when);
    ImGui::SetNextWindowSize({rect.width, rect.height}, when);
    ImGui::SetNextWindowSizeConstraints({style.px(180), style.px(120)}, {FLT_MAX, FLT_MAX});
    constexpr ImGuiWindowFlags kFlags = ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoScrollbar |
                                        ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoNav |
                                        ImGuiWindowFlags_NoScrollWithMouse | ImGuiWindowFlags_NoCollapse;
    ImGui::Begin(window_name_.c_str(), nullptr, kFlags);
    const Anchors::Scope scope(context.anchors, id());
    note_window(style);
    const ImVec2 corner = ImGui::GetWindowPos();
    const ImVec2 size = ImGui::GetWindowSize();
    if (const PixelRect moved{corner.x, corner.y, size.x, size.y}; held_ && !down && moved != rect) {
        standing = share_of(pixels_of(share_of(moved, room), room), room);
        context.ui.send(ui::PlacePanel{{std::string(id()), *standing}});
    }
    held_ = down;
    draw_title(context, /*closable=*/true);
    draw_content(context);
    ImGui::End();
}

void PanelHost::draw_content(FrameContext& context) {
    const bool alone = twinned_ == Twinned::Alone && context.settings.twin_view != TwinView::Twin;
    if (twinned_ != Twinned::No && !alone && context.twin.lane && context.settings.twin_view != TwinView::Run)
        draw_both(context);
    else
        draw_face(context, Face::Run, {0.0F, 0.0F});
}

// In two halves, each with its name, or one of what there is to see in all of the place.
void PanelHost::draw_both(FrameContext& context) {
    const WidgetStyle style = style_of(context);
    const TwinView view = context.settings.twin_view;
    const ImVec2 room = ImGui::GetContentRegionAvail();
    const bool differs = view == TwinView::Difference && twinned_ == Twinned::Difference;
    if (differs || view == TwinView::Twin) return draw_face(context, differs ? Face::Difference : Face::Twin, room);
    const bool backdrop = faces_[0].panel->is_backdrop();
    const Halves halves = halves_of(room.x, room.y, style.px(backdrop ? 0 : kPanelGap), style.px(kLeastHalf), backdrop);
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    draw_face(context, Face::Run, {halves.width, halves.height});
    const ImVec2 second(corner.x + (halves.beside ? room.x - halves.width : 0.0F),
                        corner.y + (halves.beside ? 0.0F : room.y - halves.height));
    const float gap = halves.beside ? room.x - 2.0F * halves.width : room.y - 2.0F * halves.height;
    const ImU32 line = imgui_color(style.colors.line);
    if (halves.beside)
        ImGui::GetWindowDrawList()->AddLine({std::floor(second.x - 0.5F * gap) + 0.5F, corner.y},
                                            {std::floor(second.x - 0.5F * gap) + 0.5F, corner.y + room.y}, line);
    else
        ImGui::GetWindowDrawList()->AddLine({corner.x, std::floor(second.y - 0.5F * gap) + 0.5F},
                                            {corner.x + room.x, std::floor(second.y - 0.5F * gap) + 0.5F}, line);
    ImGui::SetCursorScreenPos(second);
    draw_face(context, Face::Twin, {halves.width, halves.height});
}

void PanelHost::draw_face(FrameContext& context, Face face, ImVec2 size) {
    static constexpr const char* kNames[] = {"content", "twin", "difference"};
    const auto place = static_cast<std::size_t>(face);
    Shown& shown = faces_[place];
    if (!shown.panel) shown.panel = make_();
    const WidgetStyle style = style_of(context);
    std::optional<Anchors::Scope> scope;
    if (face != Face::Run) scope.emplace(context.anchors, kNames[place]);
    if (size.x > 0.0F)
        size.y = std::max(1.0F, size.y - draw_face_name(context, face, size.x, shown.panel->is_backdrop()));
    ImGui::BeginChild(kNames[place], size, false, ImGuiWindowFlags_NoNav | ImGuiWindowFlags_NoMove);
    if (face != Face::Run) note_window(style);
    if (!shown.failure.empty()) {
        ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(style.colors.error));
        ImGui::TextUnformatted("This panel stopped");
        ImGui::PopStyleColor();
        ImGui::PushTextWrapPos(0.0F);
        ImGui::TextUnformatted(shown.failure.c_str());
        ImGui::PopTextWrapPos();
        if (icon_button(style, "try-again", Icon::Reset, "Try again")) shown.failure.clear();
    } else if (face == Face::Run) {
        draw_guarded(context, shown);
    } else {
        FrameContext other = context_of(context, face, settings_);
        draw_guarded(other, shown);
        context.unfinished = context.unfinished || other.unfinished;
        context.takes_keys = context.takes_keys || other.takes_keys;
    }
    ImGui::EndChild();
}

void PanelHost::draw_title(const FrameContext& context, bool closable, std::span<const PanelHost* const> stack) const {
    const WidgetStyle style = style_of(context);
    const float left = ImGui::GetCursorPosX();
    const float top = ImGui::GetCursorPosY();
    const float right = ImGui::GetWindowWidth() - left;
    const float sign = closable ? style.px(34) : 0.0F;
    ImGui::PushFont(style.fonts.title);
    if (stack.size() > 1)
        draw_stack(context, right - left - style.px(24) - sign, stack);
    else
        ImGui::TextUnformatted(title_.c_str());
    ImGui::PopFont();
    ImGui::SetCursorPos({right - style.px(16) - sign, top});
    help_marker(style, faces_[0].panel->help());
    if (closable) {
        ImGui::SetCursorPos({right - style.px(27), top - style.px(3)});
        if (icon_button(style, "close", Icon::Close, "", {.tooltip = "Close this panel"}))
            context.ui.send(ui::FloatPanel{std::string(id()), false});
    }
    ImGui::SetCursorPos({left, top + style.px(24)});
}

// The titles of all that share the place, side by side where they fit, else as a list that the title opens.
void PanelHost::draw_stack(const FrameContext& context, float room, std::span<const PanelHost* const> stack) const {
    const WidgetStyle style = style_of(context);
    const float gap = style.px(16);
    const float height = ImGui::GetTextLineHeight();
    const float top = ImGui::GetCursorPosY();
    float x = ImGui::GetCursorPosX();
    auto show = [&](const PanelHost& host) { context.ui.send(ui::ShowPanel{std::string(host.id())}); };
    auto name_of = [&](const PanelHost& host, std::span<char> into) {
        std::snprintf(into.data(), into.size(), "tab/%.*s", static_cast<int>(host.id().size()), host.id().data());
        return into.data();
    };
    char name[64];
    float sum = -gap;
    for (const PanelHost* host : stack) sum += ImGui::CalcTextSize(host->title()).x + gap;
    if (sum <= room) {
        for (const PanelHost* host : stack) {
            const float width = ImGui::CalcTextSize(host->title()).x;
            ImGui::SetCursorPos({x, top});
            const ImVec2 corner = ImGui::GetCursorScreenPos();
            if (ImGui::InvisibleButton(name_of(*host, name), {width, height})) show(*host);
            note_item(style, name);
            const bool lit = host == this || ImGui::IsItemHovered();
            if (host != this) item_tooltip(style, "Shows this panel here: there is no room for all of them");
            ImDrawList* list = ImGui::GetWindowDrawList();
            list->AddText(corner, imgui_color(lit ? style.colors.text : style.colors.text_secondary), host->title());
            if (host == this)
                list->AddRectFilled({corner.x, corner.y + height + style.px(1)},
                                    {corner.x + width, corner.y + height + style.px(3)},
                                    imgui_color(style.colors.accent));
            x += width + gap;
        }
        return;
    }
    const float sign = style.px(12);
    const float width = ImGui::CalcTextSize(title_.c_str()).x + style.px(8) + sign;
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    if (ImGui::InvisibleButton("stack", {std::min(width, room), height})) ImGui::OpenPopup("stack-list");
    note_item(style, "stack");
    item_tooltip(style, "Shows another panel here: there is no room for all of them");
    ImGui::GetWindowDrawList()->AddText(corner, imgui_color(style.colors.text), title_.c_str());
    draw_icon(ImGui::GetWindowDrawList(), Icon::Down,
              {corner.x + width - sign * 0.5F, corner.y + std::round(height * 0.5F)}, sign,
              imgui_color(style.colors.accent));
    if (!ImGui::BeginPopup("stack-list")) return;
    for (const PanelHost* host : stack) {
        if (ImGui::Selectable(host->title(), host == this)) show(*host);
        note_item(style, name_of(*host, name));
    }
    ImGui::EndPopup();
}

void PanelHost::draw_guarded(FrameContext& context, Shown& shown) {
    const ImGuiWindow* window = ImGui::GetCurrentContext()->CurrentWindow;
    std::string& failure = shown.failure;
    try {
        shown.panel->draw(context);
    } catch (const std::exception& error) {
        failure = error.what();
        if (failure.empty()) failure = "an exception without a text";
    } catch (...) {
        failure = "something that is no std::exception was thrown";
    }
    if (failure.empty()) return;
    recover_to(window);
    log::write(log::Level::Error, "panel " + std::string(id()) + ": " + failure);
}

}  // namespace convscope
