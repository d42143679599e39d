#include "viz/gfx/program.h"

#include <algorithm>
#include <regex>
#include <sstream>

namespace convscope::gfx {

namespace {

const std::string& first_file(const ShaderSource& source) {
    static const std::string kUnnamed = "unnamed";
    return source.files.empty() ? kUnnamed : source.files.front();
}

template <GLenum kStage>
Result<Handle<ShaderTraits<kStage>>> compile(const ShaderSource& source) {
    auto shader = Handle<ShaderTraits<kStage>>::create();
    shader.label(first_file(source));
    const GLchar* text = source.text.c_str();
    glShaderSource(shader.id(), 1, &text, nullptr);
    glCompileShader(shader.id());
    GLint compiled = GL_FALSE;
    glGetShaderiv(shader.id(), GL_COMPILE_STATUS, &compiled);
    if (compiled == GL_TRUE) return shader;

    GLint length = 0;
    glGetShaderiv(shader.id(), GL_INFO_LOG_LENGTH, &length);
    std::string log(static_cast<std::size_t>(length), '\0');
    glGetShaderInfoLog(shader.id(), length, &length, log.data());
    log.resize(static_cast<std::size_t>(length));
    return Error{ErrorCode::Failed, "a shader does not compile:\n" + name_files_in_log(log, source.files)};
}

}  // namespace

Result<Program> Program::link(const ShaderSource& vertex, const ShaderSource& fragment) {
    auto vertex_shader = compile<GL_VERTEX_SHADER>(vertex);
    if (!vertex_shader) return vertex_shader.error();
    auto fragment_shader = compile<GL_FRAGMENT_SHADER>(fragment);
    if (!fragment_shader) return fragment_shader.error();

    Program program;
    program.handle_ = ProgramHandle::create();
    program.handle_.label(first_file(vertex) + " with " + first_file(fragment));
    glAttachShader(program.id(), vertex_shader.value().id());
    glAttachShader(program.id(), fragment_shader.value().id());
    glLinkProgram(program.id());
    glDetachShader(program.id(), vertex_shader.value().id());
    glDetachShader(program.id(), fragment_shader.value().id());
    GLint linked = GL_FALSE;
    glGetProgramiv(program.id(), GL_LINK_STATUS, &linked);
    if (linked == GL_TRUE) return program;

    GLint length = 0;
    glGetProgramiv(program.id(), GL_INFO_LOG_LENGTH, &length);
    std::string log(static_cast<std::size_t>(length), '\0');
    glGetProgramInfoLog(program.id(), length, &length, log.data());
    log.resize(static_cast<std::size_t>(length));
    return Error{ErrorCode::Failed,
                 "the shaders " + first_file(vertex) + " and " + first_file(fragment) + " do not link:\n" + log};
}

GLint Program::uniform(const char* name) const {
    const auto place =
        std::lower_bound(uniforms_.begin(), uniforms_.end(), std::string_view(name),
                         [](const Uniform& known, std::string_view wanted) { return known.name < wanted; });
    if (place != uniforms_.end() && place->name == name) return place->location;
    return uniforms_.insert(place, {name, glGetUniformLocation(handle_.id(), name)})->location;
}

std::string name_files_in_log(std::string_view log, std::span<const std::string> files) {
    static const std::regex kPlace(R"(^(ERROR: |WARNING: )?(\d+)(?::(\d+)|\((\d+)\)))");
    std::istringstream lines{std::string(log)};
    std::string named;
    for (std::string line; std::getline(lines, line);) {
        std::smatch match;
        if (std::regex_search(line, match, kPlace)) {
            const auto number = static_cast<std::size_t>(std::stoul(match[2]));
            const std::string file = number < files.size() ? files[number] : "source " + match[2].str();
            const std::string at = match[3].matched ? match[3].str() : match[4].str();
            line = file + ":" + at + match.suffix().str();
        }
        named += line + "\n";
    }
    while (!named.empty() && named.back() == '\n') named.pop_back();
    return named;
}

}  // namespace convscope::gfx
