// Arbitrary bytes as a file of torch.save.
#include "engine/formats/torch_file.h"
#include "tests/fuzz/torch_values.h"

#include <cstddef>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    convscope::fuzz::look_at(
        convscope::parse_torch_file(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz.pth"));
    return 0;
}
