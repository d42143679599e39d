#include "engine/io/snapshot_dump.h"

#include "engine/core/whole_file.h"
#include "engine/io/torch_pickle.h"

#include <torch/torch.h>

#include <string>
#include <vector>

namespace convscope {
namespace {

torch::Tensor tensor_of(const std::vector<float>& values, const std::vector<std::int64_t>& sizes) {
    const torch::Tensor tensor = torch::empty(sizes, torch::kFloat32);
    std::copy(values.begin(), values.end(), tensor.data_ptr<float>());
    return tensor;
}

torch::Tensor tensor_of(const TensorCapture& capture, bool with_batch = false) {
    std::vector<std::int64_t> sizes;
    if (with_batch) sizes.push_back(1);
    for (int i = 0; i < capture.shape.rank(); ++i) sizes.push_back(capture.shape[i]);
    return tensor_of(capture.values, sizes);
}

}  // namespace

WatchSet everything_dumped(const NetworkDescription& network) {
    WatchSet watch;
    watch.probe = true;
    watch.add({TensorKind::Input, kInputLayer});
    for (const LayerDescription& layer : network.layers) {
        watch.add({TensorKind::Activation, layer.id});
        if (layer.has_weight()) watch.add({TensorKind::Weight, layer.id});
        if (layer.has_bias()) watch.add({TensorKind::Bias, layer.id});
        if (layer.spec.kind != LayerKind::BatchNorm) continue;
        watch.add({TensorKind::RunningMean, layer.id});
        watch.add({TensorKind::RunningVariance, layer.id});
    }
    return watch;
}

Result<void> dump_snapshot(const Snapshot& snapshot, const std::filesystem::path& path) {
    if (!snapshot.run_info) return Error{ErrorCode::Failed, path.string() + ": there is no network to dump yet"};
    try {
        c10::Dict<std::string, torch::Tensor> dictionary;
        const auto insert = [&](const std::string& name, TensorKey key) {
            if (const TensorCapture* capture = snapshot.find(key)) dictionary.insert(name, tensor_of(*capture));
        };
        if (const TensorCapture* input = snapshot.find({TensorKind::Input, kInputLayer}))
            dictionary.insert("input", tensor_of(*input, /*with_batch=*/true));
        for (const LayerDescription& layer : snapshot.run_info->network.layers) {
            insert("weight/" + layer.spec.name, {TensorKind::Weight, layer.id});
            insert("bias/" + layer.spec.name, {TensorKind::Bias, layer.id});
            insert("activation/" + layer.spec.name, {TensorKind::Activation, layer.id});
            if (layer.spec.kind != LayerKind::BatchNorm) continue;
            insert("running_mean/" + layer.spec.name, {TensorKind::RunningMean, layer.id});
            insert("running_var/" + layer.spec.name, {TensorKind::RunningVariance, layer.id});
            dictionary.insert("epsilon/" + layer.spec.name, torch::tensor(layer.spec.epsilon, torch::kFloat64));
        }
        const auto classes = static_cast<std::int64_t>(snapshot.probe.logits.size());
        dictionary.insert("logits", tensor_of(snapshot.probe.logits, {classes}));
        return write_whole_file(path, torch_pickle(dictionary));
    } catch (const std::exception& error) {
        return Error{ErrorCode::Failed, path.string() + ": " + error.what()};
    }
}

}  // namespace convscope
