#include "engine/formats/state_dict.h"
#include "engine/formats/derived_weights.h"
#include "engine/formats/value_words.h"

#include "tests/support/catch.h"

using namespace convscope;

namespace {

using Shapes = std::vector<WantedTensor>;

const Shapes kWanted{
    {"conv1.weight", {10, 1, 5, 5}}, {"conv1.bias", {10}}, {"fc.weight", {10, 1440}}, {"fc.bias", {10}}};

FoundWeights found(const Shapes& shapes, DType dtype = DType::Float32) {
    FoundWeights weights;
    for (const WantedTensor& tensor : shapes)
        weights.tensors.push_back({tensor.name, StoredTensor{dtype, tensor.shape, {}, 0, {}}});
    return weights;
}

template <typename Value>
PickleValue scalar(Value value, DType dtype) {
    const auto* bytes = reinterpret_cast<const char*>(&value);
    return {StoredTensor{dtype, {}, {}, 0, SharedBytes(std::string(bytes, sizeof value))}};
}
PickleValue tensor(float value) { return scalar(value, DType::Float32); }
PickleValue count(std::int64_t value) { return scalar(value, DType::Int64); }

PickleValue dict(PickleValue::Dict entries) { return {std::move(entries)}; }
PickleValue opaque(std::string name, PickleValue::Dict attributes = {}) {
    return {PickleValue::Opaque{std::move(name), std::move(attributes)}};
}

// Weights of which `value` says which they are.
PickleValue weights(float value) { return dict({{"fc.weight", tensor(value)}, {"fc.bias", tensor(value)}}); }
const std::vector<WantedTensor> kFc{{"fc.weight", {}}, {"fc.bias", {}}};

// Where weights were found, and which: "model 1"; or the error's text.
std::string found_in(const PickleValue& file, const WeightsQuestion& question = {}) {
    const auto found = find_state_dict(file, "w.pth", question);
    if (!found.ok()) return found.error().message;
    return found.value().key + " " + std::to_string(static_cast<int>(found.value().tensors[0].tensor.floats()[0]));
}

}  // namespace

TEST_CASE("Names and shapes as wanted match by name, in any order") {
    const StateDictMatch match = match_state_dict(kWanted, found({kWanted[3], kWanted[0], kWanted[2], kWanted[1]}));
    CHECK(match.kind == StateDictMatch::Kind::ByName);
    CHECK(match.places == std::vector<std::size_t>{1, 3, 2, 0});
    CHECK(match.problems.empty());
}

TEST_CASE("Other names with the same shapes in order are offered as a mapping") {
    const StateDictMatch match = match_state_dict(
        kWanted, found({{"0.weight", {10, 1, 5, 5}}, {"0.bias", {10}}, {"fc.weight", {10, 1440}}, {"fc.b", {10}}}));
    CHECK(match.kind == StateDictMatch::Kind::ByOrder);
    CHECK(match.places == std::vector<std::size_t>{0, 1, 2, 3});
    REQUIRE(match.mapping.size() == 4);
    CHECK(match.mapping[0] == std::pair<std::string, std::string>{"conv1.weight", "0.weight"});
    CHECK(match.mapping[3] == std::pair<std::string, std::string>{"fc.bias", "fc.b"});
    CHECK(match.problems.empty());
}

TEST_CASE("What is missing, extra and of another shape is said in a sentence each") {
    const StateDictMatch match = match_state_dict(
        kWanted,
        found({{"conv1.weight", {20, 1, 5, 5}}, {"conv1.bias", {10}}, {"fc.weight", {10, 1440}}, {"head", {3}}}));
    CHECK(match.kind == StateDictMatch::Kind::None);
    CHECK(match.places.empty());
    REQUIRE(match.problems.size() == 3);
    CHECK(match.problems[0] == "'conv1.weight' has the shape 20x1x5x5, but the network's is 10x1x5x5");
    CHECK(match.problems[1] == "'fc.bias' (10) is missing");
    CHECK(match.problems[2] == "'head' (3) is extra: the network has no tensor of that name");
}

TEST_CASE("What lies beside the wanted tensors does not stop them, and is named") {
    const Shapes more{{"aux.weight", {7, 3}}, {"conv1.weight", {10, 1, 5, 5}},
                      {"conv1.bias", {10}},   {"fc.weight", {10, 1440}},
                      {"fc.bias", {10}},      {"best", {}}};
    const StateDictMatch match = match_state_dict(kWanted, found(more));
    CHECK(match.kind == StateDictMatch::Kind::ByName);
    CHECK(match.places == std::vector<std::size_t>{1, 2, 3, 4});
    CHECK(match.extra == std::vector<std::size_t>{0, 5});
    const auto under = [](const char* prefix, Shapes all) {
        for (const WantedTensor& one : kWanted) all.push_back({prefix + one.name, one.shape});
        return all;
    };
    CHECK(match_state_dict(kWanted, found(under("net.", {{"aux", {7}}}))).kind == StateDictMatch::Kind::ByName);
    // A network beside its copy is the one that is called so; of two that are called otherwise neither is known to be
    // meant.
    CHECK(match_state_dict(kWanted, found(under("ema.", kWanted))).places == std::vector<std::size_t>{0, 1, 2, 3});
    const StateDictMatch two = match_state_dict(kWanted, found(under("student.", under("teacher.", {}))));
    CHECK(two.kind == StateDictMatch::Kind::None);
    CHECK(two.problems.front() ==
          "they are there more than once, under 'teacher.' and 'student.'; save those that are meant alone");
}

TEST_CASE("What one of the network's layers has that it does not have there makes it another network's") {
    const Shapes norm{{"n.weight", {8}}, {"n.bias", {8}}};
    const Shapes batch_norm{{"n.weight", {8}}, {"n.bias", {8}}, {"n.running_mean", {8}}, {"n.running_var", {8}}};
    const StateDictMatch match = match_state_dict(norm, found(batch_norm));
    CHECK(match.kind == StateDictMatch::Kind::None);
    CHECK(match.problems.at(0) == "'n.running_mean' (8) is extra: the network has no tensor of that name");
    Shapes wrapped = batch_norm;
    for (WantedTensor& one : wrapped) one.name = "module." + one.name;
    CHECK(match_state_dict(norm, found(wrapped)).kind == StateDictMatch::Kind::None);
    CHECK(match_state_dict(batch_norm, found(wrapped)).kind == StateDictMatch::Kind::ByName);
}

TEST_CASE("A weight is not taken for a bias of the same shape, nor either for a running value") {
    const Shapes wanted{{"g.weight", {8}}, {"g.bias", {8}}, {"p.weight", {8}}};
    CHECK(match_state_dict(wanted, found({{"act.weight", {8}}, {"norm.weight", {8}}, {"norm.bias", {8}}})).kind ==
          StateDictMatch::Kind::None);
    CHECK(match_state_dict(wanted, found({{"norm.weight", {8}}, {"norm.bias", {8}}, {"act.weight", {8}}})).kind ==
          StateDictMatch::Kind::ByOrder);
    CHECK(match_state_dict(wanted, found({{"0", {8}}, {"1", {8}}, {"2", {8}}})).kind == StateDictMatch::Kind::ByOrder);
}

TEST_CASE("An order that contradicts the names that both know is not offered") {
    const Shapes wanted{{"a", {4}}, {"b", {4}}, {"c", {4}}};
    CHECK(match_state_dict(wanted, found({{"b", {4}}, {"a", {4}}, {"z", {4}}})).kind == StateDictMatch::Kind::None);
    CHECK(match_state_dict(wanted, found({{"a", {4}}, {"y", {4}}, {"z", {4}}})).kind == StateDictMatch::Kind::ByOrder);
    CHECK(match_state_dict(wanted, found({{"x", {4}}, {"y", {4}}})).kind == StateDictMatch::Kind::None);
    CHECK(match_state_dict(wanted, {}).problems.size() == 3);
}

TEST_CASE("Counters and weights of a loss are passed over without a word, and other numbers are named") {
    FoundWeights weights = found(kWanted);
    const auto with = [&](const std::string& name, DType dtype, bool named, std::vector<std::int64_t> shape = {3}) {
        FoundWeights more = weights;
        more.tensors.insert(more.tensors.begin(), {name, StoredTensor{dtype, std::move(shape), {}, 0, {}}});
        const StateDictMatch match = match_state_dict(kWanted, more);
        CHECK(match.extra.empty() == !named);
        return match.kind;
    };
    CHECK(with("bn.num_batches_tracked", DType::Int64, false) == StateDictMatch::Kind::ByName);
    CHECK(with("mask", DType::Bool, false) == StateDictMatch::Kind::ByName);
    CHECK(with("criterion.weight", DType::Float32, false) == StateDictMatch::Kind::ByName);
    CHECK(with("best_accuracy", DType::Float32, true, {}) == StateDictMatch::Kind::ByName);
    CHECK(with("logit_scale", DType::Float32, true, {1}) == StateDictMatch::Kind::ByName);
    CHECK(with("fc3.bias", DType::Float32, true) == StateDictMatch::Kind::ByName);
    // Numbers of a layer that the network has: an observer's scale, a count that was averaged.
    CHECK(with("fc.scale", DType::Float32, true, {}) == StateDictMatch::Kind::ByName);
    CHECK(with("conv1.num_batches_tracked", DType::Float32, false, {}) == StateDictMatch::Kind::ByName);
}

TEST_CASE("Weights in whole numbers are not taken for weights") {
    const StateDictMatch match = match_state_dict(kWanted, found(kWanted, DType::Int8));
    CHECK(match.kind == StateDictMatch::Kind::None);
    CHECK(match.problems.at(0) == "'conv1.weight' holds int8, no floating-point numbers");
}

TEST_CASE("A weight that cannot be read is named with what it is") {
    FoundWeights weights = found({kWanted[0], kWanted[1], kWanted[2]});
    const auto problem = [&weights](const char* words) {
        weights.unread = {{"fc.bias", words}};
        const StateDictMatch match = match_state_dict(kWanted, weights);
        REQUIRE(match.problems.size() == 1);
        return match.problems[0];
    };
    CHECK(problem("None") == "'fc.bias' is None, no tensor that can be read");
    CHECK(problem("a list of 10 values") ==
          "'fc.bias' is a list of 10 values, no tensor that can be read; torch.as_tensor() in Python, before "
          "torch.save, makes one of it");
    CHECK_THAT(problem("torch._utils._rebuild_sparse_tensor"), contains_text(".to_dense() in Python"));
}

TEST_CASE("Values that are no tensors are called what they are") {
    CHECK(words_for({}) == "None");
    CHECK(words_for({true}) == "True");
    CHECK(words_for({std::int64_t{-3}}) == "a whole number (-3)");
    CHECK(words_for({0.25}) == "a number (0.25)");
    CHECK(words_for({std::string("sgd")}) == "a text");
    CHECK(words_for({PickleValue::List{{0.25}}}) == "a list of 1 value");
    CHECK(words_for(dict({{"a", {}}, {"b", {}}})) == "a dictionary of 2 entries");
    CHECK(words_for(opaque("numpy.core.multiarray._reconstruct")) == "a NumPy array");
    CHECK(words_for(opaque("numpy._core.multiarray._reconstruct")) == "a NumPy array");
    CHECK(words_for(opaque("numpy._core.multiarray.scalar")) == "a NumPy number");
    CHECK(words_for(opaque("argparse.Namespace")) == "argparse.Namespace");
}

TEST_CASE("Weights that PyTorch keeps in parts say what made them and which line of Python puts them together") {
    const auto remedy = [](const std::vector<std::string>& names) {
        Shapes shapes{kWanted[0], kWanted[1], {"fc.bias", {10}}};
        for (const std::string& name : names) shapes.push_back({name, {10, 1440}});
        return remedy_for_derived_weights(found(shapes)).value_or("none");
    };
    CHECK(remedy({"fc.weight"}) == "none");
    CHECK(remedy({"fc.weight_orig"}) == "none");  // somebody's own
    CHECK_THAT(remedy({"fc.weight_g", "fc.weight_v"}), contains_text("'fc'"));
    CHECK_THAT(remedy({"fc.weight_g", "fc.weight_v"}), contains_text("torch.nn.utils.remove_weight_norm(model.fc)"));
    CHECK_THAT(remedy({"fc.weight_orig", "fc.weight_u", "fc.weight_v"}),
               contains_text("remove_spectral_norm(model.fc)"));
    CHECK_THAT(remedy({"fc.weight_orig", "fc.weight_mask"}), contains_text("prune.remove(model.fc, 'weight')"));
    for (const char* original : {"original", "original0"})
        CHECK_THAT(remedy({std::string("fc.parametrizations.weight.") + original}),
                   contains_text("remove_parametrizations(model.fc, 'weight')"));

    const auto unread = [](const std::string& name, const std::string& what) {
        FoundWeights weights = found({kWanted[0], kWanted[1]});
        weights.unread.emplace_back(name, what);
        return remedy_for_derived_weights(weights).value_or("none");
    };
    CHECK(unread("fc.weight", "numpy.core.multiarray._reconstruct") == "none");
    CHECK_THAT(unread("fc.weight", "torch._utils._rebuild_sparse_tensor"), contains_text("to_dense()"));
    CHECK_THAT(unread("fc.weight", "torch._utils._rebuild_sparse_csr_tensor"), contains_text("to_dense()"));
    CHECK_THAT(unread("fc.weight", "torch._utils._rebuild_qtensor"), contains_text("before it was quantized"));
    CHECK_THAT(unread("fc._packed_params._packed_params", "a list"), contains_text("before it was quantized"));
}

TEST_CASE("A prefix of all names is a wrapper's where the rest is as wanted, and tells nothing else") {
    Shapes wrapped = kWanted;
    for (WantedTensor& one : wrapped) one.name = "backbone." + one.name;
    CHECK(match_state_dict(kWanted, found(wrapped)).kind == StateDictMatch::Kind::ByName);
    CHECK(match_state_dict(wrapped, found(wrapped)).kind == StateDictMatch::Kind::ByName);
    wrapped.back().name = "head.bias";
    CHECK(match_state_dict(kWanted, found(wrapped), /*in_order=*/false).kind == StateDictMatch::Kind::None);
}

TEST_CASE("Where the file is sorted by name nothing is taken by order") {
    const FoundWeights weights =
        found({{"0.weight", {10, 1, 5, 5}}, {"0.bias", {10}}, {"1.weight", {10, 1440}}, {"1.bias", {10}}});
    CHECK(match_state_dict(kWanted, weights).kind == StateDictMatch::Kind::ByOrder);
    CHECK(match_state_dict(kWanted, weights, /*in_order=*/false).kind == StateDictMatch::Kind::None);
}

TEST_CASE("Wrappers' prefixes are taken off, whatever counters stand beside them") {
    const auto read = find_state_dict(
        dict({{"n_averaged", count(3)}, {"module._orig_mod.a", tensor(1)}, {"module._orig_mod.b", tensor(2)}}),
        "w.pth");
    REQUIRE(read.ok());
    CHECK(read.value().tensors[1].name == "a");
    const auto not_all = find_state_dict(dict({{"module.a", tensor(1)}, {"b", tensor(2)}}), "w.pth");
    REQUIRE(not_all.ok());
    CHECK(not_all.value().tensors[0].name == "module.a");
}

TEST_CASE("Weights are found wherever they lie, by what they are") {
    CHECK(found_in(weights(1)) == " 1");
    CHECK(found_in(dict({{"ema", weights(1)}})) == "ema 1");
    CHECK(found_in(dict({{"checkpoint", dict({{"model", weights(1)}, {"epoch", {std::int64_t{3}}}})}})) ==
          "checkpoint.model 1");
    CHECK(found_in({PickleValue::List{weights(1), {std::int64_t{7}}}}) == "0 1");
    CHECK(found_in(dict({{"loss", tensor(0)}, {"rng", count(1)}, {"model", weights(1)}})) == "model 1");
    CHECK(found_in(dict({{"fc.weight", tensor(1)}, {"fc.bias", tensor(1)}, {"args", dict({{"mean", tensor(9)}})}})) ==
          " 1");
    const PickleValue optimizer =
        dict({{"state", dict({{"0", dict({{"step", tensor(9)}, {"exp_avg", tensor(9)}, {"exp_avg_sq", tensor(9)}})}})},
              {"param_groups", {PickleValue::List{}}}});
    CHECK(found_in(dict({{"optim", optimizer}, {"weights", weights(1)}})) == "weights 1");
    CHECK(found_in(dict({{"model", tensor(1)}, {"net", tensor(2)}})) == " 1");  // layers that are called so
    CHECK(found_in(opaque("my.Trainer", {{"best", weights(1)}})) == "best 1");
}

TEST_CASE("Of several weights those are taken that fit, then those in the usual place, and else nobody guesses") {
    const PickleValue both = dict({{"ema", weights(2)}, {"model", weights(1)}});
    CHECK(found_in(both) == "model 1");
    CHECK(found_in(both, {"", kFc}) == "model 1");
    CHECK(found_in(both, {"ema", kFc}) == "ema 2");
    REQUIRE(find_state_dict(both, "w.pth").ok());
    CHECK(find_state_dict(both, "w.pth").value().others == std::vector<std::string>{"ema"});
    const PickleValue gan = dict({{"model", dict({{"conv.weight", tensor(5)}})}, {"critic", weights(1)}});
    CHECK(found_in(gan, {"", kFc}) == "critic 1");
    const PickleValue two = dict({{"teacher", weights(1)}, {"student", weights(2)}});
    CHECK_THAT(found_in(two, {"", kFc}), contains_text("--key, one of 'teacher', 'student'"));
    CHECK_THAT(found_in(dict({{"model", weights(1)}, {"net", weights(2)}})), contains_text("--key, one of"));
    CHECK(found_in(two, {"student", kFc}) == "student 2");
    CHECK_THAT(found_in(two, {"nobody", kFc}), contains_text("there is no 'nobody' in it; weights are in 'teacher'"));
    const PickleValue same = weights(1);
    CHECK(found_in(dict({{"best", same}, {"last", same}})) == "best 1");
    CHECK(found_in(dict({{"a.b", dict({{"c", weights(1)}})}, {"d", weights(2)}}), {"a.b.c", {}}) == "a.b.c 1");
}

TEST_CASE("A module that was pickled whole gives what its state_dict() would") {
    const auto module = [](PickleValue::Dict parameters, PickleValue::Dict buffers, PickleValue::Dict modules,
                           PickleValue::List unsaved = {}) {
        return opaque("my.Net", {{"_parameters", dict(std::move(parameters))},
                                 {"_buffers", dict(std::move(buffers))},
                                 {"_non_persistent_buffers_set", {std::move(unsaved)}},
                                 {"_modules", dict(std::move(modules))}});
    };
    const PickleValue norm =
        module({{"weight", tensor(1)}, {"bias", {}}}, {{"running_mean", tensor(2)}, {"scratch", tensor(3)}}, {},
               {{std::string("scratch")}});
    const auto read = find_state_dict(dict({{"net", module({}, {}, {{"bn", norm}})}, {"epoch", count(1)}}), "w.pth");
    REQUIRE(read.ok());
    REQUIRE(read.value().tensors.size() == 2);
    CHECK(read.value().key == "net");
    CHECK(read.value().tensors[0].name == "bn.weight");
    CHECK(read.value().tensors[1].name == "bn.running_mean");
}

TEST_CASE("What holds no weights says what it holds and what could not be read") {
    CHECK_THAT(found_in(dict({{"w", opaque("numpy.ndarray")}})), contains_text("'w' is numpy.ndarray"));
    CHECK_THAT(found_in(dict({})), contains_text("an empty dictionary"));
    CHECK_THAT(found_in(tensor(1)), contains_text("it holds a single tensor of scalar float32, and no weights by"));
    CHECK_THAT(found_in(dict({{"w", count(1)}})), contains_text("no tensors of floating-point numbers under names"));
    CHECK_THAT(found_in(dict({{"epoch", {std::int64_t{3}}}})),
               contains_text("and no tensors of weights; save the whole"));
    for (const PickleValue& values :
         {PickleValue{PickleValue::List{{0.5}}}, opaque("numpy.core.multiarray._reconstruct")})
        CHECK_THAT(found_in(dict({{"net", dict({{"fc.bias", values}})}}), {"net", {}}),
                   contains_text("make tensors of them: state = torch.load('FILE', map_location='cpu', "
                                 "weights_only=False)['net']; torch.save({k: torch.as_tensor(v) for k, v in "
                                 "state.items()}, 'weights.pth')"));
    CHECK_THAT(found_in(opaque("my.Thing")), contains_text("map_location='cpu'"));
}

TEST_CASE("Tensors without names are called that, and not no tensors") {
    const PickleValue list{PickleValue::List{tensor(1), tensor(2), tensor(3)}};
    CHECK(found_in(list) ==
          "w.pth: it holds a list of 3 tensors, which have no names that say of which layer each is; where they are a "
          "network's weights in their order, number them in Python: tensors = torch.load('FILE', map_location='cpu', "
          "weights_only=False); "
          "torch.save({str(i): t for i, t in enumerate(tensors)}, 'weights.pth')");
    const PickleValue file = dict({{"epoch", {std::int64_t{3}}}, {"weights", list}});
    CHECK_THAT(found_in(file),
               contains_text("it holds a dictionary of 'epoch', 'weights', and there a list of 3 tensors "
                             "in 'weights', which have no names"));
    CHECK_THAT(found_in(file, {"weights", {}}),
               contains_text("it holds a list of 3 tensors in 'weights', which have no"));
    CHECK_THAT(found_in({PickleValue::List{tensor(1), {std::int64_t{3}}}}),
               contains_text("a list of 1 tensors and other things, which"));
    CHECK_THAT(found_in({PickleValue::List{{std::int64_t{3}}}}), contains_text("a list of 1 values, and no tensors"));
}

TEST_CASE("What lies beside the weights, and beside what they are in, is named with what it is") {
    using Named = std::vector<std::pair<std::string, std::string>>;
    const PickleValue file = dict(
        {{"epoch", {std::int64_t{3}}},
         {"best", tensor(1)},
         {"checkpoint", dict({{"ema", weights(2)}, {"model", weights(1)}, {"args", opaque("argparse.Namespace")}})},
         {"optimizer", dict({{"state", dict({})}, {"param_groups", {PickleValue::List{}}}})}});
    CHECK(values_beside(file, "checkpoint.model") == Named{{"epoch", "a whole number (3)"},
                                                           {"best", "a single tensor of scalar float32"},
                                                           {"checkpoint.ema", "a dictionary of 'fc.weight', 'fc.bias'"},
                                                           {"optimizer", "a dictionary of 'state', 'param_groups'"}});
    CHECK(opaque_values(file) == Named{{"checkpoint.args", "argparse.Namespace"}});
    CHECK(values_beside({PickleValue::List{weights(1), {std::int64_t{7}}}}, "0") == Named{{"1", "a whole number (7)"}});
    CHECK(values_beside(weights(1), "").empty());
    CHECK(values_beside(opaque("my.Trainer", {{"best", weights(1)}, {"epoch", {std::int64_t{3}}}}), "best") ==
          Named{{"epoch", "a whole number (3)"}});
}
