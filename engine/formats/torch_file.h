// Reads what torch.save has written since PyTorch 1.6, without LibTorch and without running anything: a zip archive of
// one pickle (<archive>/data.pkl, see pickle_machine.h) and one uncompressed entry for each storage (<archive>/data/0).
#pragma once

#include "engine/core/result.h"
#include "engine/formats/pickle_value.h"

#include <filesystem>
#include <string_view>

namespace convscope {

// Every problem is an error that names the file and the remedy. Memory is taken in proportion to the file's size,
// whatever it declares.
Result<PickleValue> read_torch_file(const std::filesystem::path& path);

// The same of a file's bytes; `name` is what an error calls the file.
Result<PickleValue> parse_torch_file(std::string_view bytes, std::string_view name);

}  // namespace convscope
