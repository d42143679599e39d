#include "viz/panels/scene_panel.h"

#include "viz/panels/followed_card.h"
#include "viz/panels/layer_panel_parts.h"
#include "viz/scene/wall_pen.h"
#include "viz/view/own_pictures.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"
#include "viz/widgets/tile_read_out.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

namespace convscope {

namespace {

constexpr std::size_t kMostConnections = 28;  // each way
constexpr float kLeastFree = 420.0F;          // wide, in which what stands around the picture has room,
constexpr float kLeastFreeHeight = 260.0F;
constexpr float kLegendsAndMap = 530.0F;  // wide
constexpr float kLegendHeight = 100.0F;   // of the legends and the map, below the picture where it is small
constexpr double kEaseSeconds = 0.08;     // the picture follows what is free by a factor of e in this time

const char* what_is(TensorKind kind) {
    switch (kind) {
        case TensorKind::Input:
            return "Picture,";
        case TensorKind::Activation:
        case TensorKind::PassActivation:
            return "Output of";
        case TensorKind::PassGradient:
            return "Loss by output of";
        case TensorKind::WeightGradient:
            return "Loss by weights of";
        case TensorKind::WeightUpdate:
            return "Update of";
        default:
            return "Weights of";
    }
}

}  // namespace

std::string_view ScenePanel::help() const {
    return "The network as a place: the picture at one end, every layer a wall of its live values, the weights between "
           "them, the classes at the other end. Drag to turn, right drag to move, wheel to come nearer; W A S D Q E "
           "fly, Shift is faster. A click selects a map, nearer a value; F goes to what is selected, Home shows "
           "everything. The phases at the upper left hold an iteration amid its pass. With the pad open (J) you draw "
           "on the picture itself.";
}

void ScenePanel::draw(FrameContext& context) {
    const NetworkDescription* known = network_or_empty_state(context);
    if (!known) return;
    if (!context.scene.renderer) return empty_state(style_of(context), "There is no scene without OpenGL.");
    const SceneViewport viewport{ImGui::GetCursorScreenPos(), ImGui::GetContentRegionAvail()};
    if (viewport.size.x < 1.0F || viewport.size.y < 1.0F) return;
    view_ = &context.scene_view;
    const SceneViewport free = find_free(context, viewport);
    const bool part = free.size.x < viewport.size.x || free.size.y < viewport.size.y;
    const float below = part ? std::round(context.scale * kLegendHeight) : 0.0F;
    view_->navigator().set_viewport(
        {viewport.size.x, viewport.size.y},
        {{free.origin.x - viewport.origin.x, free.origin.y - viewport.origin.y}, {free.size.x, free.size.y - below}});
    if (view_->adopt(*context.lane.shown()->run_info)) loupe_hover_.reset();
    read_input(context, viewport);
    view_->tick(context.time_seconds);

    const Camera camera = view_->navigator().camera();
    follow_pass(context);
    const bool travels = wave_.front() && context.lane.shown_age_seconds() < context.lane.shown()->phase_seconds;
    if (view_->navigator().moving() || travels) context.unfinished = true;
    see(layout(), camera, seen_);
    watch(context);
    connect(context);
    gather(context);
    mark(context);
    draw_picture(context, viewport, camera);
    draw_over(context, viewport, free, camera);
}

// What floating panels leave of the viewport, in one piece; all of it where that is too little. The picture and what
// stands around it go there softly.
SceneViewport ScenePanel::find_free(FrameContext& context, const SceneViewport& viewport) {
    const PixelRect room{viewport.origin.x, viewport.origin.y, viewport.size.x, viewport.size.y};
    PixelRect goal = context.scene.covered.empty() ? room : largest_free(room, context.scene.covered);
    if (goal.width < context.scale * kLeastFree || goal.height < context.scale * kLeastFreeHeight) goal = room;
    const double seconds = std::max(0.0, context.time_seconds - free_at_);
    free_at_ = context.time_seconds;
    const auto part = static_cast<float>(1.0 - std::exp(-seconds / kEaseSeconds));
    bool there = room != room_;
    room_ = room;
    const auto ease = [&](float PixelRect::*side) {
        free_.*side += part * (goal.*side - free_.*side);
        return std::abs(goal.*side - free_.*side) < 0.5F;
    };
    if (!there) {
        const bool sides[] = {ease(&PixelRect::x), ease(&PixelRect::y), ease(&PixelRect::width),
                              ease(&PixelRect::height)};
        there = std::all_of(std::begin(sides), std::end(sides), [](bool side) { return side; });
    }
    if (there) free_ = goal;
    context.unfinished = context.unfinished || !there;
    return {{std::round(free_.x), std::round(free_.y)}, {std::round(free_.width), std::round(free_.height)}};
}

void ScenePanel::read_input(FrameContext& context, const SceneViewport& viewport) {
    // Trail and map lie over it and are clicked first. Dear ImGui wants to be told before the item since 1.89.7,
    // and after it by Debian 12's.
#if IMGUI_VERSION_NUM >= 18970
    ImGui::SetNextItemAllowOverlap();
#endif
    ImGui::InvisibleButton(
        "scene", viewport.size,
        ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight | ImGuiButtonFlags_MouseButtonMiddle);
#if IMGUI_VERSION_NUM < 18970
    ImGui::SetItemAllowOverlap();
#endif
    const bool over = ImGui::IsItemHovered();
    const ImGuiIO& io = ImGui::GetIO();
    const Vec2 position{io.MousePos.x - viewport.origin.x, io.MousePos.y - viewport.origin.y};
    std::optional<SceneHit>& hover = view_->hover;
    const Camera camera = view_->navigator().camera();
    const Ray ray = camera.ray(position);
    hover.reset();
    if (over) hover = pick(layout(), ray);
    PointerInput pointer{.position = position,
                         .delta = {io.MouseDelta.x, io.MouseDelta.y},
                         .wheel = over ? io.MouseWheel : 0.0F,
                         .left = io.MouseDown[0],
                         .right = io.MouseDown[1],
                         .middle = io.MouseDown[2],
                         .double_click = context.scene.double_click || io.MouseClickedCount[0] == 2,
                         .over_scene = over,
                         .shift = io.KeyShift,
                         .hit = std::nullopt};
    if (hover) pointer.hit = ray.at(hover->distance);
    if (draw_on_wall(context, ray, over)) pointer.left = pointer.double_click = false;
    const PointerResult result = input_.apply(pointer, context.scene.keys, context.scene.pad, view_->navigator());
    if (result.dragging) hover.reset();
    if ((result.clicked || result.double_clicked) && hover)
        context.ui.send(ui::Select{view_->selection_at(context.lane.selection, *hover)});
    if (result.double_clicked && hover) context.ui.send(ui::FlyToSelection{});
}

// With the pad open the left button draws where the picture hangs: true while it does.
bool ScenePanel::draw_on_wall(FrameContext& context, const Ray& ray, bool over) {
    const std::vector<std::string>& open = context.settings.floating;
    const bool ready = context.own != nullptr && context.own->usable() && !view_->empty() &&
                       std::binary_search(open.begin(), open.end(), "pad");
    const bool begins = ready && over && ImGui::IsMouseClicked(ImGuiMouseButton_Left) && view_->hover &&
                        view_->hover->wall == 0 && !view_->hover->weights && view_->hover->cell;
    drawing_ = begins || (drawing_ && ready && ImGui::IsMouseDown(ImGuiMouseButton_Left));
    const std::optional<Vec2> place = drawing_ ? place_on_picture(layout(), ray) : std::nullopt;
    if (!place) return drawing_;
    // What is drawn has to stay where it is drawn.
    if (begins && !context.own->as_drawn()) context.ui.send(ui::ChangePad{ui::ChangePad::How::AsDrawn});
    const bool transposed = context.lane.shown()->run_info->recipe.input_transposed;
    const PadPoint at = transposed ? PadPoint{place->y, place->x} : PadPoint{place->x, place->y};
    context.ui.send(ui::DrawOnPad{at, begins});
    return true;
}

void ScenePanel::follow_pass(const FrameContext& context) {
    const Snapshot& snapshot = *context.lane.shown();
    const double seconds = std::max(snapshot.phase_seconds, 1e-3);
    wave_ = PassWave(layout(), snapshot.phase, static_cast<float>(context.lane.shown_age_seconds() / seconds));
}

void ScenePanel::watch(FrameContext& context) const {
    const Snapshot& snapshot = *context.lane.shown();
    WatchSet& watch = context.watch;
    watch.probe = true;
    watch.phases = context.lane.held() == Phase::None;  // its phases are filmed
    // Where a pass may be followed, what it needs is asked for beforehand; flat out it is not.
    const double pace = snapshot.settings.iterations_per_second;
    const bool unhurried = snapshot.state == SessionState::Paused || wave_.visible() || (pace > 0.0 && pace <= 2.0);
    for (const SeenWall& seen : seen_) {
        const SceneWall& wall = layout().walls[seen.wall];
        if (seen.values) {
            watch.add(wall.values.key);
            if (unhurried) {
                watch.add({TensorKind::PassActivation, wall.layer});
                if (wall.layer != kInputLayer) watch.add({TensorKind::PassGradient, wall.layer});
            }
        }
        if (seen.weights) {
            watch.add(wall.weights->key);
            if (unhurried) {
                watch.add({TensorKind::WeightGradient, wall.layer});
                watch.add({TensorKind::WeightUpdate, wall.layer});
            }
        }
    }
}

// Where what is under the mouse, or else what is selected, comes from and goes to.
void ScenePanel::connect(FrameContext& context) {
    upstream_.clear();
    downstream_.clear();
    connected_.reset();
    if (view_->hover && view_->hover->cell)
        connected_ = selected_place(network(), view_->selection_at(context.lane.selection, *view_->hover));
    if (!connected_) connected_ = selected_place(network(), context.lane.selection);
    if (!connected_ || context.lane.shows_difference()) return;  // it is no network's
    const Place& place = *connected_;
    const Snapshot& snapshot = *context.lane.shown();
    for (const Direction direction : {Direction::Upstream, Direction::Downstream}) {
        if (direction == Direction::Upstream && place.layer == kInputLayer) continue;
        watch_connections(network(), place.layer, direction, context.watch);
        if (wave_.visible()) continue;  // they are the probe's
        // A problem leaves nothing to draw; what is missing has been asked for.
        (void)strongest_connections(network(), snapshot, place, direction, kMostConnections,
                                    direction == Direction::Upstream ? upstream_ : downstream_);
    }
}

const TensorCapture* ScenePanel::shown(const FrameContext& context, const SceneWall& wall, bool weights) const {
    const Snapshot& snapshot = *context.lane.shown();
    const std::optional<TensorKey> key = weights ? wave_.weights(wall) : wave_.values(wall);
    if (!key) return nullptr;
    const TensorCapture* capture = snapshot.find(*key);
    return capture && capture->run == snapshot.run_info->run ? capture : nullptr;
}

// Of the classes at the end: the probe's, or during a pass its own, once the wave has come there.
std::span<const float> ScenePanel::probabilities(const FrameContext& context) const {
    const Snapshot& snapshot = *context.lane.shown();
    if (context.lane.shows_difference()) return {};  // bars have one sign
    if (!wave_.visible()) return snapshot.seen.probe.probabilities;
    if (wave_.has_come_to(layout().classes.corner.x)) return snapshot.seen.pass.probabilities;
    return {};
}

SceneValues ScenePanel::look_of(const FrameContext& context, const TensorCapture& capture) const {
    const Settings& settings = context.settings;
    const Recipe& recipe = context.lane.shown()->run_info->recipe;
    SceneValues look{.capture = &capture};
    if (capture.key.layer == kInputLayer) {
        look.colormap = Colormap::Grey;
        look.range = {.mode = RangeMode::Fixed, .fixed = pixel_range(recipe, 0)};
        if (capture.shape[0] == 3)
            look.rgb = RgbRange{pixel_range(recipe, 0), pixel_range(recipe, 1), pixel_range(recipe, 2)};
    } else if (capture.key.kind == TensorKind::Activation || capture.key.kind == TensorKind::PassActivation) {
        look.colormap = settings.activation_colormap;
        look.range = activation_range(settings);
    } else {
        look.colormap = settings.weight_colormap;
        look.range = weight_range(settings, capture.key.kind);
    }
    return look;
}

void ScenePanel::gather(const FrameContext& context) {
    values_.clear();
    figures_.begin(layout(), network(), context.colors, context.scale);
    const auto add = [&](const SceneWall& wall, const SceneSurface& surface, bool weights) {
        const TensorCapture* capture = shown(context, wall, weights);
        if (!capture) return;
        SceneValues values = look_of(context, *capture);
        values.surface = &surface;
        values_.push_back(values);
    };
    for (const SeenWall& seen : seen_) {
        const SceneWall& wall = layout().walls[seen.wall];
        figures_.add_slabs(seen);
        if (seen.values) add(wall, wall.values, false);
        if (seen.weights) add(wall, *wall.weights, true);
    }
    figures_.add_links();
    if (connected_) {
        figures_.add_connections(*connected_, upstream_);
        figures_.add_connections(*connected_, downstream_);
    }
    figures_.add_wave(wave_);
    figures_.add_bars(probabilities(context));
}

// Outlines what is selected, what the lines come from, and what is under the mouse.
void ScenePanel::mark(const FrameContext& context) {
    const Palette& colors = context.colors;
    figures_.outline_wall(context.lane.selection.layer, with_opacity(colors.accent, 0.7F));
    if (const std::optional<Place> place = selected_place(network(), context.lane.selection)) {
        if (output_shape(network(), place->layer).rank() == 3)
            figures_.outline_place({place->layer, place->channel, Place::kWholeMap, Place::kWholeMap}, colors.accent,
                                   2.0F);
        if (!place->is_whole_map()) figures_.outline_place(*place, colors.accent, 2.5F);
    }
    for (const Connection& connection : upstream_)
        figures_.outline_place(connection.place, with_opacity(colors.text, 0.55F), 1.0F);
    if (loupe_hover_) figures_.outline_place(*loupe_hover_, colors.text, 3.0F);
    if (view_->hover) figures_.outline_hit(*view_->hover);
}

void ScenePanel::draw_picture(FrameContext& context, const SceneViewport& viewport, const Camera& camera) {
    const ScenePicture picture{.view_projection = camera.view_projection(),
                               .near = camera.near_plane(),
                               .values = values_,
                               .blocks = figures_.blocks(),
                               .lines = figures_.lines(),
                               .marks = figures_.marks(),
                               .shades = figures_.shades(),
                               .extent = layout().box,
                               .colors = &context.colors};
    const ImVec2 pixels = ImGui::GetIO().DisplayFramebufferScale;
    const auto texture =
        context.scene.renderer->draw(picture, std::max(1, static_cast<int>(viewport.size.x * pixels.x)),
                                     std::max(1, static_cast<int>(viewport.size.y * pixels.y)));
    if (!texture) {
        ImGui::SetCursorScreenPos(viewport.origin);
        return empty_state(style_of(context), texture.error().message);
    }
    ImGui::GetWindowDrawList()->AddImage(
        reinterpret_cast<ImTextureID>(static_cast<std::uintptr_t>(texture.value())), viewport.origin,
        {viewport.origin.x + viewport.size.x, viewport.origin.y + viewport.size.y}, {0.0F, 1.0F}, {1.0F, 0.0F});
}

void ScenePanel::draw_over(FrameContext& context, const SceneViewport& viewport, const SceneViewport& free,
                           const Camera& camera) {
    ImDrawList* list = ImGui::GetWindowDrawList();
    list->PushClipRect(viewport.origin, {viewport.origin.x + viewport.size.x, viewport.origin.y + viewport.size.y},
                       true);
    labels_.draw(context, {.network = network(),
                           .layout = layout(),
                           .camera = camera,
                           .seen = seen_,
                           .origin = viewport.origin,
                           .hovered = view_->hover ? view_->hover->wall : layout().walls.size(),
                           .values = values_,
                           .probabilities = probabilities(context),
                           .pass = wave_.visible()});
    if (!context.scene.bare) draw_chrome(context, free, camera);
    list->PopClipRect();
    draw_loupe(context, free);
    draw_read_out(context);
}

// What stands around the picture.
void ScenePanel::draw_chrome(FrameContext& context, const SceneViewport& free, const Camera& camera) {
    draw_trail(context, network(), free);
    draw_phases(context, wave_, free);
    const SceneWall& wall =
        layout().walls[view_->hover ? view_->hover->wall : layout().wall_of(context.lane.selection.layer)];
    std::array<SceneLegend, 2> legends;
    std::array<std::array<char, 96>, 2> titles{};
    for (const bool weights : {false, true}) {
        if (weights && !wall.weights) continue;
        const TensorCapture* capture = shown(context, wall, weights);
        if (!capture) continue;
        const auto i = static_cast<std::size_t>(weights);
        const SceneValues look = look_of(context, *capture);
        std::snprintf(titles[i].data(), titles[i].size(), "%s%s %.40s",
                      context.lane.shows_difference() && wall.layer != kInputLayer ? "Difference: " : "",
                      what_is(capture->key.kind), name_of(network(), wall.layer));
        const bool pointed = view_->hover && view_->hover->cell && view_->hover->weights == weights;
        legends[i] = {titles[i].data(), capture, look.colormap, look.range,
                      pointed                       ? view_->hover->cell->tile
                      : weights                     ? -1
                      : capture->plane_count() == 1 ? 0
                                                    : context.lane.selection.channel};
        if (legends[i].plane >= capture->plane_count()) legends[i].plane = -1;
    }
    draw_legends(context, legends, !upstream_.empty() || !downstream_.empty(), free);
    // Where there is no room for both, the legends say more.
    const bool room = free.size.x >= context.scale * kLegendsAndMap;
    const std::size_t clicked = room ? draw_map(context, layout(), camera, free) : layout().walls.size();
    if (clicked < layout().walls.size()) {
        Selection selection = context.lane.selection;
        selection.select_layer(layout().walls[clicked].layer);
        selection.select_channel(-1);
        context.ui.send(ui::Select{selection});
        context.ui.send(ui::FlyToSelection{});
    }
}

void ScenePanel::draw_loupe(FrameContext& context, const SceneViewport& viewport) {
    loupe_hover_.reset();
    if (context.lane.shows_difference()) return;  // products of differences are none
    const std::optional<Place> place = selected_place(network(), context.lane.selection);
    if (!place || place->is_whole_map() || place->layer == kInputLayer) return;
    const float margin = std::round(14.0F * context.scale);
    const float top = viewport.origin.y + std::round(52.0F * context.scale);
    const ImVec2 corner{viewport.origin.x + viewport.size.x - margin, top};
    const float height = viewport.size.y - std::round(170.0F * context.scale);
    bool closed = false;
    if (context.lane.shows_phase()) {
        closed = draw_followed_card(context, network(), *place, corner, height);
    } else if (wave_.visible()) {  // the loupe is the probe's, and back when the pass is over
        for (const TensorKey& key : loupe_needs(network(), place->layer)) context.watch.add(key);
        return;
    } else {
        loupe_hover_ = loupe_.draw(context, network(), *place, corner, height, closed);
    }
    if (!closed) return;
    Selection selection = context.lane.selection;
    if (output_shape(network(), place->layer).rank() == 1)
        selection.select_channel(-1);
    else
        selection.row = selection.column = -1;
    context.ui.send(ui::Select{selection});
}

// The exact number under the mouse.
void ScenePanel::draw_read_out(const FrameContext& context) const {
    if (!view_->hover || !view_->hover->cell) return;
    const SceneWall& wall = layout().walls[view_->hover->wall];
    const TensorCapture* capture = shown(context, wall, view_->hover->weights);
    const SceneSurface& surface = view_->hover->weights ? *wall.weights : wall.values;
    if (!capture || capture->plane_count() != surface.tile_count * surface.planes_per_tile) return;
    const SurfaceCell& cell = *view_->hover->cell;
    const std::int64_t plane = cell.tile * surface.planes_per_tile;
    const std::int64_t at = (plane * surface.plane_height + cell.row) * surface.plane_width + cell.column;
    if (at >= static_cast<std::int64_t>(capture->values.size())) return;
    tile_tooltip(*capture,
                 {.plane = plane,
                  .row = cell.row,
                  .column = cell.column,
                  .value = capture->values[static_cast<std::size_t>(at)]},
                 context.colors);
}

}  // namespace convscope
