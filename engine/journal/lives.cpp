#include "engine/journal/lives.h"

#include "engine/core/whole_file.h"
#include "engine/journal/journal_lines.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <system_error>
#include <utility>
#include <variant>

namespace convscope {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 30;

// Leaves of the lives so far what the one that goes on at `iteration` had behind it. Where it was saved is said by the
// last saving there; a file of which nothing is said, from another folder say, is gone back to by its iteration alone.
void end_at(std::vector<Life>& lives, std::int64_t iteration) {
    for (std::size_t count = lives.size(); count > 0; --count) {
        std::deque<JournalEntry>& entries = lives[count - 1].entries;
        const auto saving = std::find_if(entries.rbegin(), entries.rend(), [iteration](const JournalEntry& entry) {
            const auto* one = std::get_if<journal::Saving>(&entry);
            return one != nullptr && one->place.iteration == iteration;
        });
        if (saving == entries.rend()) continue;
        entries.erase(saving.base(), entries.end());
        lives.resize(count);
        return;
    }
    std::erase_if(lives, [iteration](const Life& life) { return life.begun.iteration >= iteration; });
    if (!lives.empty())
        std::erase_if(lives.back().entries,
                      [iteration](const JournalEntry& entry) { return place_of(entry).iteration > iteration; });
}

}  // namespace

Result<std::vector<Life>> lives_of(std::string_view text, std::string_view name) {
    std::vector<Life> lives;
    for (std::int64_t number = 1; !text.empty(); ++number) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        std::optional<Result<JournalEntry>> any = entry_if_any(line);
        if (!any) continue;
        Result<JournalEntry>& entry = *any;
        const std::string place = std::string(name) + ":" + std::to_string(number) + ": ";
        if (!entry) return Error{entry.error().code, place + entry.error().message};
        if (const auto* begun = std::get_if<journal::Begun>(&entry.value())) {
            if (begun->iteration > 0 || !begun->resumed_from.empty())
                end_at(lives, begun->iteration);
            else
                lives.clear();
            lives.push_back({*begun, {}});
        } else if (lives.empty()) {
            return Error{ErrorCode::Corrupt, place + "comes before the run has begun; a journal's first line says how"};
        } else {
            lives.back().entries.push_back(std::move(entry).value());
        }
    }
    if (lives.empty()) return Error{ErrorCode::Corrupt, std::string(name) + ": is no run's journal"};
    return lives;
}

Result<std::vector<Life>> read_journal(const std::filesystem::path& path, std::int64_t available) {
    std::error_code none;
    const std::filesystem::path file = std::filesystem::is_directory(path, none) ? path / "journal.jsonl" : path;
    const Result<std::string> text = read_whole_file(file, kMostBytes);
    if (!text) return text.error();
    const auto lines = std::count(text.value().begin(), text.value().end(), '\n');
    const auto room = check_memory(static_cast<double>(lines) * sizeof(JournalEntry), file.string(),
                                   "is it the file that was meant?", available);
    if (!room) return room.error();
    return lives_of(text.value(), file.string());
}

}  // namespace convscope
