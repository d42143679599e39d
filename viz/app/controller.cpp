#include "viz/app/controller.h"

#include "engine/core/utf8.h"
#include "viz/app/workspaces.h"
#include "viz/scene/bookmarks.h"
#include "viz/view/control_values.h"
#include "viz/view/matrix_cell.h"
#include "viz/view/phase_walk.h"
#include "viz/view/place_in_time.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace convscope {
namespace {

constexpr float kFontStep = 0.125F;

// What is to be selected for it.
const char* why_not(HandAction action) {
    if (action == HandAction::Silence || action == HandAction::HoldAtMean)
        return "select a channel first, by a click on it or with the full stop key";
    if (action == HandAction::FreezeFilter)
        return "select a filter first, by a click on it in a layer that has weights";
    return "select a layer that has weights of its own first";
}

// What a twin is told alone.
bool changes_learning(const Command& command) {
    return std::visit(
        [](const auto& one) {
            using C = std::remove_cvref_t<decltype(one)>;
            return std::is_constructible_v<command::Difference, C> || std::is_same_v<C, command::Undo>;
        },
        command);
}

}  // namespace

// One overload a command. Those about a run do nothing before there is one.
struct Controller::Application {
    Controller& self;
    const Snapshot* run;  // where it is; null before the first

    void operator()(const ui::Post& post) const {
        if (const auto* set = std::get_if<command::SetBreakpoints>(&post.command))
            self.settings_.breakpoints = set->list;
        if (const auto* resume = std::get_if<command::Resume>(&post.command)) self.remember(resume->path);
        if (std::holds_alternative<command::Run>(post.command)) self.lane_.hold(Phase::None);
        // Who begins one wants to see it.
        if (std::holds_alternative<command::BeginTwin>(post.command) && self.settings_.twin_view == TwinView::Run)
            self.settings_.twin_view = TwinView::Beside;
        self.lane_.link.post(post.command);
    }
    void operator()(const ui::RunOrPause&) const {
        if (!run) return;
        if (!is_running()) self.lane_.hold(Phase::None);
        self.lane_.link.post(is_running() ? Command(command::Pause{}) : Command(command::Run{}));
    }
    void operator()(const ui::ChangeSpeed& change) const {
        if (!run) return;
        const double now =
            self.lane_.link.asked_or(self.lane_.link.requested().speed, run->settings.iterations_per_second);
        self.lane_.link.post(command::SetSpeed{next_speed(now, change.steps)});
    }
    void operator()(const ui::StartOver& over) const {
        if (run) self.lane_.link.post(command::Reset{run->run_info->seed + over.seeds_on, {}});
    }
    void operator()(const ui::DoByHand& hand) const {
        if (run) self.do_by_hand(self.lane_in_hand(), hand.action);
    }
    void operator()(const ui::TakeBack&) const {
        Lane& lane = self.lane_in_hand();
        if (&lane != &self.lane_) {
            lane.link.post(command::Undo{});
        } else if (run) {
            self.lane_.link.post(run->undo ? Command(command::Undo{}) : Command(command::BringBack{}));
        }
    }
    void operator()(const ui::MoveInTime& move) const {
        if (run) post(moving_by(place_in_time(self.lane_.link), move.iterations));
    }
    void operator()(const ui::GoToIteration& go) const {
        if (run) post(going_to(place_in_time(self.lane_.link), go.iteration));
    }
    void operator()(const ui::HoldPhase& hold) const {
        const bool lets_go = hold.phase == Phase::None || hold.phase == self.lane_.held();
        hold_at(lets_go ? Phase::None : hold.phase);
    }
    void operator()(const ui::MovePhase& move) const {
        const PhaseStep step = step_from(self.lane_.held(), move.direction);
        if (step.iterations != 0) {
            std::optional<Command> going;
            if (run) going = moving_by(place_in_time(self.lane_.link), step.iterations);
            if (!going) return;  // there is no such iteration
            self.lane_.link.post(*std::move(going));
            return self.lane_.hold(step.phase);
        }
        hold_at(step.phase);
    }
    void operator()(const ui::ToggleLanes&) const {
        self.lanes_open_ = !self.lanes_open_;
        self.lane_.pointed_lane = {};
    }
    void operator()(const ui::NextTwinView&) const {
        if (!self.has_twin()) return (*this)(ui::TogglePage{Page::Twin});
        const int next = (static_cast<int>(self.settings_.twin_view) + 1) % kTwinViewCount;
        self.settings_.twin_view = static_cast<TwinView>(next);
    }
    void operator()(const ui::PointAtLane& point) const { self.lane_.pointed_lane = point.lane; }
    void operator()(const ui::MoveProbe& move) const {
        if (!run) return;
        const AskedProbe asked = self.lane_.link.asked_or(self.lane_.link.requested().probe, AskedProbe{});
        const Split split = asked.split.value_or(run->chosen.split);
        const DatasetInfo& data = run->run_info->data;
        const std::int64_t size = split == Split::Train ? data.train_count : data.test_count;
        if (size <= 0) return;
        const std::int64_t index = asked.picture.value_or(run->chosen.index) + move.pictures;
        self.lane_.link.post(command::SetProbe{HeldPicture{split, (index % size + size) % size}});
    }
    void operator()(const ui::MoveMistake& move) const {
        if (!run) return;
        const Selection& selection = self.lane_.selection;
        if (!knows_cell(*run, selection)) {
            self.lane_.link.post(command::SeekMistake{move.direction});
            return;
        }
        const AskedProbe asked = self.lane_.link.asked_or(self.lane_.link.requested().probe, AskedProbe{});
        const bool of_test = asked.split.value_or(run->chosen.split) == Split::Test;
        const std::int64_t from = of_test ? asked.picture.value_or(run->chosen.index) : -1;
        if (const auto next = next_in_cell(*run, selection, from, move.direction))
            self.lane_.link.post(command::SetProbe{HeldPicture{Split::Test, *next}});
        else
            self.lane_.link.notify(event::Notice::Severity::Info,
                                   "There is no picture in the selected cell of the confusion matrix; a click on the "
                                   "cell lets go of it");
    }

    void operator()(const ui::DrawOnPad& draw) const {
        if (draw.begins)
            self.own_pictures_.begin_stroke(draw.at);
        else
            self.own_pictures_.go_on(draw.at);
    }
    void operator()(const ui::HoldPen& hold) const { self.own_pictures_.hold(hold.pen); }
    void operator()(const ui::ChangePad& change) const {
        OwnPictures& own = self.own_pictures_;
        switch (change.how) {
            case ui::ChangePad::How::Undo:
                return own.undo();
            case ui::ChangePad::How::Clear:
                return own.clear();
            case ui::ChangePad::How::AsDrawn:
            case ui::ChangePad::How::AsTheData:
                return own.show_as_drawn(change.how == ui::ChangePad::How::AsDrawn);
            case ui::ChangePad::How::MakeProbe:
                return own.use_pad();
        }
    }
    void operator()(const ui::UseFiles& use) const {
        for (const std::string& file : use.files) {
            if (is_saved_run(file)) {
                (*this)(ui::Post{command::Resume{file}});
                continue;
            }
            self.own_pictures_.use_file(file);
            self.remember(file);
        }
    }
    void operator()(const ui::ChooseFile& choose) const {
        if (self.on_choose_file) self.on_choose_file(choose.what);
    }
    void operator()(const ui::KeepProbe&) const { self.own_pictures_.keep_probe(); }
    void operator()(const ui::UseKept& use) const { self.own_pictures_.use_kept(use.picture); }
    void operator()(const ui::RenameKept& rename) const { self.own_pictures_.rename_kept(rename.picture, rename.name); }
    void operator()(const ui::RemoveKept& remove) const { self.own_pictures_.remove_kept(remove.picture); }

    void operator()(const ui::Select& select) const { self.lane_.selection = select.selection; }
    void operator()(const ui::MoveLayer& move) const {
        const auto count = run ? static_cast<std::int32_t>(run->run_info->network.layers.size()) : 0;
        if (count > 0)
            self.lane_.selection.select_layer(
                LayerId{std::clamp(self.lane_.selection.layer.index + move.layers, 0, count - 1)});
    }
    void operator()(const ui::MoveChannel& move) const {
        if (!run) return;
        const NetworkDescription& network = run->run_info->network;
        Selection& selection = self.lane_.selection;
        const std::int32_t layer = selection.layer.index;
        if (layer >= static_cast<std::int32_t>(network.layers.size())) return;
        const Shape& shape =
            layer < 0 ? network.input_shape : network.layers[static_cast<std::size_t>(layer)].output_shape;
        const std::int64_t count = shape[0];  // of maps, or of a vector's units
        if (shape.rank() == 0 || count <= 0) return;
        const bool first = selection.channel < 0 || selection.channel >= count;
        selection.select_channel(first ? 0 : (selection.channel + move.channels + count) % count);
    }
    void operator()(const ui::StepOut&) const {
        Selection& selection = self.lane_.selection;
        if (self.page_ != Page::None)
            self.page_ = Page::None;  // it lies over the scene
        else if (self.lane_.held() != Phase::None)
            self.lane_.hold(Phase::None);
        else if (selection.row >= 0)
            selection.row = selection.column = -1;
        else if (selection.channel >= 0)
            selection.select_channel(-1);
        else
            self.scene_.go_home();
    }

    void operator()(const ui::FlyTo& fly) const { self.scene_.go_to(pose_of(fly.pose)); }
    void operator()(const ui::FlyToSelection&) const { self.scene_.focus(self.lane_.selection); }
    void operator()(const ui::FlyHome&) const { self.scene_.go_home(); }
    void operator()(const ui::FlyToBookmark& fly) const {
        const std::string slot = std::to_string(fly.slot);
        if (const auto pose = recall_bookmark(self.settings_, fly.slot))
            self.scene_.go_to(*pose);
        else
            self.lane_.link.notify(event::Notice::Severity::Info,
                                   "No view is kept as " + slot + "; Ctrl " + slot + " keeps this one");
    }
    void operator()(const ui::KeepBookmark& keep) const {
        if (self.scene_.empty()) return;
        store_bookmark(self.settings_, keep.slot, self.scene_.navigator().goal());
        self.lane_.link.notify(event::Notice::Severity::Info, "This view is kept as " + std::to_string(keep.slot));
    }
    void operator()(const ui::TogglePanels&) const { self.panels_hidden_ = !self.panels_hidden_; }
    void operator()(const ui::FloatPanel& panel) const {
        std::vector<std::string>& open = self.settings_.floating;
        const auto place = std::lower_bound(open.begin(), open.end(), panel.panel);
        const bool there = place != open.end() && *place == panel.panel;
        if (panel.open && !there) open.insert(place, panel.panel);
        if (!panel.open && there) open.erase(place);
    }

    void operator()(const ui::PlacePanel& placed) const {
        std::vector<KeptPlace>& places = self.settings_.places;
        const auto before = [](const KeptPlace& kept, const std::string& panel) { return kept.panel < panel; };
        const auto kept = std::lower_bound(places.begin(), places.end(), placed.where.panel, before);
        if (kept != places.end() && kept->panel == placed.where.panel)
            kept->place = placed.where.place;
        else
            places.insert(kept, placed.where);
    }

    void operator()(const ui::ShowPanel& show) const {
        if (shows_scene(self.settings_)) {
            self.panels_hidden_ = false;
            if (show.panel == "pad") {  // one draws on the picture's wall, too
                self.lane_.selection.select_layer(kInputLayer);
                self.scene_.focus(self.lane_.selection);
            }
            return (*this)(ui::FloatPanel{show.panel, true});
        }
        std::vector<std::string>& shown = self.shown_panels_;
        shown.erase(std::remove(shown.begin(), shown.end(), show.panel), shown.end());
        shown.push_back(show.panel);
        if (const auto workspace = workspace_with(show.panel, self.settings_.workspace))
            (*this)(ui::OpenWorkspace{*workspace});
    }
    void operator()(const ui::OpenWorkspace& open) const {
        if (open.index < 0 || open.index >= static_cast<int>(workspaces().size())) return;
        self.settings_.workspace = open.index;
        if (!shows_scene(self.settings_)) self.panels_hidden_ = false;
    }
    void operator()(const ui::TogglePage& toggle) const {
        self.page_ = self.page_ == toggle.page ? Page::None : toggle.page;
    }
    void operator()(const ui::ClosePage&) const {
        if (self.page_ == Page::None) self.lane_.hold(Phase::None);
        self.page_ = Page::None;
    }
    void operator()(const ui::Highlight& highlight) const { self.highlighted_ = highlight.anchor; }
    void operator()(const ui::Tell& tell) const { self.lane_.link.notify(tell.severity, tell.text); }

    template <typename Value>
    void operator()(const ui::Set<Value>& set) const {
        self.settings_.*set.setting = set.value;
    }
    void operator()(const ui::SwitchTheme&) const {
        self.settings_.theme = self.settings_.theme == ThemeKind::Dark ? ThemeKind::Light : ThemeKind::Dark;
    }
    void operator()(const ui::ChangeFontSize& change) const {
        const float steps = std::round(self.settings_.font_scale / kFontStep) + static_cast<float>(change.steps);
        self.settings_.font_scale = std::clamp(steps * kFontStep, 0.75F, 3.0F);
    }
    void operator()(const ui::ToggleFullScreen&) const {
        if (self.on_full_screen) self.on_full_screen();
    }
    void operator()(const ui::TakeScreenshot&) const {
        if (self.on_screenshot) self.on_screenshot();
    }

    bool is_running() const {
        return self.lane_.link.asked_or(self.lane_.link.requested().running, run->state == SessionState::Running);
    }
    void hold_at(Phase phase) const {
        if (phase != Phase::None && !run) return;
        if (phase != Phase::None && is_running()) self.lane_.link.post(command::Pause{});
        self.lane_.hold(phase);
    }
    void post(std::optional<Command> command) const {
        if (command) self.lane_.link.post(*std::move(command));
    }
};

void Controller::apply(const UiCommand& command) {
    const Snapshot* snapshot = lane_.live();
    std::visit(Application{*this, snapshot && snapshot->run_info ? snapshot : nullptr}, command);
}

void Controller::apply_in_twin(const UiCommand& command) {
    if (!has_twin()) return;
    if (const auto* select = std::get_if<ui::Select>(&command)) return twin_->select(lane_, select->selection);
    if (const auto* hand = std::get_if<ui::DoByHand>(&command)) return do_by_hand(twin_->lane, hand->action);
    if (const auto* post = std::get_if<ui::Post>(&command); post && changes_learning(post->command)) {
        twin_->lane.link.post(post->command);
        return;
    }
    apply(command);
}

// That keys mean.
Lane& Controller::lane_in_hand() { return has_twin() && settings_.twin_view == TwinView::Twin ? twin_->lane : lane_; }

// Among the files that were opened lately. A name that no text file holds is left out.
void Controller::remember(const std::string& file) {
    const bool plain = is_utf8(file) && std::none_of(file.begin(), file.end(), [](char c) {
                           return static_cast<unsigned char>(c) < ' ' || c == 127;
                       });
    if (file.empty() || !plain) return;
    std::vector<std::string>& recent = settings_.recent;
    recent.erase(std::remove(recent.begin(), recent.end(), file), recent.end());
    recent.insert(recent.begin(), file);
    if (recent.size() > kMostRecent) recent.resize(kMostRecent);
}

void Controller::do_by_hand(Lane& lane, HandAction action) {
    const Snapshot* run = lane.live();
    if (!run || !run->run_info) return;
    const std::vector<Command> commands = commands_of(action, *run, lane.selection);
    if (commands.empty())
        lane_.link.notify(event::Notice::Severity::Info, selected_name(*run, lane.selection) + ": " + why_not(action));
    for (const Command& command : commands) lane.link.post(command);
}

void Controller::keep_selection_valid() {
    const Snapshot* snapshot = lane_.shown();
    if (!snapshot || !snapshot->run_info) return;
    lane_.selection.fit_into(snapshot->run_info->network.layers.size());
    if (snapshot->paused_by != followed_) follow(snapshot->paused_by);
}

void Controller::follow(const std::shared_ptr<const BreakpointHit>& hit) {
    followed_ = hit;
    if (!hit || !hit->layer) return;
    lane_.selection.select_layer(*hit->layer);
    lane_.selection.select_channel(hit->unit);
    scene_.focus(lane_.selection);
}

}  // namespace convscope
