#include "engine/train/machine.h"

#include <dlfcn.h>
#include <torch/torch.h>

#include <fstream>
#include <sstream>
#include <string_view>

namespace convscope {
namespace {

// What stands behind a name in lines of "name : value" or "name: value"; empty where there is no such line.
std::string value_behind(std::istream& lines, std::string_view name) {
    for (std::string line; std::getline(lines, line);) {
        const std::size_t found = line.find(name);
        if (found == std::string::npos) continue;
        const std::size_t begin = line.find_first_not_of(" \t:", found + name.size());
        if (begin != std::string::npos) return line.substr(begin);
    }
    return {};
}

std::string processor() {
    std::ifstream lines("/proc/cpuinfo");
    return value_behind(lines, "model name");
}

std::string libtorch_kernels() {
    std::istringstream lines(at::show_config());
    return value_behind(lines, "CPU capability usage");
}

// OpenBLAS is often, not always, the library behind libblas.so.3.
std::string blas_kernel() {
    using CoreName = char* (*)();
    const auto function = reinterpret_cast<CoreName>(dlsym(RTLD_DEFAULT, "openblas_get_corename"));
    return function == nullptr ? std::string() : std::string("OpenBLAS ") + function();
}

}  // namespace

const std::string& machine_description() {
    static const std::string description = [] {
        std::string words;
        for (const std::string& part : {processor(), libtorch_kernels(), blas_kernel()})
            if (!part.empty()) words += (words.empty() ? "" : ", ") + part;
        return words;
    }();
    return description;
}

}  // namespace convscope
