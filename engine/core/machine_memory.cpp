#include "engine/core/machine_memory.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>

namespace convscope {
namespace {

// c10/core/impl/alloc_cpu.cpp: "DefaultCPUAllocator: can't allocate memory: you tried to allocate N bytes."
constexpr const char* kTorchs = "you tried to allocate ";

constexpr std::int64_t kUnknown = std::numeric_limits<std::int64_t>::max();

// The number behind `name` in a file of lines "name number ..."; with an empty name, the number the file begins with.
std::optional<std::int64_t> number_in(const std::filesystem::path& path, std::string_view name) {
    std::ifstream file(path);
    std::int64_t value = 0;
    if (name.empty()) return file >> value ? std::optional(value) : std::nullopt;
    for (std::string word; file >> word; file.ignore(std::numeric_limits<std::streamsize>::max(), '\n'))
        if (word == name) return file >> value ? std::optional(value) : std::nullopt;
    return std::nullopt;
}

std::int64_t left_by_machine() {
    const auto kilobytes = number_in("/proc/meminfo", "MemAvailable:");
    return kilobytes ? *kilobytes * 1024 / 10 * 9 : kUnknown;
}

// The group's own limit and those of all above it (the kernel's Documentation/admin-guide/cgroup-v2.rst). Files that
// were read long ago count as used, but are given up when memory is wanted.
std::int64_t left_by_control_groups() {
    std::ifstream groups("/proc/self/cgroup");
    std::string line;
    while (std::getline(groups, line) && !line.starts_with("0::/")) {
    }
    if (!line.starts_with("0::/")) return kUnknown;
    const std::filesystem::path root = "/sys/fs/cgroup";
    std::int64_t left = kUnknown;
    for (std::filesystem::path group = root / line.substr(4);; group = group.parent_path()) {
        const auto limit = number_in(group / "memory.max", "");
        const auto used = number_in(group / "memory.current", "");
        if (limit && used)
            left = std::min(left, *limit - *used + number_in(group / "memory.stat", "inactive_file").value_or(0));
        if (group == root || !group.has_relative_path()) return std::max<std::int64_t>(left, 0);
    }
}

}  // namespace

std::int64_t available_address_space() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kUnknown;
    const auto pages = number_in("/proc/self/statm", "");
    const std::int64_t used = pages.value_or(0) * ::sysconf(_SC_PAGESIZE);
    return std::max<std::int64_t>(static_cast<std::int64_t>(limit.rlim_cur) - used, 0);
}

std::int64_t available_memory() {
    return std::min({left_by_machine(), left_by_control_groups(), available_address_space()});
}

std::string memory_text(double bytes) {
    constexpr std::array<const char*, 7> kUnits{"bytes", "kB", "MB", "GB", "TB", "PB", "EB"};
    std::size_t unit = 0;
    for (; bytes >= 999.5 && unit + 1 < kUnits.size(); ++unit) bytes /= 1000.0;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.*f %s", unit == 0 || bytes >= 99.95 ? 0 : 1, bytes, kUnits[unit]);
    return text.data();
}

Result<void> check_memory(double bytes, std::string_view what, std::string_view remedy, std::int64_t available) {
    if (bytes <= static_cast<double>(available)) return {};
    return Error{ErrorCode::InvalidArgument, std::string(what) + " would take " + memory_text(bytes) +
                                                 " of memory, and " + memory_text(static_cast<double>(available)) +
                                                 " are free; " + std::string(remedy)};
}

Result<void> check_address_space(std::int64_t available) {
    // A buffer of 2^27 bytes, heaps of three threads, 2^26 each, and something to work with.
    constexpr double kWanted = 420e6;
    return check_memory(kWanted, "computing with a network",
                        "allow the program more of its address space, with `ulimit -v`", available);
}

OutOfMemory::OutOfMemory(std::size_t bytes) noexcept {
    std::snprintf(what_.data(), what_.size(), "%s%zu bytes", kTorchs, bytes);
}

std::string sentence_of(const std::exception& error) {
    const std::string said = error.what();
    const std::size_t at = said.find(kTorchs);
    if (dynamic_cast<const std::bad_alloc*>(&error) == nullptr && at == std::string::npos) return said;
    double wanted = 0.0;
    if (at != std::string::npos)
        for (std::size_t i = at + std::string_view(kTorchs).size(); i < said.size() && std::isdigit(said[i]) != 0; ++i)
            wanted = wanted * 10.0 + (said[i] - '0');
    return "the memory is used up" +
           (wanted > 0.0 ? " (" + memory_text(wanted) + " more were wanted)" : std::string()) +
           "; close other programs, or use a smaller network, batch or data set";
}

}  // namespace convscope
