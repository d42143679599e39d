#include "engine/formats/weights_writer.h"

#include "engine/core/whole_file.h"
#include "engine/formats/safetensors.h"
#include "engine/formats/torch_file.h"

#include <string>
#include <utility>

namespace convscope {
namespace {

// Each tensor by itself, whatever it shared in the file that it is from.
std::string torch_file_of(const StateDict& tensors) {
    PickleValue::Dict dict;
    for (const FoundTensor& one : tensors)
        dict.push_back(
            {one.name, {stored_tensor({one.tensor.dtype, one.tensor.shape, SharedBytes(one.tensor.bytes())})}});
    return torch_file_of(PickleValue{std::move(dict)});
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
