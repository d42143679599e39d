#include "viz/panels/data_download.h"

#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"

#include <imgui.h>

#include <algorithm>
#include <cstdio>

namespace convscope {
namespace {

using State = FetchStatus::State;

constexpr std::int64_t kClasses = 10;  // of every set on offer
constexpr float kChoice = 128.0F;      // width of the list, pixels at scale 1
constexpr float kNarrowChoice = 96.0F;
constexpr float kNarrowDownload = 360.0F;  // a panel without room for a label

bool fits(const FetchableSet& set, const Recipe& recipe) {
    return recipe.input_channels == set.channels && recipe.input_height == set.height &&
           recipe.input_width == set.width && recipe.class_count == kClasses;
}

// "11.6 MB; Zalando SE; MIT licence"
void describe(const FetchableSet& set, char* text, std::size_t size) {
    if (set.bytes > 0)
        std::snprintf(text, size, "%s; %s", format_bytes(static_cast<double>(set.bytes)).c_str(), set.terms.c_str());
    else
        std::snprintf(text, size, "%s", set.terms.c_str());
}

void wrapped(const WidgetStyle& style, Rgba color, const std::string& sentence) {
    ImGui::PushFont(style.fonts.small);
    ImGui::PushTextWrapPos(0.0F);
    ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(color));
    ImGui::TextUnformatted(sentence.c_str());
    ImGui::PopStyleColor();
    ImGui::PopTextWrapPos();
    ImGui::PopFont();
}

// Beside the button, if there is room for all of it.
bool aside(const WidgetStyle& style, const char* text) {
    ImGui::PushFont(style.fonts.small);
    const float width = ImGui::CalcTextSize(text).x;
    ImGui::PopFont();
    const float left = ImGui::GetItemRectMax().x + style.px(8);
    if (left + width > ImGui::GetWindowPos().x + ImGui::GetContentRegionMax().x) return false;
    ImGui::SameLine(0.0F, style.px(8));
    ImGui::AlignTextToFramePadding();
    hint(style, text);
    return true;
}

}  // namespace

const Recipe* recipe_for(const FetchableSet& set, const Recipe& own, std::span<const Recipe> offered) {
    if (fits(set, own)) return &own;
    const auto found =
        std::find_if(offered.begin(), offered.end(), [&](const Recipe& recipe) { return fits(set, recipe); });
    return found == offered.end() ? nullptr : &*found;
}

void DataDownload::draw(FrameContext& context, const WidgetStyle& style) {
    if (!context.fetcher || context.fetcher->sets().empty()) return;
    DataFetcher& fetcher = *context.fetcher;
    const std::shared_ptr<const FetchStatus> status = fetcher.status();
    if (status->busy()) chosen_ = status->set;
    const FetchableSet& set = fetcher.sets()[chosen_];
    const std::string& folder = status->folders[chosen_];
    char text[512];

    ImGui::PushID("download");
    const Anchors::Scope scope(style.anchors, "download");
    draw_choice(fetcher, *status, style);
    ImGui::SameLine(0.0F, style.px(8));
    if (status->busy()) {
        draw_progress(fetcher, *status, style);
    } else if (!folder.empty()) {
        draw_learn(context, set, folder, style);
    } else {
        const bool here = status->set == chosen_;
        const bool cancelled = here && status->state == State::Cancelled;
        const bool failed = here && status->state == State::Failed;
        if (ImGui::Button(cancelled ? "Go on" : failed ? "Try again" : "Download")) fetcher.start(chosen_);
        note_item(style, "start");
        char about[256];
        describe(set, about, sizeof about);
        std::snprintf(
            text, sizeof text,
            "Downloads %s (%s) from its public mirrors while the training goes on, and compares its checksums "
            "(no key).%s",
            set.title.c_str(), about, cancelled || failed ? " What has come already is kept." : "");
        item_tooltip(style, text);
        if (!aside(style, about) && set.bytes > 0) aside(style, format_bytes(static_cast<double>(set.bytes)).c_str());
    }
    if (status->set == chosen_ && !status->sentence.empty() && status->state != State::Cancelled)
        wrapped(style, status->state == State::Failed ? style.colors.error : style.colors.text_secondary,
                status->sentence);
    ImGui::PopID();
}

void DataDownload::draw_choice(const DataFetcher& fetcher, const FetchStatus& status, const WidgetStyle& style) {
    const bool narrow = ImGui::GetContentRegionAvail().x < style.px(kNarrowDownload);
    if (!narrow) {
        ImGui::AlignTextToFramePadding();
        ImGui::TextColored(imgui_vector(style.colors.text_secondary), "Public sets");
        ImGui::SameLine(0.0F, style.px(8));
    }
    ImGui::BeginDisabled(status.busy());
    ImGui::SetNextItemWidth(style.px(narrow ? kNarrowChoice : kChoice));
    if (ImGui::BeginCombo("##set", fetcher.sets()[chosen_].title.c_str())) {
        for (std::size_t i = 0; i < fetcher.sets().size(); ++i) {
            const FetchableSet& set = fetcher.sets()[i];
            if (ImGui::Selectable(set.title.c_str(), i == chosen_)) chosen_ = i;
            note_item(style, "set", static_cast<std::int64_t>(i));
            char text[256];
            describe(set, text, sizeof text);
            item_tooltip(style, text);
        }
        ImGui::EndCombo();
    } else {
        note_item(style, "set");
        item_tooltip(style, "A data set from the web: to download, or to learn from where it is there (no key).");
    }
    ImGui::EndDisabled();
}

void DataDownload::draw_progress(DataFetcher& fetcher, const FetchStatus& status, const WidgetStyle& style) {
    const float button = ImGui::CalcTextSize("Cancel").x + 2.0F * ImGui::GetStyle().FramePadding.x;
    const float width = std::max(style.px(64), ImGui::GetContentRegionAvail().x - button - style.px(8));
    const double total = static_cast<double>(status.total_bytes);
    const double bytes = static_cast<double>(status.bytes);
    char text[512];
    if (status.state == State::Unpacking)
        std::snprintf(text, sizeof text, "unpacking");
    else if (total > 0.0)
        std::snprintf(text, sizeof text, "%s of %s", format_bytes(bytes).c_str(), format_bytes(total).c_str());
    else
        std::snprintf(text, sizeof text, "%s", format_bytes(bytes).c_str());
    ImGui::PushStyleColor(ImGuiCol_PlotHistogram, imgui_color(style.colors.accent_dim));
    ImGui::ProgressBar(total > 0.0 ? static_cast<float>(std::min(1.0, bytes / total)) : 0.0F,
                       {width, ImGui::GetFrameHeight()}, text);
    ImGui::PopStyleColor();
    if (!status.file.empty()) {
        std::snprintf(text, sizeof text, "%s from %s", status.file.c_str(), status.server.c_str());
        item_tooltip(style, text);
    }
    ImGui::SameLine(0.0F, style.px(8));
    if (ImGui::Button("Cancel")) fetcher.cancel();
    note_item(style, "cancel");
    item_tooltip(style, "What has come is kept, and the next download goes on from there (no key).");
}

void DataDownload::draw_learn(FrameContext& context, const FetchableSet& set, const std::string& folder,
                              const WidgetStyle& style) {
    const EngineLink& engine = context.lane.link;
    const RunInfo& run = *engine.live()->run_info;
    const Recipe* recipe = recipe_for(set, run.recipe, context.recipes);
    const bool own = recipe == &run.recipe;
    const bool pending = engine.pending(engine.requested().data);
    ImGui::BeginDisabled(!recipe || pending);
    if (ImGui::Button(pending ? "Opening…" : "Learn from it") && recipe)
        context.ui.post(command::Reset{run.seed, own ? std::nullopt : std::optional<Recipe>(*recipe), set.name});
    ImGui::EndDisabled();
    note_item(style, "learn");
    char text[640];
    char shape[64];
    std::snprintf(shape, sizeof shape, "%lld x %lld x %lld", static_cast<long long>(set.channels),
                  static_cast<long long>(set.height), static_cast<long long>(set.width));
    if (!recipe)
        std::snprintf(text, sizeof text, "No recipe on offer takes its pictures of %s.", shape);
    else if (own)
        std::snprintf(text, sizeof text, "Starts over from fresh weights on the pictures in %s (no key).",
                      folder.c_str());
    else
        std::snprintf(text, sizeof text,
                      "Starts over with the recipe %s, because %s does not take pictures of %s (no key).",
                      recipe->name.c_str(), run.recipe.name.c_str(), shape);
    item_tooltip(style, text);
    aside(style, folder.c_str());
}

}  // namespace convscope
