#include "tests/support/null_gl.h"

#include "viz/gfx/context.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace convscope::test {
namespace {

constexpr std::size_t kStagingBytes = std::size_t{64} << 20;  // more than caches hold: uploads end in memory

struct Device {
    NullGlCounters counters;
    GLuint last_name = 0;
    std::map<std::string, GLint, std::less<>> uniforms;  // found by name, which costs a driver something too
    std::vector<std::byte> staging = std::vector<std::byte>(kStagingBytes);
    std::size_t staged = 0;

    void upload(const void* data, std::size_t bytes) {
        counters.uploaded_bytes += static_cast<std::int64_t>(bytes);
        const auto* from = static_cast<const std::byte*>(data);
        while (data && bytes > 0) {
            if (staged == staging.size()) staged = 0;
            const std::size_t part = std::min(bytes, staging.size() - staged);
            std::memcpy(staging.data() + staged, from, part);
            staged += part;
            from += part;
            bytes -= part;
        }
    }
};

Device& device() {
    static Device the_device;
    return the_device;
}

// A function of OpenGL's that does nothing and returns 0, of exactly the type it is called as.
template <typename Function>
struct Nothing;
template <typename Return, typename... Arguments>
struct Nothing<Return(GLAD_API_PTR*)(Arguments...)> {
    static Return GLAD_API_PTR call(Arguments...) { return Return(); }
};

void GLAD_API_PTR gen_names(GLsizei count, GLuint* names) {
    for (GLsizei i = 0; i < count; ++i) names[i] = ++device().last_name;
}

GLuint GLAD_API_PTR create_program() { return ++device().last_name; }
GLuint GLAD_API_PTR create_shader(GLenum) { return ++device().last_name; }

const GLubyte* GLAD_API_PTR get_string(GLenum name) {
    return reinterpret_cast<const GLubyte*>(name == GL_VERSION ? "3.3" : "null device");
}

// glad wants to be told of at least one extension.
const GLubyte* GLAD_API_PTR get_indexed_string(GLenum, GLuint) {
    return reinterpret_cast<const GLubyte*>("GL_CONVSCOPE_null");
}

// As Mesa's software rasteriser has them.
void GLAD_API_PTR get_integer(GLenum name, GLint* value) {
    switch (name) {
        case GL_MAJOR_VERSION:
        case GL_MINOR_VERSION:
            *value = 3;
            return;
        case GL_NUM_EXTENSIONS:
            *value = 1;
            return;
        case GL_MAX_TEXTURE_SIZE:
        case GL_MAX_RENDERBUFFER_SIZE:
            *value = 16384;
            return;
        case GL_MAX_ARRAY_TEXTURE_LAYERS:
            *value = 2048;
            return;
        case GL_MAX_TEXTURE_BUFFER_SIZE:
            *value = 1 << 27;
            return;
        case GL_MAX_SAMPLES:
            *value = 4;
            return;
        default:  // what is bound: nothing
            *value = 0;
    }
}

void GLAD_API_PTR get_object_status(GLuint, GLenum, GLint* value) { *value = GL_TRUE; }  // compiled, linked
GLenum GLAD_API_PTR check_framebuffer(GLenum) { return GL_FRAMEBUFFER_COMPLETE; }

GLint GLAD_API_PTR get_uniform_location(GLuint, const GLchar* name) {
    ++device().counters.uniform_lookups;
    auto& uniforms = device().uniforms;
    const auto found = uniforms.find(std::string_view(name));
    if (found != uniforms.end()) return found->second;
    return uniforms.emplace(name, static_cast<GLint>(uniforms.size())).first->second;
}

void GLAD_API_PTR buffer_data(GLenum, GLsizeiptr size, const void* data, GLenum) {
    device().upload(data, static_cast<std::size_t>(size));
}

// Only ever floats, one to a texel: TextureArray.
void GLAD_API_PTR tex_sub_image_3d(GLenum, GLint, GLint, GLint, GLint, GLsizei width, GLsizei height, GLsizei depth,
                                   GLenum, GLenum, const void* data) {
    device().upload(data, static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                              static_cast<std::size_t>(depth) * sizeof(float));
}

void GLAD_API_PTR draw_arrays(GLenum, GLint, GLsizei) { ++device().counters.draw_calls; }
void GLAD_API_PTR draw_arrays_instanced(GLenum, GLint, GLsizei, GLsizei) { ++device().counters.draw_calls; }

template <typename Function>
GLADapiproc erased(Function function) {
    return reinterpret_cast<GLADapiproc>(function);  // glad casts it back to the type it had
}

// A name that is not here is null, as for a driver that lacks it: whoever calls it is to be added.
#define CONVSCOPE_NOTHING(NAME, TYPE) \
    { NAME, erased(&Nothing<TYPE>::call) }
#define CONVSCOPE_ANSWER(NAME, TYPE, FUNCTION) \
    { NAME, erased(static_cast<TYPE>(FUNCTION)) }
const std::map<std::string_view, GLADapiproc> kFunctions = {
    CONVSCOPE_ANSWER("glGenBuffers", PFNGLGENBUFFERSPROC, gen_names),
    CONVSCOPE_ANSWER("glGenFramebuffers", PFNGLGENFRAMEBUFFERSPROC, gen_names),
    CONVSCOPE_ANSWER("glGenRenderbuffers", PFNGLGENRENDERBUFFERSPROC, gen_names),
    CONVSCOPE_ANSWER("glGenTextures", PFNGLGENTEXTURESPROC, gen_names),
    CONVSCOPE_ANSWER("glGenVertexArrays", PFNGLGENVERTEXARRAYSPROC, gen_names),
    CONVSCOPE_ANSWER("glCreateProgram", PFNGLCREATEPROGRAMPROC, create_program),
    CONVSCOPE_ANSWER("glCreateShader", PFNGLCREATESHADERPROC, create_shader),
    CONVSCOPE_ANSWER("glGetString", PFNGLGETSTRINGPROC, get_string),
    CONVSCOPE_ANSWER("glGetStringi", PFNGLGETSTRINGIPROC, get_indexed_string),
    CONVSCOPE_ANSWER("glGetIntegerv", PFNGLGETINTEGERVPROC, get_integer),
    CONVSCOPE_ANSWER("glGetShaderiv", PFNGLGETSHADERIVPROC, get_object_status),
    CONVSCOPE_ANSWER("glGetProgramiv", PFNGLGETPROGRAMIVPROC, get_object_status),
    CONVSCOPE_ANSWER("glCheckFramebufferStatus", PFNGLCHECKFRAMEBUFFERSTATUSPROC, check_framebuffer),
    CONVSCOPE_ANSWER("glGetUniformLocation", PFNGLGETUNIFORMLOCATIONPROC, get_uniform_location),
    CONVSCOPE_ANSWER("glBufferData", PFNGLBUFFERDATAPROC, buffer_data),
    CONVSCOPE_ANSWER("glTexSubImage3D", PFNGLTEXSUBIMAGE3DPROC, tex_sub_image_3d),
    CONVSCOPE_ANSWER("glDrawArrays", PFNGLDRAWARRAYSPROC, draw_arrays),
    CONVSCOPE_ANSWER("glDrawArraysInstanced", PFNGLDRAWARRAYSINSTANCEDPROC, draw_arrays_instanced),
    CONVSCOPE_NOTHING("glActiveTexture", PFNGLACTIVETEXTUREPROC),
    CONVSCOPE_NOTHING("glAttachShader", PFNGLATTACHSHADERPROC),
    CONVSCOPE_NOTHING("glBindBuffer", PFNGLBINDBUFFERPROC),
    CONVSCOPE_NOTHING("glBindFramebuffer", PFNGLBINDFRAMEBUFFERPROC),
    CONVSCOPE_NOTHING("glBindRenderbuffer", PFNGLBINDRENDERBUFFERPROC),
    CONVSCOPE_NOTHING("glBindTexture", PFNGLBINDTEXTUREPROC),
    CONVSCOPE_NOTHING("glBindVertexArray", PFNGLBINDVERTEXARRAYPROC),
    CONVSCOPE_NOTHING("glBlendFuncSeparate", PFNGLBLENDFUNCSEPARATEPROC),
    CONVSCOPE_NOTHING("glBlitFramebuffer", PFNGLBLITFRAMEBUFFERPROC),
    CONVSCOPE_NOTHING("glClear", PFNGLCLEARPROC),
    CONVSCOPE_NOTHING("glClearColor", PFNGLCLEARCOLORPROC),
    CONVSCOPE_NOTHING("glCompileShader", PFNGLCOMPILESHADERPROC),
    CONVSCOPE_NOTHING("glDeleteBuffers", PFNGLDELETEBUFFERSPROC),
    CONVSCOPE_NOTHING("glDeleteFramebuffers", PFNGLDELETEFRAMEBUFFERSPROC),
    CONVSCOPE_NOTHING("glDeleteProgram", PFNGLDELETEPROGRAMPROC),
    CONVSCOPE_NOTHING("glDeleteRenderbuffers", PFNGLDELETERENDERBUFFERSPROC),
    CONVSCOPE_NOTHING("glDeleteShader", PFNGLDELETESHADERPROC),
    CONVSCOPE_NOTHING("glDeleteTextures", PFNGLDELETETEXTURESPROC),
    CONVSCOPE_NOTHING("glDeleteVertexArrays", PFNGLDELETEVERTEXARRAYSPROC),
    CONVSCOPE_NOTHING("glDepthFunc", PFNGLDEPTHFUNCPROC),
    CONVSCOPE_NOTHING("glDepthMask", PFNGLDEPTHMASKPROC),
    CONVSCOPE_NOTHING("glDetachShader", PFNGLDETACHSHADERPROC),
    CONVSCOPE_NOTHING("glDisable", PFNGLDISABLEPROC),
    CONVSCOPE_NOTHING("glEnable", PFNGLENABLEPROC),
    CONVSCOPE_NOTHING("glEnableVertexAttribArray", PFNGLENABLEVERTEXATTRIBARRAYPROC),
    CONVSCOPE_NOTHING("glFramebufferRenderbuffer", PFNGLFRAMEBUFFERRENDERBUFFERPROC),
    CONVSCOPE_NOTHING("glFramebufferTexture2D", PFNGLFRAMEBUFFERTEXTURE2DPROC),
    CONVSCOPE_NOTHING("glGetError", PFNGLGETERRORPROC),
    CONVSCOPE_NOTHING("glLinkProgram", PFNGLLINKPROGRAMPROC),
    CONVSCOPE_NOTHING("glPixelStorei", PFNGLPIXELSTOREIPROC),
    CONVSCOPE_NOTHING("glRenderbufferStorageMultisample", PFNGLRENDERBUFFERSTORAGEMULTISAMPLEPROC),
    CONVSCOPE_NOTHING("glScissor", PFNGLSCISSORPROC),
    CONVSCOPE_NOTHING("glShaderSource", PFNGLSHADERSOURCEPROC),
    CONVSCOPE_NOTHING("glTexBuffer", PFNGLTEXBUFFERPROC),
    CONVSCOPE_NOTHING("glTexImage2D", PFNGLTEXIMAGE2DPROC),
    CONVSCOPE_NOTHING("glTexImage3D", PFNGLTEXIMAGE3DPROC),
    CONVSCOPE_NOTHING("glTexParameteri", PFNGLTEXPARAMETERIPROC),
    CONVSCOPE_NOTHING("glUniform1f", PFNGLUNIFORM1FPROC),
    CONVSCOPE_NOTHING("glUniform1i", PFNGLUNIFORM1IPROC),
    CONVSCOPE_NOTHING("glUniform2f", PFNGLUNIFORM2FPROC),
    CONVSCOPE_NOTHING("glUniform2i", PFNGLUNIFORM2IPROC),
    CONVSCOPE_NOTHING("glUniform3f", PFNGLUNIFORM3FPROC),
    CONVSCOPE_NOTHING("glUniform3fv", PFNGLUNIFORM3FVPROC),
    CONVSCOPE_NOTHING("glUniform4f", PFNGLUNIFORM4FPROC),
    CONVSCOPE_NOTHING("glUniform4fv", PFNGLUNIFORM4FVPROC),
    CONVSCOPE_NOTHING("glUniformMatrix4fv", PFNGLUNIFORMMATRIX4FVPROC),
    CONVSCOPE_NOTHING("glUseProgram", PFNGLUSEPROGRAMPROC),
    CONVSCOPE_NOTHING("glVertexAttribDivisor", PFNGLVERTEXATTRIBDIVISORPROC),
    CONVSCOPE_NOTHING("glVertexAttribIPointer", PFNGLVERTEXATTRIBIPOINTERPROC),
    CONVSCOPE_NOTHING("glVertexAttribPointer", PFNGLVERTEXATTRIBPOINTERPROC),
    CONVSCOPE_NOTHING("glViewport", PFNGLVIEWPORTPROC),
};
#undef CONVSCOPE_ANSWER
#undef CONVSCOPE_NOTHING

GLADapiproc function_named(const char* name) {
    const auto found = kFunctions.find(name);
    return found == kFunctions.end() ? nullptr : found->second;
}

}  // namespace

void load_null_gl() {
    const auto loaded = gfx::load_gl(&function_named);
    if (!loaded) throw std::runtime_error(loaded.error().message);
}

NullGlCounters null_gl_counters() { return device().counters; }

}  // namespace convscope::test
