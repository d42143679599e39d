#include "engine/core/clock.h"
#include "engine/recipe/network_plan.h"
#include "engine/train/batch_source.h"
#include "engine/train/loss.h"
#include "tests/bench/bench.h"

#include <torch/torch.h>

namespace convscope::bench {
namespace {

namespace nn = torch::nn;

// Written as a tutorial would: a Sequential of LibTorch's modules.
nn::Sequential modules_of(const Recipe& recipe) {
    nn::Sequential network;
    const NetworkDescription plan = plan_network(recipe).value();
    for (const LayerDescription& layer : plan.layers) {
        const LayerSpec& spec = layer.spec;
        switch (spec.kind) {
            case LayerKind::Conv2d:
                network->push_back(
                    nn::Conv2d(nn::Conv2dOptions(layer.input_shape[0], spec.output_size, spec.kernel_size)));
                break;
            case LayerKind::Linear:
                network->push_back(nn::Linear(layer.input_shape[0], spec.output_size));
                break;
            case LayerKind::ReLU:
                network->push_back(nn::ReLU());
                break;
            case LayerKind::MaxPool2d:
                network->push_back(nn::MaxPool2d(spec.kernel_size));
                break;
            case LayerKind::Flatten:
                network->push_back(nn::Flatten());
                break;
            default:
                throw std::runtime_error("the textbook loop knows no " + std::string(to_string(spec.kind)));
        }
    }
    return network;
}

std::unique_ptr<torch::optim::Optimizer> optimizer_of(const Recipe& recipe,
                                                      const std::vector<torch::Tensor>& parameters) {
    if (recipe.optimizer.kind == OptimizerKind::Sgd)
        return std::make_unique<torch::optim::SGD>(
            parameters, torch::optim::SGDOptions(recipe.optimizer.learning_rate).momentum(recipe.optimizer.momentum));
    return std::make_unique<torch::optim::Adam>(parameters, torch::optim::AdamOptions(recipe.optimizer.learning_rate));
}

class TrainingOnly final : public Dataset {
public:
    explicit TrainingOnly(std::shared_ptr<const Dataset> data) : data_(std::move(data)), info_(data_->info()) {
        info_.test_count = std::min<std::int64_t>(info_.test_count, 16);
    }
    const DatasetInfo& info() const override { return info_; }
    int label(Split split, std::int64_t index) const override { return data_->label(split, index); }
    std::span<const std::uint8_t> image(Split split, std::int64_t index) const override {
        return data_->image(split, index);
    }

private:
    std::shared_ptr<const Dataset> data_;
    DatasetInfo info_;
};

}  // namespace

std::shared_ptr<const Dataset> training_only(std::shared_ptr<const Dataset> data) {
    for (std::int64_t i = 0; i < data->size(Split::Train); ++i)
        (void)data->image(Split::Train, i);  // drawn now, not later
    return std::make_shared<TrainingOnly>(std::move(data));
}

struct TextbookLoop::State {
    nn::Sequential network;
    std::unique_ptr<torch::optim::Optimizer> optimizer;
    Recipe recipe;
    Minibatch data;  // all of it
    std::int64_t batch_size;
    torch::Tensor order;
    std::int64_t next = 0;
};

TextbookLoop::TextbookLoop(const Recipe& recipe, const Dataset& data) : state_(std::make_unique<State>()) {
    state_->network = modules_of(recipe);
    state_->optimizer = optimizer_of(recipe, state_->network->parameters());
    state_->recipe = recipe;
    state_->batch_size = recipe.batch_size;
    load_pictures(data, Preprocessing(recipe), Split::Train, 0, data.size(Split::Train), state_->data);
}

TextbookLoop::~TextbookLoop() = default;

double TextbookLoop::run(double seconds) {
    State& s = *state_;
    const SteadyClock clock;
    const TimePoint begin = clock.now();
    const std::int64_t size = s.data.images.size(0);
    std::int64_t samples = 0;
    while (seconds_between(begin, clock.now()) < seconds) {
        if (!s.order.defined() || s.next >= size) {
            s.order = torch::randperm(size, torch::kInt64);
            s.next = 0;
        }
        const torch::Tensor indices = s.order.narrow(0, s.next, std::min(s.batch_size, size - s.next));
        s.next += indices.size(0);
        const torch::Tensor images = s.data.images.index_select(0, indices);
        const torch::Tensor labels = s.data.labels.index_select(0, indices);
        s.optimizer->zero_grad();
        const torch::Tensor loss = compute_loss(s.recipe, s.network->forward(images), labels);
        loss.backward();
        s.optimizer->step();
        (void)loss.item<float>();
        samples += indices.size(0);
    }
    return static_cast<double>(samples) / seconds_between(begin, clock.now());
}

}  // namespace convscope::bench
