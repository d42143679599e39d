// Which savings a journal names, and that its reader makes the same of one without the others.
#include "engine/journal/journal_thinning.h"

#include "engine/journal/journal_lines.h"
#include "engine/journal/lives.h"
#include "tests/support/catch.h"
#include "tests/support/plain_trainer.h"

#include <random>
#include <string>

using namespace convscope;

namespace {

journal::Begun life_from(std::int64_t iteration) {
    journal::Begun begun;
    begun.run = RunId{1};
    begun.iteration = iteration;
    begun.recipe = plain_recipe();
    return begun;
}
journal::Saving saved_at(std::int64_t iteration, std::int64_t measurements = 0) {
    return {RunId{1}, {iteration, measurements}, "last.pt"};
}
journal::Weights weights_at(std::int64_t iteration) { return {RunId{1}, {iteration, 0}, "digest"}; }
journal::Applied rate_at(std::int64_t iteration, double rate) {
    return {RunId{1}, {iteration, 0}, command::SetLearningRate{rate}};
}

// One letter for each entry that is written.
std::string letters(const std::vector<JournalEntry>& happened) {
    JournalThinning thinning;
    std::string text;
    for (const JournalEntry& entry : happened)
        for (const JournalEntry& due : thinning.add(entry)) text += "BAWS"[due.index()];
    return text;
}

}  // namespace

TEST_CASE("A run that saves itself again and again while it trains writes nothing of that into its journal") {
    std::vector<JournalEntry> happened{life_from(0)};
    for (std::int64_t i = 1; i <= 10'000; ++i) happened.emplace_back(saved_at(i));
    CHECK(letters(happened) == "B");
}

TEST_CASE("A saving is written where something else happens at its iteration, before or after, and once") {
    CHECK(letters({life_from(0), saved_at(0)}) == "BS");
    CHECK(letters({life_from(0), saved_at(5), rate_at(5, 0.1)}) == "BSA");
    CHECK(letters({life_from(0), saved_at(5), rate_at(6, 0.1)}) == "BA");
    CHECK(letters({life_from(0), rate_at(5, 0.1), saved_at(5), rate_at(5, 0.2)}) == "BASA");
    CHECK(letters({life_from(0), weights_at(5), saved_at(5), saved_at(5), saved_at(5)}) == "BWS");
    CHECK(letters({life_from(0), weights_at(5), saved_at(5), saved_at(5, 1)}) == "BWSS");
    CHECK(letters({life_from(0), saved_at(5), life_from(5), saved_at(6)}) == "BB");  // another run's
}

TEST_CASE("Where a run was resumed its thinned journal says what the whole one does") {
    std::mt19937 random(7);
    const auto one_in = [&random](int count) { return random() % static_cast<unsigned>(count) == 0; };
    for (int round = 0; round < 200; ++round) {
        JournalThinning thinning;
        std::string whole, thinned;
        const auto write = [&](const JournalEntry& entry) {
            whole += line_of(entry);
            for (const JournalEntry& due : thinning.add(entry)) thinned += line_of(due);
        };
        std::int64_t iteration = 0, saved = 0;
        write(life_from(0));
        for (int step = 0; step < 60; ++step) {
            if (one_in(2)) ++iteration;
            if (one_in(4)) write(rate_at(iteration, 0.001 * step));
            if (one_in(6)) write(weights_at(iteration));
            if (one_in(3)) write(saved_at(saved = iteration));
            if (saved == 0 || !one_in(8)) continue;
            write(life_from(iteration = saved));  // killed, and resumed from what was saved last
            thinning = JournalThinning();
            static_cast<void>(thinning.add(life_from(iteration)));
        }
        const auto kept = [](const std::string& text) {
            const auto lives = lives_of(text, "journal");
            REQUIRE(lives.ok());
            std::string all;
            for (const Life& life : lives.value()) {
                all += line_of(life.begun);
                for (const JournalEntry& entry : life.entries)
                    if (!std::holds_alternative<journal::Saving>(entry)) all += line_of(entry);
            }
            return all;
        };
        REQUIRE(kept(thinned) == kept(whole));
    }
}
