// Arbitrary bytes as a file of safetensors; what is read is written, and read again.
#include "engine/formats/safetensors.h"
#include "tests/fuzz/torch_values.h"

#include <cstddef>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace convscope;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (!is_safetensors(bytes)) return 0;
    const auto read = parse_safetensors(bytes, "fuzz.pth");
    fuzz::look_at(read);
    if (!read.ok()) return 0;
    StateDict tensors;
    for (const auto& [name, value] : *read.value().as<PickleValue::Dict>())
        if (const auto* tensor = value.as<StoredTensor>()) tensors.push_back({name, *tensor});
    const auto again = parse_safetensors(safetensors_of(tensors), "fuzz.pth");
    fuzz::check(again.ok());
    for (const auto& [name, tensor] : tensors) {
        const PickleValue* same = again.value().find(name);
        fuzz::check(same && same->as<StoredTensor>() && same->as<StoredTensor>()->bytes() == tensor.bytes());
    }
    return 0;
}
