// What torch.save writes, read and written without LibTorch and without running anything: since PyTorch 1.6 a zip
// archive of one pickle (<archive>/data.pkl, see pickle_machine.h) and one uncompressed entry for each storage
// (<archive>/data/0), as torch.jit.save writes it too; before, pickles and storages one after the other.
#pragma once

#include "engine/core/result.h"
#include "engine/formats/pickle_value.h"

#include <string>
#include <string_view>

namespace convscope {

// Whether bytes begin as such a file does; it may be damaged, or another archive, all the same.
bool is_torch_file(std::string_view bytes);

// Every problem is an error that names the file (`name`) and the remedy. Memory is taken in proportion to the file's
// size, whatever it declares.
Result<PickleValue> parse_torch_file(std::string_view bytes, std::string_view name);

// The bytes of a file that torch.load reads, in every version since 1.6 and with weights_only too, and the above.
// Throws std::invalid_argument as pickle_of() does.
std::string torch_file_of(const PickleValue& value);

}  // namespace convscope
