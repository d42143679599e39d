#include "engine/train/blobs.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace convscope {
namespace {

constexpr std::array<std::pair<DType, torch::ScalarType>, 10> kTypes{{
    {DType::Float64, torch::kFloat64},
    {DType::Float32, torch::kFloat32},
    {DType::Float16, torch::kFloat16},
    {DType::BFloat16, torch::kBFloat16},
    {DType::Int64, torch::kInt64},
    {DType::Int32, torch::kInt32},
    {DType::Int16, torch::kInt16},
    {DType::Int8, torch::kInt8},
    {DType::UInt8, torch::kUInt8},
    {DType::Bool, torch::kBool},
}};

torch::ScalarType scalar_type(DType dtype) {
    return std::find_if(kTypes.begin(), kTypes.end(), [dtype](const auto& one) { return one.first == dtype; })->second;
}

DType dtype_of(torch::ScalarType type) {
    const auto found =
        std::find_if(kTypes.begin(), kTypes.end(), [type](const auto& one) { return one.second == type; });
    if (found == kTypes.end()) throw std::logic_error(std::string("no state holds ") + c10::toString(type));
    return found->first;
}

}  // namespace

TensorBlob blob_of(const torch::Tensor& tensor) {
    return blob_taking(
        tensor.detach().to(torch::kCPU, tensor.scalar_type(), /*non_blocking=*/false, /*copy=*/true).contiguous());
}

TensorBlob blob_taking(torch::Tensor tensor) {
    TensorBlob blob{dtype_of(tensor.scalar_type()), tensor.sizes().vec(), {}};
    const auto owner = std::make_shared<const torch::Tensor>(std::move(tensor));
    const auto* data = static_cast<const char*>(owner->data_ptr());
    // That of no elements may be null.
    blob.bytes = data == nullptr ? SharedBytes(std::string())
                                 : SharedBytes(std::shared_ptr<const char>(owner, data), owner->nbytes());
    return blob;
}

torch::Tensor view_of(const TensorBlob& blob) {
    return torch::from_blob(
        const_cast<char*>(blob.bytes.data()), blob.shape, [bytes = blob.bytes](void*) {},
        torch::TensorOptions(scalar_type(blob.dtype)));
}

bool fits(const TensorBlob& blob, const torch::Tensor& tensor) {
    return scalar_type(blob.dtype) == tensor.scalar_type() && torch::IntArrayRef(blob.shape) == tensor.sizes() &&
           blob.bytes.size() == tensor.nbytes();
}

Result<WeightsToCopy> match_state(const std::vector<std::pair<std::string, torch::Tensor>>& network,
                                  const std::vector<NamedBlob>& saved) {
    if (network.size() != saved.size())
        return Error{ErrorCode::Corrupt, "the saved state has another number of tensors than its recipe's network"};
    WeightsToCopy weights;
    for (std::size_t i = 0; i < saved.size(); ++i) {
        const auto& [name, tensor] = network[i];
        if (saved[i].name != name || !fits(saved[i].blob, tensor))
            return Error{ErrorCode::Corrupt,
                         "the saved state's '" + saved[i].name + "' is not the network's '" + name + "'"};
        weights.emplace_back(tensor, view_of(saved[i].blob));
    }
    return weights;
}

void copy(const WeightsToCopy& weights) {
    const torch::NoGradGuard no_grad;
    for (auto [place, values] : weights) place.copy_(values);
}

torch::Generator generator_of(const TensorBlob& state) {
    torch::Generator generator = at::make_generator<at::CPUGeneratorImpl>();
    generator.set_state(view_of(state));
    return generator;
}

}  // namespace convscope
