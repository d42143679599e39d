#include "engine/session/line_changes.h"

#include "engine/journal/journal_lines.h"
#include "engine/journal/weights_digest.h"
#include "engine/recipe/recipe_change.h"

#include <utility>
#include <variant>

namespace convscope {
namespace {

constexpr std::size_t kMostChangesBytes = std::size_t{16} << 20;

void write_settings(const LineChange& change, std::string& text) {
    const LineSettings& settings = change.settings;
    const RunPlace place{change.iteration, 0};
    text += line_of(journal::Begun{.run = {},
                                   .threads = settings.threads,
                                   .recipe = *settings.recipe,
                                   .iteration = change.iteration,
                                   .planned_epochs = settings.planned_epochs,
                                   .learning_rate = settings.learning_rate,
                                   .momentum = settings.momentum,
                                   .batch_size = settings.batch_size});
    if (!settings.restraints) return;
    for (const Intervention& one : settings.restraints->channels)
        text += line_of(journal::Applied{{},
                                         place,
                                         command::SetChannel{.layer = one.layer,
                                                             .channel = one.channel,
                                                             .to = command::SetChannel::To::Value,
                                                             .value = static_cast<double>(one.value)}});
    if (!settings.restraints->frozen.empty())
        text += line_of(journal::Applied{{}, place, command::Freeze{settings.restraints->frozen, true}});
    if (settings.restraints->data.any())
        text += line_of(journal::Applied{{}, place, command::ChangeData{settings.restraints->data}});
}

// With what is in effect behind that iteration.
std::string text_from(const TimeLine& line, std::int64_t first) {
    std::int64_t from = first;
    for (const LineChange& change : line.changes())
        if (change.iteration <= first) from = change.iteration;
    std::string text;
    for (const LineChange& change : line.changes())
        if (change.iteration >= from && change.settings.recipe) write_settings(change, text);
    for (const LineEdit& edit : line.edits())
        if (edit.iteration >= first) text += line_of(journal::Applied{{}, {edit.iteration, 0}, *edit.command});
    return text;
}

journal::Weights come_to(const TrainingState& state) {
    return {.run = {}, .place = {state.iteration, 0}, .digest = weights_digest(state)};
}

// As they are read: the lines of a beginning go with it.
struct ChangesReader {
    const journal::Weights& wanted;
    LineChanges read = {};
    Restraints restraints = {};
    bool leads_there = false;

    bool operator()(const journal::Begun& begun) {
        restraints = {};
        if (!read.changes.empty() && read.changes.back().iteration >= begun.iteration) return false;
        std::shared_ptr<const Recipe> recipe = std::make_shared<const Recipe>(begun.recipe);
        if (!read.changes.empty() && same_recipe(*read.changes.back().settings.recipe, *recipe))
            recipe = read.changes.back().settings.recipe;
        read.changes.push_back({begun.iteration,
                                {.learning_rate = begun.learning_rate,
                                 .momentum = begun.momentum,
                                 .batch_size = begun.batch_size,
                                 .threads = begun.threads,
                                 .planned_epochs = begun.planned_epochs,
                                 .restraints = nullptr,
                                 .recipe = std::move(recipe)}});
        return true;
    }
    bool operator()(const journal::Applied& applied) {
        const std::int64_t iteration = applied.place.iteration;
        if (read.changes.empty()) return false;
        if (std::holds_alternative<command::SetWeights>(applied.command) ||
            std::holds_alternative<command::FillWeights>(applied.command)) {
            if (!read.edits.empty() && read.edits.back().iteration > iteration) return false;
            read.edits.push_back({iteration, std::make_shared<const Command>(applied.command)});
            return true;
        }
        if (const auto* channel = std::get_if<command::SetChannel>(&applied.command))
            restraints.channels.push_back({channel->layer, channel->channel, static_cast<float>(channel->value)});
        else if (const auto* freeze = std::get_if<command::Freeze>(&applied.command))
            restraints.frozen = freeze->parts;
        else if (const auto* data = std::get_if<command::ChangeData>(&applied.command))
            restraints.data = data->changes;
        else
            return false;
        if (read.changes.back().iteration != iteration) return false;
        read.changes.back().settings.restraints = std::make_shared<const Restraints>(restraints);
        return true;
    }
    bool operator()(const journal::Weights& come_to) {
        leads_there = leads_there || (come_to.place == wanted.place && come_to.digest == wanted.digest);
        return true;
    }
    bool operator()(const journal::Saving&) { return false; }
};

}  // namespace

std::string changes_text(const TimeLine& line) {
    std::string text = text_from(line, line.first());
    for (std::size_t cut = line.edits().size(); text.size() > kMostChangesBytes && cut > 0; cut /= 2)
        text = text_from(line, line.edits()[line.edits().size() - (cut + 1) / 2].iteration + 1);
    return text;
}

std::string leads_to(const TrainingState& state) { return line_of(come_to(state)); }

std::optional<LineChanges> read_changes(std::string_view text, const TrainingState& state) {
    const std::int64_t furthest = state.iteration;
    const journal::Weights wanted = come_to(state);
    ChangesReader reader{.wanted = wanted};
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const Result<JournalEntry> entry = entry_of(text.substr(0, end));
        if (!entry.ok() || !std::visit(reader, entry.value())) return std::nullopt;
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
    LineChanges& read = reader.read;
    std::erase_if(read.changes, [furthest](const LineChange& one) { return one.iteration >= furthest; });
    std::erase_if(read.edits, [furthest](const LineEdit& one) { return one.iteration > furthest; });
    if (read.changes.empty() || !reader.leads_there) return std::nullopt;
    return std::move(read);
}

}  // namespace convscope
