// OpenGL 3.3 core without a window, a display or a screen: EGL's surfaceless platform. What is drawn goes into
// framebuffers.
#pragma once

#include "engine/core/result.h"

#include <memory>

namespace convscope::gfx {

class HeadlessContext {
public:
    // Makes a context current on this thread and loads OpenGL. Unsupported, with what is missing, where there is none.
    // One for debugging says more (messages.h), and is slower.
    static Result<std::unique_ptr<HeadlessContext>> create(bool for_debugging = false);
    // Everything that lives in the context must be gone before it.
    ~HeadlessContext();
    HeadlessContext(const HeadlessContext&) = delete;
    HeadlessContext& operator=(const HeadlessContext&) = delete;

private:
    HeadlessContext() = default;

    void* display_ = nullptr;
    void* context_ = nullptr;
};

}  // namespace convscope::gfx
