#include "engine/train/sampling.h"

#include "engine/train/looking.h"

#include <algorithm>
#include <utility>

namespace convscope {
namespace {

std::int64_t values_asked(const NetworkDescription& network, std::int64_t test_count, const SampleQuestion& question) {
    return check_question(network, test_count, question).ok() ? value_count_of(network, question.layer) : 0;
}

}  // namespace

Sampling::Sampling(SampledState state, const SampleQuestion& question)
    : state_(std::move(state)),
      folding_(values_asked(state_.network.description(), state_.data->size(Split::Test), question)) {
    const std::int64_t test_count = state_.data->size(Split::Test);
    sample_->question = question;
    sample_->run = state_.run;
    sample_->iteration = state_.iteration;
    if (const Result<void> asked = check_question(state_.network.description(), test_count, question); !asked.ok()) {
        sample_->problem = asked.error().message;
        return;
    }
    sample_->value_count = value_count_of(state_.network.description(), question.layer);
    sample_->width = folding_.width();
    sample_->pictures = sampled_pictures(question, test_count);
    const std::size_t count = sample_->pictures.size();
    sample_->labels.resize(count);
    sample_->predicted.resize(count);
    sample_->values.resize(count * static_cast<std::size_t>(sample_->width));
}

double Sampling::progress() const {
    return sample_->count() == 0 ? 1.0 : static_cast<double>(done_) / static_cast<double>(sample_->count());
}

std::int64_t Sampling::advance(std::int64_t pictures) {
    const std::int64_t count = std::min(pictures, sample_->count() - done_);
    if (count <= 0) return 0;
    const torch::NoGradGuard no_gradients;
    load_pictures(
        *state_.data, state_.preprocessing, Split::Test,
        std::span(sample_->pictures).subspan(static_cast<std::size_t>(done_), static_cast<std::size_t>(count)),
        pictures_);
    torch::Tensor seen = pictures_.images;
    const LayerId layer = sample_->question.layer;
    const torch::Tensor output = state_.network.answer(
        pictures_.images.to(state_.network.device()),
        layer == kInputLayer ? LayerObserver{} : LayerObserver([&](LayerId of, const torch::Tensor& put_out) {
            if (of == layer) seen = put_out;
        }),
        state_.interventions);
    read_classes(
        output,
        std::span(sample_->predicted).subspan(static_cast<std::size_t>(done_), static_cast<std::size_t>(count)));
    seen = seen.detach().to(torch::kCPU).reshape({count, sample_->value_count}).contiguous();
    const std::span<const float> rows(seen.data_ptr<float>(), static_cast<std::size_t>(seen.numel()));
    const auto value_count = static_cast<std::size_t>(sample_->value_count),
               width = static_cast<std::size_t>(sample_->width);
    for (std::int64_t i = 0; i < count; ++i) {
        const auto row = static_cast<std::size_t>(i), place = static_cast<std::size_t>(done_ + i);
        folding_.apply(rows.subspan(row * value_count, value_count),
                       std::span(sample_->values).subspan(place * width, width));
        sample_->labels[place] = pictures_.classes[row];
    }
    done_ += count;
    return count;
}

}  // namespace convscope
