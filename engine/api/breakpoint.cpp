#include "engine/api/breakpoint.h"

#include "engine/api/number_limits.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace convscope {
namespace {

constexpr std::array<BreakpointKindRow, 11> kBreakpointKinds{{
    {BreakpointKind::Loss, "loss", "loss < 0.1",
     "The loss of an iteration's minibatch comes to be below (or above) a value."},
    {BreakpointKind::Accuracy, "accuracy", "accuracy >= 0.95",
     "The share of a minibatch that is right reaches a value."},
    {BreakpointKind::TestLoss, "test_loss", "test_loss < 0.05",
     "The loss over the whole test set, where that is measured: at the end of an epoch."},
    {BreakpointKind::TestAccuracy, "test_accuracy", "test_accuracy >= 0.98",
     "The accuracy over the whole test set, where that is measured: at the end of an epoch."},
    {BreakpointKind::GradientNorm, "gradient_norm", "gradient_norm(conv1) outside 1e-4..10",
     "The length of a layer's gradient leaves a band, or crosses a value; without a layer that of the whole network. "
     "Looked at in every iteration, which costs a little."},
    {BreakpointKind::Iteration, "iteration", "iteration = 500", "That iteration is done."},
    {BreakpointKind::EpochEnds, "epoch ends", "epoch ends", "An epoch is over, and measured if it is to be."},
    {BreakpointKind::LossIsNoNumber, "loss is no number", "loss is no number",
     "The loss is not a finite number any more: nothing is learned from here on."},
    {BreakpointKind::ProbeClassChanges, "probe class changes", "probe class changes",
     "The picture that is looked at is taken for another class. Asked after every iteration."},
    {BreakpointKind::UnitDies, "unit dies", "unit dies",
     "A channel or unit behind a ReLU answers none of 64 test pictures any more. They are asked after every iteration, "
     "which can halve the pace."},
    {BreakpointKind::FirstPrediction, "first prediction", "first prediction of 3",
     "A picture that is trained with is taken for that class (its name or number) for the first time since the run "
     "began or was resumed."},
}};

constexpr std::array<std::pair<Crossing, std::string_view>, 5> kCrossings{{
    {Crossing::AtMost, "<="},  // before the one that it begins with
    {Crossing::AtLeast, ">="},
    {Crossing::Below, "<"},
    {Crossing::Above, ">"},
    {Crossing::Outside, "outside"},
}};

constexpr std::string_view kOff = "(off)";
constexpr std::string_view kBand = "..";

bool is_compared(BreakpointKind kind) { return kind <= BreakpointKind::GradientNorm; }
bool is_share(BreakpointKind kind) { return kind == BreakpointKind::Accuracy || kind == BreakpointKind::TestAccuracy; }

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n";
    const std::size_t first = text.find_first_not_of(kBlank);
    return first == std::string_view::npos ? std::string_view()
                                           : text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

bool take(std::string_view& text, std::string_view words) {
    if (!text.starts_with(words)) return false;
    text = trimmed(text.substr(words.size()));
    return true;
}

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

Error wrong(std::string message) { return {ErrorCode::InvalidArgument, std::move(message)}; }

Error unknown_kind(std::string_view text) {
    std::string allowed;
    for (const BreakpointKindRow& row : kBreakpointKinds)
        allowed += (allowed.empty() ? "'" : ", '") + std::string(row.example) + "'";
    return wrong(
        (text.empty() ? std::string("There is nothing to pause at") : quoted(text) + " is nothing to pause at") +
        ": write one like " + allowed);
}

std::string shortest(double value) {
    std::array<char, 40> digits{};
    return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
}

// "1e-4" at its beginning.
std::optional<double> take_number(std::string_view& text) {
    double number = 0.0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc() || !(std::abs(number) <= kMostNumber)) return std::nullopt;
    text = trimmed(text.substr(static_cast<std::size_t>(end - text.data())));
    return number;
}

Result<Breakpoint> read_iteration(Breakpoint read, std::string_view rest) {
    if (!take(rest, "="))
        return wrong("Behind 'iteration' comes = and its number, as in 'iteration = 500', not " + quoted(rest));
    std::int64_t number = 0;
    const auto [end, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (problem != std::errc() || end != rest.data() + rest.size() || number < 1 || number > (std::int64_t{1} << 40))
        return wrong("An iteration is a whole number, 1 or more, not " + quoted(rest));
    read.value = static_cast<double>(number);
    return read;
}

Result<Breakpoint> read_crossing(Breakpoint read, std::string_view rest) {
    const std::string words = row_of(read.kind).words;
    const auto found =
        std::find_if(kCrossings.begin(), kCrossings.end(), [&rest](const auto& one) { return take(rest, one.second); });
    if (found == kCrossings.end())
        return wrong("Behind '" + words + "' comes <, <=, >, >= or outside, not " + quoted(rest));
    read.crossing = found->first;
    const bool band = read.crossing == Crossing::Outside;
    const std::string_view whole = rest;
    std::optional<double> value = take_number(rest);
    // of "1..5" the first number would be "1."
    const auto bad = [&] {
        return wrong(band ? "A band is two numbers, as in 'outside 1e-4..10', not " + quoted(whole)
                          : "Behind '" + std::string(found->second) + "' comes a number, not " + quoted(whole));
    };
    if (band) {
        const std::size_t dots = whole.find(kBand);
        if (dots == std::string_view::npos) return bad();
        std::string_view lower = trimmed(whole.substr(0, dots));
        rest = trimmed(whole.substr(dots + kBand.size()));
        value = take_number(lower);
        const std::optional<double> upper = take_number(rest);
        if (!lower.empty() || !upper) return bad();
        read.upper = *upper;
    }
    if (!value || !rest.empty()) return bad();
    read.value = *value;
    if (band && !(read.value < read.upper))
        return wrong("A band's first number is the smaller one, not as in " + quoted(whole));
    if (is_share(read.kind) && (read.value < 0.0 || read.value > 1.0 || (band && read.upper > 1.0)))
        return wrong("An accuracy is a share from 0 to 1, as in '" + words + " >= 0.98' for 98 %, not " +
                     quoted(whole));
    return read;
}

bool holds_words_only(BreakpointKind kind) {
    return !is_compared(kind) && kind != BreakpointKind::Iteration && kind != BreakpointKind::FirstPrediction;
}

Result<Breakpoint> read_condition(std::string_view text) {
    for (const BreakpointKindRow& row : kBreakpointKinds)
        if (holds_words_only(row.kind) && text == row.words) return Breakpoint{.kind = row.kind};
    std::string_view rest = text;
    if (take(rest, row_of(BreakpointKind::FirstPrediction).words)) {
        if (!take(rest, "of ") || rest.empty())
            return wrong("Behind 'first prediction' comes of and a class, as in 'first prediction of 3', not " +
                         quoted(rest));
        return Breakpoint{.kind = BreakpointKind::FirstPrediction, .of = std::string(rest)};
    }
    const std::string_view word = text.substr(0, text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"));
    const auto row = std::find_if(kBreakpointKinds.begin(), kBreakpointKinds.end(), [word](const auto& one) {
        return (is_compared(one.kind) || one.kind == BreakpointKind::Iteration) && word == one.words;
    });
    if (row == kBreakpointKinds.end()) return unknown_kind(text);
    Breakpoint read{.kind = row->kind};
    rest = trimmed(text.substr(word.size()));
    if (read.kind == BreakpointKind::Iteration) return read_iteration(std::move(read), rest);
    if (read.kind == BreakpointKind::GradientNorm && take(rest, "(")) {
        const std::size_t end = rest.find(')');
        if (end == std::string_view::npos || trimmed(rest.substr(0, end)).empty())
            return wrong("A layer's name stands between ( and ), as in 'gradient_norm(conv1) > 10', not " +
                         quoted(rest));
        read.of = trimmed(rest.substr(0, end));
        rest = trimmed(rest.substr(end + 1));
    }
    return read_crossing(std::move(read), rest);
}

}  // namespace

std::span<const BreakpointKindRow> breakpoint_kinds() { return kBreakpointKinds; }

const BreakpointKindRow& row_of(BreakpointKind kind) {
    return *std::find_if(kBreakpointKinds.begin(), kBreakpointKinds.end(),
                         [kind](const auto& row) { return row.kind == kind; });
}

std::string to_string(const Breakpoint& breakpoint) {
    std::string text = row_of(breakpoint.kind).words;
    if (breakpoint.kind == BreakpointKind::GradientNorm && !breakpoint.of.empty()) text += "(" + breakpoint.of + ")";
    if (breakpoint.kind == BreakpointKind::FirstPrediction) text += " of " + breakpoint.of;
    if (breakpoint.kind == BreakpointKind::Iteration)
        text += " = " + std::to_string(static_cast<std::int64_t>(breakpoint.value));
    if (is_compared(breakpoint.kind)) {
        const auto row = std::find_if(kCrossings.begin(), kCrossings.end(),
                                      [&](const auto& one) { return one.first == breakpoint.crossing; });
        text += " " + std::string(row->second) + " " + shortest(breakpoint.value);
        if (breakpoint.crossing == Crossing::Outside) text += std::string(kBand) + shortest(breakpoint.upper);
    }
    if (!breakpoint.on) text += " " + std::string(kOff);
    return text;
}

Result<Breakpoint> parse_breakpoint(std::string_view text) {
    text = trimmed(text);
    if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; }))
        return wrong("A breakpoint is one line of text");
    const bool off = text.ends_with(kOff);
    if (off) text = trimmed(text.substr(0, text.size() - kOff.size()));
    Result<Breakpoint> read = read_condition(text);
    if (read) read.value().on = !off;
    return read;
}

std::optional<int> class_of(const Breakpoint& breakpoint, std::span<const std::string> class_names) {
    const auto named = std::find(class_names.begin(), class_names.end(), breakpoint.of);
    if (named != class_names.end()) return static_cast<int>(named - class_names.begin());
    int number = -1;
    const char* end = breakpoint.of.data() + breakpoint.of.size();
    const auto [stop, problem] = std::from_chars(breakpoint.of.data(), end, number);
    if (problem != std::errc() || stop != end || number < 0 || number >= std::ssize(class_names)) return std::nullopt;
    return number;
}

Result<void> check_breakpoint(const Breakpoint& breakpoint, const NetworkDescription& network,
                              std::span<const std::string> class_names) {
    if (breakpoint.kind == BreakpointKind::FirstPrediction && !class_of(breakpoint, class_names)) {
        std::string known;
        for (const std::string& name : class_names) known += (known.empty() ? "" : ", ") + name;
        return wrong("The breakpoint '" + to_string(breakpoint) +
                     "' is for a class that the data do not have; they have " + known);
    }
    if (breakpoint.kind == BreakpointKind::UnitDies &&
        std::none_of(network.layers.begin(), network.layers.end(),
                     [](const LayerDescription& layer) { return layer.spec.kind == LayerKind::ReLU; }))
        return wrong("The breakpoint '" + to_string(breakpoint) +
                     "' is for networks with a ReLU, which this one does not have");
    if (breakpoint.kind != BreakpointKind::GradientNorm || breakpoint.of.empty()) return {};
    const LayerDescription* layer = network.find(breakpoint.of);
    if (layer != nullptr && layer->has_weight()) return {};
    std::string known;
    for (const LayerDescription& one : network.layers)
        if (one.has_weight()) known += (known.empty() ? "" : ", ") + one.spec.name;
    return wrong("The breakpoint '" + to_string(breakpoint) + "' is for a layer that " +
                 (layer == nullptr ? "the network does not have" : "has no weights") + "; those with weights are " +
                 known);
}

std::vector<Breakpoint> usual_breakpoints() { return {{.kind = BreakpointKind::LossIsNoNumber}}; }

}  // namespace convscope
