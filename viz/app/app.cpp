#include "viz/app/app.h"

#include "engine/core/log.h"
#include "viz/app/display_loss.h"
#include "viz/app/file_dialog.h"
#include "viz/app/frame_scheduler.h"
#include "viz/app/frames.h"
#include "viz/app/gamepad.h"
#include "viz/app/notices.h"
#include "viz/app/report.h"
#include "viz/app/screenshot.h"
#include "viz/app/settings_file.h"
#include "viz/app/shell.h"
#include "viz/app/top_bar.h"
#include "viz/app/window.h"
#include "viz/view/phase_walk.h"

#include <imgui.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace convscope {
namespace {

using Severity = event::Notice::Severity;

constexpr double kSaveAfterSeconds = 2.0;        // settings are written when they have rested this long
constexpr double kCapturesWithinSeconds = 60.0;  // how long a screenshot waits for everything it should show
constexpr std::int64_t kSettledFrames = 3;       // ImGui needs some frames to know its sizes

// Everything that run_app() keeps; made only when all of it could be made.
class App {
public:
    App(const AppOptions& options, const Clock& clock, std::unique_ptr<Window> window, std::unique_ptr<Frames> frames)
        : options_(options),
          clock_(clock),
          window_(std::move(window)),
          frames_(std::move(frames)),
          settings_(frames_->settings),
          scheduler_(window_->software_rendering(), options.bell != nullptr),
          saved_(settings_) {
        if (options_.bell) options_.bell->connect([this] { window_->wake(); });
    }
    ~App() {
        if (options_.bell) options_.bell->connect({});
    }
    App(const App&) = delete;
    App& operator=(const App&) = delete;

    Result<void> prepare();
    Result<int> run();
    void tell(Severity severity, std::string text, std::string subject = {}) {
        notices_.add({severity, std::move(text), {}, std::move(subject)}, time_seconds());
        scheduler_.note_change(clock_.now());
    }

private:
    bool over() const { return window_->should_close() || (options_.told_to_end && *options_.told_to_end); }
    const Controller& controller() const { return frames_->controller; }
    bool page_open() const { return controller().page() != Page::None; }
    bool off_screen() const { return options_.screenshot.has_value(); }
    double time_seconds() const { return frames_->time_seconds(); }
    bool in_scene() const { return shows_scene(settings_); }
    void send(std::optional<UiCommand> command);
    void wait();
    FlyInput flying_keys() const;
    void poll_gamepad(TimePoint now);
    void draw();
    void send_waiting_keys();
    FrameSpec frame_spec();
    bool fetch_changed();
    void read_recipe();
    void finish_picture();
    void report();
    void keep_settings(bool now);
    Result<bool> screenshot_taken();  // true when the frame just drawn was the one to write
    gfx::Image read_frame() const;

    const AppOptions& options_;
    const Clock& clock_;
    std::unique_ptr<Window> window_;
    std::unique_ptr<Frames> frames_;
    Settings& settings_;        // the frames'
    gfx::Framebuffer picture_;  // off screen
    FrameScheduler scheduler_;
    GamepadInput pad_;
    FrameMeter meter_;
    Notices notices_;
    Shell shell_;
    std::shared_ptr<const FetchStatus> fetch_;
    Recipe recipe_shown_;
    std::vector<RecipeSection> recipe_sections_;  // its
    std::optional<Report> report_;
    FileDialog file_dialog_{std::getenv("PATH") ? std::getenv("PATH") : "", Errands::Where::Thread,
                            [this] { window_->wake(); }};

    Settings saved_;  // as in the file
    Settings last_settings_;
    double settings_changed_ = 0.0;
    std::int64_t frame_ = 0;
    bool notice_shown_ = false;
    bool screenshot_wanted_ = false;  // by F12
    std::vector<UiCommand> waiting_keys_;
    int frames_to_wait_ = 0;
    double reached_iteration_ = -1.0;  // when the screenshot's iteration was first shown
    bool complete_ = false;            // the last frame's snapshot had all that it asked for
};

Result<void> App::prepare() {
    if (off_screen()) {
        auto picture = gfx::Framebuffer::create(settings_.window_width, settings_.window_height);
        if (!picture) return picture.error();
        picture_ = std::move(picture).value();
    }
    if (options_.report) {
        auto opened = Report::open(*options_.report);
        if (!opened) return opened.error();
        report_ = std::move(opened).value();
    }
    last_settings_ = settings_;
    window_->on_key = [this](const KeyPress& press) {
        if (frames_->gui().wants_text()) return;
        std::optional<UiCommand> command = find_command(press, in_scene());
        if (!command) return;
        // Whether a field was clicked just before is known two frames later: what is typed there is no command.
        if (window_->pressed() || !waiting_keys_.empty())
            waiting_keys_.push_back(*std::move(command));
        else
            send(std::move(command));
    };
    window_->on_drop = [this](std::vector<std::string> files) { send(ui::UseFiles{std::move(files)}); };
    // Whoever draws is at the window; what is done meanwhile wakes it as the session's news do.
    frames_->controller.own_pictures().set_up(options_.picture_tools, Errands::Where::Thread,
                                              [this] { window_->wake(); });
    frames_->controller.on_full_screen = [this] { window_->toggle_full_screen(); };
    frames_->controller.on_screenshot = [this] { screenshot_wanted_ = true; };
    frames_->controller.on_choose_file = [this](ui::ChooseFile::What what) {
        if (const Result<void> asked = file_dialog_.ask(what); !asked) tell(Severity::Warning, asked.error().message);
    };
    return {};
}

Result<int> App::run() {
    while (!over()) {
        wait();
        meter_.begin();
        frames_->begin();
        for (event::Notice& notice : frames_->take_notices()) notices_.add(std::move(notice), time_seconds());
        const Snapshot* live = frames_->lane.live();
        if (live && live->run_info) notices_.keep_to(live->run_info->run);
        if (auto reloaded = frames_->shaders().reload_changed(); !reloaded)
            tell(Severity::Error, reloaded.error().message);

        const TimePoint now = clock_.now();
        poll_gamepad(now);
        send(file_dialog_.take());
        scheduler_.set_live(!live || live->state == SessionState::Starting || live->state == SessionState::Running);
        const bool notice = notices_.current(time_seconds()) != nullptr;
        if (std::exchange(notice_shown_, notice) != notice) scheduler_.note_change(now);  // it has faded
        if (window_->take_input() || frames_->changed() || fetch_changed() || frames_->gui().wants_frames())
            scheduler_.note_change(now);
        scheduler_.set_typing(frames_->gui().wants_text());
        scheduler_.set_minimised(!off_screen() && window_->minimised());
        if (!off_screen() && window_->minimised()) frames_->look_away();
        if (scheduler_.should_draw(now)) {
            draw();
            scheduler_.drawn(now, clock_.now());
            if (off_screen()) {
                const Result<bool> taken = screenshot_taken();
                if (!taken) return taken.error();
                if (taken.value()) return 0;
            }
        }
        keep_settings(/*now=*/false);
    }
    keep_settings(/*now=*/true);
    return 0;
}

// For input, or for news of the session.
void App::wait() {
    const TimePoint now = clock_.now();
    double seconds = scheduler_.wait_seconds(now);
    if (options_.bell && scheduler_.idle(now)) {
        options_.bell->arm();
        if (frames_->has_news()) seconds = 0.0;  // it came before the bell was armed
    }
    window_->wait(seconds);
}

// Of a key or a button: nobody draws now.
void App::send(std::optional<UiCommand> command) {
    if (!command || (page_open() && !works_over_pages(*command))) return;
    frames_->send(*std::move(command));
    scheduler_.note_change(clock_.now());
}

// Held down, unless somebody types or reads a page.
FlyInput App::flying_keys() const {
    const bool flies = in_scene() || frames_->takes_keys();
    return flies && !page_open() && !frames_->gui().wants_text() ? window_->held_keys().fly() : FlyInput{};
}

void App::poll_gamepad(TimePoint now) {
    if (off_screen() || !scheduler_.should_poll_gamepad(now)) return;
    const std::optional<GamepadState> read = read_gamepad();
    pad_.update(window_->focused() ? read : std::nullopt);
    for (const PadButton button : pad_.pressed()) send(command_of(button));
    const bool moves = pad_.motion().any() || !pad_.pressed().empty();
    scheduler_.gamepad_polled(now, read.has_value(), moves);
    if (moves) scheduler_.note_change(now);
}

FrameSpec App::frame_spec() {
    bool double_click = false;
#if IMGUI_VERSION_NUM < 18700  // Debian 12's; later ones hand over one press a frame, so that they can count themselves
    double_click = window_->take_double_click();
#endif
    const bool resting = scheduler_.comes_to_rest(clock_.now());
    return {
        .target = off_screen() ? &picture_ : nullptr,
        .window = window_->framebuffer(),
        .scale = settings_.font_scale * (off_screen() ? 1.0F : window_->interface_scale()),
        .double_click = double_click,
        .keys = flying_keys(),
        .pad = pad_.motion(),
        .costs = {meter_.milliseconds_median(), meter_.milliseconds_p99(), resting ? 0.0 : meter_.frames_per_second()},
        .meter = &meter_,
        .recipes = options_.recipes,
        .fetcher = options_.fetcher};
}

void App::draw() {
    const FrameOutcome outcome = frames_->draw(frame_spec(), [this](FrameContext& context) {
        if (controller().page() == Page::Recipe) read_recipe();
        shell_.draw(context, {.notices = notices_,
                              .page = controller().page(),
                              .recipe = recipe_sections_,
                              .recipe_tools = &options_.recipe_tools,
                              .panels_hidden = controller().panels_hidden(),
                              .shown_panels = controller().shown_panels(),
                              .highlighted = controller().highlighted(),
                              .lanes_open = controller().lanes_open()});
    });
    complete_ = outcome.complete;
    if (outcome.unfinished || outcome.commanded) scheduler_.note_change(clock_.now());
    meter_.end(clock_.now());

    finish_picture();
    if (!off_screen()) window_->swap();
    ++frame_;
    send_waiting_keys();
    report();
}

// Those that were pressed right behind a click, unless it has begun a text.
void App::send_waiting_keys() {
    if (window_->take_press()) frames_to_wait_ = 2;
#if IMGUI_VERSION_NUM < 18700
    if (window_->taps().pending()) scheduler_.note_change(clock_.now());
#endif
    if (waiting_keys_.empty()) return;
    scheduler_.note_change(clock_.now());
    if (--frames_to_wait_ > 0) return;
    for (UiCommand& command : std::exchange(waiting_keys_, {}))
        if (!frames_->gui().wants_text()) send(std::move(command));
}

// A download goes on whatever is on screen; its end is told everywhere.
bool App::fetch_changed() {
    if (!options_.fetcher) return false;
    const std::shared_ptr<const FetchStatus> before = std::exchange(fetch_, options_.fetcher->status());
    if (!before || fetch_ == before) return false;
    const std::string& title = options_.fetcher->sets()[fetch_->set].title;
    if (fetch_->state == FetchStatus::State::Done)
        tell(Severity::Info,
             title + " is in " + fetch_->folders[fetch_->set] + ": learn from it in the Data panel (F6)", title);
    if (fetch_->state == FetchStatus::State::Failed) tell(Severity::Error, fetch_->sentence, title);
    return true;
}

void App::read_recipe() {
    const Snapshot* snapshot = frames_->lane.live();
    if (!snapshot || !snapshot->run_info || !options_.recipe_text) return;
    Recipe recipe = snapshot->run_info->recipe;
    recipe.optimizer.learning_rate = snapshot->settings.learning_rate;  // what was changed while training
    recipe.optimizer.momentum = snapshot->settings.momentum;
    recipe.batch_size = snapshot->settings.batch_size;
    if (!recipe_sections_.empty() && recipe == recipe_shown_) return;
    recipe_sections_ = recipe_sections(options_.recipe_text(recipe));
    recipe_shown_ = std::move(recipe);
}

gfx::Image App::read_frame() const {
    const Extent extent = off_screen() ? Extent{picture_.width(), picture_.height()} : window_->framebuffer();
    return gfx::read_pixels(extent.width, extent.height);
}

// F12: the frame just drawn, before it is swapped away.
void App::finish_picture() {
    if (!std::exchange(screenshot_wanted_, false)) return;
    const Snapshot* snapshot = frames_->lane.live();
    std::error_code code;
    const std::filesystem::path folder = std::filesystem::current_path(code);
    const std::filesystem::path file = free_screenshot_name(folder, snapshot ? snapshot->iteration : 0);
    const Result<void> saved = save_png(read_frame(), file);
    if (saved)
        tell(Severity::Info, "Screenshot " + file.string());
    else
        tell(Severity::Error, saved.error().message);
    scheduler_.note_change(clock_.now());
}

Result<bool> App::screenshot_taken() {
    const Snapshot* snapshot = frames_->lane.live();
    if (!snapshot) return false;
    const std::int64_t wanted = options_.screenshot_at_iteration;
    const bool no_run = snapshot->state == SessionState::Failed && !snapshot->run_info;
    if (no_run || snapshot->iteration < wanted) {
        const bool over = snapshot->state == SessionState::Finished || snapshot->state == SessionState::Failed;
        if (over || (snapshot->state == SessionState::Paused && frame_ > kSettledFrames))
            return Error{ErrorCode::Failed, "--screenshot: the run is " + std::string(state_name(snapshot)) +
                                                " at iteration " + std::to_string(snapshot->iteration) +
                                                ", before --at-iteration " + std::to_string(wanted) +
                                                (snapshot->failure.empty() ? "" : " (" + snapshot->failure + ")")};
        return false;
    }
    if (frame_ < kSettledFrames) return false;
    if (reached_iteration_ < 0.0) reached_iteration_ = time_seconds();
    if (!complete_) {
        if (time_seconds() - reached_iteration_ < kCapturesWithinSeconds) return false;
        log::write(log::Level::Warning, "--screenshot: not everything the panels show has arrived");
    }
    picture_.bind();
    const Result<void> saved = save_png(read_frame(), *options_.screenshot);
    if (!saved) return Error{saved.error().code, "--screenshot " + saved.error().message};
    return true;
}

void App::report() {
    if (!report_) return;
    const Snapshot* snapshot = frames_->lane.live();
    const Selection& selection = frames_->lane.selection;
    ReportState state;
    state.state = state_name(frames_->lane.live());
    state.workspace = workspaces()[static_cast<std::size_t>(settings_.workspace)].id;
    state.theme = settings_.theme == ThemeKind::Dark ? "dark" : "light";
    state.channel = selection.channel;
    state.row = selection.row;
    state.column = selection.column;
    state.help = controller().page() == Page::Help;
    state.lane_list = controller().lanes_open();
    state.panels_hidden = in_scene() && controller().panels_hidden();
    static constexpr const char* kTwinViews[] = {"run", "beside", "twin", "difference"};
    state.twin_view = kTwinViews[static_cast<std::size_t>(settings_.twin_view)];
    if (frames_->twin && frames_->twin->there()) {
        state.twin = frames_->twin->lane.live()->iteration;
        if (const TwinPlace* place = frames_->twin->place()) state.twin_difference = place->difference;
    }
    state.font_scale = settings_.font_scale;
    state.full_screen = window_->full_screen();
    state.fully_captured = complete_;
    if (const event::Notice* notice = notices_.current(time_seconds())) state.notice = notice->text;
    if (snapshot) {
        state.iteration = snapshot->iteration;
        const PlaceInTime place = place_in_time(frames_->lane.link);
        state.furthest = place.furthest;
        if (place.travelling()) state.travelling_to = place.target;
        state.lanes = snapshot->line.lanes ? static_cast<std::int64_t>(snapshot->line.lanes->size()) : 1;
        if (snapshot->line.lanes)
            for (const RunLane& lane : *snapshot->line.lanes)
                if (lane.id == snapshot->line.lane) state.lane = lane.name;
        state.epoch = snapshot->epoch;
        state.probe_index = snapshot->chosen.index;
        state.own_probe = std::holds_alternative<OwnPicture>(snapshot->seen.probe.source);
        state.answer = snapshot->seen.probe.predicted();
        if (const Restraints* held = snapshot->restraints.get())
            state.held = std::ssize(held->channels) + std::ssize(held->frozen) + (held->data.any() ? 1 : 0);
        if (snapshot->undo) state.undo = *snapshot->undo;
        if (frames_->lane.shows_phase()) state.phase = to_title(frames_->lane.held());
        state.speed = snapshot->settings.iterations_per_second;
        if (snapshot->run_info && selection.layer.index >= 0)
            state.layer = snapshot->run_info->network.layers[static_cast<std::size_t>(selection.layer.index)].spec.name;
        else if (selection.layer == kInputLayer)
            state.layer = "input";
    }
    const ReportTimes times{meter_.milliseconds_median(), meter_.milliseconds_p99(),
                            meter_.drawing_milliseconds_median(), meter_.frames_per_second()};
    if (const Result<void> written = report_->write(frame_, state, times, frames_->anchors()); !written) {
        report_.reset();  // once is enough
        tell(Severity::Error, written.error().message);
    }
}

void App::keep_settings(bool now) {
    if (options_.settings_file.empty() || off_screen()) return;
    if (!window_->full_screen() && !window_->minimised()) {
        const Extent size = window_->size();
        const auto at_scale_one = [&](int length) {
            return static_cast<int>(std::lround(static_cast<float>(length) / window_->interface_scale()));
        };
        settings_.window_width = std::clamp(at_scale_one(size.width), kLeastWindowWidth, kWidestWindow);
        settings_.window_height = std::clamp(at_scale_one(size.height), kLeastWindowHeight, kHighestWindow);
    }
    if (settings_ != last_settings_) {
        last_settings_ = settings_;
        settings_changed_ = time_seconds();
    }
    if (settings_ == saved_ || (!now && time_seconds() - settings_changed_ < kSaveAfterSeconds)) return;
    saved_ = settings_;  // whether it succeeds or not: the next change tries again
    const Result<void> written = save_settings(settings_, options_.settings_file);
    if (written) return;
    tell(Severity::Warning, written.error().message);
    if (now) log::write(log::Level::Warning, written.error().message);
}

}  // namespace

static Result<int> open_and_run(Session& session, const AppOptions& options) {
    LoadedSettings loaded;
    if (!options.settings_file.empty()) loaded = load_settings(options.settings_file);
    Settings& settings = loaded.settings;
    if (options.width > 0) settings.window_width = options.width;
    if (options.height > 0) settings.window_height = options.height;
    if (options.font_scale > 0.0F) settings.font_scale = options.font_scale;
    if (options.theme) settings.theme = *options.theme == "light" ? ThemeKind::Light : ThemeKind::Dark;
    if (options.workspace) {
        const Result<int> index = find_workspace(*options.workspace);
        if (!index) return index.error();
        settings.workspace = index.value();
    }

    // What was asked for in pixels is that; what is remembered or usual grows with the monitor's scale.
    WindowSpec wanted{settings.window_width, settings.window_height, /*visible=*/!options.screenshot,
                      /*scaled=*/options.width <= 0 && !options.screenshot};
    if (options.screenshot) {  // drawn into a picture of its own; the window only brings the context
        if (auto room = check_picture_memory(wanted.width, wanted.height); !room) return room.error();
        wanted.width = wanted.height = 1;
    }
    if (options.on_display_loss) on_display_loss(options.on_display_loss);  // it may go while the window opens
    auto window = [&] {
        std::optional<WindowOpening> opening;
        if (options.on_display_loss) opening.emplace();
        return Window::create(wanted);
    }();
    if (!window) return window.error();
    const SteadyClock clock;
    auto frames = Frames::create(session, clock, [&] { return make_window_backend(*window.value()); });
    if (!frames) return frames.error();
    frames.value()->settings = settings;
    App app(options, clock, std::move(window).value(), std::move(frames).value());
    if (auto prepared = app.prepare(); !prepared) return prepared.error();
    for (std::string& complaint : loaded.complaints) {
        log::write(log::Level::Warning, complaint);  // the window's words fade
        app.tell(Severity::Warning, std::move(complaint));
    }
    return app.run();
}

// A panel's exception stays in its panel; any other's way leads through everything that must be put in order.
Result<int> run_app(Session& session, const AppOptions& options) {
    try {
        return open_and_run(session, options);
    } catch (const std::exception& error) {
        return Error{ErrorCode::Failed, std::string("The window stopped on something unexpected: ") + error.what()};
    }
}

std::filesystem::path default_settings_file() {
    if (const char* folder = std::getenv("XDG_CONFIG_HOME"); folder && *folder)
        return std::filesystem::path(folder) / "convscope" / "settings.toml";
    if (const char* home = std::getenv("HOME"); home && *home)
        return std::filesystem::path(home) / ".config" / "convscope" / "settings.toml";
    return {};
}

}  // namespace convscope
