// Arbitrary text as a run's journal: refused with a sentence that names the file, or lives whose entries are written as
// what is read as the same again.
#include "engine/journal/journal_lines.h"
#include "engine/journal/lives.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void check(bool condition) {
    if (!condition) std::abort();
}

void check_same_again(const convscope::JournalEntry& entry) {
    const std::string line = convscope::line_of(entry);
    check(line.ends_with('\n') && line.find('\n') == line.size() - 1);
    const auto again = convscope::entry_of(std::string_view(line).substr(0, line.size() - 1));
    check(again.ok() && convscope::line_of(again.value()) == line);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace convscope;
    const auto lives = lives_of(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz.jsonl");
    if (!lives) {
        check(lives.error().message.starts_with("fuzz.jsonl:"));
        return 0;
    }
    check(!lives.value().empty());
    for (const Life& life : lives.value()) {
        check_same_again(life.begun);
        for (const JournalEntry& entry : life.entries) check_same_again(entry);
    }
    return 0;
}
