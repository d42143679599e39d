#include "viz/gfx/context.h"

#include <string>

namespace convscope::gfx {

namespace {

constexpr const char* kRemedy =
    "update the graphics driver, or draw on the processor with LIBGL_ALWAYS_SOFTWARE=1 (Debian: libgl1-mesa-dri), or "
    "train without a window: convscope train";

const char* string_or_unknown(GLenum name) {
    const auto* text = reinterpret_cast<const char*>(glGetString(name));
    return text ? text : "unknown";
}

}  // namespace

Result<void> load_gl(GLADloadfunc load) {
    if (gladLoadGL(load) == 0)
        return Error{
            ErrorCode::Unsupported,
            std::string("no OpenGL could be loaded (no current context, or none of version 1 or later): ") + kRemedy};
    return {};
}

Result<void> require_gl_33() {
    GLint major = 0;
    GLint minor = 0;
    glGetIntegerv(GL_MAJOR_VERSION, &major);  // unknown to OpenGL before 3.0, which leaves 0
    glGetIntegerv(GL_MINOR_VERSION, &minor);
    return check_gl_version(major, minor, string_or_unknown(GL_VERSION), string_or_unknown(GL_RENDERER));
}

Result<void> check_gl_version(int major, int minor, const char* version, const char* renderer) {
    if (major > 3 || (major == 3 && minor >= 3)) return {};
    return Error{ErrorCode::Unsupported, std::string("OpenGL 3.3 is needed, and this is OpenGL ") + version + " on " +
                                             renderer + ": " + kRemedy};
}

}  // namespace convscope::gfx
