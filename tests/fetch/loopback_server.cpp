#include "tests/fetch/loopback_server.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

extern char** environ;

namespace convscope {

LoopbackServer::LoopbackServer() {
    std::array<int, 2> input{};
    std::array<int, 2> output{};
    if (::pipe2(input.data(), O_CLOEXEC) != 0 || ::pipe2(output.data(), O_CLOEXEC) != 0)
        throw std::runtime_error("no pipes");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
    std::string python = CONVSCOPE_PYTHON;
    std::string script = CONVSCOPE_SOURCE_DIR "/tests/fetch/server.py";
    std::string folder = folder_.path().string();
    std::string log = (log_.path() / "requests").string();
    const std::array<char*, 5> arguments{python.data(), script.data(), folder.data(), log.data(), nullptr};
    const int failed = posix_spawn(&process_, python.c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(input[0]);
    ::close(output[1]);
    leash_ = input[1];
    char digit = 0;
    while (!failed && ::read(output[0], &digit, 1) == 1 && digit != '\n') port_ = port_ * 10 + (digit - '0');
    ::close(output[0]);
    if (port_ == 0) throw std::runtime_error("tests/fetch/server.py does not start");
}

LoopbackServer::~LoopbackServer() {
    ::close(leash_);
    int status = 0;
    ::waitpid(process_, &status, 0);
}

std::string LoopbackServer::url(const std::string& way, const std::string& name) const {
    return "http://127.0.0.1:" + std::to_string(port_) + "/" + way + "/" + name;
}

std::vector<std::string> LoopbackServer::requests() const {
    std::vector<std::string> lines;
    std::ifstream log(log_.path() / "requests");
    for (std::string line; std::getline(log, line);) lines.push_back(line);
    return lines;
}

}  // namespace convscope
