// The GLFW window with its OpenGL 3.3 core context, loaded and checked. UI thread, which is the process's main thread.
#pragma once

#include "engine/core/result.h"
#include "viz/app/key_taps.h"
#include "viz/app/shortcuts.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

struct GLFWwindow;

namespace convscope {

struct Extent {
    int width = 0;
    int height = 0;
};

struct WindowSpec {
    int width = 1440;  // in screen coordinates
    int height = 900;
    bool visible = true;
    // The size is that of a monitor at a scale of one, and grows with the monitor's as type does, as far as that has
    // room.
    bool scaled = false;
};

class Window {
public:
    // Errors: no display (Unsupported), OpenGL older than 3.3 (Unsupported). One window at a time.
    static Result<std::unique_ptr<Window>> create(const WindowSpec& options);
    ~Window();
    Window(const Window&) = delete;
    Window& operator=(const Window&) = delete;

    // Called for every press and repetition of a key, within poll() or wait(). The name holds until it returns.
    std::function<void(const KeyPress&)> on_key;

    // Called with the paths of files that were dropped on the window, within poll() or wait().
    std::function<void(std::vector<std::string>)> on_drop;

    GLFWwindow* handle() const { return window_; }
    void poll();
    void wait(double seconds);
    // Ends a wait() at once. Any thread, while the window exists.
    void wake();
    // True when there was input, or the window changed, since the last call.
    bool take_input();
    // Presses of keys, for Dear ImGui 1.86.
    KeyTaps& taps() { return taps_; }
    // Whether the left button was pressed since that was asked last.
    bool take_press() { return std::exchange(left_pressed_, false); }
    bool pressed() const { return left_pressed_; }
    // True when the left button was pressed twice in one place, within half a second of real time, since the last call.
    // Dear ImGui counts in frames' times, and before 1.87 takes two clicks within one frame for one: this goes with
    // Debian 12's.
    bool take_double_click();
    bool should_close() const;
    bool minimised() const;
    bool focused() const;  // it has the keyboard
    // Those that are down now; none with Ctrl, Alt or Super, which make them other keys.
    HeldKeys held_keys() const;
    void swap();

    Extent size() const;         // in screen coordinates
    Extent framebuffer() const;  // in pixels
    // The monitor's scale in screen coordinates: what a length of 1 must be multiplied by to look its size.
    float interface_scale() const;

    bool full_screen() const { return full_screen_; }
    void toggle_full_screen();

    // True when OpenGL is drawn by the processor, which the trainer needs as well.
    bool software_rendering() const { return software_rendering_; }

private:
    Window() = default;
    void install_callbacks();
    void fit_monitor();
    void pressed_left_button();
    void finish_press();

    GLFWwindow* window_ = nullptr;
    bool input_ = true;
    bool left_pressed_ = false;
    KeyTaps taps_;
    std::optional<KeyPress> pressed_;  // and not yet told: what it types comes behind it
    bool double_click_ = false;
    double pressed_at_ = -1.0;  // seconds of GLFW's clock, the first of two presses; negative: none
    double pressed_x_ = 0.0;
    double pressed_y_ = 0.0;
    bool full_screen_ = false;
    bool software_rendering_ = false;
    int windowed_[4] = {0, 0, 0, 0};  // x, y, width, height to come back to from full screen
};

}  // namespace convscope
