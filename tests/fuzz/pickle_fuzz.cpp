// Arbitrary bytes as the pickle within a file of torch.save, where no archive's checksums stand in the way. Every
// storage that it asks for is there, with 48 bytes.
#include "engine/formats/pickle_machine.h"
#include "tests/fuzz/torch_values.h"

#include <cstddef>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace convscope;
    const LoadStorages load_storages = [](const std::vector<StorageRequest>& wanted,
                                          std::string_view) -> Result<std::vector<SharedBytes>> {
        return std::vector<SharedBytes>(wanted.size(), SharedBytes(std::string(48, '\x41')));
    };
    PickleLimits limits;
    limits.elements = 100'000;
    limits.list_items = 20;  // so that lists of more are met
    limits.held_bytes = 1 << 20;
    fuzz::look_at(
        parse_pickle(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz.pth", load_storages, limits));
    return 0;
}
