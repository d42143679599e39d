// What a command line says, and what is said about a wrong one.
#include "viz/command_line.h"

#include "engine/cli/resume_command.h"
#include "tests/support/catch.h"

#include <string>
#include <type_traits>
#include <vector>

using namespace convscope;

namespace {

using Parsed = std::variant<CommandLine, CommandLineAnswer>;

Parsed parsed(std::vector<const char*> arguments, const char* program = "convscope") {
    arguments.insert(arguments.begin(), program);
    return parse_command_line(static_cast<int>(arguments.size()), arguments.data(), "0.0");
}

// What a wrong line is answered with; empty for one that is taken.
std::string refusal(const std::vector<const char*>& arguments) {
    const Parsed line = parsed(arguments);
    const auto* answer = std::get_if<CommandLineAnswer>(&line);
    if (!answer) return {};
    CHECK(answer->exit_code == 2);
    return answer->text;
}

template <typename Options>
Options options(const std::vector<const char*>& arguments, const char* program = "convscope") {
    const Parsed line = parsed(arguments, program);
    REQUIRE(std::holds_alternative<CommandLine>(line));
    const auto& command = std::get<CommandLine>(line);
    if constexpr (std::is_same_v<Options, WindowOptions> || std::is_same_v<Options, RenderOptions>) {
        REQUIRE(std::holds_alternative<Options>(command));
        return std::get<Options>(command);
    } else {
        REQUIRE(std::holds_alternative<HeadlessCommand>(command));
        REQUIRE(std::holds_alternative<Options>(std::get<HeadlessCommand>(command)));
        return std::get<Options>(std::get<HeadlessCommand>(command));
    }
}

}  // namespace

TEST_CASE("whole numbers are taken as they are written, in decimal") {
    CHECK(options<TrainOptions>({"train", "--seed", "18446744073709551615"}).run.seed == 18446744073709551615U);
    CHECK(options<TrainOptions>({"train", "--seed", "010"}).run.seed == 10);
    CHECK(options<TrainOptions>({"train", "--epochs", "+7"}).run.epochs == 7);
    CHECK(options<TrainOptions>({"train", "--seed=3"}).run.seed == 3);
    CHECK(options<WindowOptions>({"--screenshot", "x.png", "--at-iteration", "0"}).at_iteration == 0);
    CHECK(options<TrainOptions>({"train", "--lr", ".5"}).run.learning_rate == 0.5);
    CHECK(options<TrainOptions>({"train", "--lr", "+1e-3"}).run.learning_rate == 1e-3);
    CHECK(options<TrainOptions>({"train"}).run.autosave_seconds == 60.0);
}

TEST_CASE("a setting takes one value, and what follows it is a picture") {
    const auto predict = options<PredictOptions>(
        {"predict", "--checkpoint", "x.pt", "--set", "input.centre=no", "a.png", "b.png", "--set", "input.invert=no"});
    CHECK(predict.images == std::vector<std::string>{"a.png", "b.png"});
    CHECK(predict.weights.set == std::vector<std::string>{"input.centre=no", "input.invert=no"});
}

TEST_CASE(
    "each condition to stop at is one option, read as it is written, and a wrong one is refused with what could be") {
    const auto train = options<TrainOptions>({"train", "--break-when", "test_accuracy >= 0.98", "--seed", "3",
                                              "--break-when", "gradient_norm(conv1) outside 1e-4..10"});
    REQUIRE(train.break_when.size() == 2);
    CHECK(to_string(train.break_when[0]) == "test_accuracy >= 0.98");
    CHECK(to_string(train.break_when[1]) == "gradient_norm(conv1) outside 1e-04..10");
    CHECK(train.run.seed == 3);
    CHECK(options<TrainOptions>({"train"}).break_when.empty());
    CHECK_THAT(refusal({"train", "--break-when", "loss = 1"}),
               contains_text("--break-when: Behind 'loss' comes <, <=, >, >= or outside, not '= 1'"));
    CHECK_THAT(refusal({"train", "--break-when", "lunch"}),
               contains_text("'lunch' is nothing to pause at") && contains_text("'unit dies'"));
    CHECK_THAT(refusal({"train", "--break-when"}), contains_text("--break-when"));
}

TEST_CASE("a number that an option does not take is refused with the option, its bounds and what was written") {
    const std::string seed = "--seed: write a whole number from 0 to 18446744073709551615, not ";
    for (const char* wrong : {"-1", "18446744073709551616", "1e3", "0x10", "3.0", "three", "", " 3", "+-3"})
        for (const char* command : {"train", "render", "evaluate"}) {
            std::vector<const char*> line{command, "--seed", wrong};
            if (command == std::string("render")) line.insert(line.end(), {"--out", "x.png"});
            if (command == std::string("evaluate")) line.insert(line.end(), {"--checkpoint", "x.pt"});
            CHECK_THAT(refusal(line), contains_text(seed + wrong + "\n"));
        }
    for (const char* option : {"--threads", "--epochs", "--batch-size", "--log-every", "--iterations", "--print-every"})
        for (const char* wrong : {"0", "-1", "18446744073709551617", "1000000000000000000000", "2.5", "010.0"})
            CHECK_THAT(refusal({"train", "--out", "x", option, wrong}),
                       contains_text(std::string(option) + ": write a whole number") &&
                           contains_text(", not " + std::string(wrong)));
    CHECK_THAT(refusal({"train", "--threads", "257"}), contains_text("--threads: write a whole number from 1 to 256"));
    CHECK_THAT(refusal({"train", "--out", "x", "--keep-every-epochs", "-1"}),
               contains_text("number, 0 or more, not -1"));
    CHECK_THAT(refusal({"fetch", "mnist", "--stall-seconds", "3601"}), contains_text("from 1 to 3600, not 3601"));
    CHECK_THAT(refusal({"--screenshot", "x.png", "--at-iteration", "-1"}),
               contains_text("--at-iteration: write a whole"));
    for (const char* option : {"--lr", "--autosave-seconds"})
        for (const char* wrong : {"0", "-1", "nan", "inf", "1e400", "1e39", "-1e-400", "1,5", ""})
            CHECK_THAT(refusal({"train", "--out", "x", option, wrong}),
                       contains_text(std::string(option) + ": write a number above 0, at most 1e30, not " + wrong));
}

TEST_CASE("sizes of pictures and windows are bounded before anything is made") {
    CHECK(options<RenderOptions>({"render", "--out", "x.png", "--size", "8192x8192"}).width == 8192);
    CHECK(options<RenderOptions>({"render", "--out", "x.png", "--size", "16384x4096"}).height == 4096);
    for (const std::vector<const char*>& command :
         {std::vector<const char*>{"render", "--out", "x.png"}, {"--screenshot", "x.png"}, {}}) {
        const auto refused = [&](const char* size) {
            std::vector<const char*> line = command;
            line.insert(line.end(), {"--size", size});
            return refusal(line);
        };
        CHECK_THAT(refused("16384x16384"),
                   contains_text("--size: 16384x16384 are more pixels than are drawn, 67108864"));
        CHECK_THAT(refused("20000x100"), contains_text("at most 16384 pixels along a side, not 20000x100"));
        for (const char* wrong : {"", "huge", "99999999x100", "-100x100", "1280", "1280x800x3", "1280 x 800"})
            CHECK_THAT(refused(wrong), contains_text("--size: write the size as 1280x800, not " + std::string(wrong)));
    }
}

TEST_CASE("a run that is resumed is kept, and options of keeping ask for nothing where a run is not") {
    CHECK(refusal({"train", "--resume", "a/last.pt", "--autosave-seconds", "5"}).empty());
    CHECK_THAT(refusal({"train", "--autosave-seconds", "5"}), contains_text("nothing of this run is kept"));
}

TEST_CASE("help and version are for standard output, and no error") {
    for (const std::vector<const char*>& line :
         {std::vector<const char*>{"--help"}, {"--version"}, {"train", "--help"}}) {
        const Parsed answered = parsed(line);
        REQUIRE(std::holds_alternative<CommandLineAnswer>(answered));
        CHECK(std::get<CommandLineAnswer>(answered).exit_code == 0);
        CHECK_FALSE(std::get<CommandLineAnswer>(answered).text.empty());
    }
}

TEST_CASE("the line that goes on with a run can be pasted where the program was started") {
    RunInfo run;
    run.checkpoint = "my runs/a/last.pt";
    const auto line = [&run](const char* program) {
        return resume_command("train", options<TrainOptions>({"train", "--out", "my runs/a"}, program).run, run);
    };
    const std::string rest = " train --resume 'my runs/a/last.pt' --out 'my runs/a'";
    CHECK(line("convscope") == "convscope" + rest);
    CHECK(line("build/release/convscope") == "build/release/convscope" + rest);
    CHECK(line("./it's here/convscope") == "'./it'\\''s here/convscope'" + rest);
    CHECK(resume_command("", options<WindowOptions>({}, "./convscope").run, run) ==
          "./convscope --resume 'my runs/a/last.pt' --out 'my runs/a'");
}
