#include "engine/formats/checkpoint_history.h"

#include "engine/formats/checkpoint_values.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace convscope {
namespace {

// ---- writing -------------------------------------------------------------------------------------------------------

// The first `count` elements' values, as a tensor.
template <typename Value, typename Elements, typename Get>
PickleValue column(const Elements& elements, std::size_t count, Get get) {
    std::vector<Value> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<Value>(get(elements[i]));
    return {stored_tensor(blob_of<Value>({static_cast<std::int64_t>(count)}, values))};
}

// What the history's columns are called, and where they live; read and written by the same list. That of iterations is
// only read, from files of version 1.
template <typename Visit>
void visit_columns(std::vector<IterationMetrics>& all, Visit visit) {
    using M = IterationMetrics;
    visit(
        "iteration", all, [](M & m) -> auto& { return m.iteration; });
    visit(
        "epoch", all, [](M & m) -> auto& { return m.epoch; });
    visit(
        "loss", all, [](M & m) -> auto& { return m.loss; });
    visit(
        "accuracy", all, [](M & m) -> auto& { return m.accuracy; });
    visit(
        "learning_rate", all, [](M & m) -> auto& { return m.learning_rate; });
}
template <typename Visit>
void visit_columns(std::vector<EvaluationMetrics>& all, Visit visit) {
    using M = EvaluationMetrics;
    visit(
        "iteration", all, [](M & m) -> auto& { return m.iteration; });
    visit(
        "epoch", all, [](M & m) -> auto& { return m.epoch; });
    visit(
        "ends_epoch", all, [](M & m) -> auto& { return m.ends_epoch; });
    visit(
        "train_loss", all, [](M & m) -> auto& { return m.train_loss; });
    visit(
        "train_accuracy", all, [](M & m) -> auto& { return m.train_accuracy; });
    visit(
        "test_loss", all, [](M & m) -> auto& { return m.test_loss; });
    visit(
        "test_accuracy", all, [](M & m) -> auto& { return m.test_accuracy; });
    visit(
        "seconds", all, [](M & m) -> auto& { return m.seconds; });
    visit(
        "samples_per_second", all, [](M & m) -> auto& { return m.samples_per_second; });
}

template <typename Metrics>
PickleValue::Dict table(std::vector<Metrics> all) {
    PickleValue::Dict columns;
    visit_columns(all, [&](const char* name, std::vector<Metrics>& rows, auto member) {
        columns.push_back({name, column<double>(rows, rows.size(), [&](const Metrics& row) {
                               return member(const_cast<Metrics&>(row));
                           })});
    });
    return columns;
}

// How many items stand for 2^k, k from 0.
template <typename List>
PickleValue levels_of(const List& list) {
    return column<std::int64_t>(list.levels(), List::kLevels, [](std::uint32_t count) { return count; });
}

PickleValue evaluations_value(const RunHistory::Evaluations& evaluations) {
    PickleValue::Dict value = table(evaluations.items());
    value.push_back({"levels", levels_of(evaluations)});
    return {std::move(value)};
}

// Of each stretch, the oldest and longest first, its mean; of those of more than one iteration range and count too.
void insert_series(PickleValue::Dict& curves, const std::string& name, const MetricSeries& series) {
    using Kept = MetricSeries::Kept;
    const std::vector<Kept>& all = series.list().items();
    const std::size_t merged = all.size() - series.list().levels()[0];
    curves.push_back({name, column<float>(all, all.size(), [](const Kept& kept) { return kept.mean; })});
    curves.push_back({name + "_lowest", column<float>(all, merged, [](const Kept& kept) { return kept.minimum; })});
    curves.push_back({name + "_highest", column<float>(all, merged, [](const Kept& kept) { return kept.maximum; })});
    curves.push_back({name + "_count", column<std::int32_t>(all, merged, [](const Kept& kept) { return kept.count; })});
}

PickleValue curves_value(const RunHistory& history) {
    PickleValue::Dict curves{{"levels", levels_of(history.loss.list())}};
    insert_series(curves, "loss", history.loss);
    insert_series(curves, "accuracy", history.accuracy);
    return {std::move(curves)};
}

PickleValue latest_value(const IterationMetrics& latest) {
    return {PickleValue::Dict{{"iteration", {latest.iteration}},
                              {"epoch", {latest.epoch}},
                              {"loss", {static_cast<double>(latest.loss)}},
                              {"accuracy", {static_cast<double>(latest.accuracy)}},
                              {"learning_rate", {static_cast<double>(latest.learning_rate)}}}};
}

// ---- reading -------------------------------------------------------------------------------------------------------

template <typename Metrics>
std::vector<Metrics> read_table(const PickleValue& value) {
    std::vector<Metrics> all;
    std::optional<std::size_t> count;
    visit_columns(all, [&](const char* name, std::vector<Metrics>& rows, auto get) {
        const StoredTensor& tensor = stored(value, name);
        if (tensor.dtype != DType::Float64 || tensor.shape.size() != 1 || tensor.strides.front() != 1)
            throw Damage(std::string("the history's '") + name + "' is no list of numbers");
        const std::size_t size = tensor.element_count();
        if (!count) rows.resize(size);
        if (size != rows.size()) throw Damage("the history's columns differ in length");
        count = size;
        const char* bytes = tensor.storage.data() + static_cast<std::size_t>(tensor.offset) * sizeof(double);
        for (std::size_t i = 0; i < size; ++i) {
            double number = 0.0;
            std::memcpy(&number, bytes + i * sizeof(double), sizeof(double));
            auto& place = get(rows[i]);
            using Place = std::decay_t<decltype(place)>;
            if (std::is_integral_v<Place> && !(std::abs(number) < 0x1p53))
                throw Damage(std::string("the history's '") + name + "' is no list of whole numbers");
            place = static_cast<Place>(number);
        }
    });
    return all;
}

// One-dimensional, of at most as many elements as a list may have.
const StoredTensor& stored_list(const PickleValue& dict, const std::string& key, std::size_t most) {
    const StoredTensor& tensor = stored(dict, key);
    if (tensor.shape.size() != 1 || tensor.element_count() > most)
        throw Damage("the history's '" + key + "' is no list, or too long");
    return tensor;
}

template <typename List, typename Item>
List restored(const PickleValue& value, std::vector<Item> items) {
    std::optional<List> list = List::restore(stored_list(value, "levels", List::kLevels).integers(), std::move(items));
    if (!list) throw Damage("the history's 'levels' are not those of its values");
    return *std::move(list);
}

MetricSeries read_series(const PickleValue& curves, const std::string& name) {
    using List = MetricSeries::List;
    const auto floats = [&](const std::string& key) { return stored_list(curves, key, List::kCapacity).floats(); };
    const std::vector<float> means = floats(name);
    const std::vector<float> lowest = floats(name + "_lowest");
    const std::vector<float> highest = floats(name + "_highest");
    const std::vector<std::int64_t> counts = stored_list(curves, name + "_count", List::kCapacity).integers();
    if (lowest.size() > means.size() || lowest.size() != highest.size() || lowest.size() != counts.size())
        throw Damage("the history's columns differ in length");
    std::vector<MetricSeries::Kept> items;
    items.reserve(means.size());
    for (const float mean : means) items.push_back(MetricSeries::kept(mean));
    for (std::size_t i = 0; i < lowest.size(); ++i) {
        if (counts[i] < 0 || counts[i] > std::numeric_limits<std::int32_t>::max())
            throw Damage("the history's '" + name + "_count' is out of range");
        items[i] = {lowest[i], highest[i], means[i], static_cast<std::uint32_t>(counts[i])};
    }
    return MetricSeries(restored<List>(curves, std::move(items)));
}

// Of the files of version 1.
void read_every_iteration(const PickleValue& value, RunProgress& progress) {
    for (const IterationMetrics& metrics : read_table<IterationMetrics>(value)) {
        if (metrics.iteration != progress.history.iterations() + 1) throw Damage("its history has gaps");
        progress.history.add(metrics);
        progress.latest = metrics;
    }
}

}  // namespace

void insert_history(PickleValue::Dict& progress, const RunProgress& run) {
    progress.push_back({"latest", latest_value(run.latest)});
    progress.push_back({"curves", curves_value(run.history)});
    progress.push_back({"evaluations", evaluations_value(run.history.evaluations)});
}

void read_history(const PickleValue& value, RunProgress& progress) {
    RunHistory& history = progress.history;
    std::vector<EvaluationMetrics> evaluations = read_table<EvaluationMetrics>(member(value, "evaluations"));
    if (const PickleValue* iterations = value.find("iterations")) {
        read_every_iteration(*iterations, progress);
        for (const EvaluationMetrics& metrics : evaluations) history.evaluations.push_back(metrics);
    } else {
        const PickleValue& curves = member(value, "curves");
        history.loss = read_series(curves, "loss");
        history.accuracy = read_series(curves, "accuracy");
        history.evaluations = restored<RunHistory::Evaluations>(member(value, "evaluations"), std::move(evaluations));
        const PickleValue& latest = member(value, "latest");
        progress.latest = {.run = {},
                           .iteration = number<std::int64_t>(latest, "iteration"),
                           .epoch = number<std::int64_t>(latest, "epoch"),
                           .loss = static_cast<float>(number<double>(latest, "loss")),
                           .accuracy = static_cast<float>(number<double>(latest, "accuracy")),
                           .learning_rate = static_cast<float>(number<double>(latest, "learning_rate"))};
    }
    if (history.iterations() != progress.iteration || history.accuracy.size() != progress.iteration ||
        progress.latest.iteration != progress.iteration)
        throw Damage("its history does not end where the run does");
}

}  // namespace convscope
