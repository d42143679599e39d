#include "engine/train/training_state.h"

#include <sstream>

namespace convscope {

std::string serialise_optimizer(torch::optim::Optimizer& optimizer) {
    std::ostringstream stream;
    torch::serialize::OutputArchive archive;
    optimizer.save(archive);
    archive.save_to(stream);
    return stream.str();
}

void restore_optimizer(torch::optim::Optimizer& optimizer, const std::string& bytes) {
    std::istringstream stream(bytes);
    torch::serialize::InputArchive archive;
    archive.load_from(stream);
    optimizer.load(archive);
}

}  // namespace convscope
