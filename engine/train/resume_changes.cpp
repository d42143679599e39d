#include "engine/train/resume_changes.h"

#include "engine/data/fingerprint.h"
#include "engine/recipe/recipe_file.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <utility>

namespace convscope {
namespace {

constexpr const char* kRemedy =
    ": a resumed run keeps its network, its data, its seed and what it learns by; leave it out, or begin a new run "
    "without --resume (what can be changed: --epochs, --batch-size, --lr, [optimizer] but for its kind, [schedule], "
    "training.evaluate_every, training.stop_at_accuracy, training.patience)";

// All that may be changed, from another recipe.
Recipe with_changes(Recipe kept, const Recipe& from) {
    const OptimizerKind kind = kept.optimizer.kind;
    kept.optimizer = from.optimizer;
    kept.optimizer.kind = kind;
    kept.schedule = from.schedule;
    kept.batch_size = from.batch_size;
    kept.epochs = from.epochs;
    kept.evaluate_every = from.evaluate_every;
    kept.stop_at_accuracy = from.stop_at_accuracy;
    kept.patience = from.patience;
    return kept;
}

// As text, which knows nothing of the lines that layers stand on.
bool may_become(const Recipe& before, const Recipe& after) {
    return to_toml(with_changes(before, after)) == to_toml(after);
}

struct Setting {
    std::string section;
    std::string name;
    std::string value;
};

// Of the sections in which something may be changed.
std::vector<Setting> settings_of(const Recipe& recipe) {
    std::vector<Setting> all;
    std::istringstream text(to_toml(recipe));
    std::string section;
    for (std::string line; std::getline(text, line);) {
        const std::size_t equals = line.find(" = ");
        if (line.starts_with('['))
            section = line;
        else if (equals != std::string::npos &&
                 (section == "[training]" || section == "[optimizer]" || section == "[schedule]"))
            all.push_back({section, line.substr(0, equals), line.substr(equals + 3)});
    }
    return all;
}

// A number as it is said when it is changed by hand; anything else as it is written.
std::string said(const std::string& value) {
    char* end = nullptr;
    const double number = std::strtod(value.c_str(), &end);
    if (value.empty() || *end != '\0') return value;
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", number);
    return text;
}

// "learning rate 0.01 -> 0.001"; what only a schedule of the new kind has goes without saying.
std::vector<std::string> differences(const Recipe& before, const Recipe& after) {
    const std::vector<Setting> old_ones = settings_of(before);
    std::vector<std::string> words;
    for (Setting& one : settings_of(after)) {
        const auto old = std::find_if(old_ones.begin(), old_ones.end(), [&](const Setting& other) {
            return other.section == one.section && other.name == one.name;
        });
        if (old == old_ones.end() || old->value == one.value) continue;
        std::replace(one.name.begin(), one.name.end(), '_', ' ');
        words.push_back((one.name == "kind" ? "schedule" : one.name) + ' ' + said(old->value) + " -> " +
                        said(one.value));
    }
    return words;
}

// The assignments among them that ask for too much; all of them where they do so only together.
std::string culprits(const Recipe& before, const std::vector<std::string>& assignments) {
    std::string named;
    std::string all;
    for (const std::string& assignment : assignments) {
        const Result<Recipe> alone = override_recipe(before, {&assignment, 1});
        all += " --set " + assignment;
        if (alone.ok() && !may_become(before, alone.value())) named += " --set " + assignment;
    }
    return (named.empty() ? all : named).substr(1);
}

}  // namespace

Result<std::vector<std::string>> change_resumed_run(RunState& run, const ResumeChanges& changes) {
    TrainingState state = *run.training;  // of the same blobs
    Recipe before = state.recipe;
    before.optimizer.learning_rate = state.learning_rate;
    before.optimizer.momentum = state.momentum;
    before.batch_size = state.batch_size;
    before.epochs = run.progress.planned_epochs;

    Recipe wanted = before;
    wanted.epochs = changes.epochs.value_or(before.epochs);
    wanted.batch_size = changes.batch_size.value_or(before.batch_size);
    wanted.optimizer.learning_rate = changes.learning_rate.value_or(before.optimizer.learning_rate);
    Result<Recipe> overridden = override_recipe(wanted, changes.set);
    if (!overridden.ok()) return overridden.error();
    if (!may_become(before, overridden.value()))
        return Error{ErrorCode::InvalidArgument, culprits(wanted, changes.set) + kRemedy};
    wanted = with_changes(before, overridden.value());
    if (const std::int64_t most = static_cast<std::int64_t>(state.data.order.element_count());
        wanted.batch_size > most && wanted.batch_size != before.batch_size)
        return Error{ErrorCode::InvalidArgument, "--batch-size: the run learns from " + std::to_string(most) +
                                                     " pictures; name a number from 1 to that"};

    state.learning_rate = wanted.optimizer.learning_rate;
    state.momentum = wanted.optimizer.momentum;
    state.batch_size = wanted.batch_size;
    Recipe kept = with_changes(state.recipe, wanted);
    kept.optimizer.learning_rate = state.recipe.optimizer.learning_rate;
    kept.optimizer.momentum = state.recipe.optimizer.momentum;
    kept.batch_size = state.recipe.batch_size;
    if (wanted.epochs == before.epochs) kept.epochs = state.recipe.epochs;  // a run that was continued beyond them
    state.recipe = std::move(kept);
    run.training = std::make_shared<const TrainingState>(std::move(state));
    run.progress.planned_epochs = wanted.epochs;
    return differences(before, wanted);
}

Result<void> check_same_data(const TrainingState& saved, const Dataset& data) {
    const std::int64_t wanted =
        static_cast<std::int64_t>(saved.data.order.element_count()) + saved.recipe.validation_count;
    const std::int64_t given = data.size(Split::Train);
    const bool same = saved.data_fingerprint < 0 || saved.data_fingerprint == fingerprint(data, saved.fingerprint_kind);
    if (wanted == given && same) return {};
    const auto described = [](const std::string& name, std::int64_t count, const std::string& option) {
        return " (" + (name.empty() ? "" : name + ", ") + std::to_string(count) +
               (option.empty() ? "" : ", --data " + option) + ")";
    };
    return Error{ErrorCode::InvalidArgument, "was trained on other pictures" +
                                                 described(saved.data_name, wanted, saved.data_option) + " than these" +
                                                 described(data.info().name, given, data.info().option) +
                                                 "; name the same data with --data"};
}

}  // namespace convscope
