// What a scripted session captures: the values of its network, a pass's state, a confusion matrix.
#include "engine/core/random_stream.h"
#include "tests/support/scripted_dataset.h"
#include "tests/support/scripted_session.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace convscope::test {
namespace {

Shape shape_of(const NetworkDescription& network, TensorKey key) {
    if (key.kind == TensorKind::Input) return network.input_shape;
    if (key.layer == kInputLayer) return {1, 28, 28};  // what the network sees, whatever the pictures are
    const LayerDescription& l = network.layers[static_cast<std::size_t>(key.layer.index)];
    if (key.kind == TensorKind::Activation || key.kind == TensorKind::PassActivation ||
        key.kind == TensorKind::PassGradient)
        return l.output_shape;
    return key.kind == TensorKind::Bias || key.kind == TensorKind::BiasGradient ? l.bias_shape : l.weight_shape;
}

}  // namespace

void ScriptedSession::capture() {
    if (!network_) return;
    captured_at_ = shown_.iteration;
    slice();
    if (!options_.capture || watch_.empty()) {
        shown_.seen.captures.clear();
        shown_.seen.layer_statistics.clear();
        shown_.jobs.clear();
        return;
    }
    if (watch_.test_confusion &&
        (!shown_.test_confusion || (watch_.test_probabilities && shown_.test_confusion->probabilities.empty())))
        shown_.test_confusion = confusion(1000, 1);
    // The network sees a digit of the label, drawn anew, whatever the picture's colours are; of one's own the picture.
    ProbeState& probe = shown_.seen.probe;
    HeldPicture held = shown_.chosen;
    if (probe.from_batch())
        held = {Split::Train, wrapped(shown_.iteration * shown_.settings.batch_size + followed_sample(),
                                      dataset_->size(Split::Train))};
    const auto* own = std::get_if<OwnPicture>(&probe.source);
    const auto bytes =
        own != nullptr ? std::span<const std::uint8_t>(*own->pixels) : dataset_->image(held.split, held.index);
    if (own == nullptr) probe.label = scripted_label(held.index);
    std::vector<float> pixels;
    for (const std::uint8_t byte : bytes) pixels.push_back(static_cast<float>(byte) / 255.0F);
    const std::vector<float> picture = as_seen(pixels);
    const std::vector<float> image = own != nullptr ? std::vector(picture.begin(), picture.begin() + 28 * 28)
                                                    : as_seen(scripted_digit(probe.label, held.index));
    const auto progress = static_cast<float>(accuracy_at(shown_.iteration));
    network_->forward(image, std::max(0, probe.label), probe.label < 0 ? 0.0F : 6.0F * (progress - 0.1F));
    label_probe();

    WatchSet wanted = watch_;
    if (watch_.probe) wanted.add({TensorKind::Input, kInputLayer});
    shown_.seen.captures.clear();
    for (TensorKey key : wanted.tensors) {
        std::span<const float> values = network_->values(key);
        if (key.kind == TensorKind::Input) values = picture;
        if (key == TensorKey{TensorKind::PassActivation, kInputLayer}) values = pass_sample_;
        if (values.empty() || !captured_now(key)) continue;
        auto capture = std::make_shared<TensorCapture>();
        capture->key = key;
        capture->run = shown_.run_info->run;
        capture->iteration = shown_.iteration;
        capture->content_id = ++content_;
        capture->shape = shape_of(shown_.run_info->network, key);
        capture->values.assign(values.begin(), values.end());
        if (poisoned_)
            for (std::size_t i = 0; i < capture->values.size(); i += 3)
                capture->values[i] =
                    i % 2 ? std::numeric_limits<float>::quiet_NaN() : std::numeric_limits<float>::infinity();
        const auto plane = static_cast<std::size_t>(capture->plane_height() * capture->plane_width());
        for (std::int64_t p = 0; p < capture->plane_count(); ++p)
            capture->planes.push_back(statistics_of(
                std::span<const float>(capture->values).subspan(static_cast<std::size_t>(p) * plane, plane)));
        capture->whole = statistics_of(capture->values);
        shown_.seen.captures.push_back(std::move(capture));
    }
    if (watch_.probe) {
        probe.iteration = shown_.iteration;
        probe.logits = network_->outputs().back();
        probe.probabilities = softmax(probe.logits);
    }
    explain();
    work_on_jobs();
    sample();
    capture_pass();
    shown_.seen.layer_statistics.clear();
    if (watch_.layer_statistics) {
        for (const std::vector<float>& output : network_->outputs()) {
            const ValueStatistics s = statistics_of(output);
            shown_.seen.layer_statistics.push_back({shown_.iteration, s.mean, s.deviation, s.zero_fraction * 0.2F});
        }
    }
}

// Behind every tenth iteration flat out, behind every one otherwise. Lowest further on, the slower it learns.
void ScriptedSession::slice() {
    if (!watch_.loss_surface) shown_.loss_surface.reset();
    if (!watch_.loss_slice) return shown_.loss_slice.reset();
    const bool settled = shown_.state != SessionState::Running || shown_.settings.iterations_per_second > 0.0;
    const bool due = settled || shown_.iteration % 10 == 0;
    if (watch_.loss_surface && (!shown_.loss_surface || due)) surface();
    if (shown_.loss_slice && !due) return;
    auto slice = std::make_shared<LossSlice>();
    slice->iteration = shown_.iteration;
    slice->learning_rate = shown_.settings.learning_rate * schedule_at(shown_.iteration);
    slice->batch_count = shown_.settings.batch_size;
    slice->held_out_count = 200;
    const double here = loss_at(shown_.iteration);
    for (int i = 0; i < LossSlice::kPoints; ++i) {
        const double multiple = LossSlice::multiple_of(i);
        const auto along = [&](double best, double from) {
            return from * (0.8 + 0.2 * (multiple - best) * (multiple - best) / (best * best));
        };
        slice->points.push_back({multiple, poisoned_ ? std::numeric_limits<double>::quiet_NaN() : along(1.8, here),
                                 along(1.2, 1.08 * here + 0.004)});
    }
    shown_.loss_slice = std::move(slice);
}

// Of a class: the picture's own values, the darker half of them against it where that has a sign.
void ScriptedSession::explain() {
    shown_.explanations.clear();
    const TensorCapture* picture = shown_.seen.find({TensorKind::Input, kInputLayer});
    if (picture == nullptr) return;
    for (const ExplanationQuestion& question : watch_.explanations) {
        auto answer = std::make_shared<Explanation>();
        answer->question = question;
        answer->probe = shown_.seen.probe.source;
        answer->iteration = shown_.iteration;
        answer->class_index =
            question.class_index == ExplanationQuestion::kAnswer ? shown_.seen.probe.predicted() : question.class_index;
        if (Result<void> asked = check_question(shown_.run_info->network, 10, question); !asked.ok())
            answer->problem = asked.error().message;
        if (answer->class_index >= 0 && answer->problem.empty()) {
            const auto place = static_cast<std::size_t>(answer->class_index);
            answer->score = static_cast<double>(shown_.seen.probe.logits[place]);
            answer->probability = static_cast<double>(shown_.seen.probe.probabilities[place]);
        }
        answer->picture = shown_.seen.captures[static_cast<std::size_t>(
            std::find_if(shown_.seen.captures.begin(), shown_.seen.captures.end(),
                         [&](const auto& one) { return one.get() == picture; }) -
            shown_.seen.captures.begin())];
        auto map = std::make_shared<TensorCapture>(*picture);
        map->content_id = ++content_;
        map->shape = {1, picture->shape[1], picture->shape[2]};
        map->values.resize(static_cast<std::size_t>(map->shape.element_count()));
        const float none = row_of(question.method).is_signed ? 0.5F * map->whole.maximum : map->whole.minimum;
        for (float& value : map->values) value -= none;
        map->whole = statistics_of(map->values);
        map->planes.assign(1, map->whole);
        answer->map = std::move(map);
        if (question.method == ExplanationMethod::IntegratedGradients) answer->score_from_black = answer->score;
        shown_.explanations.push_back(std::move(answer));
    }
}

// The classes part as the network learns; each seventeenth picture is taken for the next class.
void ScriptedSession::sample() {
    constexpr std::int64_t kTestCount = 10000, kWidth = 12;
    std::erase_if(shown_.samples, [&](const auto& one) {
        return !std::binary_search(watch_.samples.begin(), watch_.samples.end(), one->question);
    });
    for (const SampleQuestion& question : watch_.samples) {
        const auto known = std::find_if(shown_.samples.begin(), shown_.samples.end(),
                                        [&](const auto& one) { return one->question == question; });
        if (known != shown_.samples.end() && (*known)->iteration == shown_.iteration) continue;
        auto sample = std::make_shared<ActivationSample>();
        sample->question = question;
        sample->run = shown_.run_info->run;
        sample->iteration = shown_.iteration;
        if (const Result<void> asked = check_question(shown_.run_info->network, kTestCount, question); asked.ok()) {
            sample->pictures = sampled_pictures(question, kTestCount);
            sample->value_count = value_count_of(shown_.run_info->network, question.layer);
            sample->width = kWidth;
            const float apart = 1.0F + 0.02F * static_cast<float>(std::min<std::int64_t>(shown_.iteration, 200));
            for (const std::int64_t picture : sample->pictures) {
                RandomStream random(static_cast<std::uint64_t>(picture));
                const int label = dataset_ ? dataset_->label(Split::Test, picture) : static_cast<int>(picture % 10);
                sample->labels.push_back(label);
                sample->predicted.push_back(picture % 17 == 0 ? (label + 1) % 10 : label);
                for (std::int64_t k = 0; k < kWidth; ++k)
                    sample->values.push_back(poisoned_ ? std::numeric_limits<float>::quiet_NaN()
                                                       : random.normal() + (k == label ? apart * 2.0F : 0.0F));
            }
        } else {
            sample->problem = asked.error().message;
        }
        if (known != shown_.samples.end())
            *known = std::move(sample);
        else
            shown_.samples.push_back(std::move(sample));
    }
}

// A valley that leads a little aside of the step.
void ScriptedSession::surface() {
    auto surface = std::make_shared<LossSurface>();
    surface->iteration = shown_.iteration;
    surface->learning_rate = shown_.settings.learning_rate * schedule_at(shown_.iteration);
    surface->batch_count = shown_.settings.batch_size;
    const double here = loss_at(shown_.iteration);
    for (int row = 0; row < LossSurface::kRows; ++row)
        for (int column = 0; column < LossSurface::kColumns; ++column) {
            const double along = LossSurface::multiple_of(column) / 1.8 - 1.0;
            const double aside = LossSurface::aside_of(row) - 0.25 * LossSurface::multiple_of(column);
            surface->losses.push_back(poisoned_ ? std::numeric_limits<double>::quiet_NaN()
                                                : here * (0.8 + 0.2 * along * along + 0.15 * aside * aside));
        }
    shown_.loss_surface = std::move(surface);
}

std::vector<float> ScriptedSession::softmax(std::span<const float> logits) const {
    const float largest = *std::max_element(logits.begin(), logits.end());
    std::vector<float> probabilities;
    float sum = 0.0F;
    for (const float logit : logits) sum += probabilities.emplace_back(std::exp(logit - largest));
    for (float& p : probabilities) p = poisoned_ ? std::numeric_limits<float>::quiet_NaN() : p / sum;
    return probabilities;
}

// The minibatch is taken for many times its first sample.
void ScriptedSession::capture_pass() {
    PassState& pass = shown_.seen.pass;
    pass = {};
    if (shown_.phase == Phase::None) return;
    pass.label = scripted_label(pass_index_);
    pass.sample = followed_sample();
    const LayerId last{static_cast<std::int32_t>(shown_.run_info->network.layers.size()) - 1};
    if (shown_.phase >= Phase::Forward)
        pass.probabilities = softmax(network_->values({TensorKind::PassActivation, last}));
    if (shown_.phase >= Phase::Loss) pass.loss = -std::log(pass.probabilities[static_cast<std::size_t>(pass.label)]);
}

std::int64_t ScriptedSession::followed_sample() const {
    const auto* sample = std::get_if<BatchSample>(&shown_.seen.probe.source);
    return sample != nullptr ? sample->index % shown_.settings.batch_size : 0;
}

void ScriptedSession::film(Phase phase) {
    if (phase == Phase::Batch) {
        filming_ = std::make_shared<IterationFilm>();
        filming_->run = shown_.run_info->run;
        filming_->iteration = shown_.iteration + 1;
        filming_->sample = followed_sample();
        filming_->watched = watch_;
    }
    come_to(phase);
    capture();
    filming_->at(phase) = shown_.seen;
}

// Every seventh is taken for its neighbour, and has the larger loss. Their mean is the iteration's.
void ScriptedSession::finish_film() {
    if (!filming_) return;
    BatchSheet& batch = filming_->batch;
    batch.picture = {dataset_->info().channels, 28, 28};
    const std::int64_t count = shown_.settings.batch_size;
    const float loss = shown_.metrics.loss;
    for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t index = wrapped(shown_.iteration * count + i, dataset_->size(Split::Train));
        const std::span<const std::uint8_t> bytes = dataset_->image(Split::Train, index);
        batch.pixels.insert(batch.pixels.end(), bytes.begin(), bytes.end());
        batch.indices.push_back(index);
        batch.labels.push_back(scripted_label(index));
        const bool wrong = i % 7 == 3;
        batch.predicted.push_back((batch.labels.back() + (wrong ? 1 : 0)) % 10);
        batch.losses.push_back(wrong ? 3.0F * loss : 0.5F * loss);
    }
    const float excess =
        std::accumulate(batch.losses.begin(), batch.losses.end(), 0.0F) / static_cast<float>(count) - loss;
    for (float& one : batch.losses) one -= excess;
    for (const Phase phase : {Phase::Loss, Phase::Backward, Phase::Update}) filming_->at(phase).pass.loss = loss;
    shown_.film = std::exchange(filming_, nullptr);
}

// Behind what is known first there is none.
void ScriptedSession::film_if_lacking() {
    if (!watch_.film) return shown_.film.reset();
    const bool stands = shown_.state == SessionState::Paused || shown_.state == SessionState::Finished;
    if (!network_ || !stands || shown_.iteration == 0 || shown_.line.travelling_to) return;
    const IterationFilm* film = shown_.film.get();
    if (film && film->shows(shown_.run_info->run, shown_.iteration, watch_) && film->sample == followed_sample())
        return;
    shown_.line.travelling_to = shown_.iteration;
    arrive();
}

// As with the real trainer: what an iteration under way has not come to is left out.
bool ScriptedSession::captured_now(TensorKey key) const {
    Phase made_at = Phase::None;
    switch (key.kind) {
        case TensorKind::PassActivation:
            made_at = key.layer == kInputLayer ? Phase::Batch : Phase::Forward;
            break;
        case TensorKind::PassGradient:
        case TensorKind::WeightGradient:
        case TensorKind::BiasGradient:
            made_at = Phase::Backward;
            break;
        case TensorKind::WeightUpdate:
            made_at = Phase::Update;
            break;
        default:
            return true;
    }
    const bool of_pass = key.kind == TensorKind::PassActivation || key.kind == TensorKind::PassGradient;
    if (of_pass && pass_sample_.empty()) return false;
    return shown_.phase == Phase::None ? trained_ : shown_.phase >= made_at;
}

namespace {

// What the picture is taken for has the most of them, more of some pictures than of others; what it is, most of the
// rest.
void add_probabilities(CountedConfusion& counted, std::int64_t picture, int truth) {
    const int predicted = counted.predicted.back();
    const float most = predicted == truth ? 0.55F + 0.0045F * static_cast<float>(picture * 37 % 100)
                                          : 0.35F + 0.006F * static_cast<float>(picture * 37 % 100);
    const float second = 0.75F * (1.0F - most);
    const float other = (1.0F - most - (predicted == truth ? 0.0F : second)) / (predicted == truth ? 9.0F : 8.0F);
    for (int c = 0; c < 10; ++c) counted.probabilities.push_back(c == predicted ? most : c == truth ? second : other);
}

}  // namespace

// Errors go to the digits that are taken for each other; every row sums to `per_class`. Of the latest `iterations`.
std::shared_ptr<const CountedConfusion> ScriptedSession::confusion(std::int64_t per_class,
                                                                   std::int64_t iterations) const {
    static constexpr int kTakenFor[10][3] = {{6, 2, 8}, {7, 2, 8}, {7, 3, 1}, {5, 8, 2}, {9, 6, 7},
                                             {3, 6, 8}, {0, 5, 8}, {9, 2, 1}, {3, 5, 9}, {4, 7, 8}};
    auto counted = std::make_shared<CountedConfusion>();
    counted->matrix = ConfusionMatrix(10);
    counted->first_iteration = std::max<std::int64_t>(0, shown_.iteration - iterations + 1);
    counted->last_iteration = shown_.iteration;
    for (int truth = 0; truth < 10; ++truth) {
        const double right = std::min(1.0, accuracy_at(shown_.iteration) + 0.004 * (truth % 3 - 1));
        const auto wrong = static_cast<std::int64_t>(std::llround(static_cast<double>(per_class) * (1.0 - right)));
        const std::int64_t spread = wrong / 20;
        std::int64_t left = wrong;
        for (int p = 0; p < 10; ++p)
            if (p != truth) {
                counted->matrix.add(truth, p, spread);
                left -= spread;
            }
        for (int k = 0; k < 3; ++k) {
            const std::int64_t part = k == 2 ? left : left / 2;
            counted->matrix.add(truth, kTakenFor[truth][k], part);
            left -= part;
        }
        counted->matrix.add(truth, truth, per_class - wrong);
    }
    if (iterations > 1) return counted;
    // As many of each class as its row has, the mistakes first; those that the row is short of are right.
    ConfusionMatrix left = counted->matrix;
    const std::int64_t pictures = shown_.run_info->data.test_count;
    for (std::int64_t i = 0; i < pictures; ++i) {
        const int truth = scripted_label(i);
        int predicted = 0;
        while (predicted < 10 && (predicted == truth || left.at(truth, predicted) == 0)) ++predicted;
        if (predicted == 10) predicted = truth;
        left.add(truth, predicted, -1);
        counted->predicted.push_back(static_cast<std::uint16_t>(predicted));
        if (watch_.test_probabilities) add_probabilities(*counted, i, truth);
    }
    return counted;
}

}  // namespace convscope::test
