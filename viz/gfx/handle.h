// The one owner of OpenGL names. Move-only; empty until create(), so that members may be born before the context is.
// GL thread only, with the context current, whenever it is not empty (the destructor included).
#pragma once

#include <glad/gl.h>

#include <string_view>
#include <utility>

namespace convscope::gfx {

// Traits: `static GLuint create()`, `static void destroy(GLuint)`, and `kIdentifier`, which is what OpenGL calls the
// kind.
template <typename Traits>
class Handle {
public:
    Handle() = default;
    static Handle create() { return Handle(Traits::create()); }
    ~Handle() { reset(); }

    Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, 0)) {}
    Handle& operator=(Handle&& other) noexcept {
        std::swap(id_, other.id_);
        other.reset();
        return *this;
    }

    GLuint id() const { return id_; }
    explicit operator bool() const { return id_ != 0; }
    // What a debugger and the driver's messages call it, where the driver has KHR_debug. An object can be labelled once
    // it has been bound: before that OpenGL has kept no more than a number free.
    void label(std::string_view name) const {
        if (GLAD_GL_KHR_debug) glObjectLabel(Traits::kIdentifier, id_, static_cast<GLsizei>(name.size()), name.data());
    }
    void reset() {
        if (id_ != 0) Traits::destroy(std::exchange(id_, 0));
    }

private:
    explicit Handle(GLuint id) : id_(id) {}

    GLuint id_ = 0;
};

struct BufferTraits {
    static constexpr GLenum kIdentifier = GL_BUFFER;
    static GLuint create() {
        GLuint id = 0;
        glGenBuffers(1, &id);
        return id;
    }
    static void destroy(GLuint id) { glDeleteBuffers(1, &id); }
};
struct VertexArrayTraits {
    static constexpr GLenum kIdentifier = GL_VERTEX_ARRAY;
    static GLuint create() {
        GLuint id = 0;
        glGenVertexArrays(1, &id);
        return id;
    }
    static void destroy(GLuint id) { glDeleteVertexArrays(1, &id); }
};
struct TextureTraits {
    static constexpr GLenum kIdentifier = GL_TEXTURE;
    static GLuint create() {
        GLuint id = 0;
        glGenTextures(1, &id);
        return id;
    }
    static void destroy(GLuint id) { glDeleteTextures(1, &id); }
};
struct FramebufferTraits {
    static constexpr GLenum kIdentifier = GL_FRAMEBUFFER;
    static GLuint create() {
        GLuint id = 0;
        glGenFramebuffers(1, &id);
        return id;
    }
    static void destroy(GLuint id) { glDeleteFramebuffers(1, &id); }
};
struct RenderbufferTraits {
    static constexpr GLenum kIdentifier = GL_RENDERBUFFER;
    static GLuint create() {
        GLuint id = 0;
        glGenRenderbuffers(1, &id);
        return id;
    }
    static void destroy(GLuint id) { glDeleteRenderbuffers(1, &id); }
};
struct ProgramTraits {
    static constexpr GLenum kIdentifier = GL_PROGRAM;
    static GLuint create() { return glCreateProgram(); }
    static void destroy(GLuint id) { glDeleteProgram(id); }
};
template <GLenum kStage>
struct ShaderTraits {
    static constexpr GLenum kIdentifier = GL_SHADER;
    static GLuint create() { return glCreateShader(kStage); }
    static void destroy(GLuint id) { glDeleteShader(id); }
};

using Buffer = Handle<BufferTraits>;
using VertexArray = Handle<VertexArrayTraits>;
using Texture = Handle<TextureTraits>;
using FramebufferHandle = Handle<FramebufferTraits>;
using Renderbuffer = Handle<RenderbufferTraits>;
using ProgramHandle = Handle<ProgramTraits>;

}  // namespace convscope::gfx
