// The OpenGL a program got: loading its functions, and the check that it is new enough. Making the context is the
// window's business (viz/app) or a test's (tests/support/egl_context.h).
#pragma once

#include "engine/core/result.h"

#include <glad/gl.h>

namespace convscope::gfx {

// Loads the functions of the current context. Once per context, on its thread, before anything else in viz/gfx.
// For example load_gl(glfwGetProcAddress). Fails (Unsupported) when there is no context or no usable OpenGL.
Result<void> load_gl(GLADloadfunc load);

// Unsupported when the current context is older than OpenGL 3.3: names what was found and the remedy. After load_gl().
Result<void> require_gl_33();

// What require_gl_33 decides, for a version and the renderer's own words; needs no context.
Result<void> check_gl_version(int major, int minor, const char* version, const char* renderer);

}  // namespace convscope::gfx
