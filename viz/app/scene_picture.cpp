#include "viz/app/scene_picture.h"

#include "viz/app/imgui_layer.h"
#include "viz/app/screenshot.h"
#include "viz/gfx/framebuffer.h"
#include "viz/gfx/headless_context.h"
#include "viz/gfx/shader_library.h"
#include "viz/panels/scene_panel.h"
#include "viz/render/scene_renderer.h"
#include "viz/render/tile_renderer.h"
#include "viz/widgets/style.h"

#include <imgui.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

namespace convscope {
namespace {

constexpr int kSamples = 4;
constexpr double kFrameSeconds = 0.1;     // of the scene's own time: flights end soon
constexpr int kSettledFrames = 4;         // ImGui needs some to know its sizes
constexpr double kArrivesWithin = 120.0;  // seconds without news until it is given up

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
Result<void> await(EngineLink& engine, std::int64_t iteration) {
    const SteadyClock clock;
    TimePoint news = clock.now();
    CommandId step;
    while (true) {
        engine.begin_frame();
        if (engine.changed()) news = clock.now();
        const Snapshot* snapshot = engine.snapshot();
        if (snapshot && snapshot->state == SessionState::Failed) return Error{ErrorCode::Failed, snapshot->failure};
        if (snapshot && snapshot->run_info) {
            if (snapshot->iteration >= iteration) return {};
            if (step.value == 0) step = engine.post(command::Step{iteration - snapshot->iteration});
        }
        if (seconds_between(news, clock.now()) > kArrivesWithin)
            return Error{ErrorCode::Failed,
                         "The trainer has said nothing for " + std::to_string(static_cast<int>(kArrivesWithin)) + " s"};
        engine.end_frame();
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

}  // namespace

Result<void> write_scene_picture(Session& session, const ScenePictureOptions& options) {
    if (auto room = check_picture_memory(options.width, options.height); !room) return room;
    auto context_made = gfx::HeadlessContext::create();
    if (!context_made) return context_made.error();
    const std::unique_ptr<gfx::HeadlessContext> gl = std::move(context_made).value();
    auto target_made = gfx::Framebuffer::create(options.width, options.height);
    if (!target_made) return target_made.error();
    const gfx::Framebuffer target = std::move(target_made).value();
    gfx::ShaderLibrary shaders = gfx::ShaderLibrary::for_this_build();
    auto tiles_made = TileRenderer::create(shaders);
    if (!tiles_made) return tiles_made.error();
    auto scene_made = SceneRenderer::create(shaders, kSamples);
    if (!scene_made) return scene_made.error();
    const std::unique_ptr<TileRenderer> tiles = std::move(tiles_made).value();
    const std::unique_ptr<SceneRenderer> scene = std::move(scene_made).value();
    ImGuiLayer gui;

    const SteadyClock clock;
    EngineLink engine(session, clock);
    if (auto there = await(engine, options.at_iteration); !there) return there;
    const Result<Selection> wanted = selection_of(options.camera, engine.snapshot()->run_info->network);
    if (!wanted) return wanted.error();
    const std::string characters = other_characters(engine.snapshot()->run_info->data.class_names);
    engine.end_frame();

    Settings settings;
    settings.theme = options.theme;
    Selection selection = wanted.value();
    SceneView view;
    ScenePanel panel;
    // A picture of 3840 pixels is looked at from as far away as one of 1280.
    const float scale = std::clamp(static_cast<float>(options.width) / 1280.0F, 0.75F, 3.0F);
    gui.set_look(options.theme, scale, characters);
    const Palette& colors = palette(options.theme);
    const TimePoint begin = clock.now();
    SceneControls controls;
    controls.renderer = scene.get();
    Anchors anchors;
    UiStream ui;  // nobody clicks
    int settled = 0;
    for (double time = 0.0; settled < kSettledFrames; time += kFrameSeconds) {
        if (seconds_between(begin, clock.now()) > kArrivesWithin)
            return Error{ErrorCode::Failed, "Not everything that the picture shows has arrived"};
        engine.begin_frame();
        if (engine.snapshot()->state == SessionState::Failed)
            return Error{ErrorCode::Failed, engine.snapshot()->failure};
        tiles->begin_frame();
        anchors.begin_frame();
        gui.begin_frame({options.width, options.height});
        FrameContext context{.engine = engine,
                             .selection = selection,
                             .settings = settings,
                             .ui = ui,
                             .scene_view = view,
                             .colors = colors,
                             .fonts = gui.fonts(),
                             .tiles = *tiles,
                             .anchors = anchors,
                             .time_seconds = time,
                             .scale = scale,
                             .frame_milliseconds_median = 0.0,
                             .frame_milliseconds_p99 = 0.0,
                             .frames_per_second = 0.0,
                             .scene = controls};
        ImGui::SetNextWindowPos({0.0F, 0.0F});
        ImGui::SetNextWindowSize(ImGui::GetIO().DisplaySize);
        ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0.0F, 0.0F));
        ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0.0F);
        ImGui::Begin("picture", nullptr, ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoBringToFrontOnFocus);
        ImGui::PopStyleVar(2);
        panel.draw(context);
        ImGui::End();
        gui.end_frame();
        target.bind();
        const ImVec4 ground = imgui_vector(colors.background);
        glDisable(GL_SCISSOR_TEST);
        glClearColor(ground.x, ground.y, ground.z, 1.0F);
        glClear(GL_COLOR_BUFFER_BIT);
        gui.draw_frame();
        tiles->end_frame();
        if (time == 0.0 && options.camera != "home") view.focus(selection);  // the first frame has laid it out
        const bool complete = engine.complete() && !context.unfinished;
        engine.end_frame();
        settled = complete ? settled + 1 : 0;
        if (!complete) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return save_png(target.read(), options.file);
}

}  // namespace convscope
