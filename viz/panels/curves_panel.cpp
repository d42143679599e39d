#include "viz/panels/curves_panel.h"

#include "viz/panels/curves_legend.h"
#include "viz/panels/split_names.h"
#include "viz/widgets/controls.h"
#include "viz/widgets/format.h"

#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

namespace convscope {
namespace {

constexpr float kLongestSmoothing = 3.0F;  // the logarithm of 1000 iterations
constexpr float kPixelsPerXTick = 64.0F;
constexpr float kPixelsPerYTick = 26.0F;
constexpr float kRoomForDots = 4.0F;      // pixels between the outermost values and the plot's border
constexpr float kMeasuredOpacity = 0.6F;  // of the accent: a thin line below the smoothed one
constexpr double kReachOfMark = 4.0;      // pixels from the mouse within which a mark is read out

// The smoothing's reach: an exponential average with weight a of the past is as wide as the mean of 1 / (1 - a) values.
float smoothing_iterations(float weight) { return 1.0F / (1.0F - std::clamp(weight, 0.0F, 0.999F)); }
float smoothing_weight(float iterations) { return iterations < 1.05F ? 0.0F : 1.0F - 1.0F / iterations; }

// The evaluations whose iterations lie in `range`, and one more at each end, so that the line leaves the picture.
std::span<const EvaluationMetrics> in_view(const std::vector<EvaluationMetrics>& tests, PlotRange range) {
    auto earlier = [](const EvaluationMetrics& test, double at) { return static_cast<double>(test.iteration) < at; };
    auto first = std::lower_bound(tests.begin(), tests.end(), range.minimum, earlier);
    auto last = std::lower_bound(first, tests.end(), range.maximum, earlier);
    if (first != tests.begin()) --first;
    if (last != tests.end()) ++last;
    return {first, last};
}

// The evaluation that belongs to an iteration: the last one before it or at it; null before the first.
const EvaluationMetrics* last_test(const std::vector<EvaluationMetrics>& tests, std::int64_t iteration) {
    auto after = std::upper_bound(tests.begin(), tests.end(), iteration,
                                  [](std::int64_t at, const EvaluationMetrics& test) { return at < test.iteration; });
    return after == tests.begin() ? nullptr : &*std::prev(after);
}

struct Extremes {
    double minimum = std::numeric_limits<double>::infinity();
    double maximum = -std::numeric_limits<double>::infinity();
    double smallest_positive = std::numeric_limits<double>::infinity();

    void add(double value) {
        if (!std::isfinite(value)) return;
        minimum = std::min(minimum, value);
        maximum = std::max(maximum, value);
        if (value > 0.0) smallest_positive = std::min(smallest_positive, value);
    }
};

void read_out_cell(const WidgetStyle& style, const char* text) {
    ImGui::TableNextColumn();
    const float width = ImGui::CalcTextSize(text).x;
    ImGui::SetCursorPosX(ImGui::GetCursorPosX() + std::max(0.0F, style.px(76) - width));
    ImGui::TextUnformatted(text);
}

void read_out_row(const WidgetStyle& style, const char* label, const char* loss, const char* accuracy, Rgba color) {
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    ImGui::TextColored(imgui_vector(color), "%s", label);
    read_out_cell(style, loss);
    read_out_cell(style, accuracy);
}

}  // namespace

const MetricSeries& CurvesPanel::series_of(const Curve& curve, const MetricHistory& history) {
    return curve.quantity == Quantity::Loss ? history.loss() : history.accuracy();
}

double CurvesPanel::test_value(const Curve& curve, const EvaluationMetrics& test) {
    return curve.quantity == Quantity::Loss ? test.test_loss : test.test_accuracy;
}

ShortText CurvesPanel::format_measure(const Curve& curve, double value) {
    return curve.quantity == Quantity::Loss ? format_value(value, 5) : format_percent(value);
}

std::string_view CurvesPanel::help() const {
    return "Loss and accuracy of every iteration of this run, none left out: the newest one by one, the older ones of "
           "a long run by the range and mean of stretches. The pale band reaches from the smallest to "
           "the largest minibatch value at each pixel, the strong line is their exponential moving average, the dots "
           "are "
           "the whole test set (or validation set, where the recipe holds one out) at the end of each epoch. Dashed "
           "lines mark what was changed while training. Point at a "
           "curve to read exact values; the wheel zooms around the mouse, dragging moves, a double click shows "
           "everything "
           "or follows the newest iterations. The wheel over the numbers at the left zooms the height, a double click "
           "there fits it again.";
}

void CurvesPanel::draw(FrameContext& context) {
    const WidgetStyle style = style_of(context);
    const MetricHistory& history = context.lane.link.history();
    const Snapshot* snapshot = context.lane.shown();
    if (!snapshot || history.loss().size() == 0) {
        empty_state(style, !snapshot || snapshot->state == SessionState::Starting
                               ? "The session is starting. The curves begin with the first iteration."
                               : "No iteration yet. Run (Space) or step (right arrow) to begin the curves.");
        return;
    }
    draw_toolbar(context, style);
    find_ghosts(snapshot->line, context.lane.pointed_lane, ghosts_);
    draw_curves_legend(style, {.smoothed = context.settings.curve_smoothing > 0.0F,
                               .marked = !history.marks().empty(),
                               .ghosts = !ghosts_.empty(),
                               .known_future = context.lane.in_past(),
                               .twin = context.twin.lane != nullptr,
                               .test_word = names_of_test(history.run_info()).word});

    const ImVec2 room = ImGui::GetContentRegionAvail();
    const float gap = style.px(8);
    const bool beside = room.x > style.px(560) && room.x > 2.2F * room.y;
    const float least = style.px(72);
    const ImVec2 size = beside ? ImVec2((room.x - gap) * 0.5F, std::max(least, room.y))
                               : ImVec2(room.x, std::max(least, (room.y - gap) * 0.5F));
    hovered_now_ = 0;
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(gap, gap));
    draw_curve(loss_, size, context, style);
    if (beside) ImGui::SameLine();
    draw_curve(accuracy_, size, context, style);
    ImGui::PopStyleVar();
    hovered_iteration_ = hovered_now_;
    if (hovered_iteration_ > 0) draw_read_out(history, style);
}

// As far as any of the curves in view goes; following means the present lane's newest iterations.
std::int64_t CurvesPanel::drawn_iterations(std::int64_t own) const {
    if (view_.mode() == IterationView::Mode::Follow) return own;
    std::int64_t last = own;
    for (const Ghost& ghost : ghosts_) last = std::max(last, ghost.lane->history->iterations());
    return last;
}

void CurvesPanel::draw_toolbar(FrameContext& context, const WidgetStyle& style) {
    const Settings& settings = context.settings;
    // Linear in the logarithm: the slider's own logarithmic mode takes its resolution from the number it prints.
    float exponent = std::log10(smoothing_iterations(settings.curve_smoothing));
    ImGui::SetNextItemWidth(style.px(72));
    if (ImGui::SliderFloat("##smoothing", &exponent, 0.0F, kLongestSmoothing, "", ImGuiSliderFlags_NoInput))
        context.ui.set(settings, &Settings::curve_smoothing, smoothing_weight(std::pow(10.0F, exponent)));
    static constexpr const char* kSmoothingHelp =
        "Smoothing of the training curves: over how many iterations the exponential moving average reaches. The left "
        "end "
        "is none (no key).";
    note_item(style, "smoothing");
    item_tooltip(style, kSmoothingHelp);
    ImGui::SameLine();
    char text[48];
    if (settings.curve_smoothing > 0.0F)
        std::snprintf(text, sizeof text, "Smooth %.3g it",
                      static_cast<double>(smoothing_iterations(settings.curve_smoothing)));
    else
        std::snprintf(text, sizeof text, "Not smoothed");
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    ImGui::GetWindowDrawList()->AddText({corner.x, corner.y + ImGui::GetStyle().FramePadding.y},
                                        imgui_color(style.colors.text_secondary), text);
    // As wide as the widest text, so that nothing moves while the slider does.
    ImGui::Dummy({ImGui::CalcTextSize("Smooth 1000 it").x, ImGui::GetFrameHeight()});
    item_tooltip(style, kSmoothingHelp);

    static constexpr std::array<const char*, 2> kScales{"Linear", "Log"};
    const float scales_width = style.px(96);
    flow(scales_width);
    int chosen = settings.curve_log_scale ? 1 : 0;
    if (segmented(style, "scale", kScales, chosen, scales_width)) {
        context.ui.set(settings, &Settings::curve_log_scale, chosen == 1);
        loss_.chosen_y.reset();
    }
    item_tooltip(style, "Scale of the loss (no key).");

    static constexpr std::array<const char*, 2> kModes{"All", "Follow"};
    const float modes_width = style.px(96);
    flow(modes_width);
    const std::int64_t count = context.lane.link.history().loss().size();
    int mode = static_cast<int>(view_.mode());
    if (segmented(style, "view", kModes, mode, modes_width)) {
        if (mode == 0)
            view_.show_all();
        else
            view_.follow(count);
    }
    item_tooltip(style,
                 "Show every iteration, or a stretch that ends at the newest one. The wheel changes its length. "
                 "A double click on a plot switches.");
}

void CurvesPanel::draw_curve(Curve& curve, ImVec2 size, FrameContext& context, const WidgetStyle& style) {
    const MetricHistory& history = context.lane.link.history();
    const bool is_loss = curve.quantity == Quantity::Loss;
    const MetricSeries& series = series_of(curve, history);
    const std::int64_t iterations = series.size();
    const bool logarithmic = is_loss && context.settings.curve_log_scale;

    ImGui::PushFont(style.fonts.small);
    const float line = ImGui::GetTextLineHeight();
    const PlotMargins margins{.left = ImGui::CalcTextSize("iteration").x + style.px(6),
                              .top = line + style.px(8),
                              .right = style.px(6),
                              .bottom = line + style.px(6)};
    ImGui::PopFont();
    curve.frame = plot_frame(is_loss ? "loss" : "accuracy", size, margins);
    const PlotRect& inner = curve.frame.inner;
    note_place(style, is_loss ? "loss" : "accuracy", inner.minimum, inner.maximum);

    // The newest dot lies at the right end and must not be cut in half.
    const std::int64_t drawn = drawn_iterations(iterations);
    curve.x = {view_.range(drawn), inner.minimum.x, inner.maximum.x - style.px(kRoomForDots), false};
    navigate(curve.frame, curve.x, drawn, view_);
    curve.x.range = view_.range(drawn_iterations(iterations));
    if (curve.frame.hovered && !curve.frame.dragged)
        hovered_now_ = std::clamp<std::int64_t>(std::llround(curve.x.value(ImGui::GetIO().MousePos.x)), 1, drawn);

    // One bin a pixel at most: the power of two makes them one to two pixels wide.
    const auto most_bins = static_cast<std::int64_t>(inner.width());
    const BinLayout layout = bin_layout(curve.x.range, iterations, most_bins);
    curve.bins.update(series, layout, history.run().value);
    curve.smoothed.update(series, history.run(), context.settings.curve_smoothing);
    const BinLayout smoothed_layout = bin_layout(curve.x.range, curve.smoothed.values().size(), most_bins);
    curve.smoothed_bins.update(curve.smoothed.values(), smoothed_layout, curve.smoothed.generation());
    curve.ghosts.update(ghosts_, is_loss ? &RunHistory::loss : &RunHistory::accuracy, context.settings.curve_smoothing,
                        curve.x.range, most_bins);

    curve.twin.update(context.twin.lane, is_loss, context.settings.curve_smoothing, curve.x.range, most_bins);

    const std::span<const EvaluationMetrics> tests = in_view(history.evaluations(), curve.x.range);
    choose_y(curve, logarithmic, tests, style.scale);

    const int most_x = std::max(2, static_cast<int>(inner.width() / style.px(kPixelsPerXTick)));
    const int most_y = std::max(2, static_cast<int>(inner.height() / style.px(kPixelsPerYTick)));
    linear_ticks(curve.x.range, most_x, /*whole=*/true, x_ticks_);
    if (logarithmic) {
        logarithmic_ticks(curve.y.range, most_y, y_ticks_);
    } else {
        const double unit = is_loss ? 1.0 : 0.01;  // accuracy is read in percent
        linear_ticks({curve.y.range.minimum / unit, curve.y.range.maximum / unit}, most_y, /*whole=*/false, y_ticks_);
        for (PlotTick& tick : y_ticks_) tick.value *= unit;
    }
    draw_grid(curve.frame, curve.x, x_ticks_, curve.y, y_ticks_, "iteration", is_loss ? "" : "%", style);
    draw_epochs(curve, tests, style);

    begin_series(curve.frame);
    curve.ghosts.draw(ghosts_, curve.frame, curve.x, curve.y, style, points_);
    draw_band(curve.bins.layout(), curve.bins.bins(), curve.x, curve.y,
              imgui_color(style.colors.accent, kCurveBandOpacity), style.scale, points_);
    // What was measured, thin, so that the smoothed line, which lags behind, is not taken for it.
    if (context.settings.curve_smoothing > 0.0F)
        draw_line(curve.bins.layout(), curve.bins.bins(), curve.x, curve.y,
                  imgui_color(style.colors.accent, kMeasuredOpacity), std::max(1.0F, style.scale), points_);
    draw_line(curve.smoothed_bins.layout(), curve.smoothed_bins.bins(), curve.x, curve.y,
              imgui_color(style.colors.accent), std::max(1.5F, 1.6F * style.scale), points_);
    draw_tests(curve, tests, style.colors.second_series, style);
    curve.twin.draw(curve.frame, curve.x, curve.y, style, points_);
    draw_tests(curve, curve.twin.tests(), style.colors.twin, style);
    draw_place(curve, context.lane, style);
    end_series();
    draw_marks(curve, history, style);
    if (hovered_iteration_ > 0) draw_crosshair(curve, history, style);
}

// Everything in view fits, on round numbers so that the scale changes seldom, unless the user zoomed the height.
void CurvesPanel::choose_y(Curve& curve, bool logarithmic, std::span<const EvaluationMetrics> tests, float scale) {
    const bool is_loss = curve.quantity == Quantity::Loss;
    Extremes extremes;
    for (const SeriesBin& bin : curve.bins.bins()) {
        if (bin.count == 0) continue;
        extremes.add(bin.minimum);
        extremes.add(bin.maximum);
    }
    for (const EvaluationMetrics& test : tests)
        if (static_cast<double>(test.iteration) >= curve.x.range.minimum &&
            static_cast<double>(test.iteration) <= curve.x.range.maximum)
            extremes.add(test_value(curve, test));

    curve.ghosts.visit([&](const SeriesBin& bin) {
        if (bin.count > 0) extremes.add(bin.mean);
    });
    for (const SeriesBin& bin : curve.twin.bins())
        if (bin.count > 0) extremes.add(bin.mean);

    PlotRange fitting{extremes.minimum, extremes.maximum};
    if (logarithmic) {
        // A single zero loss must not press everything else against the top.
        fitting = rounded_logarithmic_range(
            {std::max(extremes.smallest_positive, extremes.maximum * 1e-6), extremes.maximum});
    } else if (is_loss) {
        if (fitting.minimum > 0.0 && fitting.minimum < 0.5 * fitting.maximum) fitting.minimum = 0.0;
        fitting = rounded_range(fitting, 8);
    } else {
        if (fitting.maximum > 0.9) fitting.maximum = 1.0;
        fitting = rounded_range(fitting, 8);
        fitting = {std::max(fitting.minimum, 0.0), std::min(fitting.maximum, 1.0)};
    }

    const PlotRect& inner = curve.frame.inner;
    const float room = std::round(kRoomForDots * scale);
    curve.y = {curve.chosen_y.value_or(fitting), inner.maximum.y - room, inner.minimum.y + room, logarithmic};

    const ImGuiIO& io = ImGui::GetIO();
    if (curve.frame.axis_hovered && curve.frame.double_clicked) {
        curve.chosen_y.reset();
    } else if (curve.frame.axis_hovered && io.MouseWheel != 0.0F) {
        // Pixels are linear in either scale: shrink the stretch of pixels around the mouse and read off its ends.
        const float factor = std::pow(1.2F, -io.MouseWheel);
        const float mouse = std::clamp(io.MousePos.y, inner.minimum.y, inner.maximum.y);
        const double low = curve.y.value(mouse + (curve.y.start - mouse) * factor);
        const double high = curve.y.value(mouse + (curve.y.end - mouse) * factor);
        if (high - low > 1e-9 * std::max(1.0, std::abs(high))) curve.chosen_y = PlotRange{low, high};
    }
    curve.y.range = curve.chosen_y.value_or(fitting);
}

// The title, and where epochs end, in the line above the plot.
void CurvesPanel::draw_epochs(const Curve& curve, std::span<const EvaluationMetrics> tests, const WidgetStyle& style) {
    const PlotRect& inner = curve.frame.inner;
    ImDrawList* list = ImGui::GetWindowDrawList();
    const char* title = curve.quantity == Quantity::Loss ? "Loss" : "Accuracy";
    const ImVec2 corner = curve.frame.outer.minimum;
    const ImU32 ink = imgui_color(style.colors.text_secondary);
    ImGui::PushFont(style.fonts.title);
    list->AddText({inner.minimum.x, corner.y}, imgui_color(style.colors.text), title);
    float free_from = inner.minimum.x + ImGui::CalcTextSize(title).x + style.px(12);
    ImGui::PopFont();
    if (tests.empty()) return;

    ImGui::PushFont(style.fonts.small);
    const float top = corner.y + style.px(1);
    list->AddText({free_from, top}, ink, "epoch");
    free_from += ImGui::CalcTextSize("epoch").x + style.px(8);
    // Every epoch, every second, every fifth is named: as many as there is room for.
    const double epochs = static_cast<double>(tests.back().epoch - tests.front().epoch);
    const double iterations = static_cast<double>(tests.back().iteration - tests.front().iteration);
    const double epochs_in_view = iterations > 0.0 ? epochs / iterations * curve.x.range.length() : 1.0;
    const double room = static_cast<double>(ImGui::CalcTextSize("000").x + style.px(4));
    const auto step = static_cast<std::int64_t>(round_step(std::max(1.0, epochs_in_view * room / inner.width())));
    float last_tick = -1e9F;
    for (const EvaluationMetrics& test : tests) {
        if (!test.ends_epoch) continue;
        const float at = std::floor(curve.x.pixel(static_cast<double>(test.iteration))) + 0.5F;
        if (at < inner.minimum.x || at > inner.maximum.x || at - last_tick < style.px(4)) continue;
        last_tick = at;
        list->AddLine({at, inner.minimum.y - style.px(4)}, {at, inner.minimum.y},
                      imgui_color(style.colors.text_secondary, 0.6F), 1.0F);
        if (test.epoch % step != 0) continue;
        char label[32];
        std::snprintf(label, sizeof label, "%lld", static_cast<long long>(test.epoch));
        const float width = ImGui::CalcTextSize(label).x;
        const float left = std::round(std::min(at - 0.5F * width, curve.frame.outer.maximum.x - width));
        if (left < free_from) continue;
        list->AddText({left, top}, ink, label);
        free_from = left + width + style.px(4);
    }
    ImGui::PopFont();
}

void CurvesPanel::draw_tests(const Curve& curve, std::span<const EvaluationMetrics> tests, Rgba color,
                             const WidgetStyle& style) {
    const ImU32 ink = imgui_color(color);
    points_.clear();
    for (const EvaluationMetrics& test : tests) {
        const double value = test_value(curve, test);
        if (!std::isfinite(value)) continue;
        const ImVec2 place(curve.x.pixel(static_cast<double>(test.iteration)), curve.y.pixel(value));
        // More epochs than pixels: the newest of those that share one stands for them.
        if (points_.size() > 1 && place.x - points_[points_.size() - 2].x < 1.0F)
            points_.back() = place;
        else
            points_.push_back(place);
    }
    if (points_.empty()) return;
    ImGui::GetWindowDrawList()->AddPolyline(points_.data(), static_cast<int>(points_.size()), ink, ImDrawFlags_None,
                                            std::max(1.25F, 1.25F * style.scale));
    const float distance = (points_.back().x - points_.front().x) / static_cast<float>(points_.size());
    if (points_.size() > 2 && distance < style.px(7)) return;  // dots would touch
    for (const ImVec2& place : points_) draw_dot(place, style.px(3), ink, imgui_color(style.colors.panel));
}

void CurvesPanel::draw_marks(const Curve& curve, const MetricHistory& history, const WidgetStyle& style) {
    const std::vector<ChangeMark>& marks = history.marks();
    auto mark = std::lower_bound(
        marks.begin(), marks.end(), curve.x.range.minimum,
        [](const ChangeMark& change, double at) { return static_cast<double>(change.iteration) < at; });
    float last = -1e9F;
    for (; mark != marks.end() && static_cast<double>(mark->iteration) <= curve.x.range.maximum; ++mark) {
        const float at = curve.x.pixel(static_cast<double>(mark->iteration));
        if (at - last < 2.0F) continue;
        last = at;
        draw_hairline(curve.frame, at, imgui_color(style.colors.warning, 0.75F), style.scale, /*dashed=*/true);
    }
}

// Where one is on the run's line, when that is not its end: a line, and what lies beyond it pale, as it is known.
void CurvesPanel::draw_place(const Curve& curve, const Lane& lane, const WidgetStyle& style) {
    if (!lane.in_past()) return;
    const PlotRect& inner = curve.frame.inner;
    const float at = curve.x.pixel(static_cast<double>(lane.live()->iteration));
    ImGui::GetWindowDrawList()->AddRectFilled({at, inner.minimum.y}, inner.maximum,
                                              imgui_color(style.colors.panel, 1.0F - kKnownFutureOpacity));
    draw_hairline(curve.frame, at, imgui_color(style.colors.text), style.scale, /*dashed=*/false);
}

void CurvesPanel::draw_crosshair(const Curve& curve, const MetricHistory& history, const WidgetStyle& style) {
    const MetricSeries& series = series_of(curve, history);
    if (hovered_iteration_ > series.size()) return;
    const float at = curve.x.pixel(static_cast<double>(hovered_iteration_));
    draw_hairline(curve.frame, at, imgui_color(style.colors.text_secondary), style.scale, /*dashed=*/false);
    const ImU32 ground = imgui_color(style.colors.panel);
    begin_series(curve.frame);
    const float value = series.at(hovered_iteration_);  // the mean of its stretch where that is all that is kept
    if (std::isfinite(value))
        draw_dot({at, curve.y.pixel(value)}, style.px(3), imgui_color(style.colors.accent), ground);
    if (const EvaluationMetrics* test = last_test(history.evaluations(), hovered_iteration_)) {
        const ImVec2 place(curve.x.pixel(static_cast<double>(test->iteration)),
                           curve.y.pixel(test_value(curve, *test)));
        draw_dot(place, style.px(4.5F), imgui_color(style.colors.second_series), ground);
    }
    end_series();
}

// Exact values at the iteration under the mouse, of both plots; mean and range of its stretch where these are all that
// is kept.
void CurvesPanel::draw_read_out(const MetricHistory& history, const WidgetStyle& style) const {
    const Palette& colors = style.colors;
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(style.px(12), style.px(8)));
    ImGui::BeginTooltip();
    if (ImGui::BeginTable("values", 3, ImGuiTableFlags_SizingFixedFit)) {
        char label[112];
        const MetricSeries::Stretch stretches[2] = {history.loss().stretch(hovered_iteration_),
                                                    history.accuracy().stretch(hovered_iteration_)};
        const bool exact = stretches[0].exact();
        if (exact)
            std::snprintf(label, sizeof label, "Iteration %s", format_count(hovered_iteration_).c_str());
        else
            std::snprintf(label, sizeof label, "Iterations %s to %s", format_count(stretches[0].first).c_str(),
                          format_count(stretches[0].last).c_str());
        ImGui::PushFont(style.fonts.medium);
        read_out_row(style, label, "Loss", "Accuracy", colors.text);
        ImGui::PopFont();

        std::array<ShortText, 2> texts;
        each_curve([&](const Curve& curve, std::size_t i) {
            texts[i] = format_measure(curve, series_of(curve, history).at(hovered_iteration_));
        });
        if (hovered_iteration_ <= history.loss().size())  // else only what was left behind goes that far
            read_out_row(style, exact ? "training" : "training, mean", texts[0].c_str(), texts[1].c_str(),
                         colors.text_secondary);

        if (loss_.smoothed.weight() > 0.0F && hovered_iteration_ <= loss_.smoothed.values().size() &&
            hovered_iteration_ <= accuracy_.smoothed.values().size()) {
            each_curve([&](const Curve& curve, std::size_t i) {
                texts[i] = format_measure(curve, curve.smoothed.values().at(hovered_iteration_));
            });
            read_out_row(style, "smoothed", texts[0].c_str(), texts[1].c_str(), colors.accent);
        }

        // Of what shares the pixel, or of the stretch where that is longer.
        const bool within = loss_.bins.layout().size <= stretches[0].last - stretches[0].first;
        const SeriesBin* bins[2] = {within ? &stretches[0].bin : hovered_bin(loss_),
                                    within ? &stretches[1].bin : hovered_bin(accuracy_)};
        if (bins[0] && bins[1] && (within || loss_.bins.layout().size > 1)) {
            std::snprintf(label, sizeof label, "lowest of %s", format_count(bins[0]->count).c_str());
            read_out_row(style, label, format_measure(loss_, bins[0]->minimum).c_str(),
                         format_measure(accuracy_, bins[1]->minimum).c_str(), colors.text_secondary);
            std::snprintf(label, sizeof label, "highest of %s", format_count(bins[0]->count).c_str());
            read_out_row(style, label, format_measure(loss_, bins[0]->maximum).c_str(),
                         format_measure(accuracy_, bins[1]->maximum).c_str(), colors.text_secondary);
        }
        for (const Ghost& ghost : ghosts_) {
            const RunHistory& known = *ghost.lane->history;
            if (hovered_iteration_ <= ghost.from || hovered_iteration_ > known.iterations()) continue;
            read_out_row(style, lane_words(*ghost.lane, ghost.from).c_str(),
                         format_measure(loss_, known.loss.at(hovered_iteration_)).c_str(),
                         format_measure(accuracy_, known.accuracy.at(hovered_iteration_)).c_str(),
                         colors.text_secondary);
        }
        if (loss_.twin.knows(hovered_iteration_))
            read_out_row(style, "twin, training",
                         format_measure(loss_, loss_.twin.history()->loss().at(hovered_iteration_)).c_str(),
                         format_measure(accuracy_, loss_.twin.history()->accuracy().at(hovered_iteration_)).c_str(),
                         colors.twin);
        if (const EvaluationMetrics* test = last_test(history.evaluations(), hovered_iteration_)) {
            std::snprintf(label, sizeof label, "%s set %s", names_of_test(history.run_info()).word,
                          at_iteration(test->iteration).c_str());
            read_out_row(style, label, format_measure(loss_, test->test_loss).c_str(),
                         format_measure(accuracy_, test->test_accuracy).c_str(), colors.second_series);
        }
        ImGui::EndTable();
    }
    const double pixels = std::max(1.0, static_cast<double>(loss_.frame.inner.width()));
    list_changes(style, history.marks(), hovered_iteration_, kReachOfMark * loss_.x.range.length() / pixels);
    ImGui::EndTooltip();
    ImGui::PopStyleVar();
}

const SeriesBin* CurvesPanel::hovered_bin(const Curve& curve) const {
    const BinLayout& layout = curve.bins.layout();
    const std::int64_t place = (hovered_iteration_ - 1) / layout.size - layout.first;
    if (place < 0 || place >= layout.count) return nullptr;
    return &curve.bins.bins()[static_cast<std::size_t>(place)];
}

}  // namespace convscope
