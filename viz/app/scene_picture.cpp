#include "viz/app/scene_picture.h"

#include "viz/app/offscreen_frames.h"
#include "viz/app/screenshot.h"
#include "viz/gfx/headless_context.h"
#include "viz/panels/scene_panel.h"

#include <imgui.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace convscope {
namespace {

constexpr double kFramesPerSecond = 10.0;  // of the scene's own time: flights end soon
constexpr int kSettledPictureFrames = 4;   // ImGui needs some to know its sizes
constexpr double kArrivesWithin = 120.0;   // seconds without news until it is given up

std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t slash = text.find('/');
        parts.push_back(text.substr(0, slash));
        if (slash == std::string_view::npos) return parts;
        text.remove_prefix(slash + 1);
    }
}

Result<Selection> selection_of(const std::string& camera, const NetworkDescription& network) {
    Selection selection;
    if (camera == "home") return selection;
    std::string known;
    for (const LayerDescription& layer : network.layers) known += (known.empty() ? "" : ", ") + layer.spec.name;
    const Error wrong{ErrorCode::NotFound, "--camera " + camera +
                                               ": name home, input, LAYER, LAYER/MAP or LAYER/MAP/ROW/COLUMN, counted "
                                               "from 0; the network's layers are " +
                                               known};
    const std::vector<std::string_view> parts = split(camera);
    Shape shape = network.input_shape;
    selection.layer = kInputLayer;
    if (parts[0] != "input") {
        const LayerDescription* layer = network.find(parts[0]);
        if (!layer) return wrong;
        selection.layer = layer->id;
        shape = layer->output_shape;
    }
    if (parts.size() == 3 || parts.size() > 4) return wrong;
    std::vector<std::int64_t> numbers;
    for (std::size_t i = 1; i < parts.size(); ++i) {
        std::int64_t number = -1;
        const auto [end, problem] = std::from_chars(parts[i].data(), parts[i].data() + parts[i].size(), number);
        if (problem != std::errc{} || end != parts[i].data() + parts[i].size() || number < 0 ||
            number >= shape[static_cast<int>(i) - 1])
            return wrong;
        numbers.push_back(number);
    }
    if (!numbers.empty()) selection.channel = numbers[0];
    if (numbers.size() == 3) {
        selection.row = numbers[1];
        selection.column = numbers[2];
    } else if (!numbers.empty() && shape.rank() == 1) {
        selection.row = selection.column = 0;
    }
    return selection;
}

// Trains a paused session up to the iteration; the session's own word when it does not get there.
Result<void> await(Frames& frames, std::int64_t iteration) {
    EngineLink& engine = frames.lane.link;
    const SteadyClock clock;
    TimePoint news = clock.now();
    CommandId step;
    while (true) {
        frames.begin();
        if (engine.changed()) news = clock.now();
        const Snapshot* snapshot = engine.live();
        if (snapshot && snapshot->state == SessionState::Failed) return Error{ErrorCode::Failed, snapshot->failure};
        if (snapshot && snapshot->run_info) {
            if (snapshot->iteration >= iteration) return {};
            if (step.value == 0) step = engine.post(command::Step{iteration - snapshot->iteration});
        }
        if (seconds_between(news, clock.now()) > kArrivesWithin)
            return Error{ErrorCode::Failed,
                         "The trainer has said nothing for " + std::to_string(static_cast<int>(kArrivesWithin)) + " s"};
        frames.look_away();
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

// Fills the frame.
void draw_scene(FrameContext& context, ScenePanel& panel) {
    ImGui::SetNextWindowPos({0.0F, 0.0F});
    ImGui::SetNextWindowSize(ImGui::GetIO().DisplaySize);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0.0F, 0.0F));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0.0F);
    ImGui::Begin("picture", nullptr, ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoBringToFrontOnFocus);
    ImGui::PopStyleVar(2);
    panel.draw(context);
    ImGui::End();
}

}  // namespace

Result<void> write_scene_picture(Session& session, const ScenePictureOptions& options) {
    if (auto room = check_picture_memory(options.width, options.height); !room) return room;
    auto context_made = gfx::HeadlessContext::create();
    if (!context_made) return context_made.error();
    const std::unique_ptr<gfx::HeadlessContext> gl = std::move(context_made).value();
    const SteadyClock real;
    FilmClock clock(kFramesPerSecond, real.now());
    auto film_made = OffscreenFrames::create(session, clock, {options.width, options.height}, make_offscreen_backend);
    if (!film_made) return film_made.error();
    OffscreenFrames& film = *film_made.value();
    Frames& frames = film.frames();
    if (auto there = await(frames, options.at_iteration); !there) return there;
    const Result<Selection> wanted = selection_of(options.camera, frames.lane.shown()->run_info->network);
    if (!wanted) return wanted.error();

    frames.settings.theme = options.theme;
    frames.lane.selection = wanted.value();
    // A picture of 3840 pixels is looked at from as far away as one of 1280.
    film.spec.scale = std::clamp(static_cast<float>(options.width) / 1280.0F, 0.75F, 3.0F);
    ScenePanel panel;
    const TimePoint begin = real.now();
    bool first = true;
    for (int settled = 0; settled < kSettledPictureFrames; clock.next()) {
        if (seconds_between(begin, real.now()) > kArrivesWithin)
            return Error{ErrorCode::Failed, "Not everything that the picture shows has arrived"};
        const FrameOutcome outcome = film.frame([&](FrameContext& context) { draw_scene(context, panel); });
        if (const Snapshot& live = *frames.lane.shown(); live.state == SessionState::Failed)
            return Error{ErrorCode::Failed, live.failure};
        // The first frame has laid it out.
        if (std::exchange(first, false) && options.camera != "home") frames.send(ui::FlyToSelection{});
        settled = outcome.complete ? settled + 1 : 0;
        if (!outcome.complete) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return save_png(film.picture(), options.file);
}

}  // namespace convscope
