// Files that hold weights, whatever program wrote them.
#pragma once

#include "engine/core/result.h"
#include "engine/formats/pickle_value.h"

#include <filesystem>
#include <string_view>

namespace convscope {

struct WeightsFile {
    PickleValue content;
    bool in_order = true;  // tensors stand in their network's order; in safetensors they do not
};

// What torch.save or torch.jit.save has written, in PyTorch's formats of all times, or safetensors. Nothing in the file
// is run. Every problem is an error that names the file and the remedy: what other kinds of files are, they are called.
// Memory is taken in proportion to the file's size, whatever it declares. Any thread.
Result<WeightsFile> read_weights_file(const std::filesystem::path& path);

// The same of a file's bytes; `name` is what an error calls the file.
Result<WeightsFile> parse_weights_file(std::string_view bytes, std::string_view name);

}  // namespace convscope
