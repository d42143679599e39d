// What a file is that is no file of weights: the other things that people call "the model file".
#pragma once

#include "engine/core/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace convscope {

// What to do in Python, on any machine, with a file that PyTorch can open and this program cannot. Since PyTorch 2.6
// such files are opened only where that is said.
inline constexpr const char* kSaveAgain =
    "in Python, save the weights alone: model = torch.load('FILE', map_location='cpu', weights_only=False); "
    "torch.save(model.state_dict(), 'weights.pth')";

// A sentence that names what the bytes are and the remedy; `name` is the file's.
Error foreign_file(std::string_view bytes, std::string_view name);

// Likewise of a zip archive with these entries, none of which is torch.save's.
Error foreign_archive(const std::vector<std::string>& entries, std::string_view name);

}  // namespace convscope
