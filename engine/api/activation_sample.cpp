#include "engine/api/activation_sample.h"

#include <algorithm>

namespace convscope {

std::vector<std::int64_t> sampled_pictures(const SampleQuestion& question, std::int64_t test_count) {
    const std::int64_t count = std::min<std::int64_t>(question.count, test_count);
    std::vector<std::int64_t> pictures(static_cast<std::size_t>(std::max<std::int64_t>(0, count)));
    for (std::int64_t i = 0; i < std::ssize(pictures); ++i)
        pictures[static_cast<std::size_t>(i)] = i * test_count / count;
    return pictures;
}

std::int64_t value_count_of(const NetworkDescription& network, LayerId layer) {
    return layer == kInputLayer ? network.input_shape.element_count()
                                : network.layers[static_cast<std::size_t>(layer.index)].output_shape.element_count();
}

Result<void> check_question(const NetworkDescription& network, std::int64_t test_count,
                            const SampleQuestion& question) {
    const auto cannot = [](std::string sentence) { return Error{ErrorCode::InvalidArgument, std::move(sentence)}; };
    if (question.layer != kInputLayer &&
        (question.layer.index < 0 || question.layer.index >= std::ssize(network.layers)))
        return cannot("There is no layer " + std::to_string(question.layer.index) + " in this network: choose another");
    if (question.count < 1 || question.count > SampleQuestion::kMost)
        return cannot("The lay of " + std::to_string(question.count) + " pictures cannot be shown: ask for 1 to " +
                      std::to_string(SampleQuestion::kMost));
    if (test_count < 1) return cannot("There are no test pictures whose lay could be shown");
    return {};
}

}  // namespace convscope
