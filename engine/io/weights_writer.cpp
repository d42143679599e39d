#include "engine/io/weights_writer.h"

#include "engine/core/whole_file.h"
#include "engine/formats/safetensors.h"
#include "engine/io/torch_pickle.h"

#include <torch/torch.h>

#include <cstring>
#include <string>

namespace convscope {
namespace {

torch::ScalarType scalar_type(DType dtype) {
    switch (dtype) {
        case DType::Float64:
            return torch::kFloat64;
        case DType::Float32:
            return torch::kFloat32;
        case DType::Float16:
            return torch::kFloat16;
        case DType::BFloat16:
            return torch::kBFloat16;
        case DType::Int64:
            return torch::kInt64;
        case DType::Int32:
            return torch::kInt32;
        case DType::Int16:
            return torch::kInt16;
        case DType::Int8:
            return torch::kInt8;
        case DType::UInt8:
            return torch::kUInt8;
        case DType::Bool:
            return torch::kBool;
    }
    return torch::kFloat32;
}

std::string torch_file_of(const StateDict& tensors) {
    c10::Dict<std::string, torch::Tensor> dictionary;
    for (const FoundTensor& one : tensors) {
        const torch::Tensor tensor = torch::empty(one.tensor.shape, scalar_type(one.tensor.dtype));
        const std::string bytes = one.tensor.bytes();
        if (!bytes.empty()) std::memcpy(tensor.data_ptr(), bytes.data(), bytes.size());
        dictionary.insert(one.name, tensor);
    }
    return torch_pickle(dictionary);
}

}  // namespace

Result<void> write_weights(const StateDict& tensors, const std::filesystem::path& path) {
    const std::string ending = path.extension().string();
    try {
        if (ending == ".safetensors") return write_whole_file(path, safetensors_of(tensors));
        if (ending == ".pth" || ending == ".pt") return write_whole_file(path, torch_file_of(tensors));
    } catch (const std::exception& error) {
        return Error{ErrorCode::Failed, path.string() + ": " + error.what()};
    }
    return Error{ErrorCode::InvalidArgument,
                 path.string() + ": weights are written as .safetensors, or as .pth or .pt; end the file's name so"};
}

}  // namespace convscope
