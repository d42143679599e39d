#include "viz/panels/performance_panel.h"

#include "viz/render/tile_renderer.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace convscope {
namespace {

constexpr double kRateSeconds = 1.0;
constexpr float kLowestStrip = 18.0F;
constexpr float kHighestStrip = 44.0F;
constexpr float kLineGap = 4.0F;
// Rows of text, headings, and the gaps between those and the two strips.
constexpr int kRows = 12;
constexpr int kHeadings = 3;
constexpr int kGaps = kRows + kHeadings + 2 - 1;
constexpr float kSixtyHertz = 1000.0F / 60.0F;

ShortText format_milliseconds(double milliseconds) { return format_seconds(milliseconds * 1e-3); }
ShortText format_samples(double per_second) { return format_quantity(per_second, "samples/s"); }

// A row whose label says more under the mouse.
void row(const WidgetStyle& style, const char* label, const char* value, const char* tooltip, Rgba color = 0) {
    value_row(style, label, value, color);
    item_tooltip(style, tooltip);
}

}  // namespace

std::string_view PerformancePanel::help() const {
    return "What drawing costs the screen and what watching costs the trainer, each measured by itself. The upper "
           "strip "
           "is the time from one frame to the next, with a line at 60 frames a second; while nothing moves, frames are "
           "drawn seldom on purpose. The lower strip is the training speed. Closing panels makes watching cheaper: "
           "only "
           "what is on screen is captured. Point at a row to read what it means.";
}

void PerformancePanel::draw(FrameContext& context) {
    const WidgetStyle style = style_of(context);
    sample(context);
    // Closer together, and with lower strips, in a low panel.
    const float room = ImGui::GetContentRegionAvail().y;
    const float text = static_cast<float>(kRows) * ImGui::GetTextLineHeight() +
                       static_cast<float>(kHeadings) * style.fonts.title->FontSize + 2.0F * style.px(kLineGap);
    const float spacing = fitting_spacing(style, room, text + 2.0F * style.px(kHighestStrip), kGaps);
    const float left = room - text - static_cast<float>(kGaps) * spacing;
    strip_height_ = std::clamp(std::floor(0.5F * left), style.px(kLowestStrip), style.px(kHighestStrip));
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(ImGui::GetStyle().ItemSpacing.x, spacing));
    draw_rows(context, style);
    ImGui::PopStyleVar();
}

void PerformancePanel::draw_rows(FrameContext& context, const WidgetStyle& style) {
    draw_screen(context, style);
    ImGui::SetCursorPosY(ImGui::GetCursorPosY() + style.px(kLineGap));
    const Snapshot* snapshot = context.lane.shown();
    if (!snapshot || !snapshot->run_info) {
        section_label(style, "Trainer");
        hint(style, "Nothing yet: the session is starting.");
        return;
    }
    draw_trainer(*snapshot, style);
    ImGui::SetCursorPosY(ImGui::GetCursorPosY() + style.px(kLineGap));
    draw_watching(*snapshot, style);
}

void PerformancePanel::sample(const FrameContext& context) {
    intervals_.add(ImGui::GetIO().DeltaTime * 1000.0F);
    const Snapshot* snapshot = context.lane.shown();
    if (!snapshot) return;
    const double now = context.time_seconds;
    if (sampled_at_ < 0.0 || now - sampled_at_ >= kSampleSeconds) {
        sampled_at_ = now;
        speeds_.add(snapshot->state == SessionState::Running ? static_cast<float>(snapshot->samples_per_second) : 0.0F);
    }
    const double elapsed = now - rate_since_;
    if (elapsed < kRateSeconds) return;
    // After a reset or a journey through time, or while this panel was hidden, the count is of another stretch: begin
    // again.
    const CommandId journey = context.lane.link.requested().place.id;
    const bool continuous = rate_sequence_ > 0 && elapsed < 2.0 * kRateSeconds && journey == rate_journey_ &&
                            snapshot->iteration >= rate_iteration_;
    snapshots_per_second_ =
        continuous ? static_cast<double>(snapshot->sequence - rate_sequence_) / elapsed : std::nan("");
    iterations_per_second_ =
        continuous ? static_cast<double>(snapshot->iteration - rate_iteration_) / elapsed : std::nan("");
    rate_since_ = now;
    rate_sequence_ = snapshot->sequence;
    rate_iteration_ = snapshot->iteration;
    rate_journey_ = journey;
}

void PerformancePanel::draw_screen(const FrameContext& context, const WidgetStyle& style) {
    section_label(style, "Screen");
    char text[128];
    std::snprintf(text, sizeof text, "%s, 99 %% in %s", format_milliseconds(context.costs.milliseconds_median).c_str(),
                  format_milliseconds(context.costs.milliseconds_p99).c_str());
    row(style, "Work per frame", text,
        "The UI thread's own time for a frame, without waiting for the screen: the median of the last 120 frames, and "
        "what 99 of 100 stay below.",
        context.costs.milliseconds_p99 > static_cast<double>(kSixtyHertz) ? style.colors.warning : 0);
    std::snprintf(text, sizeof text, "%.1f", context.costs.frames_per_second);
    row(style, "Frames per second", text, "Frames really drawn. While nothing changes, few are.");
    sample_strip(style, "intervals", intervals_, strip_height_,
                 {.format = format_milliseconds,
                  .sample_name = "frame",
                  .reference = kSixtyHertz,
                  .least_top = 20.0F,
                  .most_top = 100.0F});

    const Snapshot* snapshot = context.lane.shown();
    const bool live = snapshot && snapshot->state == SessionState::Running;
    row(style, "Snapshot age", live ? format_seconds(context.lane.shown_age_seconds()).c_str() : "–",
        "How long ago the trainer published what is on screen, while it trains.");
    const TileCounters counters = context.tiles.previous_counters();
    std::snprintf(text, sizeof text, "%s in %s calls", format_count(counters.tiles).c_str(),
                  format_count(counters.draw_calls).c_str());
    row(style, "Pictures drawn", text,
        "Maps, kernels and matrices in the last frame, and the OpenGL draw calls they took.");
    row(style, "Uploaded in the last frame", format_bytes(static_cast<double>(counters.bytes_uploaded)).c_str(),
        "Values copied to the GPU; only tensors whose content changed are.");
    std::snprintf(text, sizeof text, "%s in %s", format_bytes(static_cast<double>(counters.texture_bytes)).c_str(),
                  format_count(counters.textures).c_str());
    row(style, "Tensors on the GPU", text, "The memory they take and how many there are.");
}

void PerformancePanel::draw_trainer(const Snapshot& snapshot, const WidgetStyle& style) {
    section_label(style, "Trainer");
    row(style, "Training speed", format_samples(snapshot.samples_per_second).c_str(),
        "Over the trainer's working time in the last second: pauses and slow motion are not counted.");
    sample_strip(style, "speeds", speeds_, strip_height_, {.format = format_samples, .sample_name = "reading"});
    row(style, "Iterations", format_quantity(iterations_per_second_, "it/s").c_str(),
        "Really trained in the last second, at the pace that was chosen.");
    row(style, "Snapshots", format_quantity(snapshots_per_second_, "/s").c_str(),
        "Published in the last second: one for each iteration. The screen takes the newest.");
}

void PerformancePanel::draw_watching(const Snapshot& snapshot, const WidgetStyle& style) {
    section_label(style, "Watching costs the trainer");
    const WatchingCost& cost = snapshot.cost;
    row(style, "Share of its time", format_percent(cost.share).c_str(),
        "Capturing, publishing and counting the confusion matrix, as a share of the trainer's working time in the last "
        "second.",
        cost.share > 0.25 ? style.colors.warning : 0);
    char text[128];
    std::snprintf(text, sizeof text, "%s in %s", format_bytes(static_cast<double>(cost.captured_bytes)).c_str(),
                  format_seconds(cost.capture_microseconds * 1e-6).c_str());
    row(style, "Last capture", text, "Copying what is watched: the probe's maps, kernels, gradients.");
    row(style, "Last publication", format_seconds(cost.publish_microseconds * 1e-6).c_str(),
        "Handing the snapshot over to the screen.");
}

}  // namespace convscope
