#include "engine/train/device.h"

namespace convscope {

Result<torch::Device> choose_device(std::string_view name) {
    const bool cuda = torch::cuda::is_available();
    if (name == "cpu" || (name == "auto" && !cuda)) return torch::Device(torch::kCPU);
    if (name == "cuda" || name == "auto") {
        if (cuda) return torch::Device(torch::kCUDA);
        return Error{ErrorCode::Unsupported,
                     "--device cuda: this LibTorch sees no CUDA device. Use --device cpu, or build with an official "
                     "CUDA LibTorch through CMAKE_PREFIX_PATH"};
    }
    if (name == "mps") {
        if (at::hasMPS()) return torch::Device(torch::kMPS);
        return Error{ErrorCode::Unsupported,
                     "--device mps: this LibTorch has no Metal device, which those for a Mac have. Use --device cpu"};
    }
    return Error{ErrorCode::InvalidArgument, "--device " + std::string(name) + ": use auto, cpu, cuda or mps"};
}

}  // namespace convscope
