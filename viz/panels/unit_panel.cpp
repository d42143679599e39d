#include "viz/panels/unit_panel.h"

#include "viz/panels/layer_panel_parts.h"
#include "viz/panels/unit_plots.h"
#include "viz/view/diagnosis_evidence.h"
#include "viz/view/picture_sheet.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"
#include "viz/widgets/layer_picker.h"
#include "viz/widgets/tile_read_out.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace convscope {
namespace {

constexpr float kLargestPicture = 150.0F;  // at scale 1, as the next
constexpr float kFrameOfStrip = 34.0F;

TileColors pictures_of(const Recipe& recipe, std::int64_t channels, bool as_bytes, const WidgetStyle& style) {
    const auto range = [&](std::int64_t channel) {
        return as_bytes ? ValueRange{0.0F, 255.0F} : pixel_range(recipe, channel);
    };
    TileColors colors{.colormap = Colormap::Grey,
                      .range = {.mode = RangeMode::Fixed, .fixed = range(0)},
                      .no_data = style.colors.no_data,
                      .no_data_ground = style.colors.panel};
    if (channels == 3) colors.rgb = RgbRange{range(0), range(1), range(2)};
    return colors;
}

// The largest value of a map; the first of several.
Place strongest_place(const LayerDescription& layer, const TensorCapture& activation, std::int64_t channel) {
    if (activation.shape.rank() < 3) return {layer.id, channel, 0, 0};
    const std::int64_t area = activation.plane_height() * activation.plane_width();
    const auto map =
        std::span(activation.values).subspan(static_cast<std::size_t>(channel * area), static_cast<std::size_t>(area));
    const auto at = std::max_element(map.begin(), map.end()) - map.begin();
    return {layer.id, channel, at / activation.plane_width(), at % activation.plane_width()};
}

void unit_words(const WidgetStyle& style, const char* words) {
    ImGui::PushFont(style.fonts.small);
    ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(style.colors.text_secondary));
    ImGui::PushTextWrapPos(0.0F);
    ImGui::TextUnformatted(words);
    ImGui::PopTextWrapPos();
    ImGui::PopStyleColor();
    ImGui::PopFont();
}

}  // namespace

const TensorCapture* UnitPanel::Frame::find(TensorKind kind) const {
    const LayerId of = kind == TensorKind::Input ? kInputLayer : layer.id;
    context.watch.add(TensorKey{kind, of});
    const TensorCapture* capture = snapshot.find(TensorKey{kind, of});
    return capture != nullptr && capture->run == run.run ? capture : nullptr;
}

std::optional<Place> UnitPanel::Frame::chosen() const {
    const Selection& selection = context.lane.selection;
    const Place place{layer.id, channel, selection.row, selection.column};
    const bool is_there = layer.has_maps() && selection.layer == layer.id && selection.channel == channel &&
                          selection.row >= 0 && contains(layer.output_shape, place);
    return is_there ? std::optional(place) : std::nullopt;
}

std::string_view UnitPanel::help() const {
    return "The selected unit: the selected value of its map, or the largest one, with what it sees of the picture and "
           "what each input channel adds to it; the nine test pictures that excite it most and least, each cut to what "
           "it saw, and the input that would excite it most; how its numbers are spread; and its filter from the "
           "beginning to now. A click on a patch makes its picture the probe. All but the value is worked out in spare "
           "time, anew as training goes on, and says of which iteration it is.";
}

void UnitPanel::draw(FrameContext& context) {
    const WidgetStyle style = style_of(context);
    const NetworkDescription* network = network_or_empty_state(context);
    if (network == nullptr) return;
    const Snapshot& snapshot = *context.lane.shown();
    const Selection& selection = context.lane.selection;
    const bool exists = selection.layer.index >= 0 && selection.layer.index < std::ssize(network->layers);
    const LayerDescription& layer = network->layers[static_cast<std::size_t>(exists ? selection.layer.index : 0)];
    const std::int64_t channel = exists ? std::clamp<std::int64_t>(selection.channel, 0, layer.output_shape[0] - 1) : 0;
    if (run_ != snapshot.run_info->run) {
        run_ = snapshot.run_info->run;
        asked_ = {};
        strip_of_.reset();
        spread_of_ = {kInputLayer, -1};
    }
    draw_controls(context, *network, layer, channel, style);
    const Frame frame{context, snapshot, *snapshot.run_info, layer, channel, ImGui::GetContentRegionAvail().x};
    ask(frame);
    draw_badges(frame, style);
    draw_value(frame, style);
    draw_patches(frame, style);
    draw_spread(frame, style);
    draw_biography(frame, style);
}

void UnitPanel::draw_controls(FrameContext& context, const NetworkDescription& network, const LayerDescription& layer,
                              std::int64_t channel, const WidgetStyle& style) {
    LayerId chosen = layer.id;
    if (layer_picker(style, "layer", network, chosen, {})) select_layer(context, chosen);
    const std::int64_t count = layer.output_shape[0];
    if (icon_button(style, "previous", Icon::Previous, "", {.tooltip = "The channel or unit before (comma)"}))
        select_channel(context, layer.id, (channel + count - 1) % count);
    ImGui::SameLine(0.0F, style.px(4));
    if (icon_button(style, "next", Icon::Next, "", {.tooltip = "The next channel or unit (full stop)"}))
        select_channel(context, layer.id, (channel + 1) % count);
    ImGui::SameLine(0.0F, style.px(8));
    char text[384];
    std::snprintf(text, sizeof text, "%s %s of %s", layer.has_maps() ? "Channel" : "Unit",
                  format_count(channel).c_str(), format_count(count).c_str());
    ImGui::AlignTextToFramePadding();
    const float stop = style.px(96);
    const float room = ImGui::GetContentRegionAvail().x - stop - style.px(8);
    if (ImGui::CalcTextSize(text).x > room)  // the number before the word
        std::snprintf(text, sizeof text, "%s of %s", format_count(channel).c_str(), format_count(count).c_str());
    ImGui::TextUnformatted(shortened_line(text, std::max(1.0F, room)).c_str());
    ImGui::SameLine(ImGui::GetCursorPosX() + std::max(0.0F, ImGui::GetContentRegionAvail().x - stop));
    if (icon_button(style, "stop", stopped_ ? Icon::Play : Icon::Pause, stopped_ ? "Go on" : "Stop",
                    {.width = stop,
                     .tooltip = stopped_ ? "Work its answers out anew as training goes on (no key)"
                                         : "Work nothing more out for this panel; what is there stays (no key)"}))
        stopped_ = !stopped_;
}

void UnitPanel::ask(const Frame& frame, Slot slot, const JobQuestion& question) {
    Asked& asked = asked_[slot];
    if (asked.question != question) {
        asked = {};
        asked.question = question;
    }
    asked.under_way = false;
    const Job* job = frame.snapshot.find(question);
    if (job != nullptr && !stopped_) {
        if (job->answer) asked.answer = job->answer;
        asked.under_way = job->iteration >= 0;
        asked.progress = job->progress;
    }
    if (!stopped_) frame.context.watch.add(question);
}

void UnitPanel::ask(const Frame& frame) {
    if (frame.context.lane.shows_difference()) return;
    const LayerId layer = frame.layer.id;
    const std::int64_t channel = frame.channel;
    ask(frame, kPatches, TopPatchesQuestion{});
    MaximisedInputQuestion maximised{.layer = layer, .channel = channel};
    if (const std::optional<Place> chosen = frame.chosen()) {
        maximised.row = chosen->row;
        maximised.column = chosen->column;
    }
    ask(frame, kMaximised, maximised);
    ask(frame, kTestValues, ActivationHistogramQuestion{layer, channel, HistogramPictures::TestSet});
    ask(frame, kBatchValues, ActivationHistogramQuestion{layer, channel, HistogramPictures::Minibatch});
    ask(frame, kBiography, FilterBiographyQuestion{layer, channel});
}

template <typename Kind>
const Kind* UnitPanel::answer(Slot slot) const {
    const auto& known = asked_[slot].answer;
    return known && known->run == run_ ? known->as<Kind>() : nullptr;
}

const char* UnitPanel::missing(Slot slot) const {
    const auto& known = asked_[slot].answer;
    if (known && !known->problem.empty()) return known->problem.c_str();
    return stopped_ ? "Stopped: let it go on above" : "Being worked out";
}

void UnitPanel::draw_badges(const Frame& frame, const WidgetStyle& style) {
    const auto* patches = answer<TopPatches>(kPatches);
    const TensorCapture* weights = frame.layer.has_weight() ? frame.find(TensorKind::Weight) : nullptr;
    Double twin;
    if (weights != nullptr && frame.layer.spec.kind == LayerKind::Conv2d) twin = double_of(*weights, frame.channel);
    const bool dead = patches != nullptr && is_dead(frame.run.network, *patches, frame.layer.id, frame.channel);
    if (dead) {
        badge(style, "dead", style.colors.warning);
        note_item(style, "dead");
        char text[384];
        std::snprintf(text, sizeof text,
                      "Not one of %s test pictures makes it pass anything on: no gradient comes back through it.",
                      format_count(patches->pictures).c_str());
        item_tooltip(style, text);
    }
    if (twin.filter < 0) return;
    if (dead) ImGui::SameLine();
    char text[384];
    std::snprintf(text, sizeof text, "double of %lld", static_cast<long long>(twin.filter));
    badge(style, text, style.colors.warning);
    note_item(style, "double");
    std::snprintf(text, sizeof text, "Its kernels point the same way as channel %lld's: their cosine is %.4f.",
                  static_cast<long long>(twin.filter), twin.cosine);
    item_tooltip(style, text);
}

void UnitPanel::draw_value(const Frame& frame, const WidgetStyle& style) {
    section_label(style, "Value");
    const TensorCapture* activation = frame.find(TensorKind::Activation);
    if (activation == nullptr || activation->shape != frame.layer.output_shape)
        return unit_words(style, "Its values arrive with the next look at the network.");
    const std::optional<Place> chosen = frame.chosen();
    const Place place = chosen ? *chosen : strongest_place(frame.layer, *activation, frame.channel);
    const float gap = style.px(12);
    const float side = std::floor(std::min(0.4F * frame.width, style.px(kLargestPicture)));
    draw_input(frame, place, side, style);
    ImGui::SameLine(0.0F, gap);
    ImGui::BeginGroup();
    const float room = std::max(1.0F, frame.width - side - gap);
    const float value = activation->values[static_cast<std::size_t>(index_of(activation->shape, place))];
    char text[384];
    if (!frame.layer.has_maps())
        std::snprintf(text, sizeof text, "Its value");
    else
        std::snprintf(text, sizeof text, "%s, row %lld, column %lld", chosen ? "Chosen" : "Largest",
                      static_cast<long long>(place.row), static_cast<long long>(place.column));
    ImGui::PushFont(style.fonts.small);
    ImGui::PushStyleColor(ImGuiCol_Text, imgui_color(style.colors.text_secondary));
    ImGui::TextUnformatted(shortened_line(text, room).c_str());
    ImGui::PopStyleColor();
    ImGui::PopFont();
    ImGui::PushFont(style.fonts.numbers);
    ImGui::TextUnformatted(format_value(static_cast<double>(value), 7).c_str());
    ImGui::PopFont();
    note_item(style, "value");
    item_tooltip(style,
                 "Exactly as the network computed it for the probe. Select another with a click on a map in the "
                 "scene (no key).");
    for (const TensorKey& key : loupe_needs(frame.run.network, place.layer)) frame.context.watch.add(key);
    explain(frame.run.network, frame.snapshot, place, loupe_);
    if (!loupe_.problem.any() && loupe_.arithmetic == Arithmetic::WeightedSum) {
        partial_sums(style, loupe_, room);
        note_item(style, "sums");
    }
    ImGui::EndGroup();
}

// The probe, with what the value sees of it outlined.
void UnitPanel::draw_input(const Frame& frame, const Place& place, float side, const WidgetStyle& style) {
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    ImGui::Dummy({side, side});
    note_item(style, "input");
    const PixelSquare field = field_of(frame.run.network, frame.layer, place.row, place.column);
    char text[384];
    if (frame.layer.receptive_field.whole_input)
        std::snprintf(text, sizeof text, "It sees all of the probe.");
    else
        std::snprintf(text, sizeof text, "It sees %lld x %lld pixels of the probe, from row %lld, column %lld on.",
                      static_cast<long long>(field.size), static_cast<long long>(field.size),
                      static_cast<long long>(field.row), static_cast<long long>(field.column));
    item_tooltip(style, text);
    ImDrawList* list = ImGui::GetWindowDrawList();
    const ImVec2 end{corner.x + side, corner.y + side};
    list->AddRectFilled(corner, end, imgui_color(style.colors.raised));
    const TensorCapture* input = frame.find(TensorKind::Input);
    if (input == nullptr) return;
    const auto height = static_cast<float>(input->plane_height()), width = static_cast<float>(input->plane_width());
    const float cell = side / std::max(height, width);
    const PlacedTile tile{.plane = 0, .x = corner.x, .y = corner.y, .width = cell * width, .height = cell * height};
    const auto drawn = frame.context.tiles.draw(list, *input, {&tile, 1},
                                                pictures_of(frame.run.recipe, input->shape[0], false, style));
    if (!drawn) return hint(style, drawn.error().message.c_str());
    const auto at = [&](std::int64_t pixels) { return cell * static_cast<float>(pixels); };
    list->PushClipRect({corner.x - 2.0F, corner.y - 2.0F}, {end.x + 2.0F, end.y + 2.0F}, true);
    list->AddRect({corner.x + at(field.column), corner.y + at(field.row)},
                  {corner.x + at(field.column + field.size), corner.y + at(field.row + field.size)},
                  imgui_color(style.colors.accent), 0.0F, 0, style.px(2));
    list->PopClipRect();
}

// Three squares side by side: the nine that excite it most, the nine that do least, and the input that would most.
void UnitPanel::draw_patches(const Frame& frame, const WidgetStyle& style) {
    section_label(style, "What excites it");
    const float gap = style.px(12);
    const float side = std::floor((frame.width - 2.0F * gap) / 3.0F);
    const ImVec2 origin = ImGui::GetCursorScreenPos();
    const float line = style.fonts.small->FontSize + style.px(2);
    static constexpr std::array<const char*, 3> kTitles{"Most", "Least", "Would most"};
    ImDrawList* list = ImGui::GetWindowDrawList();
    for (std::size_t i = 0; i < 3; ++i)
        list->AddText(style.fonts.small, style.fonts.small->FontSize,
                      {origin.x + static_cast<float>(i) * (side + gap), origin.y},
                      imgui_color(style.colors.text_secondary), kTitles[i]);
    ImGui::Dummy({frame.width, line});
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    const auto* found = answer<TopPatches>(kPatches);
    const bool pictures = frame.run.dataset != nullptr;
    if (found != nullptr && pictures) {
        const std::span<const TopPatch> most = found->most(frame.layer.id, frame.channel),
                                        least = found->least(frame.layer.id, frame.channel);
        patches_.show(frame.run, frame.layer, most, least);
        draw_nine(frame, 0, most, corner, side, style);
        draw_nine(frame, TopPatches::kMost, least, {corner.x + side + gap, corner.y}, side, style);
    } else {
        for (int i = 0; i < 2; ++i) {
            const ImVec2 at{corner.x + static_cast<float>(i) * (side + gap), corner.y};
            list->AddRectFilled(at, {at.x + side, at.y + side}, imgui_color(style.colors.raised));
            list->AddText(style.fonts.small, style.fonts.small->FontSize, {at.x + style.px(6), at.y + style.px(6)},
                          imgui_color(style.colors.text_secondary),
                          pictures ? missing(kPatches) : "The run does not say where its pictures are", nullptr,
                          std::max(1.0F, side - style.px(12)));
        }
    }
    draw_maximised(frame, {corner.x + 2.0F * (side + gap), corner.y}, side, style);
    ImGui::SetCursorScreenPos(corner);
    ImGui::Dummy({frame.width, side});
    draw_jobs(frame, style);
}

void UnitPanel::draw_nine(const Frame& frame, std::int64_t first, std::span<const TopPatch> patches, ImVec2 corner,
                          float side, const WidgetStyle& style) {
    const float gap = style.px(2), tile = std::floor((side - 2.0F * gap) / 3.0F);
    const std::int64_t channels = patches_.channels();
    ImDrawList* list = ImGui::GetWindowDrawList();
    tiles_.clear();
    for (std::int64_t i = 0; i < std::ssize(patches); ++i)
        tiles_.push_back({.plane = channels == 3 ? first + i : (first + i) * channels,
                          .x = corner.x + static_cast<float>(i % 3) * (tile + gap),
                          .y = corner.y + static_cast<float>(i / 3) * (tile + gap),
                          .width = tile,
                          .height = tile});
    const auto drawn = frame.context.tiles.draw(list, patches_.capture(), tiles_,
                                                pictures_of(frame.run.recipe, channels, true, style));
    if (!drawn) return hint(style, drawn.error().message.c_str());
    if (patches.empty())
        list->AddText(style.fonts.small, style.fonts.small->FontSize, {corner.x + style.px(6), corner.y + style.px(6)},
                      imgui_color(style.colors.text_secondary), "No value of it is a number", nullptr,
                      std::max(1.0F, side - style.px(12)));
    for (std::int64_t i = 0; i < std::ssize(patches); ++i) {
        const TopPatch& patch = patches[static_cast<std::size_t>(i)];
        const PlacedTile& at = tiles_[static_cast<std::size_t>(i)];
        ImGui::SetCursorScreenPos({at.x, at.y});
        ImGui::PushID(static_cast<int>(first + i));
        const bool clicked = ImGui::InvisibleButton("patch", {tile, tile});
        ImGui::PopID();
        note_item(style, "patch", first + i);
        if (ImGui::IsItemHovered())
            list->AddRect({at.x - 1.0F, at.y - 1.0F}, {at.x + tile + 1.0F, at.y + tile + 1.0F},
                          imgui_color(style.colors.accent), 0.0F, 0, style.px(2));
        char text[384];
        std::snprintf(text, sizeof text,
                      "Test picture %s, row %d, column %d of its map: %s. A click makes it the probe and selects that "
                      "value (no key).",
                      format_count(patch.picture).c_str(), patch.row, patch.column,
                      format_value(static_cast<double>(patch.value), 7).c_str());
        item_tooltip(style, text);
        if (!clicked) continue;
        frame.context.ui.post(command::SetProbe{HeldPicture{Split::Test, patch.picture}});
        Selection selection = frame.context.lane.selection;
        selection.select_layer(frame.layer.id);
        selection.select_channel(frame.channel);
        selection.row = patch.row;
        selection.column = patch.column;
        frame.context.ui.send(ui::Select{selection});
    }
}

void UnitPanel::draw_maximised(const Frame& frame, ImVec2 corner, float side, const WidgetStyle& style) {
    ImDrawList* list = ImGui::GetWindowDrawList();
    const ImVec2 end{corner.x + side, corner.y + side};
    list->AddRectFilled(corner, end, imgui_color(style.colors.raised));
    ImGui::SetCursorScreenPos(corner);
    ImGui::Dummy({side, side});
    note_item(style, "maximised");
    const auto* found = answer<MaximisedInput>(kMaximised);
    if (found == nullptr || !found->picture) {
        list->AddText(style.fonts.small, style.fonts.small->FontSize, {corner.x + style.px(6), corner.y + style.px(6)},
                      imgui_color(style.colors.text_secondary), missing(kMaximised), nullptr,
                      std::max(1.0F, side - style.px(12)));
        return;
    }
    const TensorCapture& picture = *found->picture;
    const auto height = static_cast<float>(picture.plane_height()), width = static_cast<float>(picture.plane_width());
    const float cell = side / std::max(height, width);
    const PlacedTile tile{.plane = 0, .x = corner.x, .y = corner.y, .width = cell * width, .height = cell * height};
    const auto drawn = frame.context.tiles.draw(list, picture, {&tile, 1},
                                                pictures_of(frame.run.recipe, picture.shape[0], false, style));
    if (!drawn) return hint(style, drawn.error().message.c_str());
    char text[384];
    std::snprintf(text, sizeof text,
                  "The input that excites it most, as far as %lld steps uphill from noise lead: %s is %s there, %s "
                  "of the noise. It is what the unit would like, not what there is. At iteration %s.",
                  static_cast<long long>(found->steps), frame.chosen() ? "the chosen value" : "its mean",
                  format_value(static_cast<double>(found->reached)).c_str(),
                  format_value(static_cast<double>(found->begins)).c_str(),
                  format_count(asked_[kMaximised].answer->iteration).c_str());
    item_tooltip(style, text);
}

// Of which iteration the patches are, and how far the next ones have come.
void UnitPanel::draw_jobs(const Frame& frame, const WidgetStyle& style) {
    const Asked& asked = asked_[kPatches];
    char text[384] = " ";
    int length = 0;
    if (const auto* found = answer<TopPatches>(kPatches))
        length = std::snprintf(text, sizeof text, "Of %s test pictures, at iteration %s. ",
                               format_count(found->pictures).c_str(), format_count(asked.answer->iteration).c_str());
    if (asked.under_way)
        std::snprintf(text + length, sizeof text - static_cast<std::size_t>(length), "Anew: %.0f %%",
                      100.0 * asked.progress);
    unit_words(style, shortened_line(text, frame.width).c_str());
    note_item(style, "of");
}

void UnitPanel::draw_one_spread(const Frame& frame, std::size_t which, const Histogram* values, std::int64_t iteration,
                                const char* missing, float width, const WidgetStyle& style) {
    static constexpr std::array<const char*, 5> kTitles{"Weights", "Gradients", "Values for the probe",
                                                        "For the minibatch", "For the test set"};
    static constexpr std::array<const char*, 5> kNames{"weights", "gradients", "probe", "batch", "test"};
    if (values != nullptr) spreads_[which].add(iteration, *values);
    if (over_training_)
        spread_plot(style, kTitles[which], spreads_[which].until(frame.snapshot.iteration), missing, width);
    else
        histogram_plot(style, kTitles[which], values, missing, width);
    note_item(style, kNames[which]);
}

void UnitPanel::draw_spread(const Frame& frame, const WidgetStyle& style) {
    static constexpr std::array<const char*, 2> kViews{"Now", "Over training"};
    section_label(style, "How its numbers are spread");
    int view = over_training_ ? 1 : 0;
    if (segmented(style, "spread", kViews, view)) over_training_ = view == 1;
    item_tooltip(style,
                 "How they are, or how they moved since this unit was looked at: earliest at the left, lowest at "
                 "the bottom (no key).");
    const std::pair<LayerId, std::int64_t> unit{frame.layer.id, frame.channel};
    if (spread_of_ != unit) {
        spread_of_ = unit;
        for (SpreadHistory& spread : spreads_) spread.clear();
    }
    const float gap = style.px(12), half = std::floor(0.5F * (frame.width - gap));
    const bool weighs = frame.layer.has_weight();
    const auto of_filter = [&](std::size_t which, TensorKind kind, const char* missing) {
        const TensorCapture* capture = weighs ? frame.find(kind) : nullptr;
        const Histogram values = histogram_of(filter_of(frame.layer, capture, frame.channel));
        draw_one_spread(frame, which, &values, capture != nullptr ? capture->iteration : 0,
                        weighs ? missing : "It has no weights of its own", half, style);
    };
    of_filter(0, TensorKind::Weight, "Not known yet");
    ImGui::SameLine(0.0F, gap);
    of_filter(1, TensorKind::WeightGradient, "No gradient yet");
    const TensorCapture* activation = frame.find(TensorKind::Activation);
    Histogram values;
    if (activation != nullptr && activation->shape == frame.layer.output_shape) {
        const std::size_t area = activation->values.size() / static_cast<std::size_t>(activation->shape[0]);
        values.add(std::span(activation->values).subspan(static_cast<std::size_t>(frame.channel) * area, area));
    }
    draw_one_spread(frame, 2, &values, activation != nullptr ? activation->iteration : 0, "Not known yet", half, style);
    ImGui::SameLine(0.0F, gap);
    const auto of_pictures = [&](std::size_t which, Slot slot, float width) {
        const auto* found = answer<ActivationHistogram>(slot);
        draw_one_spread(frame, which, found != nullptr ? &found->values : nullptr,
                        found != nullptr ? asked_[slot].answer->iteration : 0, missing(slot), width, style);
    };
    of_pictures(3, kBatchValues, half);
    of_pictures(4, kTestValues, frame.width);
}

void UnitPanel::draw_biography(const Frame& frame, const WidgetStyle& style) {
    section_label(style, "What has become of it");
    const auto* biography = answer<FilterBiography>(kBiography);
    if (biography == nullptr || biography->moments.empty()) return unit_words(style, missing(kBiography));
    draw_strip(frame, *biography, style);
    const FilterMoment& now = biography->moments.back();
    value_row(style, "Norm", format_value(now.norm).c_str());
    const double update = norm_of(filter_of(frame.layer, frame.find(TensorKind::WeightUpdate), frame.channel));
    value_row(style, "Update to weight",
              std::isfinite(update / now.norm) ? format_value(update / now.norm, 3).c_str() : "none yet");
    note_item(style, "ratio");
    item_tooltip(style, "How long the last update is, as a share of the filter: about a thousandth is usual (no key).");
    value_row(style, "Turned since the start", format_value(now.from_start, 3).c_str());
    note_item(style, "turned");
    item_tooltip(style,
                 "The cosine distance from how it began: 0 is the same direction, 1 a right angle, 2 the "
                 "opposite (no key).");
    value_row(style, "Settled at", biography->settled >= 0 ? format_count(biography->settled).c_str() : "not yet");
    note_item(style, "settled");
    item_tooltip(style,
                 "The first of these moments from which on it points, within a cosine distance of 0.02, where it "
                 "points now (no key).");
}

// The kernel of the input that matters most now, at each moment; a unit's row wrapped into a square.
void UnitPanel::draw_strip(const Frame& frame, const FilterBiography& biography, const WidgetStyle& style) {
    const bool kernels = biography.shape.rank() == 3;
    const std::int64_t input = strongest_input(biography);
    const std::int64_t height = kernels ? biography.shape[1] : 1,
                       width = kernels ? biography.shape[2] : biography.shape[0];
    if (strip_of_ != asked_[kBiography].answer) {
        strip_of_ = asked_[kBiography].answer;
        strip_.key = {TensorKind::Weight, frame.layer.id};
        strip_.content_id = next_picture_content();
        strip_.shape = {std::ssize(biography.moments), height, width};
        strip_.values.clear();
        for (const FilterMoment& moment : biography.moments) {
            const auto area = static_cast<std::ptrdiff_t>(height * width);
            const auto from = moment.weights.begin() + input * area;
            strip_.values.insert(strip_.values.end(), from, from + area);
        }
    }
    float largest = 0.0F;
    for (const float value : strip_.values)
        if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
    const auto columns = kernels ? width : static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(width))));
    const TileColors colors{.colormap = frame.context.settings.weight_colormap,
                            .range = {.mode = RangeMode::Fixed, .fixed = {-largest, largest}},
                            .no_data = style.colors.no_data,
                            .no_data_ground = style.colors.panel,
                            .cell_columns = columns};
    const float gap = style.px(3), side = style.px(kFrameOfStrip);
    const auto across = std::max<std::int64_t>(1, static_cast<std::int64_t>((frame.width + gap) / (side + gap)));
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    tiles_.clear();
    for (std::int64_t i = 0; i < std::ssize(biography.moments); ++i) {
        const ImVec2 at{corner.x + static_cast<float>(i % across) * (side + gap),
                        corner.y + static_cast<float>(i / across) * (side + gap)};
        tiles_.push_back({.plane = i, .x = at.x, .y = at.y, .width = side, .height = side});
    }
    if (const auto drawn = frame.context.tiles.draw(ImGui::GetWindowDrawList(), strip_, tiles_, colors); !drawn)
        return hint(style, drawn.error().message.c_str());
    for (std::int64_t i = 0; i < std::ssize(biography.moments); ++i) {
        const FilterMoment& moment = biography.moments[static_cast<std::size_t>(i)];
        const PlacedTile& at = tiles_[static_cast<std::size_t>(i)];
        ImGui::SetCursorScreenPos({at.x, at.y});
        ImGui::Dummy({side, side});
        note_item(style, "moment", i);
        char text[384];
        char of[48] = "";
        if (kernels) std::snprintf(of, sizeof of, ", input %lld", static_cast<long long>(input));
        std::snprintf(text, sizeof text,
                      "At iteration %s%s. Norm %s; turned by %s since the start, %s from now (cosine distance).",
                      format_count(moment.iteration).c_str(), of, format_value(moment.norm, 3).c_str(),
                      format_value(moment.from_start, 3).c_str(), format_value(moment.from_now, 3).c_str());
        item_tooltip(style, text);
    }
}

}  // namespace convscope
