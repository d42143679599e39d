#include "tests/bench/changing_session.h"

#include "engine/recipe/network_plan.h"
#include "viz/scene/consistent_captures.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace convscope::bench {
namespace {

constexpr std::size_t kWave = 8192;

std::shared_ptr<const RunInfo> info_of(Recipe recipe) {
    auto network = plan_network(recipe);
    if (!network.ok()) throw std::runtime_error(network.error().message);
    auto info = std::make_shared<RunInfo>();
    info->run = RunId{1};
    info->network = std::move(network).value();
    info->data = {.name = "none", .source = "", .option = "", .class_names = {}};
    for (std::int64_t i = 0; i < recipe.class_count; ++i) info->data.class_names.push_back(std::to_string(i));
    info->recipe = std::move(recipe);
    return info;
}

}  // namespace

ChangingSession::ChangingSession(Recipe recipe) : info_(info_of(std::move(recipe))), wave_(kWave) {
    for (std::size_t i = 0; i < kWave; ++i) wave_[i] = std::sin(0.37F * static_cast<float>(i));
    change();
}

void ChangingSession::change() {
    ++iteration_;
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->sequence = static_cast<std::uint64_t>(iteration_);
    snapshot->state = SessionState::Running;
    snapshot->applied_command = CommandId{command_};
    snapshot->published = SteadyClock().now();
    snapshot->run_info = info_;
    snapshot->iteration = iteration_;
    snapshot->seen.probe.iteration = iteration_;
    const auto classes = static_cast<std::size_t>(info_->recipe.class_count);
    snapshot->seen.probe.logits.assign(classes, 0.0F);
    snapshot->seen.probe.probabilities.assign(classes, 0.5F / static_cast<float>(classes));
    snapshot->seen.probe.probabilities[static_cast<std::size_t>(iteration_) % classes] += 0.5F;
    for (const TensorKey& key : watch_.tensors) snapshot->seen.captures.push_back(refreshed(key));
    snapshot_ = std::move(snapshot);
}

CommandId ChangingSession::post(Command command) {
    if (auto* watch = std::get_if<command::Watch>(&command)) watch_ = std::move(watch->set);
    return CommandId{++command_};
}

std::shared_ptr<const TensorCapture> ChangingSession::refreshed(const TensorKey& key) {
    Generations& generations = captures_[key];
    std::shared_ptr<TensorCapture>& capture = generations.captures[generations.next];
    generations.next = 1 - generations.next;
    if (!capture) {
        capture = std::make_shared<TensorCapture>();
        capture->key = key;
        capture->run = info_->run;
        capture->shape = shape_of(info_->network, key);
        capture->values.resize(static_cast<std::size_t>(capture->shape.element_count()));
        capture->planes.resize(static_cast<std::size_t>(capture->plane_count()));
    }
    capture->iteration = iteration_;
    capture->content_id = ++content_;
    std::size_t from = static_cast<std::size_t>(content_ * 131) % kWave;
    for (std::size_t at = 0; at < capture->values.size(); from = 0) {
        const std::size_t count = std::min(kWave - from, capture->values.size() - at);
        std::copy_n(wave_.begin() + static_cast<std::ptrdiff_t>(from), count,
                    capture->values.begin() + static_cast<std::ptrdiff_t>(at));
        at += count;
    }
    float reach = 1.0F + 0.001F * static_cast<float>(content_ % 100);
    capture->whole = {.minimum = -reach, .maximum = reach, .mean = 0.0F, .deviation = 0.7F};
    for (ValueStatistics& plane : capture->planes) {
        plane = capture->whole;
        plane.maximum = reach += 1e-4F;
    }
    return capture;
}

}  // namespace convscope::bench
