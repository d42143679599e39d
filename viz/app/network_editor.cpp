#include "viz/app/network_editor.h"

#include "viz/app/overlay.h"
#include "viz/app/recipe_edit.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"

#include <imgui.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace convscope {
namespace {

// At scale 1. Where the parts of a row begin.
constexpr float kName = 34.0F;
constexpr float kKind = 148.0F;
constexpr std::array<float, kFieldCount> kFields{292.0F, 352.0F, 412.0F, 472.0F};
constexpr float kField = 54.0F;
constexpr float kOutput = 538.0F;
constexpr float kParameters = 640.0F;  // right end 720
constexpr float kLayersWidth = 736.0F;
constexpr float kKindsWidth = 168.0F;  // of the longest name, beside a scroll bar
constexpr float kPageWidth = 984.0F;
constexpr float kPageHeight = 640.0F;

// Lines of a file are no help here: the editor's messages are about the draft.
void forget_lines(std::vector<LayerSpec>& layers) {
    for (LayerSpec& layer : layers) {
        layer.line = 0;
        forget_lines(layer.body);
        forget_lines(layer.shortcut);
    }
}

void at(const WidgetStyle& style, float start, float x) { ImGui::SameLine(start + style.px(x)); }

// Of a field below, as what an edit belongs to.
unsigned int field_id(std::string_view key) { return ImGui::GetID(("##" + std::string(key)).c_str()); }

// A field for the setting's value. True when it was changed; a number counts as it is typed.
bool setting_field(const WidgetStyle& style, const LayerSetting& setting, LayerSpec& layer) {
    ImGui::SetNextItemWidth(style.px(kField));
    const std::string id = "##" + std::string(setting.key);
    bool changed = false;
    if (const auto* whole = std::get_if<std::int64_t LayerSpec::*>(&setting.value))
        changed = ImGui::InputScalar(id.c_str(), ImGuiDataType_S64, &(layer.*(*whole)));
    else if (const auto* number = std::get_if<double LayerSpec::*>(&setting.value))
        changed = ImGui::InputDouble(id.c_str(), &(layer.*(*number)), 0.0, 0.0, "%g");
    else
        changed = ImGui::Checkbox(id.c_str(), &(layer.*std::get<bool LayerSpec::*>(setting.value)));
    note_item(style, setting.key);
    item_tooltip(style, setting.meaning);
    return changed;
}

// A field for a name or a line of them, that is noted as `id`. True when it was changed.
bool name_field(const WidgetStyle& style, const char* id, const char* hint, const std::string& now, float width,
                const char* tooltip, std::string& typed) {
    std::array<char, 2048> text{};
    now.copy(text.data(), text.size() - 1);
    ImGui::SetNextItemWidth(style.px(width));
    const bool changed = ImGui::InputTextWithHint(("##" + std::string(id)).c_str(), hint, text.data(), text.size(),
                                                  ImGuiInputTextFlags_AutoSelectAll);
    note_item(style, id);
    item_tooltip(style, tooltip);
    if (changed) typed = text.data();
    return changed;
}

// The names of the layers that it takes. True when they were changed.
bool inputs_field(const WidgetStyle& style, LayerSpec& layer, float width) {
    const char* const tooltip =
        takes_several(layer.kind)
            ? "Whose outputs it joins: the names of earlier layers, with commas between them (no key)."
            : "Whose output it takes: the name of an earlier layer, or 'input', the picture. Empty: of the layer "
              "before "
              "it (no key).";
    std::string typed;
    if (!name_field(style, "input", "the one before", line_of_names(layer.inputs), width, tooltip, typed)) return false;
    layer.inputs = names_in_line(typed);
    return true;
}

}  // namespace

void NetworkEditor::take(const RunInfo& info) {
    draft_ = info.recipe;
    forget_lines(draft_.layers);
    run_ = info.run;
    edited_ = checked_ = false;
    before_ = draft_;
    earlier_.clear();
    edited_field_ = 0;
    chosen_ = std::ssize(draft_.layers) - 1;
}

void NetworkEditor::note_edit(unsigned int field) {
    constexpr std::size_t kMostKept = 100;
    edited_ = true;
    checked_ = false;
    if (field == 0 || field != edited_field_ || earlier_.empty()) {
        if (earlier_.size() == kMostKept) earlier_.erase(earlier_.begin());
        earlier_.push_back(std::move(before_));
    }
    edited_field_ = field;
    before_ = draft_;
}

void NetworkEditor::undo_edit() {
    draft_ = before_ = std::move(earlier_.back());
    earlier_.pop_back();
    edited_field_ = 0;
    edited_ = !earlier_.empty();
    checked_ = false;
    chosen_ = std::min(chosen_, std::ssize(draft_.layers) - 1);
}

void NetworkEditor::check(const RecipeTools& tools) {
    if (checked_) return;
    checked_ = true;
    Result<NetworkDescription> planned = tools.plan(draft_);
    network_.reset();
    problem_.clear();
    if (planned)
        network_ = std::move(planned).value();
    else
        problem_ = planned.error().message;
    problem_place_ = layer_in_message(draft_, problem_);
}

void NetworkEditor::draw(FrameContext& context, const RecipeTools& tools) {
    const WidgetStyle style = style_of(context);
    const Snapshot* snapshot = context.lane.shown();
    Overlay page(style, "editor", "Network", "F8", {style.px(kPageWidth), style.px(kPageHeight)});
    if (!tools.plan) {
        empty_state(style, "This program was built without a way to check a network, so there is none to edit.");
    } else if (!snapshot || !snapshot->run_info) {
        empty_state(style, "The network comes with the first run.");
    } else {
        if (!edited_ && run_ != snapshot->run_info->run) take(*snapshot->run_info);
        check(tools);
        // A message may take two lines.
        const float foot = ImGui::GetFrameHeightWithSpacing() + 3.0F * ImGui::GetTextLineHeightWithSpacing();
        const float height = std::max(style.px(60), ImGui::GetContentRegionAvail().y - foot);
        draw_layers(style, {style.px(kLayersWidth), height});
        ImGui::SameLine(0.0F, style.px(24));
        ImGui::BeginChild("kinds", {style.px(kKindsWidth), height});
        draw_kinds(style);
        ImGui::EndChild();
        draw_foot(context, tools, style);
        draw_verdict(style);
    }
    if (page.end()) context.ui.send(ui::ClosePage{});
}

void NetworkEditor::draw_layers(const WidgetStyle& style, ImVec2 size) {
    ImGui::BeginChild("layers", size);
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(style.px(6), style.px(4)));
    const float start = ImGui::GetCursorPosX();
    struct Heading {
        float x;
        const char* text;
    };
    static constexpr std::array kHeadings{Heading{kName, "Layer"},        Heading{kKind, "Kind"},
                                          Heading{kFields[0], "Setting"}, Heading{kFields[1], "Kernel"},
                                          Heading{kFields[2], "Stride"},  Heading{kFields[3], "Padding"},
                                          Heading{kOutput, "Output"},     Heading{kParameters, "Parameters"}};
    ImGui::Dummy({0.0F, 0.0F});
    for (const Heading& heading : kHeadings) {
        at(style, start, heading.x);
        hint(style, heading.text);
    }
    draw_input(style);
    for (std::size_t i = 0; i < draft_.layers.size(); ++i) {
        ImGui::PushID(static_cast<int>(i));
        const Anchors::Scope row(style.anchors, static_cast<std::int64_t>(i));
        draw_row(style, i);
        if (chosen_ == static_cast<std::ptrdiff_t>(i)) draw_details(style, i);
        ImGui::PopID();
    }
    ImGui::PopStyleVar();
    if (remove_) {
        remove_layer(draft_, *remove_);
        if (chosen_ >= static_cast<std::ptrdiff_t>(*remove_)) --chosen_;
        remove_.reset();
        note_edit();
    }
    if (move_ != 0) {
        chosen_ = static_cast<std::ptrdiff_t>(move_layer(draft_, static_cast<std::size_t>(chosen_), move_));
        move_ = 0;
        note_edit();
    }
    ImGui::EndChild();
}

// The ground of a row, and what chooses it: the part without controls.
void NetworkEditor::draw_choice(const WidgetStyle& style, std::ptrdiff_t place, float end) {
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    if (place == chosen_)
        ImGui::GetWindowDrawList()->AddRectFilled(
            corner, {corner.x + style.px(kLayersWidth - 16.0F), corner.y + ImGui::GetFrameHeight()},
            imgui_color(style.colors.accent_dim), style.px(3));
    ImGui::SetCursorScreenPos({corner.x + style.px(kName), corner.y});
    if (ImGui::InvisibleButton("choose", {style.px(end - kName), ImGui::GetFrameHeight()})) chosen_ = place;
    note_item(style, "choose");
    std::string about;
    if (place != kInput) {
        const LayerSpec& layer = draft_.layers[static_cast<std::size_t>(place)];
        if (!layer.inputs.empty()) about += "Takes " + line_of_names(layer.inputs) + ". ";
        if (!layer.weights_of.empty()) about += "Uses the weights of " + layer.weights_of + ". ";
    }
    about += "A click chooses this row: it shows its details, and layers are added below it (no key).";
    item_tooltip(style, about.c_str());
    ImGui::SetCursorScreenPos(corner);
}

void NetworkEditor::draw_input(const WidgetStyle& style) {
    const float start = ImGui::GetCursorPosX();
    draw_choice(style, kInput, kOutput - 6.0F);
    const Shape shape{draft_.input_channels, draft_.input_height, draft_.input_width};
    ImGui::Dummy({1.0F, ImGui::GetFrameHeight()});
    for (const auto& [x, words] : {std::pair{kName, std::string("input")}, std::pair{kKind, std::string("picture")},
                                   std::pair{kOutput, shape.to_string()}}) {
        at(style, start, x);
        ImGui::AlignTextToFramePadding();
        ImGui::TextColored(imgui_vector(style.colors.text_secondary), "%s", words.c_str());
    }
}

void NetworkEditor::draw_row(const WidgetStyle& style, std::size_t place) {
    LayerSpec& layer = draft_.layers[place];
    const float start = ImGui::GetCursorPosX();
    draw_choice(style, static_cast<std::ptrdiff_t>(place), kFields[0] - 6.0F);
    if (icon_button(style, "remove", Icon::Close, "",
                    {.width = style.px(26), .tooltip = "Removes this layer (no key)."}))
        remove_ = place;
    at(style, start, kName);
    const float top = ImGui::GetCursorPosY();
    const auto text = [&](float x, const char* words, Rgba color) {
        at(style, start, x);
        ImGui::SetCursorPosY(top);
        ImGui::AlignTextToFramePadding();
        ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(color));
        ImGui::TextUnformatted(words);
        ImGui::PopStyleColor();
    };
    const bool wrong = !problem_.empty() && problem_place_ == place;
    text(kName, layer.name.c_str(), wrong ? style.colors.error : style.colors.text);
    text(kKind, to_string(layer.kind).data(), style.colors.text_secondary);

    const std::span<const LayerSetting> settings = row_of(layer.kind).settings;
    for (std::size_t i = 0; i < settings.size(); ++i) {
        const std::size_t field = field_of(settings, i);
        if (field == kFieldCount) continue;
        at(style, start, kFields[field]);
        ImGui::SetCursorPosY(top);
        if (setting_field(style, settings[i], layer)) note_edit(field_id(settings[i].key));
    }
    if (takes_several(layer.kind)) {
        at(style, start, kFields[0]);
        ImGui::SetCursorPosY(top);
        if (inputs_field(style, layer, kFields.back() + kField - kFields.front())) note_edit(field_id("input"));
    }
    const LayerDescription* described = network_ ? network_->find(layer.name) : nullptr;
    text(kOutput, described ? described->output_shape.to_string().c_str() : "–", style.colors.text);
    std::int64_t parameters = described ? described->parameter_count : 0;
    if (network_ && layer.kind == LayerKind::Residual)  // its own are those of the layers within it
        for (const LayerDescription& part : network_->layers)
            if (part.spec.name.starts_with(layer.name + '.')) parameters += part.parameter_count;
    if (parameters > 0) text(kParameters, format_count(parameters).c_str(), style.colors.text);
}

// What is rarely changed, below the chosen layer's row: its name and place, whose output and weights it takes, and the
// settings that have no column.
void NetworkEditor::draw_details(const WidgetStyle& style, std::size_t place) {
    LayerSpec& layer = draft_.layers[place];
    const float start = ImGui::GetCursorPosX();
    const auto label = [&](const char* words) {
        ImGui::AlignTextToFramePadding();
        hint(style, words);
        ImGui::SameLine();
    };
    ImGui::SetCursorPosX(start + style.px(kName));
    label("Name");
    // As long as it is a name that another layer has, nothing is renamed.
    std::string typed;
    if (name_field(style, "name", "", layer.name, 90.0F,
                   "What it is called; others that take its output or its weights follow (no key).", typed) &&
        rename_layer(draft_, place, typed))
        note_edit(field_id("name"));
    if (!takes_several(layer.kind)) {
        ImGui::SameLine(0.0F, style.px(14));
        label("Takes");
        if (inputs_field(style, layer, 120.0F)) note_edit(field_id("input"));
    }
    if (may_have_weights(layer.kind)) {
        ImGui::SameLine(0.0F, style.px(14));
        label("Weights of");
        if (name_field(style, "weights_of", "its own", layer.weights_of, 90.0F,
                       "The earlier layer whose weights it uses as well. Empty: it has its own (no key).",
                       layer.weights_of))
            note_edit(field_id("weights_of"));
    }
    at(style, start, kParameters + 24.0F);
    for (const int by : {-1, 1}) {
        if (icon_button(style, by < 0 ? "up" : "down", by < 0 ? Icon::Up : Icon::Down, "",
                        {.width = style.px(26),
                         .tooltip = by < 0 ? "Towards the input (no key)." : "Towards the output (no key)."}))
            move_ = by;
        ImGui::SameLine();
    }
    ImGui::NewLine();
    const std::span<const LayerSetting> settings = row_of(layer.kind).settings;
    bool first = true;
    for (std::size_t i = 0; i < settings.size(); ++i) {
        if (field_of(settings, i) != kFieldCount) continue;
        if (first)
            ImGui::SetCursorPosX(start + style.px(kName));
        else
            ImGui::SameLine(0.0F, style.px(14));
        first = false;
        label(std::string(settings[i].key).c_str());
        if (setting_field(style, settings[i], layer)) note_edit(field_id(settings[i].key));
    }
}

void NetworkEditor::draw_kinds(const WidgetStyle& style) {
    const Anchors::Scope scope(style.anchors, "add");
    hint(style, "Add below the chosen");
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(style.px(6), style.px(4)));
    for (const auto& row : layer_kinds()) {
        if (!can_be_added(row.kind)) continue;
        if (ImGui::Button(row.name, {ImGui::GetContentRegionAvail().x, 0.0F})) {
            add_layer(draft_, static_cast<std::size_t>(++chosen_), row.kind);
            note_edit();
        }
        note_item(style, row.name);
        item_tooltip(style, "Adds a layer of this kind below the chosen one (no key).");
    }
    ImGui::PopStyleVar();
}

void NetworkEditor::draw_verdict(const WidgetStyle& style) const {
    if (network_) {
        char text[96];
        std::snprintf(text, sizeof text, "%zu layers, %s parameters", draft_.layers.size(),
                      format_count(network_->parameter_count).c_str());
        ImGui::TextUnformatted(text);
    } else {
        ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(style.colors.error));
        ImGui::TextWrapped("%s", problem_.c_str());
        ImGui::PopStyleColor();
    }
}

void NetworkEditor::draw_foot(FrameContext& context, const RecipeTools& tools, const WidgetStyle& style) {
    const RunInfo& info = *context.lane.shown()->run_info;
    const bool ready = network_.has_value();
    if (icon_button(style, "train", Icon::Play, "Train this",
                    {.primary = ready,
                     .enabled = ready,
                     .width = style.px(140),
                     .tooltip = "Starts over with this network, from fresh weights with the run's seed (no key)."})) {
        Recipe recipe = draft_;
        if (edited_ && !recipe.name.ends_with("-edited")) recipe.name += "-edited";  // it is not that recipe any more
        context.ui.post(command::Reset{info.seed, std::move(recipe)});
        edited_ = false;
        context.ui.send(ui::ClosePage{});
    }
    ImGui::SameLine();
    if (icon_button(style, "undo", Icon::Previous, "Undo",
                    {.enabled = !earlier_.empty(),
                     .width = style.px(90),
                     .tooltip = "Takes the last change made here back (no key)."}))
        undo_edit();
    ImGui::SameLine();
    if (icon_button(
            style, "forget", Icon::Reset, "As in the run",
            {.enabled = edited_, .width = style.px(150), .tooltip = "Forgets every change made here (no key)."}))
        take(info);
    if (!tools.save) return;
    ImGui::SameLine(0.0F, style.px(24));
    ImGui::SetNextItemWidth(style.px(250));
    bool save = ImGui::InputTextWithHint("##path", "path of a .toml file", path_.data(), path_.size(),
                                         ImGuiInputTextFlags_EnterReturnsTrue);
    note_item(style, "path");
    item_tooltip(style, path_[0] ? path_.data() : "Where the recipe is saved; --recipe takes it from there.");
    ImGui::SameLine();
    ImGui::BeginDisabled(!ready || !path_[0]);
    save = ImGui::Button("Save as recipe", {ImGui::GetContentRegionAvail().x, 0.0F}) || save;
    ImGui::EndDisabled();
    note_item(style, "save");
    item_tooltip(
        style, "Writes these layers, with the run's other settings as they are now, as a recipe (Enter in the field).");
    if (!save || !ready || !path_[0]) return;
    const std::filesystem::path path(path_.data());
    Recipe recipe = draft_;
    recipe.name = path.stem().string();
    // As the run has them now: a rate or a size that was changed while training is what was found to be good.
    const LiveSettings& settings = context.lane.shown()->settings;
    recipe.optimizer.learning_rate = settings.learning_rate;
    recipe.optimizer.momentum = settings.momentum;
    recipe.batch_size = settings.batch_size;
    const Result<void> saved = tools.save(recipe, path);
    using Severity = event::Notice::Severity;
    if (saved)
        context.ui.send(ui::Tell{Severity::Info, "Saved " + path.string()});
    else
        context.ui.send(ui::Tell{Severity::Error, saved.error().message});
}

}  // namespace convscope
