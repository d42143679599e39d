#include "engine/train/capture.h"

#include "engine/train/value_statistics.h"

#include <atomic>
#include <cstring>

namespace convscope {
namespace {

std::atomic<std::uint64_t> last_content_id{0};

}  // namespace

std::shared_ptr<const TensorCapture> CapturePools::capture(TensorKey key, RunId run, std::int64_t iteration,
                                                           const torch::Tensor& tensor) {
    std::shared_ptr<TensorCapture> capture = pools_[key].acquire();
    const torch::Tensor plain = tensor.detach().to(torch::kCPU, torch::kFloat32).contiguous();
    capture->key = key;
    capture->run = run;
    capture->iteration = iteration;
    capture->content_id = ++last_content_id;
    capture->shape = Shape{};
    for (const std::int64_t size : plain.sizes()) capture->shape.push_back(size);
    capture->values.resize(static_cast<std::size_t>(plain.numel()));
    std::memcpy(capture->values.data(), plain.data_ptr<float>(), capture->values.size() * sizeof(float));
    fill_statistics(*capture);
    return capture;
}

}  // namespace convscope
