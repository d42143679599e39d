#include "viz/gfx/messages.h"

#include <glad/gl.h>

#include <utility>

namespace convscope::gfx {
namespace {

std::function<void(const Message&)>& listener() {
    static std::function<void(const Message&)> the_listener;
    return the_listener;
}

void GLAD_API_PTR pass_on(GLenum source, GLenum type, GLuint, GLenum severity, GLsizei length, const GLchar* text,
                          const void*) {
    if (source == GL_DEBUG_SOURCE_SHADER_COMPILER || !listener()) return;
    const bool serious =
        type == GL_DEBUG_TYPE_ERROR || type == GL_DEBUG_TYPE_UNDEFINED_BEHAVIOR || severity == GL_DEBUG_SEVERITY_HIGH;
    listener()({serious, std::string(text, static_cast<std::size_t>(length))});
}

}  // namespace

bool on_message(std::function<void(const Message&)> hear) {
    listener() = std::move(hear);
    if (!GLAD_GL_KHR_debug) return false;
    glEnable(GL_DEBUG_OUTPUT);
    glEnable(GL_DEBUG_OUTPUT_SYNCHRONOUS);
    glDebugMessageCallback(&pass_on, nullptr);
    return true;
}

}  // namespace convscope::gfx
