#include "viz/panels/by_hand_panel.h"

#include "engine/api/activations.h"
#include "engine/api/layer_kinds.h"
#include "viz/panels/button_grid.h"
#include "viz/panels/control_rows.h"
#include "viz/panels/layer_panel_parts.h"
#include "viz/view/data_by_hand.h"
#include "viz/view/recipe_swaps.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/layer_picker.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace convscope {
namespace {

constexpr double kFarTooFast = 100.0;
constexpr double kWrongLabels = 0.5;  // of the training pictures

// A row with one of several kinds; `offer` calls its visitor with each one's name and whether it is the present one.
// The chosen one's place, or -1.
template <typename Offer>
int choice_row(const WidgetStyle& style, const char* label, const char* id, const char* present, bool pending,
               const char* tooltip, const Offer& offer) {
    row_label(style, label, pending);
    ImGui::SetNextItemWidth(ImGui::GetContentRegionAvail().x);
    ImGui::PushID(id);
    int chosen = -1;
    const bool open = ImGui::BeginCombo("##choice", present);
    if (!open) {
        note_item(style, id);
        item_tooltip(style, tooltip);
    } else {
        int place = 0;
        offer([&](const char* name, bool is_present) {
            if (ImGui::Selectable(name, is_present) && !is_present) chosen = place;
            note_item(style, id, place++);
        });
        ImGui::EndCombo();
    }
    ImGui::PopID();
    return chosen;
}

}  // namespace

std::string_view ByHandPanel::help() const {
    return "Change the network while it learns, and see what becomes of it: silence a channel or hold it at its mean, "
           "freeze a filter or a layer, paint a kernel, swap an activation, the optimizer or the loss, or break "
           "something on purpose. Everything is marked on the "
           "curves, saved with the run and taken back with Ctrl Z. In the past it begins a branch. A click on a map or "
           "a kernel in any panel selects what is changed; a right click there offers the same.";
}

void ByHandPanel::draw(FrameContext& context) {
    if (!network_or_empty_state(context)) return;
    const Snapshot& snapshot = *context.lane.live();
    draw_selection(context, snapshot);
    draw_actions(context, snapshot);
    draw_activation(context, snapshot);
    draw_held(context, snapshot);
    draw_undo(context, snapshot);
    draw_breaking(context, snapshot);
    draw_kernel(context, snapshot);
    draw_learning(context, snapshot);
}

void ByHandPanel::draw_selection(FrameContext& context, const Snapshot& snapshot) {
    const WidgetStyle style = style_of(context);
    const Selection& selection = context.lane.selection;
    LayerId layer = selection.layer;
    if (layer_picker(style, "layer", snapshot.run_info->network, layer, {})) select_layer(context, layer);
    if (name_.empty() || named_ != selection || named_run_ != snapshot.run_info->run) {
        named_ = selection;
        named_run_ = snapshot.run_info->run;
        name_ = selected_name(snapshot, selection);
    }
    const LayerDescription* chosen = selected_layer(snapshot, selection);
    if (icon_button(style, "channel before", Icon::Previous, "",
                    {.enabled = chosen != nullptr, .tooltip = "Previous channel or unit (, comma)"}))
        context.ui.send(ui::MoveChannel{-1});
    ImGui::SameLine();
    if (icon_button(style, "channel after", Icon::Next, "",
                    {.enabled = chosen != nullptr, .tooltip = "Next channel or unit (. full stop)"}))
        context.ui.send(ui::MoveChannel{1});
    ImGui::SameLine();
    ImGui::AlignTextToFramePadding();
    ImGui::TextUnformatted(shortened_line(name_, ImGui::GetContentRegionAvail().x).c_str());
}

void ByHandPanel::draw_actions(FrameContext& context, const Snapshot& snapshot) {
    const WidgetStyle style = style_of(context);
    ButtonGrid grid(style, "Filter as at first");
    for (int i = 0; i < kHandActionCount; ++i) {
        const auto action = static_cast<HandAction>(i);
        const HandActionState state = state_of(action, snapshot, context.lane.selection);
        if (grid.button(state.label, state.anchor, state.help, state.enabled, state.on))
            context.ui.send(ui::DoByHand{action});
    }
}

// The last one offered is none: the identity.
void ByHandPanel::draw_activation(FrameContext& context, const Snapshot& snapshot) {
    const LayerDescription* layer = selected_layer(snapshot, context.lane.selection);
    if (layer == nullptr || !is_swappable(layer->spec)) return;
    const WidgetStyle style = style_of(context);
    const EngineLink& engine = context.lane.link;
    const bool identity = is_identity(layer->spec);
    const auto offered = [](const LayerKindRow& row) {
        return row.role == LayerRole::Activates && !may_have_weights(row.kind);
    };
    const int chosen =
        choice_row(style, "Activation", "activation", identity ? "identity" : row_of(layer->spec.kind).name,
                   engine.pending(engine.requested().by_hand),
                   "What the selected layer makes of each value. Another function takes its place at once, and the "
                   "weights stay (no key; Ctrl Z puts it back)",
                   [&](const auto& visit) {
                       for (const LayerKindRow& row : layer_kinds())
                           if (offered(row)) visit(row.name, !identity && row.kind == layer->spec.kind);
                       visit("identity", identity);
                   });
    if (chosen < 0) return;
    LayerSpec other = with_identity(layer->spec);
    int place = 0;
    for (const LayerKindRow& row : layer_kinds())
        if (offered(row) && place++ == chosen) other = with_activation(layer->spec, row.kind);
    context.ui.post(command::ChangeRecipe{with_layer(snapshot.run_info->recipe, layer->spec.name, other)});
}

void ByHandPanel::draw_learning(FrameContext& context, const Snapshot& snapshot) {
    const WidgetStyle style = style_of(context);
    const EngineLink& engine = context.lane.link;
    const bool pending = engine.pending(engine.requested().by_hand);
    const Recipe& recipe = snapshot.run_info->recipe;
    section_label(style, "How it learns");
    int chosen = choice_row(style, "Optimizer", "optimizer", to_string(recipe.optimizer.kind).data(), pending,
                            "Another one goes on with the same weights, at the rate and momentum that are usual for "
                            "it, and remembers nothing yet (no key; Ctrl Z puts it back)",
                            [&](const auto& visit) {
                                for (const OptimizerKind kind : kOptimizerKinds)
                                    visit(to_string(kind).data(), kind == recipe.optimizer.kind);
                            });
    if (chosen >= 0) context.ui.post(command::ChangeRecipe{with_optimizer(recipe, kOptimizerKinds[chosen])});
    chosen = choice_row(style, "Loss", "loss", to_string(recipe.loss).data(), pending,
                        "What is made smaller from the next iteration on; curves of another loss are on another scale "
                        "(no key; Ctrl Z puts it back)",
                        [&](const auto& visit) {
                            for (const LossKind kind : kLossKinds) visit(to_string(kind).data(), kind == recipe.loss);
                        });
    if (chosen >= 0) context.ui.post(command::ChangeRecipe{with_loss(recipe, kLossKinds[chosen])});
}

void ByHandPanel::draw_kernel(FrameContext& context, const Snapshot& snapshot) {
    const WidgetStyle style = style_of(context);
    const Selection& selection = context.lane.selection;
    const LayerDescription* layer = selected_layer(snapshot, selection);
    section_label(style, "Kernel");
    if (layer == nullptr || !layer->owns_weights() || layer->weight_shape.rank() != 4)
        hint(style, "Select a convolution to paint its kernels.");
    else if (!selects_channel(*layer, selection))
        hint(style, "Select one of its channels to paint the kernel.");
    else
        kernel_.draw(context, *layer, selection.channel);
}

void ByHandPanel::draw_breaking(FrameContext& context, const Snapshot& snapshot) {
    const WidgetStyle style = style_of(context);
    section_label(style, "Break it");
    ButtonGrid grid(style, "All weights 0");
    const LiveSettings& settings = snapshot.settings;
    if (grid.button("Rate x 100", "rate x100",
                    "A learning rate a hundred times as high: the loss jumps, and units die (no key; Ctrl Z puts it "
                    "back)",
                    settings.learning_rate > 0.0))
        context.ui.post(command::SetLearningRate{settings.learning_rate * kFarTooFast});
    if (grid.button("All weights 0", "all zeros",
                    "Every weight and bias becomes 0: all units of a layer are alike then, and learn alike (no key; "
                    "Ctrl Z puts them back)",
                    true))
        context.ui.post(command::FillWeights{});
    if (grid.button("Batch of one", "batch of one",
                    "A single picture in each minibatch: the gradient is of that alone, and the loss jumps about (no "
                    "key; Ctrl Z puts it back)",
                    settings.batch_size > 1))
        context.ui.post(command::SetBatchSize{1});
    const Recipe& recipe = snapshot.run_info->recipe;
    if (grid.button("No bends", "no activations",
                    "Every activation without weights hands on what it gets: what is left of the network is one linear "
                    "function, however many layers it has (no key; Ctrl Z puts them back)",
                    has_activations(recipe)))
        context.ui.post(command::ChangeRecipe{without_activations(recipe)});
    if (grid.button("No shuffling", "no shuffling",
                    "From the next epoch on the pictures come in the order of the data set, the same in every epoch "
                    "(no key; Ctrl Z shuffles them again)",
                    recipe.shuffle))
        context.ui.post(command::ChangeRecipe{without_shuffling(recipe)});
    if (grid.button("Wrong labels", "wrong labels",
                    "Half of the training pictures get the label of another one, drawn by chance: what is learned of "
                    "them is wrong, and the test set says so (no key; Ctrl Z gives them back their own. Another share: "
                    "Change, in the Data panel)",
                    data_changes(snapshot).shuffled_labels < kWrongLabels))
        context.ui.post(with_shuffled_labels(snapshot, kWrongLabels));
    if (grid.button("Raw pixels", "no normalisation",
                    "Pixels are numbers from 0 to 1, neither centred nor scaled as the weights are used to (no key; "
                    "Ctrl Z normalises them again)",
                    is_normalised(recipe)))
        context.ui.post(command::ChangeRecipe{without_normalisation(recipe)});
}

void ByHandPanel::draw_held(FrameContext& context, const Snapshot& snapshot) {
    const WidgetStyle style = style_of(context);
    if (held_ != snapshot.restraints || held_run_ != snapshot.run_info->run) {
        held_ = snapshot.restraints;
        held_run_ = snapshot.run_info->run;
        lines_ = held_lines(snapshot);
    }
    section_label(style, "In effect");
    if (lines_.empty()) return hint(style, "Nothing is held.");
    const float button = ImGui::GetFrameHeight();
    ImGui::PushStyleVar(ImGuiStyleVar_SelectableTextAlign, ImVec2(0.0F, 0.5F));
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        const HeldLine& line = lines_[i];
        ImGui::PushID(static_cast<int>(i));
        const float room = ImGui::GetContentRegionAvail().x - button - ImGui::GetStyle().ItemSpacing.x;
        if (ImGui::Selectable(shortened_line(line.text, room).c_str(), false, ImGuiSelectableFlags_None,
                              {std::max(1.0F, room), button})) {
            select_layer(context, line.selection.layer);
            if (line.selection.channel >= 0) select_channel(context, line.selection.layer, line.selection.channel);
        }
        note_item(style, "held", static_cast<std::int64_t>(i));
        item_tooltip(style, "Click to select it in every panel");
        ImGui::SameLine();
        if (icon_button(style, "let go", Icon::Close, "", {.width = button, .tooltip = "Let go of it (no key)"}))
            context.ui.post(line.let_go);
        note_item(style, "let go", static_cast<std::int64_t>(i));
        ImGui::PopID();
    }
    ImGui::PopStyleVar();
}

void ByHandPanel::draw_undo(FrameContext& context, const Snapshot& snapshot) {
    const WidgetStyle style = style_of(context);
    const EngineLink& engine = context.lane.link;
    const bool pending = engine.pending(engine.requested().by_hand);
    row_label(style, "Latest", pending);
    if (!snapshot.undo) {
        ImGui::AlignTextToFramePadding();
        return hint(style, "nothing to take back");
    }
    if (icon_button(style, "take back", Icon::Reset, "Take back",
                    {.tooltip = "The latest change by hand, of the learning rate, momentum and batch size too, is "
                                "undone (Ctrl Z)"}))
        context.ui.post(command::Undo{});
    ImGui::SameLine();
    ImGui::AlignTextToFramePadding();
    ImGui::TextUnformatted(shortened_line(*snapshot.undo, ImGui::GetContentRegionAvail().x).c_str());
}

}  // namespace convscope
