#include "viz/app/controller.h"

#include "viz/app/workspaces.h"
#include "viz/view/control_values.h"

#include <algorithm>
#include <cmath>

namespace convscope {
namespace {

constexpr float kFontStep = 0.125F;

}  // namespace

void Controller::perform(Action action) {
    if (request_of_scene(action)) return;
    switch (action) {
        case Action::Help:
            open_or_close(Page::Help);
            return;
        case Action::Close:
            page_ = Page::None;
            return;
        case Action::RecipePage:
            open_or_close(Page::Recipe);
            return;
        case Action::EditNetwork:
            open_or_close(Page::Editor);
            return;
        case Action::Workspace1:
            return choose_workspace(0);
        case Action::Workspace2:
            return choose_workspace(1);
        case Action::Workspace3:
            return choose_workspace(2);
        case Action::Workspace4:
            return choose_workspace(3);
        case Action::Workspace5:
            return choose_workspace(4);
        case Action::Workspace6:
            return choose_workspace(5);
        case Action::Theme:
            settings_.theme = settings_.theme == ThemeKind::Dark ? ThemeKind::Light : ThemeKind::Dark;
            return;
        case Action::Larger:
            set_font_scale(settings_.font_scale + kFontStep);
            return;
        case Action::Smaller:
            set_font_scale(settings_.font_scale - kFontStep);
            return;
        case Action::NormalSize:
            set_font_scale(1.0F);
            return;
        case Action::FullScreen:
            full_screen_ = true;
            return;
        case Action::Screenshot:
            screenshot_ = true;
            return;
        default:
            break;
    }
    const Snapshot* snapshot = engine_.snapshot();
    if (!snapshot || !snapshot->run_info) return;  // the rest is about a run
    switch (action) {
        case Action::RunPause:
            run_or_pause(*snapshot);
            break;
        case Action::Step:
            running_ = {engine_.post(command::Step{1}), false};
            break;
        case Action::Reset:
            engine_.post(command::Reset{snapshot->run_info->seed, {}});
            break;
        case Action::ResetNewSeed:
            engine_.post(command::Reset{snapshot->run_info->seed + 1, {}});
            break;
        case Action::Save:
            engine_.post(command::Save{});
            break;
        case Action::Faster:
            change_speed(*snapshot, 1);
            break;
        case Action::Slower:
            change_speed(*snapshot, -1);
            break;
        case Action::PreviousProbe:
            move_probe(*snapshot, -1);
            break;
        case Action::NextProbe:
            move_probe(*snapshot, 1);
            break;
        case Action::NextMistake:
            engine_.post(command::SeekMistake{1});
            break;
        case Action::PreviousLayer:
            move_layer(*snapshot, -1);
            break;
        case Action::NextLayer:
            move_layer(*snapshot, 1);
            break;
        case Action::PreviousChannel:
            move_channel(*snapshot, -1);
            break;
        case Action::NextChannel:
            move_channel(*snapshot, 1);
            break;
        default:
            break;
    }
}

bool Controller::request_of_scene(Action action) {
    if (action >= Action::RecallBookmark0 && action <= Action::RecallBookmark9)
        scene_.recall_bookmark = static_cast<int>(action) - static_cast<int>(Action::RecallBookmark0);
    else if (action >= Action::StoreBookmark0 && action <= Action::StoreBookmark9)
        scene_.store_bookmark = static_cast<int>(action) - static_cast<int>(Action::StoreBookmark0);
    else if (action == Action::FocusSelection)
        scene_.focus = true;
    else if (action == Action::FrameAll)
        scene_.frame_all = true;
    else if (action == Action::TogglePanels)
        scene_.toggle_panels = !scene_.toggle_panels;
    else if (action == Action::StepOut && page_ == Page::None)
        ++scene_.steps_out;
    else if (action == Action::StepOut)
        page_ = Page::None;  // it lies over the scene
    else
        return false;
    return true;
}

void Controller::choose_workspace(int index) {
    if (index < static_cast<int>(workspaces().size())) settings_.workspace = index;
}

void Controller::run_or_pause(const Snapshot& snapshot) {
    const bool run = !running_.or_else(engine_, snapshot.state == SessionState::Running);
    running_ = {run ? engine_.post(command::Run{}) : engine_.post(command::Pause{}), run};
}

void Controller::change_speed(const Snapshot& snapshot, int direction) {
    const double speed = next_speed(speed_.or_else(engine_, snapshot.settings.iterations_per_second), direction);
    speed_ = {engine_.post(command::SetSpeed{speed}), speed};
}

void Controller::move_probe(const Snapshot& snapshot, int direction) {
    const std::int64_t size = snapshot.chosen.split == Split::Train ? snapshot.run_info->data.train_count
                                                                    : snapshot.run_info->data.test_count;
    if (size <= 0) return;
    const std::int64_t index = (probe_.or_else(engine_, snapshot.chosen.index) + direction + size) % size;
    probe_ = {engine_.post(command::SetProbe{HeldPicture{snapshot.chosen.split, index}}), index};
}

void Controller::move_layer(const Snapshot& snapshot, int direction) {
    const auto count = static_cast<std::int32_t>(snapshot.run_info->network.layers.size());
    if (count > 0) selection_.select_layer(LayerId{std::clamp(selection_.layer.index + direction, 0, count - 1)});
}

void Controller::move_channel(const Snapshot& snapshot, int direction) {
    const NetworkDescription& network = snapshot.run_info->network;
    const std::int32_t layer = selection_.layer.index;
    if (layer >= static_cast<std::int32_t>(network.layers.size())) return;
    const Shape& shape = layer < 0 ? network.input_shape : network.layers[static_cast<std::size_t>(layer)].output_shape;
    const std::int64_t count = shape[0];  // of maps, or of a vector's units
    if (shape.rank() == 0 || count <= 0) return;
    const bool first = selection_.channel < 0 || selection_.channel >= count;
    selection_.select_channel(first ? 0 : (selection_.channel + direction + count) % count);
}

void Controller::set_font_scale(float scale) {
    settings_.font_scale = std::clamp(std::round(scale / kFontStep) * kFontStep, 0.75F, 3.0F);
}

}  // namespace convscope
