// Arbitrary bytes as a file of torch.save before PyTorch 1.6, behind the headings that every one has.
#include "engine/formats/torch_file.h"
#include "tests/fuzz/torch_values.h"

#include <cstddef>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace std::string_view_literals;
    // The magic number, the version, and the sizes of C's types, of which none are needed.
    std::string file("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}."sv);
    file.append(reinterpret_cast<const char*>(data), size);
    convscope::fuzz::look_at(convscope::parse_torch_file(file, "fuzz.pth"));
    return 0;
}
