#include "viz/gfx/headless_context.h"

#include "viz/gfx/context.h"

#include <EGL/egl.h>
#include <EGL/eglext.h>

#include <string>

namespace convscope::gfx {
namespace {

Error unsupported(const std::string& what) {
    return {ErrorCode::Unsupported,
            "No OpenGL without a window: " + what + " (EGL error " + std::to_string(eglGetError()) +
                "). Needed are a driver and libegl1; Mesa's, which needs no graphics card, is " +
                "libegl-mesa0 with libgl1-mesa-dri"};
}

GLADapiproc load(const char* name) { return eglGetProcAddress(name); }

}  // namespace

Result<std::unique_ptr<HeadlessContext>> HeadlessContext::create(bool for_debugging) {
    std::unique_ptr<HeadlessContext> made(new HeadlessContext);
    // Mesa's, and tried with it alone. A driver without it would have to be asked for a device instead
    // (EGL_EXT_platform_device).
    made->display_ = eglGetPlatformDisplay(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, nullptr);
    if (made->display_ == EGL_NO_DISPLAY || !eglInitialize(made->display_, nullptr, nullptr)) {
        made->display_ = nullptr;
        return unsupported("there is no surfaceless display");
    }
    if (!eglBindAPI(EGL_OPENGL_API)) return unsupported("there is no desktop OpenGL");
    const EGLint attributes[] = {EGL_CONTEXT_MAJOR_VERSION,
                                 3,
                                 EGL_CONTEXT_MINOR_VERSION,
                                 3,
                                 EGL_CONTEXT_OPENGL_PROFILE_MASK,
                                 EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT,
                                 EGL_CONTEXT_OPENGL_DEBUG,
                                 for_debugging ? EGL_TRUE : EGL_FALSE,
                                 EGL_NONE};
    made->context_ = eglCreateContext(made->display_, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, attributes);
    if (made->context_ == EGL_NO_CONTEXT) return unsupported("there is no OpenGL 3.3 core context");
    if (!eglMakeCurrent(made->display_, EGL_NO_SURFACE, EGL_NO_SURFACE, made->context_))
        return unsupported("the context cannot be made current");
    if (auto loaded = load_gl(&load); !loaded) return loaded.error();
    if (auto enough = require_gl_33(); !enough) return enough.error();
    return made;
}

HeadlessContext::~HeadlessContext() {
    if (!display_) return;
    eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
    if (context_) eglDestroyContext(display_, context_);
    eglTerminate(display_);
}

}  // namespace convscope::gfx
