// Breakpoints as they are written, and what is said about wrong ones.
#include "engine/api/breakpoint.h"
#include "tests/support/catch.h"

namespace convscope {
namespace {

std::string refusal_of(std::string_view text) {
    const Result<Breakpoint> read = parse_breakpoint(text);
    return read ? "read as " + to_string(read.value()) : read.error().message;
}

std::string rewritten(std::string_view text) {
    const Result<Breakpoint> read = parse_breakpoint(text);
    return read ? to_string(read.value()) : read.error().message;
}

NetworkDescription network_of(const std::vector<std::pair<const char*, LayerKind>>& layers) {
    NetworkDescription network;
    for (const auto& [name, kind] : layers) {
        LayerDescription& layer = network.layers.emplace_back();
        layer.id = LayerId{static_cast<std::int32_t>(network.layers.size()) - 1};
        layer.spec = {.name = name, .kind = kind};
        if (kind == LayerKind::Conv2d) layer.weight_shape = Shape{2, 1, 3, 3};
    }
    return network;
}

}  // namespace

TEST_CASE("A breakpoint reads back from how it is written, whatever its kind") {
    for (const char* text :
         {"loss < 0.1", "loss <= 2.5", "accuracy >= 0.95", "test_loss > 1e-05", "test_accuracy >= 0.98",
          "loss outside 0.5..2", "gradient_norm > 10", "gradient_norm(conv1) outside 0.001..10",
          "gradient_norm(block1.conv2) <= -1", "iteration = 500", "epoch ends", "loss is no number",
          "probe class changes", "unit dies", "first prediction of 3", "first prediction of ankle boot",
          "unit dies (off)", "loss < 0.1 (off)"}) {
        CAPTURE(text);
        CHECK(rewritten(text) == text);
    }
    for (const BreakpointKindRow& row : breakpoint_kinds()) {
        CAPTURE(row.example);
        const Result<Breakpoint> read = parse_breakpoint(row.example);
        REQUIRE(read.ok());
        CHECK(read.value().kind == row.kind);
        CHECK(parse_breakpoint(to_string(read.value())).value() == read.value());
    }
}

TEST_CASE("Blanks around and between the words of a breakpoint do not matter, nor how a number is written") {
    CHECK(rewritten("  loss<0.10 ") == "loss < 0.1");
    CHECK(rewritten("gradient_norm ( conv1 ) outside 1e-4 .. 1.0e1") == "gradient_norm(conv1) outside 1e-04..10");
    CHECK(rewritten("loss outside 1..5") == "loss outside 1..5");
    CHECK(rewritten("iteration=7(off)") == "iteration = 7 (off)");
}

TEST_CASE("A wrong breakpoint is answered with the word that is wrong and what could stand there") {
    CHECK_THAT(refusal_of("losss < 1"),
               contains_text("'losss < 1' is nothing to pause at: write one like 'loss < 0.1', "
                             "'accuracy >= 0.95'"));
    CHECK_THAT(refusal_of("unit died"), contains_text("'unit dies'"));
    CHECK_THAT(refusal_of(""), contains_text("There is nothing to pause at: write one like"));
    CHECK(refusal_of("loss = 1") == "Behind 'loss' comes <, <=, >, >= or outside, not '= 1'");
    CHECK(refusal_of("loss is nan") == "Behind 'loss' comes <, <=, >, >= or outside, not 'is nan'");
    CHECK(refusal_of("loss < many") == "Behind '<' comes a number, not 'many'");
    CHECK(refusal_of("loss < 1 or so") == "Behind '<' comes a number, not '1 or so'");
    CHECK(refusal_of("loss < nan") == "Behind '<' comes a number, not 'nan'");
    CHECK(refusal_of("loss < 1e300") == "Behind '<' comes a number, not '1e300'");
    CHECK(refusal_of("loss outside 1") == "A band is two numbers, as in 'outside 1e-4..10', not '1'");
    CHECK(refusal_of("loss outside 3..1") == "A band's first number is the smaller one, not as in '3..1'");
    CHECK(refusal_of("test_accuracy >= 98") ==
          "An accuracy is a share from 0 to 1, as in 'test_accuracy >= 0.98' for 98 %, not '98'");
    CHECK(refusal_of("iteration >= 5") ==
          "Behind 'iteration' comes = and its number, as in 'iteration = 500', not '>= 5'");
    for (const char* none : {"iteration = 0", "iteration = 1.5", "iteration = -3"})
        CHECK_THAT(refusal_of(none), contains_text("An iteration is a whole number, 1 or more, not"));
    CHECK_THAT(refusal_of("gradient_norm() > 1"), contains_text("A layer's name stands between ( and )"));
    CHECK_THAT(refusal_of("gradient_norm(conv1 > 1"), contains_text("A layer's name stands between ( and )"));
    CHECK_THAT(refusal_of("first prediction"), contains_text("as in 'first prediction of 3'"));
    for (const char* text : {"loss < 1\nunit dies", "first prediction of a\tb", "first prediction of \x01"})
        CHECK(refusal_of(text) == "A breakpoint is one line of text");
    CHECK_THAT(refusal_of("first prediction of"), contains_text("as in 'first prediction of 3'"));
}

TEST_CASE("A breakpoint for what a network or its data do not have is told, with what they have") {
    const NetworkDescription network =
        network_of({{"conv1", LayerKind::Conv2d}, {"relu1", LayerKind::ReLU}, {"conv2", LayerKind::Conv2d}});
    const std::vector<std::string> names{"cat", "dog", "1"};
    const auto problem = [&](std::string_view text, const NetworkDescription& of) {
        const Result<void> fits = check_breakpoint(parse_breakpoint(text).value(), of, names);
        return fits ? std::string() : fits.error().message;
    };
    for (const char* good : {"gradient_norm(conv2) > 1", "gradient_norm > 1", "unit dies", "first prediction of dog",
                             "first prediction of 0", "loss < 1"})
        CHECK(problem(good, network).empty());
    CHECK(
        problem("gradient_norm(cnv) > 1", network) ==
        "The breakpoint 'gradient_norm(cnv) > 1' is for a layer that the network does not have; those with weights are "
        "conv1, conv2");
    CHECK_THAT(problem("gradient_norm(relu1) > 1", network), contains_text("a layer that has no weights"));
    CHECK(problem("first prediction of 3", network) ==
          "The breakpoint 'first prediction of 3' is for a class that the data do not have; they have cat, dog, 1");
    CHECK_THAT(problem("unit dies", network_of({{"conv1", LayerKind::Conv2d}})), contains_text("networks with a ReLU"));
    // A class whose name is a number is meant by its name.
    CHECK(class_of(parse_breakpoint("first prediction of 1").value(), names) == 2);
    CHECK(class_of(parse_breakpoint("first prediction of 0").value(), names) == 0);
}

}  // namespace convscope
