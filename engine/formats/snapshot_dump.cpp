#include "engine/formats/snapshot_dump.h"

#include "engine/core/whole_file.h"
#include "engine/formats/network_weights.h"
#include "engine/formats/torch_file.h"

#include <string>
#include <utility>
#include <vector>

namespace convscope {
namespace {

template <typename Value>
PickleValue tensor_of(std::vector<std::int64_t> sizes, const std::vector<Value>& values) {
    return {stored_tensor(blob_of<Value>(std::move(sizes), values))};
}

PickleValue tensor_of(const TensorCapture& capture, bool with_batch = false) {
    std::vector<std::int64_t> sizes = sizes_of(capture.shape);
    if (with_batch) sizes.insert(sizes.begin(), 1);
    return tensor_of(std::move(sizes), capture.values);
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
        PickleValue::Dict dictionary;
        const auto insert = [&](const std::string& name, TensorKey key) {
            if (const TensorCapture* capture = snapshot.find(key)) dictionary.push_back({name, tensor_of(*capture)});
        };
        if (const TensorCapture* input = snapshot.find({TensorKind::Input, kInputLayer}))
            dictionary.push_back({"input", tensor_of(*input, /*with_batch=*/true)});
        for (const LayerDescription& layer : snapshot.run_info->network.layers) {
            insert("weight/" + layer.spec.name, {TensorKind::Weight, layer.id});
            insert("bias/" + layer.spec.name, {TensorKind::Bias, layer.id});
            insert("activation/" + layer.spec.name, {TensorKind::Activation, layer.id});
            if (layer.spec.kind != LayerKind::BatchNorm) continue;
            insert("running_mean/" + layer.spec.name, {TensorKind::RunningMean, layer.id});
            insert("running_var/" + layer.spec.name, {TensorKind::RunningVariance, layer.id});
            dictionary.push_back({"epsilon/" + layer.spec.name, tensor_of<double>({}, {layer.spec.epsilon})});
        }
        const auto classes = static_cast<std::int64_t>(snapshot.seen.probe.logits.size());
        dictionary.push_back({"logits", tensor_of({classes}, snapshot.seen.probe.logits)});
        return write_whole_file(path, torch_file_of(PickleValue{std::move(dictionary)}));
    } catch (const std::exception& error) {
        return Error{ErrorCode::Failed, path.string() + ": " + error.what()};
    }
}

}  // namespace convscope
