#include "viz/app/window.h"

#include "engine/core/log.h"
#include "viz/gfx/context.h"
#include "viz/gfx/messages.h"

#include <GLFW/glfw3.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>

namespace convscope {
namespace {

constexpr double kDoubleClickSeconds = 0.5;   // as desktops have it
constexpr double kDoubleClickDistance = 6.0;  // screen coordinates

std::string& last_glfw_error() {
    static std::string text;
    return text;
}

Error no_window(const std::string& what) {
    std::string message = what;
    if (!last_glfw_error().empty()) message += " (" + last_glfw_error() + ")";
    return {
        ErrorCode::Unsupported,
        message + ": train without a window with `convscope train`, or give it a display, for example with xvfb-run"};
}

void ask_for_gl(int major, int minor) {
    glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, major);
    glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, minor);
    const bool core = major > 3 || (major == 3 && minor >= 2);
    glfwWindowHint(GLFW_OPENGL_PROFILE, core ? GLFW_OPENGL_CORE_PROFILE : GLFW_OPENGL_ANY_PROFILE);
    glfwWindowHint(GLFW_OPENGL_FORWARD_COMPAT, core ? GLFW_TRUE : GLFW_FALSE);
}

// OpenGL does not tell: these are the names of Mesa's rasterisers, and one of another name is taken for a graphics
// card.
bool drawn_by_processor() {
    const auto* renderer = reinterpret_cast<const char*>(glGetString(GL_RENDERER));
    if (!renderer) return false;
    return std::strstr(renderer, "llvmpipe") || std::strstr(renderer, "softpipe") || std::strstr(renderer, "swrast");
}

bool layout_has_latin_letters() {
    for (int key = GLFW_KEY_A; key <= GLFW_KEY_Z; ++key) {
        const char* name = glfwGetKeyName(key, 0);
        if (name && ((name[0] >= 'a' && name[0] <= 'z') || (name[0] >= 'A' && name[0] <= 'Z'))) return true;
    }
    return false;
}

Window& window_of(GLFWwindow* handle) { return *static_cast<Window*>(glfwGetWindowUserPointer(handle)); }

}  // namespace

Result<std::unique_ptr<Window>> Window::create(const WindowSpec& options) {
    last_glfw_error().clear();
    glfwSetErrorCallback([](int, const char* text) { last_glfw_error() = text; });
    if (!glfwInit()) return no_window("there is no display to open a window on");

    std::unique_ptr<Window> window(new Window);
    glfwWindowHint(GLFW_SCALE_TO_MONITOR, options.scaled ? GLFW_TRUE : GLFW_FALSE);
    glfwWindowHint(GLFW_VISIBLE, options.visible ? GLFW_TRUE : GLFW_FALSE);
    glfwWindowHint(GLFW_DEPTH_BITS, 0);
    glfwWindowHint(GLFW_STENCIL_BITS, 0);
    ask_for_gl(3, 3);
#ifndef NDEBUG
    glfwWindowHint(GLFW_OPENGL_DEBUG_CONTEXT, GLFW_TRUE);
#endif
    auto open = [&] { return glfwCreateWindow(options.width, options.height, "ConvScope", nullptr, nullptr); };
    window->window_ = open();
    if (!window->window_) {
        ask_for_gl(1, 0);  // whatever there is, so that the error can say what that is
        window->window_ = open();
        if (!window->window_) return no_window("no OpenGL window could be opened");
    }
    glfwMakeContextCurrent(window->window_);
    if (auto loaded = gfx::load_gl(glfwGetProcAddress); !loaded) return loaded.error();
    if (auto new_enough = gfx::require_gl_33(); !new_enough) return new_enough.error();

#ifndef NDEBUG
    gfx::on_message([](const gfx::Message& message) {
        log::write(message.serious ? log::Level::Error : log::Level::Debug, "OpenGL: " + message.text);
    });
#endif

    window->software_rendering_ = drawn_by_processor();
    glfwSwapInterval(window->software_rendering_ ? 0 : 1);
    glfwSetWindowSizeLimits(window->window_, 640, 400, GLFW_DONT_CARE, GLFW_DONT_CARE);
    if (options.scaled) window->fit_monitor();
    window->install_callbacks();
    return window;
}

void Window::fit_monitor() {
    GLFWmonitor* monitor = glfwGetPrimaryMonitor();
    if (!monitor) return;
    Extent room;
    glfwGetMonitorWorkarea(monitor, nullptr, nullptr, &room.width, &room.height);
    const Extent now = size();
    const Extent fitting{std::min(now.width, room.width), std::min(now.height, room.height)};
    if (room.width > 0 && room.height > 0 && (fitting.width < now.width || fitting.height < now.height))
        glfwSetWindowSize(window_, fitting.width, fitting.height);
}

Window::~Window() {
    if (window_) glfwDestroyWindow(window_);
    glfwTerminate();
}

// Before ImGui's, which pass on to these.
void Window::install_callbacks() {
    glfwSetWindowUserPointer(window_, this);
    glfwSetKeyCallback(window_, [](GLFWwindow* handle, int key, int scancode, int action, int modifiers) {
        Window& self = window_of(handle);
        self.input_ = true;
        // What a key types is told right behind it, if it types anything.
        self.finish_press();
        if (action == GLFW_PRESS && key >= 0) self.taps_.pressed(key);
        if (action == GLFW_RELEASE) return;
        KeyPress press{.key = key, .modifiers = modifiers, .repeated = action == GLFW_REPEAT};
        press.latin = layout_has_latin_letters();
        press.name = glfwGetKeyName(key, scancode);  // which holds until it is asked for another
        self.pressed_ = press;
    });
    glfwSetCharCallback(window_, [](GLFWwindow* handle, unsigned typed) {
        Window& self = window_of(handle);
        self.input_ = true;
        if (self.pressed_) self.pressed_->typed = typed;
        self.finish_press();
    });
    glfwSetMouseButtonCallback(window_, [](GLFWwindow* handle, int button, int action, int) {
        window_of(handle).input_ = true;
        if (button == GLFW_MOUSE_BUTTON_LEFT && action == GLFW_PRESS) window_of(handle).pressed_left_button();
    });
    glfwSetDropCallback(window_, [](GLFWwindow* handle, int count, const char** paths) {
        Window& self = window_of(handle);
        self.input_ = true;
        if (self.on_drop) self.on_drop({paths, paths + count});
    });
    glfwSetScrollCallback(window_, [](GLFWwindow* handle, double, double) { window_of(handle).input_ = true; });
    glfwSetCursorPosCallback(window_, [](GLFWwindow* handle, double, double) { window_of(handle).input_ = true; });
    glfwSetCursorEnterCallback(window_, [](GLFWwindow* handle, int) { window_of(handle).input_ = true; });
    glfwSetWindowFocusCallback(window_, [](GLFWwindow* handle, int) { window_of(handle).input_ = true; });
    glfwSetFramebufferSizeCallback(window_, [](GLFWwindow* handle, int, int) { window_of(handle).input_ = true; });
    glfwSetWindowRefreshCallback(window_, [](GLFWwindow* handle) { window_of(handle).input_ = true; });
    glfwSetWindowIconifyCallback(window_, [](GLFWwindow* handle, int) { window_of(handle).input_ = true; });
    glfwSetWindowContentScaleCallback(window_,
                                      [](GLFWwindow* handle, float, float) { window_of(handle).input_ = true; });
}

void Window::finish_press() {
    if (!pressed_) return;
    const KeyPress key = *std::exchange(pressed_, std::nullopt);
    if (on_key) on_key(key);
}

void Window::poll() {
    glfwPollEvents();
    finish_press();
}

void Window::wait(double seconds) {
    if (seconds > 0.0)
        glfwWaitEventsTimeout(seconds);
    else
        glfwPollEvents();
    finish_press();
}

void Window::wake() { glfwPostEmptyEvent(); }

void Window::pressed_left_button() {
    left_pressed_ = true;
    const double now = glfwGetTime();
    double x = 0.0, y = 0.0;
    glfwGetCursorPos(window_, &x, &y);
    double_click_ = pressed_at_ >= 0.0 && now - pressed_at_ < kDoubleClickSeconds &&
                    std::hypot(x - pressed_x_, y - pressed_y_) < kDoubleClickDistance;
    pressed_at_ = double_click_ ? -1.0 : now;
    pressed_x_ = x;
    pressed_y_ = y;
}

bool Window::take_double_click() { return std::exchange(double_click_, false); }

bool Window::take_input() {
    const bool input = input_;
    input_ = false;
    return input;
}

bool Window::should_close() const { return glfwWindowShouldClose(window_) != 0; }

bool Window::minimised() const {
    const Extent extent = framebuffer();
    return glfwGetWindowAttrib(window_, GLFW_ICONIFIED) != 0 || extent.width == 0 || extent.height == 0;
}

bool Window::focused() const { return glfwGetWindowAttrib(window_, GLFW_FOCUSED) != 0; }

HeldKeys Window::held_keys() const {
    auto down = [&](int key) { return glfwGetKey(window_, key) == GLFW_PRESS; };
    HeldKeys held;
    for (int key : {GLFW_KEY_LEFT_CONTROL, GLFW_KEY_RIGHT_CONTROL, GLFW_KEY_LEFT_ALT, GLFW_KEY_RIGHT_ALT,
                    GLFW_KEY_LEFT_SUPER, GLFW_KEY_RIGHT_SUPER})
        if (down(key)) return held;
    for (int key : {GLFW_KEY_W, GLFW_KEY_A, GLFW_KEY_S, GLFW_KEY_D, GLFW_KEY_Q, GLFW_KEY_E, GLFW_KEY_LEFT_SHIFT,
                    GLFW_KEY_RIGHT_SHIFT})
        if (down(key)) held.set(*movement_key(key), true);
    return held;
}

void Window::swap() { glfwSwapBuffers(window_); }

Extent Window::size() const {
    Extent extent;
    glfwGetWindowSize(window_, &extent.width, &extent.height);
    return extent;
}

Extent Window::framebuffer() const {
    Extent extent;
    glfwGetFramebufferSize(window_, &extent.width, &extent.height);
    return extent;
}

float Window::interface_scale() const {
    float x = 1.0F;
    float y = 1.0F;
    glfwGetWindowContentScale(window_, &x, &y);
    // Where screen coordinates are already scaled (Wayland), the framebuffer has more pixels than the window.
    const Extent points = size();
    const float density =
        points.width > 0 ? static_cast<float>(framebuffer().width) / static_cast<float>(points.width) : 1.0F;
    return density > 0.0F && x > 0.0F ? x / density : 1.0F;
}

void Window::toggle_full_screen() {
    if (full_screen_) {
        glfwSetWindowMonitor(window_, nullptr, windowed_[0], windowed_[1], windowed_[2], windowed_[3], GLFW_DONT_CARE);
        full_screen_ = false;
        return;
    }
    glfwGetWindowPos(window_, &windowed_[0], &windowed_[1]);
    glfwGetWindowSize(window_, &windowed_[2], &windowed_[3]);
    const int middle_x = windowed_[0] + windowed_[2] / 2;
    const int middle_y = windowed_[1] + windowed_[3] / 2;
    int count = 0;
    GLFWmonitor** monitors = glfwGetMonitors(&count);
    GLFWmonitor* target = glfwGetPrimaryMonitor();
    for (int i = 0; i < count; ++i) {
        int x = 0;
        int y = 0;
        glfwGetMonitorPos(monitors[i], &x, &y);
        const GLFWvidmode* mode = glfwGetVideoMode(monitors[i]);
        if (mode && middle_x >= x && middle_x < x + mode->width && middle_y >= y && middle_y < y + mode->height)
            target = monitors[i];
    }
    const GLFWvidmode* mode = target ? glfwGetVideoMode(target) : nullptr;
    if (!mode) return;
    glfwSetWindowMonitor(window_, target, 0, 0, mode->width, mode->height, mode->refreshRate);
    full_screen_ = true;
}

}  // namespace convscope
