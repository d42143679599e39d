// Copies tensors into pooled plain blocks, so that no LibTorch type leaves the trainer's thread.
#pragma once

#include "engine/api/tensor_capture.h"
#include "engine/core/object_pool.h"

#include <torch/torch.h>

#include <map>
#include <memory>

namespace convscope {

class CapturePools {
public:
    // One tensor with its statistics, copied. A pool per key: the blocks that come back already have the right size.
    std::shared_ptr<const TensorCapture> capture(TensorKey key, RunId run, std::int64_t iteration,
                                                 const torch::Tensor& tensor);

private:
    std::map<TensorKey, ObjectPool<TensorCapture>> pools_;
};

}  // namespace convscope
