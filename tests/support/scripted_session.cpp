#include "tests/support/scripted_session.h"

#include "tests/support/scripted_dataset.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <utility>

namespace convscope::test {
namespace {

constexpr double kFlatOut = 400.0;  // iterations per second

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", value);
    return text;
}

float noise(std::int64_t iteration) {
    const double x = std::sin(static_cast<double>(iteration) * 12.9898) * 43758.5453;
    return static_cast<float>(x - std::floor(x) - 0.5);
}

}  // namespace

struct ScriptedSession::Applier {
    ScriptedSession& s;

    void operator()(const command::Run&) const {
        if (s.shown_.state == SessionState::Finished)
            s.shown_.planned_iterations += s.options_.epochs * s.options_.iterations_per_epoch;
        if (s.shown_.state != SessionState::Failed) s.shown_.state = SessionState::Running;
        s.steps_left_ = 0;
        s.shown_.paused_by.reset();
    }
    void operator()(const command::Pause&) const {
        if (s.shown_.state == SessionState::Running) s.shown_.state = SessionState::Paused;
    }
    void operator()(const command::Step& step) const {
        if (s.shown_.state == SessionState::Failed) return;
        if (step.iterations < 1) return refuse("a step of no iterations");
        s.shown_.state = SessionState::Running;
        s.steps_left_ += step.iterations;
        s.shown_.paused_by.reset();
    }
    void operator()(const command::Evaluate&) const { s.evaluate(); }
    void operator()(const command::Reset& reset) const {
        const bool running = s.shown_.state == SessionState::Running;
        if (reset.recipe && reset.recipe->input_channels != s.options_.channels) {
            s.notify(event::Notice::Severity::Error, "the recipe " + reset.recipe->name + " does not fit the pictures");
            return;
        }
        if (s.shown_.iteration > 0) s.set_aside();
        if (reset.recipe) s.recipe_name_ = reset.recipe->name;
        s.start_run(reset.seed);
        s.shown_.state = running ? SessionState::Running : SessionState::Paused;
    }
    void operator()(const command::Save& save) const {
        const std::string path = save.path.empty() ? s.options_.checkpoint : save.path;
        if (path.empty()) return s.notify(event::Notice::Severity::Warning, "the run has no file: give it one");
        s.save(path, /*asked=*/true);
    }
    void operator()(const command::Resume& resume) const {
        const auto saved = s.saved_.find(resume.path);
        if (saved == s.saved_.end()) {
            s.notify(event::Notice::Severity::Error,
                     resume.path + " is no saved run; choose one that Save has written");
            return;
        }
        if (s.shown_.iteration > 0) s.set_aside();
        s.go_on_with(saved->second);
        s.shown_.state = SessionState::Paused;
        s.change("resumed from " + std::filesystem::path(resume.path).filename().string());
    }
    void operator()(const command::BringBack&) const {
        if (!s.aside_) return s.notify(event::Notice::Severity::Error, "there is no run to be brought back");
        const SessionState before = s.shown_.state;
        const SavedRun back = *s.aside_;
        s.aside_.reset();
        s.shown_.set_aside.reset();
        if (s.shown_.iteration > 0) s.set_aside();
        s.go_on_with(back);
        s.shown_.state = before == SessionState::Paused ? SessionState::Paused : SessionState::Running;
        s.change("brought back");
    }
    void operator()(const command::GoTo& go) const { s.travel(go.iteration); }
    void operator()(const command::GoToLane& go) const {
        if (const ScriptedLane* lane = s.find_lane(go.lane))
            s.go_to_lane(static_cast<std::size_t>(lane - s.lanes_.data()), go.iteration);
        else
            s.notify(event::Notice::Severity::Error, "there is no such lane");
    }
    void operator()(const command::NameLane& name) const {
        ScriptedLane* lane = s.find_lane(name.lane);
        if (lane == nullptr) return refuse("a name of no lane");
        lane->lane.name = name.name;
    }
    void operator()(const command::NamePlace& name) const {
        if (name.iteration < 0 || name.iteration > s.furthest()) return refuse("a name of no iteration");
        std::vector<NamedPlace>& places = s.lane().lane.places;
        std::erase_if(places, [&](const NamedPlace& one) { return one.iteration == name.iteration; });
        if (!name.name.empty()) places.push_back({name.iteration, name.name});
        std::sort(places.begin(), places.end(),
                  [](const NamedPlace& a, const NamedPlace& b) { return a.iteration < b.iteration; });
    }
    void operator()(const command::DeleteLane& gone) const {
        ScriptedLane* lane = s.find_lane(gone.lane);
        if (lane == nullptr || lane == &s.lane()) return refuse("deleting that lane");
        s.delete_lane(*lane);
    }
    void operator()(const command::SetLearningRate& c) const {
        change("learning rate", &LiveSettings::learning_rate, c.learning_rate, c.learning_rate >= 0.0);
    }
    void operator()(const command::SetMomentum& c) const {
        change("momentum", &LiveSettings::momentum, c.momentum, c.momentum >= 0.0 && c.momentum < 1.0);
    }
    void operator()(const command::SetBatchSize& c) const {
        change("batch size", &LiveSettings::batch_size, c.batch_size,
               c.batch_size >= 1 && c.batch_size <= s.shown_.run_info->data.train_count);
    }
    void operator()(const command::SetThreads& c) const {
        change("threads", &LiveSettings::threads, c.threads, c.threads >= 1);
    }
    void operator()(const command::SetChannel& c) const { by_hand(c); }
    void operator()(const command::Freeze& c) const { by_hand(c); }
    void operator()(const command::SetWeights& c) const { by_hand(c); }
    void operator()(const command::FillWeights& c) const { by_hand(c); }
    void operator()(const command::ChangeRecipe& c) const { by_hand(c); }
    void operator()(const command::ChangeData& c) const { by_hand(c); }
    void operator()(const command::Undo&) const { s.take_back(); }
    void operator()(const command::SetSpeed& c) const {
        if (!std::isfinite(c.iterations_per_second) || c.iterations_per_second < 0.0) return refuse("that speed");
        s.shown_.settings.iterations_per_second = c.iterations_per_second;
    }
    void operator()(const command::SetBreakpoints& c) const {
        for (const Breakpoint& one : c.list)
            if (const auto written = parse_breakpoint(to_string(one)); !written)
                return s.notify(event::Notice::Severity::Warning, written.error().message);
        s.shown_.breakpoints = std::make_shared<const std::vector<Breakpoint>>(c.list);
    }
    void operator()(const command::SetProbe& c) const {
        ProbeState& probe = s.shown_.seen.probe;
        const auto* own = std::get_if<OwnPicture>(&c.source);
        if (own != nullptr && own->byte_count() != s.shown_.run_info->network.input_shape.element_count())
            return s.notify(event::Notice::Severity::Warning,
                            "a picture of that size is not the network's input: kept");
        s.shown_.seeking = false;
        probe = ProbeState();
        probe.source = c.source;
        if (auto* held = std::get_if<HeldPicture>(&probe.source)) {
            held->index = wrapped(held->index, s.dataset_->size(held->split));
            s.label_probe();
            s.shown_.chosen = *held;
        }
    }
    void operator()(const command::SeekClass& c) const {
        const Split split = s.shown_.chosen.split;
        const std::int64_t count = s.dataset_->size(split);
        for (std::int64_t step = 1; step <= count; ++step) {
            const std::int64_t index = wrapped(s.shown_.chosen.index + step * c.direction, count);
            if (scripted_label(index) == c.label) return (*this)(command::SetProbe{HeldPicture{split, index}});
        }
        s.notify(event::Notice::Severity::Info, "no picture of class " + std::to_string(c.label));
    }
    void operator()(const command::SeekMistake& c) const {
        (*this)(command::SetProbe{HeldPicture{Split::Test, s.shown_.chosen.index + 37 * c.direction}});
    }
    void operator()(const command::Watch& c) const { s.watch_ = c.set; }
    void operator()(const command::BeginTwin& c) const { s.begin_twin(c); }
    void operator()(const command::EndTwin&) const { s.end_twin(); }

private:
    void refuse(const std::string& what) const {
        s.notify(event::Notice::Severity::Warning, what + " was not applied");
    }
    template <typename C>
    void by_hand(const C& command) const {
        if (std::string problem = s.refusal(command); !problem.empty()) return refuse(problem);
        s.settings_changed();
        Done done = s.done(command);
        if (done.mark.empty()) return;
        if (!s.taking_back_)
            s.lane().undo.push_back(
                {s.shown_.iteration, std::make_shared<const std::string>(done.mark), std::move(done.undo)});
        s.change(done.mark);
    }
    static Command setting_back(const LiveSettings& now, double LiveSettings::*setting) {
        if (setting == &LiveSettings::learning_rate) return command::SetLearningRate{now.learning_rate};
        return command::SetMomentum{now.momentum};
    }
    static Command setting_back(const LiveSettings& now, std::int64_t LiveSettings::*) {
        return command::SetBatchSize{now.batch_size};
    }
    static Command setting_back(const LiveSettings& now, int LiveSettings::*) {
        return command::SetThreads{now.threads};
    }
    // One of the settings that are marked on the curves.
    template <typename Value>
    void change(const std::string& name, Value LiveSettings::*setting, Value wanted, bool allowed) const {
        if (!allowed || !std::isfinite(static_cast<double>(wanted)))
            return refuse(name + " " + number(static_cast<double>(wanted)));
        if (s.shown_.settings.*setting == wanted) return;
        s.settings_changed();
        LiveSettings& settings = s.shown_.settings;
        const std::string mark =
            name + " " + number(static_cast<double>(settings.*setting)) + " -> " + number(static_cast<double>(wanted));
        if (!s.taking_back_)
            s.lane().undo.push_back(
                {s.shown_.iteration, std::make_shared<const std::string>(mark), {setting_back(settings, setting)}});
        s.change(mark);
        settings.*setting = wanted;
        if (!s.lanes_.empty()) s.lane().settings[s.shown_.iteration] = settings;
    }
};

const Clock& ScriptedSession::real_time() {
    static const SteadyClock clock;
    return clock;
}

ScriptedSession::ScriptedSession(ScriptedOptions options, const Clock& clock)
    : options_(options), clock_(clock), dataset_(make_scripted_dataset(options.channels)) {
    shown_.breakpoints = std::make_shared<const std::vector<Breakpoint>>(usual_breakpoints());
    if (options.twin) make_twin();
}

ScriptedSession::~ScriptedSession() {
    stopping_ = true;
    letters_.post({CommandId{}, command::Pause{}});  // wakes the thread
    if (thread_.joinable()) thread_.join();
}

CommandId ScriptedSession::post(Command command) {
    std::lock_guard lock(log_mutex_);
    if (const auto* watch = std::get_if<command::Watch>(&command)) {
        last_watch_ = watch->set;
        ++watch_count_;
    } else {
        log_.push_back(command);
    }
    const CommandId id{next_id_++};
    letters_.post({id, std::move(command)});
    if (first_ != nullptr) first_->letters_.post({CommandId{}, command::Pause{}, /*only_wakes=*/true});
    return id;
}

void ScriptedSession::drain_events(std::vector<Event>& out) {
    events_.drain(drained_);
    std::move(drained_.begin(), drained_.end(), std::back_inserter(out));
}

void ScriptedSession::publish_starting() { publish(); }

void ScriptedSession::begin() {
    start_run(options_.seed);
    shown_.state = options_.paused ? SessionState::Paused : SessionState::Running;
    publish();
}

void ScriptedSession::apply() {
    apply_letters();
    metrics_.flush();
    film_if_lacking();
    capture();
    publish();
}

void ScriptedSession::advance(std::int64_t iterations) {
    for (std::int64_t i = 0; i < iterations; ++i) {
        apply_letters();
        arrive();
        iterate(watch_.film && steps_left_ <= 1);
        capture();
        publish();
    }
}

void ScriptedSession::show_phase(Phase phase, double seconds) {
    apply_letters();
    if (phase == Phase::None)
        shown_.phase = Phase::None;
    else
        come_to(phase);
    shown_.phase_seconds = phase == Phase::None ? 0.0 : seconds;
    capture();
    publish();
}

void ScriptedSession::fail(const std::string& what) {
    shown_.state = SessionState::Failed;
    shown_.failure = what;
    publish();
}

void ScriptedSession::notify(event::Notice::Severity severity, std::string text) {
    events_.post(event::Notice{severity, std::move(text)});
}

void ScriptedSession::set_aside() {
    aside_ = present();
    shown_.set_aside = std::make_shared<const SetAsideRun>(
        SetAsideRun{shown_.run_info->run, aside_->recipe, aside_->iteration, options_.checkpoint});
}

void ScriptedSession::go_on_with(const SavedRun& run) {
    recipe_name_ = run.recipe;
    start_run(run.seed);
    const double pace = shown_.settings.iterations_per_second;
    shown_.settings = run.settings;
    shown_.settings.iterations_per_second = pace;
    while (shown_.iteration < run.iteration) iterate();
    shown_.paused_by.reset();
    trained_ = false;  // no file keeps gradients
}

void ScriptedSession::save(const std::string& path, bool asked) {
    event::Saved saved{shown_.run_info->run, shown_.iteration, path, "", asked};
    if (std::filesystem::is_directory(std::filesystem::absolute(path).parent_path()))
        saved_[path] = present();
    else
        saved.problem = path + " was not written: its folder does not exist";
    events_.post(std::move(saved));
}

void ScriptedSession::run_in_background() {
    thread_ = std::thread([this] { thread_main(); });
}

std::vector<Command> ScriptedSession::commands() const {
    std::lock_guard lock(log_mutex_);
    return log_;
}

WatchSet ScriptedSession::watched() const {
    std::lock_guard lock(log_mutex_);
    return last_watch_;
}

std::int64_t ScriptedSession::watch_count() const {
    std::lock_guard lock(log_mutex_);
    return watch_count_;
}

void ScriptedSession::thread_main() {
    publish_starting();
    begin();
    TimePoint due = clock_.now();
    while (!stopping_) {
        const bool applied = apply_letters();
        arrive();
        if (shown_.state != SessionState::Running) {
            if (applied) {
                film_if_lacking();
                capture();
                publish();
            }
            metrics_.flush();
            letters_.wait();
            due = clock_.now();
            continue;
        }
        if (letters_.wait_until(clock_, due)) {
            // A command answers at once at slow speeds too.
            if (apply_letters()) {
                capture();
                publish();
            }
            continue;
        }
        iterate(watch_.film && steps_left_ == 1);
        if (applied || slot_.taken() || shown_.state != SessionState::Running) capture();
        publish();
        const double pace =
            shown_.settings.iterations_per_second > 0.0 ? shown_.settings.iterations_per_second : kFlatOut;
        due += std::chrono::duration_cast<TimePoint::duration>(std::chrono::duration<double>(1.0 / pace));
        due = std::max(due, clock_.now() - std::chrono::milliseconds(100));
    }
}

void ScriptedSession::apply_one(const Command& command) { std::visit(Applier{*this}, command); }

bool ScriptedSession::apply_letters() {
    if (!letters_.drain(inbox_)) return false;
    for (const Letter& letter : inbox_) {
        if (letter.only_wakes) continue;
        apply_one(letter.command);
        shown_.applied_command = std::max(shown_.applied_command, letter.id);
    }
    return true;
}

void ScriptedSession::start_run(std::uint64_t seed) {
    end_twin();
    network_ = std::make_unique<ScriptedNetwork>(seed);
    auto info = std::make_shared<RunInfo>();
    info->run = RunId{++run_};
    info->recipe = wide_cnn_recipe();
    info->recipe.epochs = options_.epochs;
    info->network = network_->description();
    info->recipe.name = recipe_name_;
    info->recipe.input_channels = options_.channels;
    info->network.input_shape = {options_.channels, 28, 28};
    info->data = dataset_->info();
    if (options_.validation) info->data.measured_on = "validation";
    if (options_.dataset) info->dataset = dataset_;
    if (options_.augment) {
        info->recipe.augmentation.shift = 3.0;
        info->augment = [info_of_data = info->data](auto in, auto epoch, auto index, auto out) {
            scripted_augmentation(info_of_data, in, epoch, index, out);
        };
    }
    if (options_.schedule) info->recipe.schedule.kind = ScheduleKind::Cosine;
    info->seed = seed;
    info->threads = 2;
    info->blas_threads = 1;
    info->device = "cpu";
    info->checkpoint = options_.checkpoint;

    Snapshot fresh;
    fresh.sequence = shown_.sequence;
    fresh.applied_command = shown_.applied_command;
    fresh.settings = {0.001, 0.9, 512, shown_.settings.iterations_per_second, /*threads=*/2, /*blas_threads=*/1};
    fresh.set_aside = shown_.set_aside;
    fresh.chosen = shown_.chosen;
    fresh.breakpoints = shown_.breakpoints;
    fresh.seen.probe = ProbeState();
    fresh.seen.probe.source = shown_.seen.probe.source;
    fresh.run_info = info;
    fresh.epoch = 1;
    fresh.iterations_per_epoch = options_.iterations_per_epoch;
    fresh.planned_iterations = options_.epochs * options_.iterations_per_epoch;
    fresh.metrics.run = info->run;
    shown_ = std::move(fresh);
    label_probe();
    steps_left_ = 0;
    trained_ = false;
    moved_ = false;
    pass_sample_.clear();
    lanes_.clear();
    begin_lane({.id = info->run}, shown_.settings);
    events_.post(event::RunStarted{info});
}

double ScriptedSession::loss_at(std::int64_t iteration) const {
    return 0.035 + 2.27 * std::exp(-std::sqrt(pace_of_learning() * static_cast<double>(iteration) / 20.0));
}

double ScriptedSession::accuracy_at(std::int64_t iteration) const {
    return 0.989 - 0.889 * std::exp(-std::pow(pace_of_learning() * static_cast<double>(iteration) / 25.0, 0.6));
}

double ScriptedSession::schedule_at(std::int64_t iteration) const {
    if (!options_.schedule) return 1.0;
    const double share = static_cast<double>(iteration) / static_cast<double>(shown_.planned_iterations);
    return 0.5 + 0.5 * std::cos(std::min(1.0, share) * 3.14159265358979);
}

std::vector<float> ScriptedSession::as_seen(std::span<const float> pixels) const {
    const Recipe& recipe = shown_.run_info->recipe;
    std::vector<float> seen;
    for (const float pixel : pixels)
        seen.push_back((pixel - static_cast<float>(recipe.mean_of(0))) / static_cast<float>(recipe.deviation_of(0)));
    return seen;
}

void ScriptedSession::come_to(Phase phase) {
    const std::int64_t first = (shown_.iteration + 1) * shown_.settings.batch_size;
    const std::int64_t index = wrapped(first + followed_sample(), dataset_->size(Split::Train));
    if (!moved_) {  // the pass is made with the weights before the update
        pass_index_ = index;
        pass_sample_ = as_seen(scripted_digit(scripted_label(index), index));
        network_->pass(pass_sample_, scripted_label(index), shown_.settings.batch_size);
    }
    shown_.phase = phase;
    if (phase != Phase::Update || moved_) return;
    network_->train(shown_.settings.learning_rate);
    moved_ = true;
}

void ScriptedSession::iterate(bool filmed) {
    if (filmed)
        for (const Phase phase : {Phase::Batch, Phase::Forward, Phase::Loss, Phase::Backward, Phase::Update})
            film(phase);
    else if (watch_.phases)
        come_to(Phase::Update);
    else
        pass_sample_.clear();
    if (!moved_) network_->train(shown_.settings.learning_rate);
    moved_ = false;
    trained_ = true;
    shown_.phase = Phase::None;
    shown_.phase_seconds = 0.0;
    ++shown_.iteration;
    shown_.epoch = (shown_.iteration - 1) / shown_.iterations_per_epoch + 1;
    const double loss = loss_at(shown_.iteration);
    IterationMetrics& m = shown_.metrics;
    m = {shown_.run_info->run,
         shown_.iteration,
         shown_.epoch,
         0.0F,
         0.0F,
         static_cast<float>(shown_.settings.learning_rate * schedule_at(shown_.iteration))};
    m.loss = static_cast<float>(loss) * (1.0F + 0.35F * noise(shown_.iteration));
    m.accuracy =
        std::clamp(static_cast<float>(accuracy_at(shown_.iteration)) + 0.03F * noise(shown_.iteration + 5), 0.0F, 1.0F);
    finish_film();
    const bool news = m.iteration > furthest();
    if (news) {
        lane().told.push_back(m);
        metrics_.push(m);
    } else {
        follow_hands();
    }
    if (const auto then = lane().settings.find(m.iteration); !news && then != lane().settings.end()) {
        const double pace = shown_.settings.iterations_per_second;
        shown_.settings = then->second;
        shown_.settings.iterations_per_second = pace;
    }
    shown_.samples_per_second = 12'345.0 + 900.0 * static_cast<double>(noise(shown_.iteration));
    shown_.cost = {180.0, 3.5, 1'843'200, 0.021};
    shown_.sweep_progress = static_cast<double>(shown_.iteration % 25) / 25.0;
    if (watch_.batch_confusion) shown_.batch_confusion = confusion(200, 25);
    if (watch_.test_confusion && (!shown_.test_confusion || shown_.iteration % 25 == 0))
        shown_.test_confusion = confusion(1000, 1);
    if (news && shown_.iteration % shown_.iterations_per_epoch == 0) evaluate();
    if (steps_left_ > 0 && --steps_left_ == 0) shown_.state = SessionState::Paused;
    if (news) look_at_breakpoints();
    if (shown_.iteration >= shown_.planned_iterations) shown_.state = SessionState::Finished;
}

// Of all kinds only that an iteration is reached.
void ScriptedSession::look_at_breakpoints() {
    for (const Breakpoint& one : *shown_.breakpoints) {
        if (!one.on || one.kind != BreakpointKind::Iteration || one.value != static_cast<double>(shown_.iteration))
            continue;
        pause_by({.breakpoint = one,
                  .run = shown_.run_info->run,
                  .iteration = shown_.iteration,
                  .what = "Breakpoint at iteration " + std::to_string(shown_.iteration) + ": " + to_string(one)});
    }
}

void ScriptedSession::pause_by(BreakpointHit hit) {
    notify(event::Notice::Severity::Info, hit.what);
    shown_.paused_by = std::make_shared<const BreakpointHit>(std::move(hit));
    shown_.state = SessionState::Paused;
    steps_left_ = 0;
}

void ScriptedSession::evaluate() {
    EvaluationMetrics e;
    e.run = shown_.run_info->run;
    e.iteration = shown_.iteration;
    e.epoch = shown_.epoch;
    e.train_loss = loss_at(shown_.iteration);
    e.train_accuracy = accuracy_at(shown_.iteration);
    e.test_loss = e.train_loss * 1.08 + 0.004;
    e.test_accuracy = e.train_accuracy - 0.004;
    e.seconds = 5.1;
    e.samples_per_second = shown_.samples_per_second;
    if (in_past()) return;  // nobody is told twice
    lane().measured.push_back(e);
    events_.post(event::Evaluated{e});
}

void ScriptedSession::publish() {
    if (shown_.twin && twin_) twin_->follow(*this);
    show_line();
    auto snapshot = std::make_shared<Snapshot>(shown_);
    snapshot->sequence = ++shown_.sequence;
    snapshot->published = clock_.now();
    slot_.publish(std::move(snapshot));
}

void ScriptedSession::change(const std::string& what) {
    if (!lanes_.empty()) {
        ScriptedLane& here = lane();
        const bool first = here.lane.parent != RunId{} && here.lane.begun_by.empty();
        if (first && what.rfind("branched", 0) != 0) here.lane.begun_by = what;
        here.marks.add({shown_.iteration, what});
    }
    events_.post(event::Changed{shown_.run_info ? shown_.run_info->run : RunId{}, shown_.iteration, what});
}

}  // namespace convscope::test
