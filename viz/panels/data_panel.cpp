#include "viz/panels/data_panel.h"

#include "viz/view/control_values.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"

#include <imgui.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>

namespace convscope {
namespace {

constexpr float kNarrowTable = 360.0F;   // a panel without room for bars
constexpr float kAugmentedSide = 56.0F;  // of a picture in the tooltip, likewise

constexpr std::chrono::microseconds kLabelTime{2000};  // what a frame may spend on labels
constexpr std::int64_t kLabelsAtOnce = 2048;

const char* split_name(Split split, const SplitNames& test) { return split == Split::Test ? test.word : "training"; }

}  // namespace

std::string_view DataPanel::help() const {
    return "Every picture that the network is trained or measured with, as it is; the network sees its pixels less "
           "their "
           "mean and by their deviation (normalised, F7), as weights and rates are made for numbers about 0. The bars "
           "count the pictures of each class; a "
           "click on one shows that class alone. Point at a picture for its index, its class and the exact pixel; a "
           "click makes it the probe, which is framed in the accent's colour. Where the recipe augments its training "
           "pictures, "
           "what the next epochs make of it stands beside the original. Go to finds a picture by its index. Another "
           "public set is downloaded while the training goes on; Learn from it then starts over on its pictures.";
}

void DataPanel::draw(FrameContext& context) {
    const WidgetStyle style = style_of(context);
    const Snapshot* snapshot = context.lane.shown();
    if (!snapshot || !snapshot->run_info) {
        empty_state(style, "The session is starting. The pictures come with its first run.");
        return;
    }
    const auto& dataset = snapshot->run_info->dataset;
    if (dataset.get() != index_.dataset()) {
        index_.set_dataset(dataset);
        label_ = DataIndex::kEveryClass;
        found_ = -1;
        scroll_to_top_ = true;
    }
    if (!dataset) {
        empty_state(style,
                    "This run does not say where its pictures are, so there are none to browse. The probe panel "
                    "shows one at a time.");
        return;
    }
    test_ = names_of_test(snapshot);
    index_.set_changes(data_changes(*snapshot), snapshot->run_info->seed);
    scan(context);
    draw_controls(style);
    download_.draw(context, style);
    changes_.draw(context, *snapshot, style);
    const float room = ImGui::GetContentRegionAvail().x;
    const bool narrow = room < style.px(kNarrowTable);
    const float classes =
        narrow ? std::round(0.34F * room) : std::clamp(std::round(0.24F * room), style.px(130), style.px(220));
    ImGui::BeginChild("classes", {classes, 0.0F}, false, ImGuiWindowFlags_NoNav);
    draw_classes(context, *snapshot, style);
    ImGui::EndChild();
    ImGui::SameLine(0.0F, style.px(12));
    ImGui::BeginGroup();
    draw_caption(*snapshot, style);
    draw_pictures(context, *snapshot, style);
    ImGui::EndGroup();
}

void DataPanel::scan(FrameContext& context) {
    const bool done = work_for(kLabelTime, [this] {
        if (!index_.complete()) index_.scan(kLabelsAtOnce);
        return index_.complete();
    });
    if (!done) context.unfinished = true;
}

void DataPanel::draw_controls(const WidgetStyle& style) {
    const std::array<const char*, 2> split_sets{test_.set, "Training set"};
    const std::array<const char*, 2> short_split_sets{test_.short_set, "Train"};
    const bool narrow = ImGui::GetContentRegionAvail().x < style.px(kNarrowTable);
    const float gap = style.px(narrow ? 8 : 12);
    const float splits = style.px(narrow ? 88 : 176);
    const float sizes = style.px(narrow ? 64 : 176);
    int split = split_ == Split::Test ? 0 : 1;
    if (segmented(style, "split", narrow ? short_split_sets : split_sets, split,
                  std::min(splits, ImGui::GetContentRegionAvail().x))) {
        split_ = split == 0 ? Split::Test : Split::Train;
        found_ = -1;
        scroll_to_top_ = true;
    }
    item_tooltip(style, "Which set the pictures are of (no key).");

    const float field = style.px(narrow ? 60 : 72);
    const float label = ImGui::CalcTextSize("Go to").x + style.px(6);
    const auto begin_group = [&](float width) {
        ImGui::SameLine(0.0F, gap);
        if (ImGui::GetContentRegionAvail().x < width) ImGui::NewLine();
    };
    begin_group(label + field);
    ImGui::AlignTextToFramePadding();
    ImGui::TextColored(imgui_vector(style.colors.text_secondary), "Go to");
    ImGui::SameLine(0.0F, style.px(6));
    if (const char* text =
            go_to_field_.draw(style, "##go to", "", field, "A picture's index in its set, from 0. Found with Enter."))
        go_to_field_.settle(parse_index(text, index_.count(split_, DataIndex::kEveryClass)),
                            [this](std::int64_t picture) { go_to(picture); });
    begin_group(sizes);
    choose_size(style, size_, narrow, std::min(sizes, ImGui::GetContentRegionAvail().x));
    go_to_field_.draw_refusal(style);
}

void DataPanel::go_to(std::int64_t picture) {
    if (!index_.place_of(split_, label_, picture)) label_ = DataIndex::kEveryClass;
    found_ = picture;
    scroll_to_found_ = true;
}

void DataPanel::draw_caption(const Snapshot& snapshot, const WidgetStyle& style) const {
    const DatasetInfo& info = index_.dataset()->info();
    const std::int64_t count = index_.count(split_, label_);
    char text[192];
    if (label_ == DataIndex::kEveryClass)
        std::snprintf(text, sizeof text, "%s %s pictures of %lld x %lld pixels", format_count(count).c_str(),
                      split_name(split_, test_), static_cast<long long>(info.width),
                      static_cast<long long>(info.height));
    else
        std::snprintf(text, sizeof text, "%s %s pictures of class %s", format_count(count).c_str(),
                      split_name(split_, test_), info.class_names[static_cast<std::size_t>(label_)].c_str());
    const char* cut = std::strstr(text, " of ");
    ImGui::PushFont(style.fonts.small);
    if (label_ == DataIndex::kEveryClass && cut && ImGui::CalcTextSize(text).x > ImGui::GetContentRegionAvail().x)
        text[cut - text] = '\0';  // the size is what can be done without
    ImGui::PopFont();
    hint(style, text);
    const char* augmented_words = snapshot.run_info->augment ? "augmented: point at one" : "noisy: point at one";
    ImGui::PushFont(style.fonts.small);
    const float width = ImGui::CalcTextSize(augmented_words).x;
    ImGui::PopFont();
    const float left = ImGui::GetItemRectMax().x + style.px(12);
    if (!augmented(snapshot) || left + width > ImGui::GetWindowPos().x + ImGui::GetContentRegionMax().x) return;
    ImGui::SameLine(0.0F, style.px(12));
    hint(style, augmented_words);
    item_tooltip(style, "Changed at random, and otherwise in each epoch, before the network learns from them.");
}

void DataPanel::draw_classes(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style) {
    const DatasetInfo& info = index_.dataset()->info();
    class_menu_opens_ = false;
    float names = ImGui::CalcTextSize("All").x;
    for (const std::string& name : info.class_names) names = std::max(names, ImGui::CalcTextSize(name.c_str()).x);
    names = std::min(names, 0.5F * ImGui::GetContentRegionAvail().x);
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(0.0F, style.px(2)));
    draw_class("All", DataIndex::kEveryClass, names, 1, style);
    for (std::size_t i = 0; i < info.class_names.size(); ++i) {
        const int label = static_cast<int>(i);
        draw_class(info.class_names[i].c_str(), label, names, data_changes(snapshot).times_of(label), style);
    }
    class_menu(context, snapshot, class_menu_opens_, menu_class_, style);
    ImGui::PopStyleVar();
}

// A row that is a button: name, bar, number.
// `times`: how often its pictures come in an epoch of training.
void DataPanel::draw_class(const char* name, int label, float names, int times, const WidgetStyle& style) {
    const Palette& colors = style.colors;
    const float padding = style.px(6);
    const float line = ImGui::GetTextLineHeight();
    const float height = line + style.px(5);
    const float width = ImGui::GetContentRegionAvail().x;
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    ImGui::PushID(label);
    const bool clicked = ImGui::InvisibleButton("class", {std::max(1.0F, width), height});
    note_item(style, label == DataIndex::kEveryClass ? "every-class" : "class", label < 0 ? Anchors::kNoIndex : label);
    ImGui::PopID();
    const bool hovered = ImGui::IsItemHovered();
    if (clicked) {
        label_ = label_ == label ? DataIndex::kEveryClass : label;
        scroll_to_top_ = true;
    }
    if (label >= 0 && hovered && ImGui::IsMouseClicked(ImGuiMouseButton_Right)) {
        menu_class_ = label;
        class_menu_opens_ = true;
    }
    const bool chosen = label_ == label;
    const bool other = split_ == Split::Train && times != 1;
    ImDrawList* list = ImGui::GetWindowDrawList();
    const ImVec2 end{corner.x + width, corner.y + height};
    if (chosen || hovered)
        list->AddRectFilled(corner, end, imgui_color(chosen ? colors.accent_dim : colors.raised), style.px(4));
    const float text_top = corner.y + std::round(0.5F * (height - line));
    const std::int64_t count = index_.count(split_, label);
    ShortText number = format_count(count);
    if (other && times == 0) std::snprintf(number.characters.data(), number.characters.size(), "out");
    if (other && times > 1) std::snprintf(number.characters.data(), number.characters.size(), "%d x", times);
    const float number_left = end.x - padding - ImGui::CalcTextSize(number.c_str()).x;
    const float name_width = std::min(names, number_left - 2.0F * padding - corner.x);
    list->AddText({corner.x + padding, text_top}, imgui_color(chosen ? colors.text : colors.text_secondary),
                  shortened_line(name, name_width).c_str());
    list->AddText({std::round(number_left), text_top}, imgui_color(other ? colors.warning : colors.text),
                  number.c_str());
    char text[256];
    if (label == DataIndex::kEveryClass) {
        item_tooltip(style, "Shows the pictures of every class (no key).");
        return;
    }
    const double share = static_cast<double>(count) /
                         static_cast<double>(std::max<std::int64_t>(1, index_.count(split_, DataIndex::kEveryClass)));
    char how_often[48] = "";
    if (other && times == 0) std::snprintf(how_often, sizeof how_often, ", and is left out of training");
    if (other && times > 1) std::snprintf(how_often, sizeof how_often, ", and comes %d times in an epoch", times);
    std::snprintf(text, sizeof text,
                  "Class %s is %s of the %s pictures%s. A click shows it alone; the right button changes how often it "
                  "is learned from (no key).",
                  name, format_percent(share).c_str(), split_name(split_, test_), how_often);
    item_tooltip(style, text);
    // Bars begin and end at the same places in every row.
    const float bar_left = corner.x + padding + names + style.px(8);
    const float bar_right = end.x - padding -
                            ImGui::CalcTextSize(format_count(index_.count(split_, DataIndex::kEveryClass)).c_str()).x -
                            style.px(8);
    if (bar_right - bar_left < style.px(16)) return;
    const float part =
        static_cast<float>(count) / static_cast<float>(std::max<std::int64_t>(1, index_.largest_count(split_)));
    const float bar_top = corner.y + std::round(0.3F * height);
    const float bar_bottom = end.y - std::round(0.3F * height);
    list->AddRectFilled({bar_left, bar_top}, {bar_right, bar_bottom}, imgui_color(colors.raised));
    list->AddRectFilled({bar_left, bar_top}, {bar_left + std::round((bar_right - bar_left) * part), bar_bottom},
                        imgui_color(colors.accent, chosen ? 1.0F : 0.6F));
}

void DataPanel::draw_pictures(FrameContext& context, const Snapshot& snapshot, const WidgetStyle& style) {
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0.0F, 0.0F));
    const bool visible = ImGui::BeginChild("pictures", {0.0F, 0.0F}, false,
                                           ImGuiWindowFlags_NoNav | ImGuiWindowFlags_AlwaysVerticalScrollbar);
    ImGui::PopStyleVar();
    if (visible && index_.count(split_, label_) == 0) {
        empty_state(style, index_.complete() ? "There are no such pictures in this set." : "Reading the labels…");
    } else if (visible) {
        const auto grid = PictureGrid::in_window(index_.dataset()->info(), size_, index_.count(split_, label_), style);
        ImGui::SetCursorPosY(ImGui::GetScrollY());
        const bool clicked = ImGui::InvisibleButton("grid", {std::max(1.0F, grid.width), std::max(1.0F, grid.height)});
        note_item(style, "pictures");
        const bool hovered = ImGui::IsItemHovered();
        in_view_.clear();
        for (std::int64_t place = grid.first; place < grid.end; ++place)
            in_view_.push_back(index_.picture(split_, label_, place));
        pictures_.draw(context, *index_.dataset(), split_, in_view_, grid, style);
        draw_outlines(context, snapshot, grid, style);
        menu_opens_ = false;
        if (hovered) read_picture(context, snapshot, grid, clicked, style);

        grid.end_window();
        if (scroll_to_top_) ImGui::SetScrollY(0.0F);
        if (const auto place = index_.place_of(split_, label_, found_); place && scroll_to_found_)
            ImGui::SetScrollY(static_cast<float>(*place / grid.columns) * grid.pitch_y);
        scroll_to_top_ = scroll_to_found_ = false;
    }
    relabel_menu(context, snapshot, menu_opens_, menu_picture_, style);
    menu_opens_ = false;
    ImGui::EndChild();
}

// Around the probe, from the moment it is asked for, and around the picture that was searched for.
void DataPanel::draw_outlines(const FrameContext& context, const Snapshot& snapshot, const PictureGrid& grid,
                              const WidgetStyle& style) const {
    const auto outline = [&](std::int64_t picture, Rgba color, float margin) {
        const auto place = index_.place_of(split_, label_, picture);
        if (!place || *place < grid.first || *place >= grid.end) return;
        const ImVec2 corner = grid.corner(*place);
        ImGui::GetWindowDrawList()->AddRect({corner.x - margin, corner.y - margin},
                                            {corner.x + grid.tile_width + margin, corner.y + grid.tile_height + margin},
                                            imgui_color(color), 0.0F, 0, style.px(2));
    };
    const float margin = 0.5F * style.px(2);
    outline(found_, style.colors.text, margin);
    const AskedProbe asked =
        context.lane.link.asked_or(context.lane.link.requested().probe, asked_probe(snapshot.seen.probe.source));
    if (asked.split == split_ && asked.picture) outline(*asked.picture, style.colors.accent, margin);
}

// The picture under the mouse: what it is, and what a click does.
void DataPanel::read_picture(FrameContext& context, const Snapshot& snapshot, const PictureGrid& grid, bool clicked,
                             const WidgetStyle& style) {
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    for (std::int64_t place = grid.first; place < grid.end; ++place) {
        const ImVec2 corner = grid.corner(place);
        const float x = (mouse.x - corner.x) / grid.tile_width;
        const float y = (mouse.y - corner.y) / grid.tile_height;
        if (x < 0.0F || x >= 1.0F || y < 0.0F || y >= 1.0F) continue;
        const std::int64_t picture = index_.picture(split_, label_, place);
        ImGui::GetWindowDrawList()->AddRect({corner.x - 0.5F, corner.y - 0.5F},
                                            {corner.x + grid.tile_width + 0.5F, corner.y + grid.tile_height + 0.5F},
                                            imgui_color(style.colors.text), 0.0F, 0, std::max(1.0F, style.scale));
        if (clicked) context.ui.post(command::SetProbe{HeldPicture{split_, picture}});
        if (split_ == Split::Train && ImGui::IsMouseClicked(ImGuiMouseButton_Right)) {
            menu_picture_ = picture;
            menu_opens_ = true;
        }
        if (place - grid.first >= pictures_.filled()) return;  // still to be drawn: its pixels are not asked for yet
        const Dataset& dataset = *index_.dataset();
        const DatasetInfo& info = dataset.info();
        const auto row = static_cast<std::int64_t>(y * static_cast<float>(info.height));
        const auto column = static_cast<std::int64_t>(x * static_cast<float>(info.width));
        const std::span<const std::uint8_t> bytes = dataset.image(split_, picture);
        const auto pixel = [&](std::int64_t channel) {
            return static_cast<int>(
                bytes[static_cast<std::size_t>((channel * info.height + row) * info.width + column)]);
        };
        const auto name = [&info](int label) {
            const auto number = static_cast<std::size_t>(label);
            return number < info.class_names.size() ? info.class_names[number].c_str() : "without a name";
        };
        const int given = dataset.label(split_, picture), label = label_of(snapshot, split_, picture);
        ImGui::BeginTooltip();
        ImGui::PushFont(style.fonts.medium);
        ImGui::Text("%s picture %s", split_ == Split::Test ? test_.title : "Training", format_count(picture).c_str());
        ImGui::PopFont();
        ImGui::PushFont(style.fonts.body);
        ImGui::Text("Class %s", name(label));
        if (label != given)
            ImGui::TextColored(imgui_vector(style.colors.warning), "changed by hand; %s in the data", name(given));
        ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(style.colors.text_secondary));
        ImGui::Text("row %lld, column %lld", static_cast<long long>(row), static_cast<long long>(column));
        ImGui::PopStyleColor();
        if (info.channels == 3)
            ImGui::Text("red %d, green %d, blue %d of 255", pixel(0), pixel(1), pixel(2));
        else
            ImGui::Text("pixel %d of 255", pixel(0));
        if (split_ == Split::Train) {
            ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(style.colors.text_secondary));
            ImGui::TextUnformatted("the right button gives it another label");
            ImGui::PopStyleColor();
        }
        if (augmented(snapshot)) draw_augmented(context, snapshot, picture, style);
        ImGui::PopFont();
        ImGui::EndTooltip();
        return;
    }
}

// In the tooltip: the original, then the epoch under way and those after it.
void DataPanel::draw_augmented(FrameContext& context, const Snapshot& snapshot, std::int64_t picture,
                               const WidgetStyle& style) {
    const RunInfo& info = *snapshot.run_info;
    const DatasetInfo& data = info.dataset->info();
    const std::int64_t first = std::max<std::int64_t>(1, snapshot.epoch);
    augmented_.show(info, picture, first, data_changes(snapshot).noise);
    const float pixel = pixel_side(data, style.px(kAugmentedSide));
    const float width = std::max(1.0F, pixel * static_cast<float>(data.width));
    const float height = std::max(1.0F, pixel * static_cast<float>(data.height));
    char last[40];
    std::snprintf(last, sizeof last, "epoch %lld", static_cast<long long>(first + AugmentedSheet::kEpochs - 1));
    const float pitch = std::max({width, ImGui::CalcTextSize("original").x, ImGui::CalcTextSize(last).x}) + style.px(6);
    const float line = style.fonts.small->FontSize;
    ImGui::Dummy({1.0F, style.px(2)});
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    ImDrawList* list = ImGui::GetWindowDrawList();
    tiles_.clear();
    for (std::int64_t i = 0; i <= AugmentedSheet::kEpochs; ++i) {
        const float left = corner.x + pitch * static_cast<float>(i);
        tiles_.push_back({.plane = data.channels == 3 ? i : i * data.channels,
                          .x = left,
                          .y = corner.y,
                          .width = width,
                          .height = height});
        char text[40] = "original";
        if (i > 0) std::snprintf(text, sizeof text, "epoch %lld", static_cast<long long>(first + i - 1));
        list->AddText(style.fonts.small, line, {left, corner.y + height + style.px(2)},
                      imgui_color(i == 0 ? style.colors.text : style.colors.text_secondary), text);
    }
    ImGui::Dummy({pitch * static_cast<float>(AugmentedSheet::kEpochs + 1), height + style.px(2) + line});
    if (const auto drawn = context.tiles.draw(list, augmented_.capture(), tiles_, byte_colors(data.channels, style));
        !drawn)
        ImGui::TextUnformatted(drawn.error().message.c_str());
}

}  // namespace convscope
