#include "viz/panels/lay_plot.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace convscope {
namespace {

constexpr float kPlotMargin = 0.06F;   // of the plot's sides, that stays free
constexpr float kReachOfPoint = 8.0F;  // of the mouse, at scale 1, in pixels
constexpr float kLassoStep = 3.0F;
constexpr float kLeastZoom = 0.5F, kMostZoom = 60.0F;
constexpr float kYaw = 0.6F, kPitch = 0.4F;  // where one looks from at first
constexpr ImWchar kBullet = 0x2022;

Box box_of(std::span<const LayPoint> points) {
    Box box;
    for (const LayPoint& point : points) box.add(Vec3{point.x, point.y, point.z});
    return box;
}

bool encloses(std::span<const ImVec2> outline, float x, float y) {
    bool within = false;
    for (std::size_t i = 0, j = outline.size() - 1; i < outline.size(); j = i++) {
        const ImVec2 &a = outline[i], &b = outline[j];
        if ((a.y > y) != (b.y > y) && x < (b.x - a.x) * (y - a.y) / (b.y - a.y) + a.x) within = !within;
    }
    return within;
}

}  // namespace

void LayPlot::steer_flat(bool over, const WidgetStyle& style) {
    const ImGuiIO& io = ImGui::GetIO();
    if (over && io.MouseWheel != 0.0F) {
        const float factor = std::pow(1.25F, std::clamp(io.MouseWheel, -10.0F, 10.0F));
        const float next = std::clamp(zoom_ * factor, kLeastZoom, kMostZoom), grown = next / zoom_;
        const ImVec2 middle{corner_.x + 0.5F * size_.x, corner_.y + 0.5F * size_.y};
        // What is under the mouse stays there.
        shift_.x = (io.MousePos.x - middle.x) * (1.0F - grown) + shift_.x * grown;
        shift_.y = (io.MousePos.y - middle.y) * (1.0F - grown) + shift_.y * grown;
        zoom_ = next;
    }
    if (ImGui::IsItemActive() && (io.MouseDown[1] || io.MouseDown[2])) {
        shift_.x += io.MouseDelta.x;
        shift_.y += io.MouseDelta.y;
    }
    if (over && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) {
        zoom_ = 1.0F;
        shift_ = {};
    }
    radius_ = style.px(1) * (dots_.size() > 4000 ? 2.0F : 3.0F) * std::clamp(std::sqrt(zoom_), 1.0F, 2.0F);
}

void LayPlot::place_flat(std::span<const LayPoint> points, const Box& box) {
    const Vec3 extent = box.size();
    const float room = 1.0F - 2.0F * kPlotMargin;
    const float scale =
        zoom_ * std::min(room * size_.x / std::max(extent.x, 1e-6F), room * size_.y / std::max(extent.y, 1e-6F));
    const Vec3 centre = box.center();
    const ImVec2 middle{corner_.x + 0.5F * size_.x + shift_.x, corner_.y + 0.5F * size_.y + shift_.y};
    for (std::size_t i = 0; i < points.size(); ++i)
        dots_[i] = {middle.x + scale * (points[i].x - centre.x), middle.y - scale * (points[i].y - centre.y), 0.0F,
                    radius_};
}

void LayPlot::steer_deep(FrameContext& context, const Box& box, bool over, LayPlotResult& result) {
    navigator_.set_scene(box);
    navigator_.set_viewport({size_.x, size_.y});
    if (!framed_) {
        navigator_.frame(box, kYaw, kPitch, 0.01F);
        navigator_.jump(navigator_.goal());
        framed_ = true;
    }
    const ImGuiIO& io = ImGui::GetIO();
    result.takes_keys = over;
    const PointerInput pointer{.position = {io.MousePos.x - corner_.x, io.MousePos.y - corner_.y},
                               .delta = {io.MouseDelta.x, io.MouseDelta.y},
                               .wheel = over ? io.MouseWheel : 0.0F,
                               .left = io.MouseDown[0] && !lassoing_,
                               .right = io.MouseDown[1],
                               .middle = io.MouseDown[2],
                               .double_click = io.MouseClickedCount[0] == 2,
                               .over_scene = over,
                               .shift = io.KeyShift,
                               .hit = std::nullopt};
    const PointerResult done = input_.apply(pointer, over ? context.keys : FlyInput{}, FlyInput{}, navigator_);
    if (done.double_clicked) navigator_.frame(box, kYaw, kPitch);
    navigator_.tick(std::max(0.0, context.time_seconds - seconds_));
    result.moving = navigator_.moving();
}

void LayPlot::place_deep(std::span<const LayPoint> points) {
    const Camera camera = navigator_.camera();
    for (std::size_t i = 0; i < points.size(); ++i) {
        const Vec3 at{points[i].x, points[i].y, points[i].z};
        const std::optional<Vec3> place = camera.project(at);
        if (!place) {
            dots_[i].radius = 0.0F;
            continue;
        }
        const float radius = std::clamp(0.016F * camera.pixels_per_unit(at), 0.5F * radius_, 4.0F * radius_);
        dots_[i] = {corner_.x + place->x, corner_.y + place->y, place->z, radius};
    }
}

void LayPlot::draw_dots(std::span<const LayMark> marks, const WidgetStyle& style) {
    order_.resize(dots_.size());
    std::iota(order_.begin(), order_.end(), 0);
    std::sort(order_.begin(), order_.end(), [&](std::int32_t a, std::int32_t b) {
        const auto i = static_cast<std::size_t>(a), j = static_cast<std::size_t>(b);
        if (marks[i].on_top != marks[j].on_top) return marks[j].on_top;
        if (dots_[i].depth != dots_[j].depth) return dots_[i].depth > dots_[j].depth;
        return a < b;
    });
    // A bullet of the largest type is round, and drawn in one piece with all that is written.
    const ImFontGlyph* bullet = style.fonts.numbers->FindGlyphNoFallback(kBullet);
    const ImVec2 white = ImGui::GetFontTexUvWhitePixel();
    const ImVec2 from = bullet != nullptr ? ImVec2{bullet->U0, bullet->V0} : white;
    const ImVec2 to = bullet != nullptr ? ImVec2{bullet->U1, bullet->V1} : white;
    ImDrawList* list = ImGui::GetWindowDrawList();
    const float right = corner_.x + size_.x, bottom = corner_.y + size_.y;
    for (const std::int32_t place : order_) {
        const Dot& dot = dots_[static_cast<std::size_t>(place)];
        if (!(dot.radius > 0.0F) || dot.x < corner_.x - dot.radius || dot.x > right + dot.radius ||
            dot.y < corner_.y - dot.radius || dot.y > bottom + dot.radius)
            continue;
        list->PrimReserve(6, 4);
        list->PrimRectUV({dot.x - dot.radius, dot.y - dot.radius}, {dot.x + dot.radius, dot.y + dot.radius}, from, to,
                         marks[static_cast<std::size_t>(place)].color);
    }
}

// The three directions from the middle, so that one sees how the points are turned.
void LayPlot::draw_axes(const Box& box, const WidgetStyle& style) const {
    const Camera camera = navigator_.camera();
    const float length = 0.5F * std::max({box.size().x, box.size().y, box.size().z});
    ImDrawList* list = ImGui::GetWindowDrawList();
    for (int axis = 0; axis < 3; ++axis) {
        Vec3 along{0.0F};
        along[axis] = length;
        const std::optional<Vec3> a = camera.project(box.center() - along), b = camera.project(box.center() + along);
        if (!a || !b) continue;
        list->AddLine({corner_.x + a->x, corner_.y + a->y}, {corner_.x + b->x, corner_.y + b->y},
                      imgui_color(style.colors.line), std::max(1.0F, style.px(1)));
    }
}

std::int64_t LayPlot::nearest(ImVec2 mouse, float reach) const {
    std::int64_t found = -1;
    float least = reach * reach;
    for (std::size_t i = 0; i < dots_.size(); ++i) {
        const Dot& dot = dots_[i];
        if (!(dot.radius > 0.0F)) continue;
        const float x = dot.x - mouse.x, y = dot.y - mouse.y, away = x * x + y * y;
        if (away < least || (away == least && found >= 0 && dot.depth < dots_[static_cast<std::size_t>(found)].depth)) {
            least = away;
            found = static_cast<std::int64_t>(i);
        }
    }
    return found;
}

bool LayPlot::follow_lasso(bool may_begin, std::vector<std::int64_t>& chosen, const WidgetStyle& style) {
    const ImGuiIO& io = ImGui::GetIO();
    if (may_begin && ImGui::IsItemActivated() && io.MouseDown[0]) {
        lassoing_ = true;
        lasso_.assign(1, io.MousePos);
    }
    if (!lassoing_) return false;
    const ImVec2 last = lasso_.back();
    if (std::hypot(io.MousePos.x - last.x, io.MousePos.y - last.y) >= kLassoStep) lasso_.push_back(io.MousePos);
    ImDrawList* list = ImGui::GetWindowDrawList();
    list->AddPolyline(lasso_.data(), static_cast<int>(lasso_.size()), imgui_color(style.colors.accent),
                      io.MouseDown[0] ? ImDrawFlags_None : ImDrawFlags_Closed, std::max(1.0F, style.px(2)));
    if (io.MouseDown[0]) return false;
    lassoing_ = false;
    if (lasso_.size() < 4) return false;  // a click
    chosen.clear();
    for (std::size_t i = 0; i < dots_.size(); ++i)
        if (dots_[i].radius > 0.0F && encloses(lasso_, dots_[i].x, dots_[i].y))
            chosen.push_back(static_cast<std::int64_t>(i));
    return true;
}

LayPlotResult LayPlot::draw(FrameContext& context, std::span<const LayPoint> points, int dimensions,
                            std::span<const LayMark> marks, std::int64_t ringed, std::vector<std::int64_t>& chosen,
                            float below, const WidgetStyle& style) {
    LayPlotResult result;
    const ImVec2 room = ImGui::GetContentRegionAvail();
    corner_ = ImGui::GetCursorScreenPos();
    size_ = {std::max(1.0F, room.x), std::max(style.px(60), room.y - below)};
    ImGui::InvisibleButton(
        "plot", size_,
        ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight | ImGuiButtonFlags_MouseButtonMiddle);
    note_item(style, "plot");
    const bool over = ImGui::IsItemHovered();
    const ImGuiIO& io = ImGui::GetIO();
    const bool deep = dimensions == 3;
    if (ImGui::IsItemActivated()) pressed_ = io.MouseDown[0];
    dots_.resize(points.size());
    const Box box = box_of(points);
    ImDrawList* list = ImGui::GetWindowDrawList();
    const ImVec2 end{corner_.x + size_.x, corner_.y + size_.y};
    list->AddRectFilled(corner_, end, imgui_color(style.colors.panel));
    list->PushClipRect(corner_, end, true);
    if (!box.empty()) {
        steer_flat(over && !deep, style);
        if (deep) {
            steer_deep(context, box, over, result);
            place_deep(points);
            draw_axes(box, style);
        } else {
            place_flat(points, box);
        }
        draw_dots(marks, style);
    }
    if (deep && std::none_of(dots_.begin(), dots_.end(), [&](const Dot& dot) {
            return dot.radius > 0.0F && dot.x > corner_.x && dot.x < end.x && dot.y > corner_.y && dot.y < end.y;
        }))
        list->AddText(style.fonts.small, style.fonts.small->FontSize,
                      {corner_.x + style.px(8), corner_.y + style.px(8)}, imgui_color(style.colors.text_secondary),
                      "All points are behind you: a double click shows them.", nullptr, size_.x - style.px(16));
    seconds_ = context.time_seconds;
    const bool was_lasso = lassoing_ && lasso_.size() >= 4;
    result.chose = follow_lasso(!deep || io.KeyCtrl, chosen, style);
    const bool dragging = ImGui::IsMouseDragging(ImGuiMouseButton_Left) || io.MouseDown[1] || io.MouseDown[2];
    if (over && !dragging) result.hovered = nearest(io.MousePos, std::max(style.px(kReachOfPoint), 1.5F * radius_));
    const auto ring = [&](const char* name, std::int64_t point, Rgba color, float width) {
        const Dot& dot = dots_[static_cast<std::size_t>(point)];
        if (!(dot.radius > 0.0F)) return;
        note_place(style, name, {dot.x - dot.radius, dot.y - dot.radius}, {dot.x + dot.radius, dot.y + dot.radius});
        list->AddCircle({dot.x, dot.y}, dot.radius + style.px(3), imgui_color(color), 0,
                        std::max(1.0F, style.px(width)));
    };
    if (ringed >= 0 && ringed < std::ssize(dots_)) ring("probe", ringed, style.colors.accent, 2);
    if (result.hovered >= 0) ring("pointed", result.hovered, style.colors.text, 1.5F);
    list->PopClipRect();
    list->AddRect(corner_, end, imgui_color(style.colors.line));
    if (over && pressed_ && ImGui::IsMouseReleased(ImGuiMouseButton_Left) && !was_lasso &&
        io.MouseDragMaxDistanceSqr[0] < SceneInput::kClickPixels * SceneInput::kClickPixels) {
        result.clicked = nearest(io.MousePos, std::max(style.px(kReachOfPoint), 1.5F * radius_));
        if (result.clicked < 0 && !chosen.empty()) {
            chosen.clear();
            result.chose = true;
        }
    }
    return result;
}

}  // namespace convscope
