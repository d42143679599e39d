// What a plain trainer answers when it is asked about its network: explanations, samples, jobs.
#include "tests/support/plain_trainer.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace convscope {
namespace {

// Of a class's score the iteration's number, of the map the class's.
class PlainExplanationWork final : public ExplanationWork {
public:
    PlainExplanationWork(std::shared_ptr<PlainScript> script, Explanation answer)
        : script_(std::move(script)), answer_(std::make_shared<Explanation>(std::move(answer))) {}

    bool advance() override {
        if (script_->on_explain) script_->on_explain();
        return ++slices_ == (row_of(answer_->question.method).one_pass ? 1 : 3);
    }
    std::shared_ptr<const Explanation> answer() override { return answer_; }

private:
    std::shared_ptr<PlainScript> script_;
    std::shared_ptr<Explanation> answer_;
    int slices_ = 0;
};

class PlainSampleWork final : public SampleWork {
public:
    PlainSampleWork(std::shared_ptr<PlainScript> script, ActivationSample sample)
        : script_(std::move(script)), sample_(std::make_shared<ActivationSample>(std::move(sample))) {}

    std::int64_t advance(std::int64_t pictures) override {
        const std::int64_t count = std::min(pictures, sample_->count() - done_);
        if (script_->on_sample) script_->on_sample(count);
        done_ += count;
        return count;
    }
    double progress() const override {
        return sample_->count() == 0 ? 1.0 : static_cast<double>(done_) / static_cast<double>(sample_->count());
    }
    std::shared_ptr<const ActivationSample> sample() override { return sample_; }

private:
    std::shared_ptr<PlainScript> script_;
    std::shared_ptr<ActivationSample> sample_;
    std::int64_t done_ = 0;
};

}  // namespace

std::unique_ptr<SampleWork> PlainTrainer::sample(const SampleQuestion& question, std::int64_t iteration) {
    ++script_->samples;
    ActivationSample sample;
    sample.question = question;
    sample.run = info_->run;
    sample.iteration = iteration;
    if (const Result<void> asked = check_question(info_->network, script_->test_count, question); !asked.ok()) {
        sample.problem = asked.error().message;
        return std::make_unique<PlainSampleWork>(script_, std::move(sample));
    }
    sample.value_count = value_count_of(info_->network, question.layer);
    sample.width = 2;
    sample.pictures = sampled_pictures(question, script_->test_count);
    for (const std::int64_t picture : sample.pictures) {
        sample.labels.push_back(label(Split::Test, picture));
        sample.predicted.push_back(predict(Split::Test, picture, iteration_));
        sample.values.push_back(static_cast<float>(picture));
        sample.values.push_back(static_cast<float>(iteration_));
    }
    return std::make_unique<PlainSampleWork>(script_, std::move(sample));
}

std::unique_ptr<ExplanationWork> PlainTrainer::explain(const ExplanationQuestion& question, const ProbeSource& probe,
                                                       std::int64_t iteration) {
    ++script_->explanations;
    Explanation answer;
    answer.question = question;
    answer.probe = probe;
    answer.iteration = iteration;
    if (Result<void> possible = check_question(info_->network, info_->recipe.class_count, question); !possible.ok())
        answer.problem = possible.error().message;
    answer.class_index = std::max(0, question.class_index);
    answer.score = static_cast<double>(iteration_);
    auto map = std::make_shared<TensorCapture>();
    map->run = info_->run;
    map->iteration = iteration;
    map->content_id = 1;
    map->shape = {1, info_->network.input_shape[1], info_->network.input_shape[2]};
    map->values.assign(static_cast<std::size_t>(map->shape.element_count()), static_cast<float>(answer.class_index));
    map->planes.resize(1);
    answer.picture = answer.map = std::move(map);
    return std::make_unique<PlainExplanationWork>(script_, std::move(answer));
}

namespace {

class PlainJobWork final : public JobWork {
public:
    PlainJobWork(std::shared_ptr<PlainScript> script, JobResult result)
        : script_(std::move(script)), result_(std::move(result)) {}

    bool advance() override {
        if (script_->on_job) script_->on_job();
        return ++slices_ == 3;
    }
    double progress() const override { return slices_ / 3.0; }
    JobResult result() override { return result_; }
    JobResult so_far() override { return slices_ == 2 ? result_ : JobResult{}; }

private:
    std::shared_ptr<PlainScript> script_;
    JobResult result_;
    int slices_ = 0;
};

}  // namespace

Result<std::unique_ptr<JobWork>> PlainTrainer::begin_job(const JobQuestion& question, std::int64_t iteration) {
    if (Result<void> possible = check_question(info_->network, question); !possible.ok()) return possible.error();
    ++script_->jobs;
    JobResult result;
    const auto value = static_cast<float>(iteration_);
    if (std::holds_alternative<TopPatchesQuestion>(question)) {
        TopPatches patches;
        patches.pictures = script_->test_count;
        for (const LayerDescription& layer : info_->network.layers) {
            TopPatches::OfLayer& of = patches.layers.emplace_back();
            const auto channels = static_cast<std::size_t>(layer.output_shape[0]);
            of.counts.assign(channels, 1);
            of.most.assign(channels * TopPatches::kMost, TopPatch{.picture = 0, .value = value});
            of.least = of.most;
        }
        result = std::move(patches);
    } else if (std::holds_alternative<ActivationHistogramQuestion>(question)) {
        ActivationHistogram histogram;
        histogram.pictures = script_->test_count;
        for (std::int64_t i = 0; i < script_->test_count; ++i) histogram.values.add(value);
        result = histogram;
    } else if (std::holds_alternative<MaximisedInputQuestion>(question)) {
        auto picture = std::make_shared<TensorCapture>();
        picture->run = info_->run;
        picture->iteration = iteration;
        picture->content_id = 1;
        picture->shape = info_->network.input_shape;
        picture->values.assign(static_cast<std::size_t>(picture->shape.element_count()), value);
        picture->planes.resize(static_cast<std::size_t>(picture->shape[0]));
        result = MaximisedInput{std::move(picture), 0.0F, value, 1};
    }
    return std::unique_ptr<JobWork>(std::make_unique<PlainJobWork>(script_, std::move(result)));
}

}  // namespace convscope
