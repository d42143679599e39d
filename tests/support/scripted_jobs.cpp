// What a scripted session answers to questions that take long: at once, and much as a real one would.
#include "tests/support/scripted_dataset.h"
#include "tests/support/scripted_session.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace convscope::test {
namespace {

struct Answering {
    const Snapshot& shown;
    const ScriptedNetwork& network;
    std::uint64_t content;
    bool poisoned;

    const LayerDescription& layer(LayerId id) const {
        return shown.run_info->network.layers[static_cast<std::size_t>(id.index)];
    }

    // The test pictures one after the other, from the channel's own number on.
    JobResult operator()(const TopPatchesQuestion&) const {
        TopPatches found;
        found.pictures = shown.run_info->data.test_count;
        for (const LayerDescription& described : shown.run_info->network.layers) {
            TopPatches::OfLayer& of = found.layers.emplace_back();
            const Shape& shape = described.output_shape;
            of.counts.assign(static_cast<std::size_t>(shape[0]), poisoned ? 0 : static_cast<int>(TopPatches::kMost));
            for (std::int64_t channel = 0; channel < shape[0]; ++channel)
                for (std::int64_t i = 0; i < TopPatches::kMost; ++i) {
                    const auto place = static_cast<std::int32_t>((7 * i + channel) % (shape[1] * shape[2]));
                    const TopPatch patch{(channel + i) % std::max<std::int64_t>(1, found.pictures),
                                         place / static_cast<std::int32_t>(shape[2]),
                                         place % static_cast<std::int32_t>(shape[2]), 9.0F - static_cast<float>(i)};
                    of.most.push_back(patch);
                    of.least.push_back(patch);
                    of.least.back().value = static_cast<float>(i) - 9.0F;
                }
        }
        return found;
    }
    JobResult operator()(const MaximisedInputQuestion& question) const {
        auto picture = std::make_shared<TensorCapture>();
        picture->key = {TensorKind::Input, kInputLayer};
        picture->run = shown.run_info->run;
        picture->iteration = shown.iteration;
        picture->content_id = content;
        picture->shape = shown.run_info->network.input_shape;
        const std::vector<float> digit = scripted_digit(static_cast<int>(question.channel % 10), question.channel);
        for (std::int64_t i = 0; i < picture->shape.element_count(); ++i)
            picture->values.push_back(poisoned ? std::numeric_limits<float>::quiet_NaN()
                                               : 3.0F * digit[static_cast<std::size_t>(i) % digit.size()] - 0.4F);
        picture->planes.assign(static_cast<std::size_t>(picture->shape[0]), statistics_of(picture->values));
        picture->whole = statistics_of(picture->values);
        return MaximisedInput{std::move(picture), 0.1F, 4.5F, 128};
    }
    JobResult operator()(const ActivationHistogramQuestion& question) const {
        ActivationHistogram found;
        found.pictures = shown.run_info->data.test_count;
        const std::span<const float> values = network.values({TensorKind::Activation, question.layer});
        const std::size_t area = values.size() / static_cast<std::size_t>(layer(question.layer).output_shape[0]);
        found.values.add(values.subspan(static_cast<std::size_t>(question.channel) * area, area));
        return found;
    }
    // Every moment is nearer to what is now.
    JobResult operator()(const FilterBiographyQuestion& question) const {
        FilterBiography found;
        const LayerDescription& described = layer(question.layer);
        for (int i = 1; i < described.weight_shape.rank(); ++i) found.shape.push_back(described.weight_shape[i]);
        const auto size = static_cast<std::size_t>(found.shape.element_count());
        const std::span<const float> now = network.values({TensorKind::Weight, question.layer})
                                               .subspan(static_cast<std::size_t>(question.channel) * size, size);
        const std::int64_t count = std::min<std::int64_t>(shown.iteration, 11);
        for (std::int64_t i = 0; i <= count; ++i) {
            const float share = count > 0 ? static_cast<float>(i) / static_cast<float>(count) : 1.0F;
            FilterMoment& moment = found.moments.emplace_back();
            moment.iteration = count > 0 ? shown.iteration * i / count : 0;
            for (std::size_t j = 0; j < size; ++j)
                moment.weights.push_back(now[j] * share + 0.1F * (1.0F - share) * (j % 2 ? 1.0F : -1.0F));
            moment.norm = 0.5 + 0.5 * static_cast<double>(share);
            moment.from_start = 0.8 * static_cast<double>(share);
            moment.from_now = 0.8 - moment.from_start;
        }
        found.settled = count > 1 ? found.moments[static_cast<std::size_t>(count - 1)].iteration : -1;
        return found;
    }
};

}  // namespace

void ScriptedSession::work_on_jobs() {
    shown_.jobs.clear();
    for (const JobQuestion& question : watch_.jobs) {
        auto answer = std::make_shared<JobAnswer>();
        answer->question = question;
        answer->run = shown_.run_info->run;
        answer->iteration = shown_.iteration;
        if (Result<void> possible = check_question(shown_.run_info->network, question); !possible.ok())
            answer->problem = possible.error().message;
        else
            answer->result = std::visit(Answering{shown_, *network_, ++content_, poisoned_}, question);
        shown_.jobs.push_back(Job{question, std::move(answer), nullptr});
    }
}

}  // namespace convscope::test
