#include "engine/io/torch_pickle.h"

#include <caffe2/serialize/inline_container.h>
#include <torch/csrc/jit/serialization/pickler.h>
#include <torch/torch.h>

namespace convscope {

std::string torch_pickle(const c10::IValue& value) {
    std::string data;
    torch::jit::Pickler pickler([&data](const char* bytes, std::size_t size) { data.append(bytes, size); },
                                /*tensor_table=*/nullptr, /*type_renamer=*/nullptr, /*memoized_class_types=*/nullptr,
                                /*get_tensor_id=*/nullptr, /*tag_aggregates=*/false);
    pickler.protocol();
    pickler.pushIValue(value);
    pickler.stop();

    // A string that grows would hold its bytes up to three times.
    constexpr std::size_t kAround = 512;  // a record, its name twice, and what aligns it
    std::size_t expected = data.size() + 16 * kAround;
    for (const torch::Tensor& tensor : pickler.tensorData()) expected += tensor.nbytes() + kAround;
    std::string file;
    file.reserve(expected);
    caffe2::serialize::PyTorchStreamWriter writer([&file](const void* bytes, std::size_t size) {
        file.append(static_cast<const char*>(bytes), size);
        return size;
    });
    writer.writeRecord("data.pkl", data.data(), data.size());
    std::size_t number = 0;
    for (const torch::Tensor& tensor : pickler.tensorData())
        writer.writeRecord("data/" + std::to_string(number++), tensor.data_ptr(), tensor.nbytes());
    writer.writeEndOfFile();
    return file;
}

}  // namespace convscope
