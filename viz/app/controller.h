// What the keys do: turns an action into commands to the session or changes of settings and selection. UI thread.
#pragma once

#include "viz/app/shortcuts.h"
#include "viz/scene/scene_requests.h"
#include "viz/view/engine_link.h"
#include "viz/view/selection.h"
#include "viz/view/settings.h"

#include <cstdint>
#include <utility>

namespace convscope {

class Controller {
public:
    Controller(EngineLink& engine, Selection& selection, Settings& settings)
        : engine_(engine), selection_(selection), settings_(settings) {}

    void perform(Action action);

    // At most one of the pages over the window.
    bool help_open() const { return page_ == Page::Help; }
    bool recipe_open() const { return page_ == Page::Recipe; }
    bool editor_open() const { return page_ == Page::Editor; }
    // True once after the key: the window does these.
    bool take_full_screen() { return std::exchange(full_screen_, false); }
    bool take_screenshot() { return std::exchange(screenshot_, false); }
    // What was wanted of the scene since the last call.
    SceneRequests take_scene_requests() { return std::exchange(scene_, {}); }

private:
    // What was asked for last holds until the session has answered, so that keys pressed quickly add up.
    template <typename Value>
    struct Asked {
        CommandId id;
        Value value{};
        Value or_else(const EngineLink& engine, Value shown) const { return engine.pending(id) ? value : shown; }
    };

    enum class Page { None, Help, Recipe, Editor };

    void open_or_close(Page page) { page_ = page_ == page ? Page::None : page; }
    void run_or_pause(const Snapshot& snapshot);
    void change_speed(const Snapshot& snapshot, int direction);
    void move_probe(const Snapshot& snapshot, int direction);
    void move_layer(const Snapshot& snapshot, int direction);
    void move_channel(const Snapshot& snapshot, int direction);
    bool request_of_scene(Action action);
    void choose_workspace(int index);
    void set_font_scale(float scale);

    EngineLink& engine_;
    Selection& selection_;
    Settings& settings_;
    Page page_ = Page::None;
    bool full_screen_ = false;
    bool screenshot_ = false;
    SceneRequests scene_;
    Asked<bool> running_;
    Asked<double> speed_;
    Asked<std::int64_t> probe_;
};

}  // namespace convscope
