#include "viz/app/frames.h"

#include "viz/gfx/context.h"

#include <utility>

namespace convscope {
namespace {

constexpr int kSceneSamples = 4;  // a pixel, where the driver has them

}  // namespace

Frames::Frames(Session& session, const Clock& clock, const MakeImGuiBackend& make_backend)
    : lane(session, clock),
      twin(session.twin() ? std::make_unique<TwinLane>(*session.twin(), clock) : nullptr),
      controller(lane, settings, scene_view, twin.get()),
      clock_(clock),
      gui_(make_backend),
      shaders_(gfx::ShaderLibrary::for_this_build()),
      start_(clock.now()),
      now_(start_),
      drawn_at_(-1.0 / 60.0) {
    twin_scene_view_.share_camera(scene_view);
}

Result<std::unique_ptr<Frames>> Frames::create(Session& session, const Clock& clock,
                                               const MakeImGuiBackend& make_backend) {
    std::unique_ptr<Frames> made(new Frames(session, clock, make_backend));
    auto tiles = TileRenderer::create(made->shaders_);
    if (!tiles) return tiles.error();
    made->tiles_ = std::move(tiles).value();
    auto scene = SceneRenderer::create(made->shaders_, kSceneSamples);
    if (!scene) return scene.error();
    made->scene_ = std::move(scene).value();
    return made;
}

void Frames::begin() {
    now_ = clock_.now();
    lane.begin_frame();
    if (twin) twin->begin_frame(lane, settings.twin_view);
    controller.own_pictures().advance();
}

void Frames::end_frame() {
    if (twin) twin->end_frame();
    lane.end_frame();
}

std::vector<event::Notice> Frames::take_notices() {
    std::vector<event::Notice> notices = lane.link.take_notices();
    if (!twin) return notices;
    for (event::Notice& notice : twin->lane.link.take_notices()) {
        notice.text = "Twin: " + notice.text;
        notice.about = {};  // it is on the screen with the run, and goes with that
        notices.push_back(std::move(notice));
    }
    return notices;
}

// Nothing is made for it before there is one.
TwinControls Frames::twin_controls() {
    if (!twin || !twin->there()) return {};
    if (!twin_scene_)
        if (auto scene = SceneRenderer::create(shaders_, kSceneSamples)) twin_scene_ = std::move(scene).value();
    return {.lane = twin.get(), .ui = &twin_ui_, .scene_view = &twin_scene_view_, .renderer = twin_scene_.get()};
}

void Frames::send(UiCommand command) {
    ui_.send(std::move(command));
    apply_commands();
}

bool Frames::apply_commands() {
    const bool twins = twin_ui_.apply([this](const UiCommand& command) { controller.apply_in_twin(command); });
    return ui_.apply([this](const UiCommand& command) { controller.apply(command); }) || twins;
}

void Frames::set_look(float scale) {
    if (const Snapshot* shown = lane.shown(); shown && shown->run_info != named_run_) {
        named_run_ = shown->run_info;
        characters_ = named_run_ ? other_characters(named_run_->data.class_names) : std::string();
    }
    gui_.set_look(settings.theme, scale, characters_);
}

FrameOutcome Frames::draw(const FrameSpec& spec, const Content& content) {
    controller.keep_selection_valid();
    if (twin) twin->follow(lane, settings.twin_view);
    set_look(spec.scale);
    tiles_->begin_frame();
    anchors_.begin_frame();
    const double time = time_seconds();
    gui_.begin_frame(time - std::exchange(drawn_at_, time),
                     spec.target ? Extent{spec.target->width(), spec.target->height()} : Extent{});
    const Palette& colors = palette(settings.theme);
    FrameContext context{.lane = lane,
                         .watch = lane.watch(),
                         .settings = settings,
                         .ui = ui_,
                         .scene_view = scene_view,
                         .colors = colors,
                         .fonts = gui_.fonts(),
                         .tiles = *tiles_,
                         .anchors = anchors_,
                         .time_seconds = time,
                         .scale = spec.scale,
                         .costs = spec.costs,
                         .scene = {.renderer = scene_.get(),
                                   .double_click = spec.double_click,
                                   .keys = takes_keys_ ? FlyInput{} : spec.keys,
                                   .pad = spec.pad},
                         .recipes = spec.recipes,
                         .fetcher = spec.fetcher,
                         .own = &controller.own_pictures(),
                         .can_have_twin = twin != nullptr,
                         .twin = twin_controls(),
                         .errands = spec.errands,
                         .keys = spec.keys};
    content(context);
    gui_.end_frame();
    takes_keys_ = context.takes_keys;
    FrameOutcome outcome{.unfinished = context.unfinished};
    outcome.commanded = apply_commands();
    render(spec, colors);
    tiles_->end_frame();
    controller.own_pictures().advance();  // what was drawn in this frame is ready by now: the next one has its class
    if (twin) twin->share_watch(lane);
    outcome.complete = !context.unfinished && lane.complete() && (!context.twin.lane || twin->lane.complete());
    end_frame();
    return outcome;
}

void Frames::render(const FrameSpec& spec, const Palette& colors) {
    if (spec.meter) spec.meter->drawing();
    if (spec.target) {
        spec.target->bind();
    } else {
        glBindFramebuffer(GL_FRAMEBUFFER, 0);
        glViewport(0, 0, spec.window.width, spec.window.height);
    }
    gui_.draw_frame(colors.background);
    if (spec.meter) spec.meter->drawn();
}

}  // namespace convscope
