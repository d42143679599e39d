#include "engine/core/log.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace convscope::log {
namespace {

constexpr const char* kNames[] = {"debug", "info", "warning", "error"};

Level level_from_environment() {
    const char* wanted = std::getenv("CONVSCOPE_LOG");
    if (wanted != nullptr)
        for (int i = 0; i < 4; ++i)
            if (std::string_view(wanted) == kNames[i]) return static_cast<Level>(i);
    return Level::Warning;
}

std::atomic<Level>& minimum_level() {
    static std::atomic<Level> level{level_from_environment()};
    return level;
}

std::atomic<Sink> sink{nullptr};

}  // namespace

void write(Level level, std::string_view text) {
    if (level < minimum_level().load(std::memory_order_relaxed)) return;
    if (Sink other = sink.load(std::memory_order_relaxed)) {
        other(level, text);
        return;
    }
    std::string line = "convscope: ";
    line += kNames[static_cast<int>(level)];
    line += ": ";
    line += text;
    line += '\n';
    std::fwrite(line.data(), 1, line.size(), stderr);  // one call, so that lines of several threads do not mix
}

void set_minimum_level(Level level) { minimum_level().store(level, std::memory_order_relaxed); }
void set_sink(Sink other) { sink.store(other, std::memory_order_relaxed); }

}  // namespace convscope::log
