// A journal as text, and what of it counts.
#include "engine/journal/journal_lines.h"
#include "engine/journal/lives.h"
#include "engine/journal/weights_digest.h"
#include "engine/recipe/recipe_file.h"
#include "tests/data/temp_folder.h"
#include "tests/support/catch.h"
#include "tests/support/plain_trainer.h"

#include <cmath>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

namespace convscope {
namespace {

constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();

std::vector<Command> one_of_each() {
    return {command::Run{},
            command::Pause{},
            command::Step{1LL << 40},
            command::Evaluate{},
            command::Reset{kLargest, plain_recipe(), "a \"data\" set, ü"},
            command::Reset{7},
            command::Save{"/tmp/with blank\n.pt"},
            command::Resume{"last.pt"},
            command::BringBack{},
            command::GoTo{1LL << 40},
            command::GoToLane{RunId{7}, -1},
            command::NameLane{RunId{kLargest}, "twice \"the\" rate"},
            command::NamePlace{1LL << 40, "the \"first\" seven"},
            command::DeleteLane{RunId{8}},
            command::SetLearningRate{0.1 + 0.2},
            command::SetMomentum{std::numeric_limits<double>::denorm_min()},
            command::SetBatchSize{-3},
            command::SetThreads{4},
            command::SetChannel{LayerId{3}, 1LL << 40, command::SetChannel::To::Value, -0.1},
            command::SetChannel{kInputLayer, -1, command::SetChannel::To::Computed},
            command::SetChannel{LayerId{0}, 0, command::SetChannel::To::Mean},
            command::Freeze{{{LayerId{2}, 7}, {LayerId{4}}}, false},
            command::Freeze{},
            command::SetWeights{LayerId{1}, true, 12, {0.1F, -0.0F, std::numeric_limits<float>::quiet_NaN(), 3e38F}},
            command::SetWeights{},
            command::FillWeights{LayerId{1}, 3, command::FillWeights::With::FirstValues},
            command::FillWeights{},
            command::ChangeData{{0.1 + 0.2, 12.5, {0, 1, 8}, {{4, 2}, {1LL << 40, 0}}}},
            command::ChangeData{},
            command::Undo{},
            command::SetSpeed{1e308},
            command::SetBreakpoints{usual_breakpoints()},
            command::SetBreakpoints{{{.kind = BreakpointKind::GradientNorm,
                                      .crossing = Crossing::Outside,
                                      .value = 0.1 + 0.2,
                                      .upper = 1e30,
                                      .of = "block1.conv2",
                                      .on = false},
                                     {.kind = BreakpointKind::FirstPrediction, .of = "T-shirt \"top\", ü"}}},
            command::SetBreakpoints{},
            command::SetProbe{HeldPicture{Split::Train, 59'999}},
            command::SetProbe{BatchSample{}},
            command::SetProbe{BatchSample{7}},
            command::SetProbe{OwnPicture{std::make_shared<const std::vector<std::uint8_t>>(784, 0xA7), 3}},
            command::SetProbe{OwnPicture{}},
            command::SeekClass{9, -1},
            command::SeekMistake{-1}};
}

journal::Begun begun_at(std::int64_t iteration) {
    return {.run = {1}, .recipe = plain_recipe(), .iteration = iteration, .weights = "w" + std::to_string(iteration)};
}
journal::Applied step_at(std::int64_t iteration) { return {{1}, {iteration, 0}, command::Step{1}}; }
journal::Saving saving_at(std::int64_t iteration) { return {{1}, {iteration, 0}, "last.pt"}; }

std::string text_of(const std::vector<JournalEntry>& entries) {
    std::string text;
    for (const JournalEntry& entry : entries) text += line_of(entry);
    return text;
}

// "1: 3 5; 5: 7", of each life its beginning and where its entries are.
std::string in_words(const Result<std::vector<Life>>& lives) {
    if (!lives) return lives.error().message;
    std::string words;
    for (const Life& life : lives.value()) {
        words += (words.empty() ? "" : "; ") + std::to_string(life.begun.iteration) + ":";
        for (const JournalEntry& entry : life.entries) {
            if (const auto* applied = std::get_if<journal::Applied>(&entry))
                words += " " + std::to_string(applied->place.iteration);
            if (const auto* saving = std::get_if<journal::Saving>(&entry))
                words += " saved " + std::to_string(saving->place.iteration);
        }
    }
    return words;
}

}  // namespace

TEST_CASE("Every command is read as it was written, to the last bit") {
    for (const Command& command : one_of_each()) {
        const std::string line = line_of(journal::Applied{{3}, {12, 4}, command});
        CAPTURE(line);
        CHECK(line.find('\n') == line.size() - 1);
        const Result<JournalEntry> read = entry_of(line.substr(0, line.size() - 1));
        REQUIRE(read);
        const auto& applied = std::get<journal::Applied>(read.value());
        CHECK(applied.run == RunId{3});
        CHECK(applied.place == RunPlace{12, 4});
        CHECK(applied.command.index() == command.index());
        CHECK(line_of(read.value()) == line);
    }
    const auto read = [](const Command& command) {
        return std::get<journal::Applied>(entry_of(line_of(journal::Applied{{1}, {}, command})).value()).command;
    };
    CHECK(std::get<command::SetLearningRate>(read(command::SetLearningRate{0.1 + 0.2})).learning_rate == 0.1 + 0.2);
    CHECK(std::isnan(std::get<command::SetLearningRate>(read(command::SetLearningRate{std::nan("")})).learning_rate));
    const auto reset = std::get<command::Reset>(read(command::Reset{kLargest, plain_recipe(), "x"}));
    CHECK(reset.seed == kLargest);
    CHECK(to_toml(*reset.recipe) == to_toml(plain_recipe()));
    CHECK_FALSE(std::get<command::Reset>(read(command::Reset{1})).recipe);
    const std::vector<std::uint8_t> pixels{0, 1, 15, 16, 127, 128, 255};
    const OwnPicture own{std::make_shared<const std::vector<std::uint8_t>>(pixels), 9};
    const auto probe = std::get<command::SetProbe>(read(command::SetProbe{own}));
    CHECK(*std::get<OwnPicture>(probe.source).pixels == pixels);
    CHECK(std::get<OwnPicture>(probe.source).id == 9);
}

TEST_CASE("A beginning says all that a run is determined by") {
    const journal::Begun begun{.run = {2},
                               .program = "ConvScope",
                               .library = "LibTorch",
                               .device = "cpu",
                               .threads = 2,
                               .blas_threads = 1,
                               .recipe = plain_recipe(),
                               .seed = kLargest,
                               .data_name = "MNIST",
                               .data_option = "/data",
                               .data_fingerprint = 1LL << 31,
                               .fingerprint_kind = FingerprintKind::FirstPicture,
                               .iteration = 5,
                               .planned_epochs = 3,
                               .learning_rate = 0.3,
                               .momentum = 0.9,
                               .batch_size = 64,
                               .resumed_from = "last.pt",
                               .weights_from = "",
                               .weights = "abc"};
    const std::string line = line_of(begun);
    const Result<JournalEntry> read = entry_of(line);
    REQUIRE(read);
    const auto& again = std::get<journal::Begun>(read.value());
    CHECK(line_of(again) == line);
    CHECK(again.seed == kLargest);
    CHECK(again.fingerprint_kind == FingerprintKind::FirstPicture);
    CHECK(again.batch_size == 64);
}

TEST_CASE("What a run had behind the place that it was resumed at is left out of its lives") {
    CHECK(in_words(lives_of(
              text_of({begun_at(0), step_at(1), saving_at(3), step_at(3), step_at(5), begun_at(3), step_at(4)}),
              "j")) == "0: 1 saved 3; 3: 4");
    CHECK(in_words(lives_of(
              text_of({begun_at(0), saving_at(3), saving_at(6), begun_at(6), step_at(7), begun_at(3), step_at(3)}),
              "j")) == "0: saved 3; 3: 3");
    // Twice from the same file; from a file of which nothing is said; over again.
    CHECK(in_words(lives_of(text_of({begun_at(0), saving_at(3), begun_at(3), step_at(4), begun_at(3)}), "j")) ==
          "0: saved 3; 3:");
    CHECK(in_words(lives_of(text_of({begun_at(0), step_at(1), step_at(4), begun_at(3)}), "j")) == "0: 1; 3:");
    CHECK(in_words(lives_of(text_of({begun_at(0), step_at(1), begun_at(0), step_at(2)}), "j")) == "0: 2");
    CHECK(in_words(lives_of(text_of({begun_at(8), step_at(9)}), "j")) == "8: 9");
}

TEST_CASE("What is no line of a journal is passed over, and a line that is no entry named") {
    const std::string whole = text_of({begun_at(0), saving_at(3), step_at(4)});
    const std::string resumed = text_of({begun_at(3)});
    CHECK(in_words(lives_of(whole + line_of(step_at(5)).substr(0, 20), "j")) == "0: saved 3 4");
    CHECK(in_words(lives_of(whole + "{\"run\":1,\"it\n" + resumed, "j")) == "0: saved 3; 3:");
    CHECK(in_words(lives_of("\n" + whole + "my note\n" + text_of({step_at(6)}), "j")) == "0: saved 3 4 6");
    CHECK(in_words(lives_of(text_of({step_at(6)}), "j")) ==
          "j:1: comes before the run has begun; a journal's first line says how");
    CHECK(in_words(lives_of("", "j")) == "j: is no run's journal");
    CHECK(in_words(lives_of("name = \"mlp\"\n", "j")) == "j: is no run's journal");
    CHECK(in_words(lives_of(whole + "{\"run\":1,\"iteration\":5,\"measurements\":0,\"command\":\"dance\"}\n", "j")) ==
          "j:4: holds the command 'dance', which this program does not know");
    CHECK(entry_of("{\"run\":1,\"iteration\":5,\"measurements\":0,\"command\":\"dance\"}").error().message ==
          "holds the command 'dance', which this program does not know");
    CHECK(entry_of("{\"run\":1,\"iteration\":\"5\",\"measurements\":0,\"command\":\"run\"}").error().message ==
          "'iteration' is of another kind than a journal has");
    CHECK(entry_of("{\"run\":-1,\"iteration\":5,\"measurements\":0,\"command\":\"run\"}").error().message ==
          "'run' is of another kind than a journal has");
}

TEST_CASE("A journal of more lines than there is memory for is refused by name, and one that fits is read") {
    const TempFolder folder;
    constexpr int kLines = 1000;
    {
        std::ofstream file(folder.path() / "journal.jsonl");
        file << line_of(begun_at(0));
        for (int i = 1; i < kLines; ++i) file << '\n';  // no entry, but each could have been one
    }
    constexpr std::int64_t kNeeded = kLines * static_cast<std::int64_t>(sizeof(JournalEntry));
    CHECK(read_journal(folder.path(), kNeeded).value().size() == 1);
    const auto refused = read_journal(folder.path(), kNeeded - 1);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == ErrorCode::InvalidArgument);
    CHECK_THAT(refused.error().message, contains_text((folder.path() / "journal.jsonl").string() + " would take"));
}

TEST_CASE("Weights have the same name only if they are the same") {
    TrainingState state;
    const std::vector<float> values{1.0F, 2.0F};
    state.weights = {{"a", blob_of<float>({2}, values)}};
    // sha256 of "a\nfloat32 2\n" and the eight bytes, by Python's hashlib.
    CHECK(weights_digest(state) == "e3973ad9e23cc63a921d7c4545dddc8cf2a3c12505ec2801fb21918c0c049277");
    TrainingState other = state;
    other.iteration = 7;
    CHECK(weights_digest(other) == weights_digest(state));
    other.weights[0].blob.shape = {2, 1};
    CHECK(weights_digest(other) != weights_digest(state));
    other = state;
    other.weights[0].name = "b";
    CHECK(weights_digest(other) != weights_digest(state));
    const std::vector<float> next{1.0F, std::nextafter(2.0F, 3.0F)};
    other.weights = {{"a", blob_of<float>({2}, next)}};
    CHECK(weights_digest(other) != weights_digest(state));
}

}  // namespace convscope
