#include "viz/panels/mistakes_panel.h"

#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"

#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace convscope {
namespace {

constexpr float kNarrowGallery = 400.0F;  // a panel with room for short words, pixels at scale 1 as the next ones
constexpr float kNarrowestCard = 72.0F;
constexpr float kClassBarsHeight = 16.0F;
constexpr int kMostClassBars = 24;     // of classes: more would be no bars any more
constexpr std::size_t kMostNamed = 5;  // classes in the tooltip
constexpr float kGoneOpacity = 0.55F;  // of the ground over a picture that is no longer among them

float card_text_height(const WidgetStyle& style) { return style.fonts.small->FontSize + style.px(3); }

// A disc with a plus or a minus, in a picture's upper right corner.
void draw_mark(ImVec2 corner, bool plus, const WidgetStyle& style) {
    ImDrawList* list = ImGui::GetWindowDrawList();
    const float radius = style.px(6);
    const ImVec2 center{corner.x - radius * 0.6F, corner.y + radius * 0.6F};
    list->AddCircleFilled(center, radius + style.px(1), imgui_color(style.colors.panel));
    list->AddCircleFilled(center, radius, imgui_color(plus ? style.colors.accent : style.colors.text_secondary));
    const float arm = std::round(radius * 0.55F);
    const float thickness = std::max(1.5F, style.px(1.5F));
    const ImU32 ink = imgui_color(style.colors.background);
    list->AddLine({center.x - arm, center.y}, {center.x + arm, center.y}, ink, thickness);
    if (plus) list->AddLine({center.x, center.y - arm}, {center.x, center.y + arm}, ink, thickness);
}

}  // namespace

std::string_view MistakesPanel::help() const {
    return "Every test picture that the network takes for something else, the one that it is surest of first; or, "
           "where a "
           "cell of the confusion matrix is chosen, that cell's. Under each stands what it is, what it is taken for "
           "and "
           "with which probability, and a bar for each class: the accent's is what it is taken for, the green one what "
           "it is. A plus marks what has come since the sweep before; Left shows what has gone since. Point at one for "
           "its numbers; a click makes it the probe.";
}

void MistakesPanel::draw(FrameContext& context) {
    context.watch.test_confusion = context.watch.test_probabilities = true;
    const WidgetStyle style = style_of(context);
    const Snapshot* snapshot = context.lane.shown();
    if (!snapshot || !snapshot->run_info) return empty_state(style, "The network is being built.");
    info_ = snapshot->run_info;
    test_ = names_of_test(snapshot);
    if (!info_->dataset)
        return empty_state(style, "This run does not say where its pictures are, so there are none to show.");
    char text[160];
    if (info_->data.test_count == 0)
        return empty_state(style, "The data have no pictures to test with, so there are no mistakes to find in them.");
    if (!knows_answers(*snapshot)) {
        list_.forget();
        std::snprintf(text, sizeof text, "The first sweep over the %s %s pictures is under way: %.0f %%.",
                      format_count(info_->data.test_count).c_str(), test_.word, 100.0 * snapshot->sweep_progress);
        return empty_state(style, text);
    }
    list_.show(*snapshot, context.lane.selection, part_, order_);
    draw_controls(context, style);
    draw_caption(context, *snapshot, style);
    if (list_.entries().empty()) return draw_none(context, style);
    draw_pictures(context, *snapshot, style);
}

bool MistakesPanel::of_cell(const FrameContext& context) const {
    return context.lane.selection.true_class >= 0 && context.lane.selection.predicted_class >= 0;
}

const char* MistakesPanel::name(int label) const {
    if (label == CountedConfusion::kNoAnswer) return "no number";
    const auto place = static_cast<std::size_t>(label);
    return place < info_->data.class_names.size() ? info_->data.class_names[place].c_str() : "?";
}

void MistakesPanel::draw_controls(FrameContext& context, const WidgetStyle& style) {
    const bool narrow = ImGui::GetContentRegionAvail().x < style.px(kNarrowGallery);
    const float gap = style.px(narrow ? 8 : 12);
    const auto next = [&](float width) {
        ImGui::SameLine(0.0F, gap);
        if (ImGui::GetContentRegionAvail().x < width) ImGui::NewLine();
        return std::min(width, ImGui::GetContentRegionAvail().x);
    };
    if (of_cell(context)) {
        char cell[96];
        std::snprintf(cell, sizeof cell, "%s taken for %s", name(context.lane.selection.true_class),
                      name(context.lane.selection.predicted_class));
        const float width =
            std::min(2.0F * (text_width(style.fonts.body, cell) + style.px(24)), ImGui::GetContentRegionAvail().x);
        const LineText fitting = shortened_line(cell, 0.5F * width - style.px(12));
        const std::array<const char*, 2> scopes{"All mistakes", fitting.c_str()};
        int scope = 1;
        if (segmented(style, "scope", scopes, scope,
                      std::max(width, std::min(style.px(200), ImGui::GetContentRegionAvail().x)))) {
            Selection selection = context.lane.selection;
            selection.true_class = selection.predicted_class = -1;
            context.ui.send(ui::Select{selection});
        }
        item_tooltip(style, "The chosen cell's pictures, or, when that is let go of, all that are got wrong (no key).");
    }
    std::array<std::array<char, 24>, 3> parts{};
    std::snprintf(parts[0].data(), parts[0].size(), "Now %s", format_count(list_.present()).c_str());
    std::snprintf(parts[1].data(), parts[1].size(), "Came %s", format_count(list_.entered()).c_str());
    std::snprintf(parts[2].data(), parts[2].size(), "Left %s", format_count(list_.left()).c_str());
    const std::array<const char*, 3> part_names{parts[0].data(), parts[1].data(), parts[2].data()};
    float widest = 0.0F;
    for (const char* part : part_names) widest = std::max(widest, text_width(style.fonts.body, part));
    int part = static_cast<int>(part_);
    const float part_width = 3.0F * (std::max(widest, style.px(44)) + style.px(14));
    if (segmented(style, "part", part_names, part, std::min(part_width, ImGui::GetContentRegionAvail().x)))
        part_ = static_cast<MistakeList::Part>(part);
    item_tooltip(style,
                 "Those that are among them now, those of them that have come since the sweep before, or those that "
                 "were among them then and are no longer (no key).");
    static constexpr std::array<const char*, 2> kOrders{"Surest first", "Least sure"};
    static constexpr std::array<const char*, 2> kShortOrders{"Surest", "Least"};
    int order = static_cast<int>(order_);
    const float order_width = next(style.px(narrow ? 124 : 188));
    if (segmented(style, "order", narrow ? kShortOrders : kOrders, order, order_width))
        order_ = static_cast<MistakeList::Order>(order);
    item_tooltip(style, "By the probability of what each is taken for (no key).");
    const float size_width = next(style.px(narrow ? 72 : 96));
    choose_size(style, size_, /*short_words=*/true, size_width);
}

void MistakesPanel::draw_caption(const FrameContext& context, const Snapshot& snapshot,
                                 const WidgetStyle& style) const {
    char text[192];
    if (of_cell(context))
        std::snprintf(text, sizeof text, "%s %s pictures, measured at iteration %s",
                      format_count(list_.present()).c_str(), test_.word,
                      format_count(list_.sweep()->last_iteration).c_str());
    else
        std::snprintf(text, sizeof text, "%s of %s %s pictures got wrong, measured at iteration %s",
                      format_count(list_.present()).c_str(), format_count(info_->data.test_count).c_str(), test_.word,
                      format_count(list_.sweep()->last_iteration).c_str());
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(style.px(12), style.px(2)));
    ImGui::PushFont(style.fonts.small);
    const float room = ImGui::GetContentRegionAvail().x;
    ImGui::PopFont();
    hint(style, text);
    note_item(style, "caption");
    const float used = text_width(style.fonts.small, text);
    if (list_.before() != nullptr)
        std::snprintf(text, sizeof text, "+ came since iteration %s",
                      format_count(list_.before()->last_iteration).c_str());
    else
        std::snprintf(text, sizeof text, "what comes and goes is told from the next sweep on");
    if (snapshot.sweep_progress > 0.0) {
        const std::size_t length = std::string_view(text).size();
        std::snprintf(text + length, sizeof text - length, "; next sweep %.0f %%", 100.0 * snapshot.sweep_progress);
    }
    if (used + style.px(12) + text_width(style.fonts.small, text) <= room) ImGui::SameLine();
    hint(style, text);
    note_item(style, "since");
    ImGui::PopStyleVar();
    if (list_.sweep()->probabilities.empty() &&
        !CountedConfusion::can_keep_probabilities(std::ssize(list_.truths()), list_.sweep()->matrix.class_count()))
        hint(style, "These are too many pictures of too many classes to keep each one's probabilities.");
}

void MistakesPanel::draw_none(const FrameContext& context, const WidgetStyle& style) const {
    char text[192];
    if (part_ != MistakeList::Part::Present && list_.before() == nullptr)
        std::snprintf(text, sizeof text, "There has been one sweep so far. What %s is known from the next one on.",
                      part_ == MistakeList::Part::Entered ? "comes" : "leaves");
    else if (part_ != MistakeList::Part::Present)
        std::snprintf(text, sizeof text, "None has %s since iteration %s.",
                      part_ == MistakeList::Part::Entered ? "come" : "left",
                      format_count(list_.before()->last_iteration).c_str());
    else if (of_cell(context))
        std::snprintf(text, sizeof text, "No %s picture of %s is taken for %s.", test_.word,
                      name(context.lane.selection.true_class), name(context.lane.selection.predicted_class));
    else
        std::snprintf(text, sizeof text, "Every %s picture is taken for what it is.", test_.word);
    empty_state(style, text);
}

void MistakesPanel::draw_pictures(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style) {
    const Selection& selection = context.lane.selection;
    const bool another = selection.true_class != cell_.true_class || selection.predicted_class != cell_.predicted_class;
    cell_ = selection;
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0.0F, 0.0F));
    const bool visible = ImGui::BeginChild("pictures", {0.0F, 0.0F}, false,
                                           ImGuiWindowFlags_NoNav | ImGuiWindowFlags_AlwaysVerticalScrollbar);
    ImGui::PopStyleVar();
    if (visible) {
        const std::span<const MistakeList::Entry> entries = list_.entries();
        const bool small = size_ == PictureSize::Small;
        const bool bars =
            !list_.sweep()->probabilities.empty() && list_.sweep()->matrix.class_count() <= kMostClassBars;
        const float below = small ? 0.0F : card_text_height(style) + (bars ? style.px(kClassBarsHeight + 4) : 0.0F);
        const auto grid = PictureGrid::in_window(info_->dataset->info(), size_, std::ssize(entries), style, below,
                                                 small ? 0.0F : style.px(kNarrowestCard));
        ImGui::SetCursorPosY(ImGui::GetScrollY());
        const bool clicked = ImGui::InvisibleButton("grid", {std::max(1.0F, grid.width), std::max(1.0F, grid.height)});
        note_item(style, "pictures");
        const bool hovered = ImGui::IsItemHovered();
        in_view_.clear();
        for (std::int64_t place = grid.first; place < grid.end; ++place)
            in_view_.push_back(entries[static_cast<std::size_t>(place)].picture);
        pictures_.draw(context, *info_->dataset, Split::Test, in_view_, grid, style);
        for (std::int64_t place = grid.first; place < grid.end; ++place) draw_card(grid, place, style);
        draw_probe(context, snapshot, grid, style);
        if (const std::int64_t place = hovered ? grid.at(ImGui::GetIO().MousePos) : -1; place >= 0) {
            const MistakeList::Entry& entry = entries[static_cast<std::size_t>(place)];
            const ImVec2 corner = grid.corner(place);
            ImGui::GetWindowDrawList()->AddRect({corner.x - 0.5F, corner.y - 0.5F},
                                                {corner.x + grid.tile_width + 0.5F, corner.y + grid.tile_height + 0.5F},
                                                imgui_color(style.colors.text), 0.0F, 0, std::max(1.0F, style.scale));
            if (clicked) context.ui.post(command::SetProbe{HeldPicture{Split::Test, entry.picture}});
            draw_tooltip(entry, style);
        }
        grid.end_window();
        if (another) {
            ImGui::SetScrollY(0.0F);
            context.unfinished = true;
        }
    }
    ImGui::EndChild();
}

void MistakesPanel::draw_card(const PictureGrid& grid, std::int64_t place, const WidgetStyle& style) const {
    const MistakeList::Entry& entry = list_.entries()[static_cast<std::size_t>(place)];
    const ImVec2 corner = grid.corner(place);
    const ImVec2 end{corner.x + grid.tile_width, corner.y + grid.tile_height};
    ImDrawList* list = ImGui::GetWindowDrawList();
    const bool gone = part_ == MistakeList::Part::Left;
    if (gone) list->AddRectFilled(corner, end, imgui_color(style.colors.panel, kGoneOpacity));
    if (entry.entered || gone) draw_mark({end.x, corner.y}, !gone, style);
    if (size_ == PictureSize::Small) return;
    const float width = std::max(grid.tile_width, style.px(kNarrowestCard));
    const float top = end.y + style.px(2);
    const ImFont* font = style.fonts.small;
    char share[16] = "";
    if (std::isfinite(entry.confidence))
        std::snprintf(share, sizeof share, "%.0f %%", 100.0 * static_cast<double>(entry.confidence));
    char words[160];
    std::snprintf(words, sizeof words, "%s as %s", name(entry.truth), name(entry.predicted));
    const float share_width = text_width(font, share);
    // Where both do not fit the names are what is to be read: how sure it was, the bars and the tooltip say.
    const bool both = text_width(font, words) + style.px(4) + share_width <= width;
    ImGui::PushFont(style.fonts.small);
    if (both) {
        list->AddText(font, font->FontSize, {std::round(corner.x + width - share_width), top},
                      imgui_color(style.colors.text), share);
    } else if (text_width(font, words) > width) {
        const float half = 0.5F * (width - text_width(font, " as "));
        std::snprintf(words, sizeof words, "%s as %s", shortened_line(name(entry.truth), half).c_str(),
                      shortened_line(name(entry.predicted), half).c_str());
    }
    list->AddText(font, font->FontSize, {corner.x, top}, imgui_color(style.colors.text_secondary), words);
    ImGui::PopFont();
    draw_bars(entry, {corner.x, top + card_text_height(style)}, width, style);
}

// One for each class, from the first to the last.
void MistakesPanel::draw_bars(const MistakeList::Entry& entry, ImVec2 corner, float width,
                              const WidgetStyle& style) const {
    const CountedConfusion& sweep = *list_.sweep();
    const int count = sweep.matrix.class_count();
    if (sweep.probabilities.empty() || count > kMostClassBars || entry.predicted == CountedConfusion::kNoAnswer) return;
    const std::span<const float> probabilities = sweep.probabilities_of(entry.picture);
    ImDrawList* list = ImGui::GetWindowDrawList();
    const float pitch = width / static_cast<float>(count);
    const float height = style.px(kClassBarsHeight);
    const float bottom = corner.y + height;
    list->AddRectFilled({corner.x, bottom}, {corner.x + width, bottom + std::max(1.0F, style.px(1))},
                        imgui_color(style.colors.line));
    for (int c = 0; c < count; ++c) {
        const float left = std::round(corner.x + pitch * static_cast<float>(c));
        const float right = std::max(left + 1.0F, std::round(left + pitch - std::max(1.0F, style.px(1))));
        const float tall = std::round(height * probabilities[static_cast<std::size_t>(c)]);
        const bool is_truth = c == entry.truth;
        const Rgba color = is_truth               ? style.colors.success
                           : c == entry.predicted ? style.colors.accent
                                                  : style.colors.text_secondary;
        // What it is has a bar however unlikely it was found.
        const float least = is_truth ? std::max(1.0F, style.px(2)) : 0.0F;
        list->AddRectFilled({left, bottom - std::max(tall, least)}, {right, bottom}, imgui_color(color));
    }
}

// Around the probe, from the moment it is asked for.
void MistakesPanel::draw_probe(const FrameContext& context, const Snapshot& snapshot, const PictureGrid& grid,
                               const WidgetStyle& style) const {
    const AskedProbe asked =
        context.lane.link.asked_or(context.lane.link.requested().probe, asked_probe(snapshot.seen.probe.source));
    if (asked.split != Split::Test || !asked.picture) return;
    const float margin = 0.5F * style.px(2);
    for (std::int64_t place = grid.first; place < grid.end; ++place) {
        if (list_.entries()[static_cast<std::size_t>(place)].picture != *asked.picture) continue;
        const ImVec2 corner = grid.corner(place);
        ImGui::GetWindowDrawList()->AddRect({corner.x - margin, corner.y - margin},
                                            {corner.x + grid.tile_width + margin, corner.y + grid.tile_height + margin},
                                            imgui_color(style.colors.accent), 0.0F, 0, style.px(2));
    }
}

void MistakesPanel::draw_tooltip(const MistakeList::Entry& entry, const WidgetStyle& style) const {
    const CountedConfusion& sweep = *list_.sweep();
    ImGui::BeginTooltip();
    ImGui::PushFont(style.fonts.medium);
    ImGui::Text("%s picture %s", test_.title, format_count(entry.picture).c_str());
    ImGui::PopFont();
    ImGui::PushFont(style.fonts.body);
    ImGui::Text("It is %s, taken for %s", name(entry.truth), name(entry.predicted));
    if (!sweep.probabilities.empty() && entry.predicted != CountedConfusion::kNoAnswer) {
        const std::span<const float> probabilities = sweep.probabilities_of(entry.picture);
        std::array<int, kMostNamed> best{};
        std::size_t named = 0;
        for (int c = 0; c < std::ssize(probabilities); ++c) {  // by insertion: the few largest
            const auto at = [&](int label) { return probabilities[static_cast<std::size_t>(label)]; };
            std::size_t place = named;
            while (place > 0 && at(best[place - 1]) < at(c)) --place;
            if (place == kMostNamed) continue;
            named = std::min(named + 1, kMostNamed);
            for (std::size_t i = named - 1; i > place; --i) best[i] = best[i - 1];
            best[place] = c;
        }
        for (std::size_t i = 0; i < named; ++i) {
            const int label = best[i];
            char text[96];
            std::snprintf(text, sizeof text, "%9s  %s",
                          format_percent(probabilities[static_cast<std::size_t>(label)]).c_str(), name(label));
            ImGui::TextColored(imgui_vector(label == entry.truth ? style.colors.success : style.colors.text), "%s",
                               text);
        }
    }
    ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(style.colors.text_secondary));
    if (list_.before() != nullptr) {
        const std::uint16_t then = list_.before()->predicted[static_cast<std::size_t>(entry.picture)];
        if (then != entry.predicted)
            ImGui::Text("At iteration %s it was taken for %s", format_count(list_.before()->last_iteration).c_str(),
                        name(then));
    }
    ImGui::TextUnformatted("A click makes it the probe");
    ImGui::PopStyleColor();
    ImGui::PopFont();
    ImGui::EndTooltip();
}

}  // namespace convscope
