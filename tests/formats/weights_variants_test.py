"""A hundred files that hold one network's weights, as people save them: each opens to the same tensors, or is refused with
a remedy; none opens to anything else, and nothing in them is ever run.

usage: weights_variants_test.py PRINT_TORCH_FILE [UNITTEST ARGUMENTS]
"""

import argparse
import collections
import copy
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import gzip
import io
import json
import os
import pathlib
import pickle
import random
import re
import struct
import subprocess
import sys
import tempfile
import types
import unittest
import uuid
import zipfile

PRINT_TORCH_FILE = sys.argv.pop(1)

try:
    import numpy
    import torch
    from torch import nn
    torch.set_num_threads(1)
except ImportError:
    print("skipped: python3-torch is not installed")
    sys.exit(0)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 3, 3)
        self.bn1 = nn.BatchNorm2d(3)
        self.fc = nn.Linear(12, 4, bias=False)
        self.register_buffer("scratch", torch.ones(2), persistent=False)

    def forward(self, x):
        return self.fc(self.bn1(self.conv1(x)).flatten(1))


class Colour(enum.Enum):
    RED = 1


@dataclasses.dataclass
class Settings:
    lr: float = 0.1


class AttributeDict(dict):
    pass


Pair = collections.namedtuple("Pair", "weights epoch")


class Trainer:
    def __init__(self, network):
        self.network, self.epoch, self.myself = network, 3, self


class Evil:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, ("touch '%s'" % self.marker,)


class Negated:
    """A tensor's other sign, as PyTorch 2 saves a view that is negated; 1.13 forgets that it is."""

    def __init__(self, tensor):
        self.tensor = tensor

    def __reduce__(self):
        return torch._utils._rebuild_tensor_v2, (self.tensor.storage(), 0, tuple(self.tensor.shape), self.tensor.stride(), False,
                                                 collections.OrderedDict(), {"neg": True})


def network(seed=0):
    torch.manual_seed(seed)
    net = Net()
    with torch.no_grad():
        net.bn1.running_mean.normal_()
        net.bn1.running_var.uniform_(0.5, 2.0)
    return net


def trained():
    net = network()
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.01)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=10)
    net(torch.zeros(2, 1, 4, 4)).sum().backward()
    optimizer.step()
    return net, optimizer, scheduler


def beside():
    """What lies next to an intact state dict."""
    net, optimizer, scheduler = trained()
    cycle = {"a": 1}
    cycle["itself"] = cycle
    deep = []
    for _ in range(200):
        deep = [deep]
    counts = collections.defaultdict(list)
    counts["a"].append(1)
    rng = random.Random(1)
    return {
        "numpy scalar": numpy.float64(0.99), "numpy integer": numpy.int32(3), "numpy array": numpy.arange(5.0),
        "numpy strings": numpy.array(["a", "b"]), "numpy objects": numpy.array([{}, None], dtype=object),
        "numpy structured": numpy.zeros(2, dtype=[("x", "f4")]), "numpy random state": numpy.random.get_state(),
        "numpy generator": numpy.random.default_rng(1), "numpy dtype": numpy.dtype("float32"),
        "namespace": argparse.Namespace(lr=0.1, seed=None), "simple namespace": types.SimpleNamespace(a=1),
        "counter": collections.Counter([2, 4]), "defaultdict": counts, "empty defaultdict": collections.defaultdict(int),
        "deque": collections.deque([1.5, 2.5], maxlen=100), "set": {1, 2}, "frozenset": frozenset("ab"),
        "ordered dict": collections.OrderedDict(a=1), "chain map": collections.ChainMap({"a": 1}),
        "torch dtype": torch.float16, "torch device": torch.device("cpu"), "torch size": torch.Size([1, 2]),
        "memory format": torch.channels_last, "generator state": torch.get_rng_state(), "complex tensor": torch.zeros(2, dtype=torch.complex64),
        "sparse tensor": torch.eye(3).to_sparse(), "quantised tensor": torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8),
        "datetime": datetime.datetime(2020, 1, 2, 3, 4), "timedelta": datetime.timedelta(days=2), "time zone": datetime.timezone.utc,
        "path": pathlib.Path("/tmp/x"), "uuid": uuid.UUID(int=5), "decimal": decimal.Decimal("1.5"),
        "fraction": fractions.Fraction(1, 3), "complex": 1 + 2j, "huge integer": 2 ** 100, "negative huge": -2 ** 64,
        "very huge": 10 ** 2000, "bytes": b"\x00\xff" * 300, "bytearray": bytearray(b"abc"), "range": range(3),
        "slice": slice(1, 2), "ellipsis": Ellipsis, "enum": Colour.RED, "data class": Settings(), "regex": re.compile("a+"),
        "function": os.path.join, "class": Settings, "partial": functools.partial(max, 3), "type": int,
        "float keys": {0.5: "a", 1.5: {"b": 2}}, "tuple keys": {(1, 2): 3.0}, "none keys": {None: 1, True: 2},
        "mixed keys": {1: "a", "b": 2, 2.5: 3}, "attribute dict": AttributeDict(a=1), "named tuple": Pair(None, 3),
        "one-cycle": scheduler.state_dict(), "whole scheduler": scheduler, "whole optimizer": optimizer,
        "optimizer": optimizer.state_dict(), "sgd": torch.optim.SGD(net.parameters(), lr=1).state_dict(),
        "scaler": torch.cuda.amp.GradScaler(enabled=False).state_dict(), "loss module": nn.CrossEntropyLoss(weight=torch.ones(4)),
        "cycle": cycle, "deep list": deep, "long list": [0.5] * 300_000, "losses": [torch.tensor(0.5)] * 3,
        "python random state": rng.getstate(), "exception": ValueError("x"), "nan": float("nan"),
    }


class Base(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.state = network().state_dict()

    def read(self, paths, key=None):
        command = [PRINT_TORCH_FILE, *(["--key", key] if key else []), *paths]
        printed = subprocess.run(command, capture_output=True, text=True, timeout=120)
        self.assertEqual(printed.returncode, 0, printed.stderr)
        return [json.loads(line) for line in printed.stdout.splitlines()]

    def path(self, name):
        return os.path.join(self.folder, re.sub(r"\W+", "-", name) + ".pth")

    def save(self, name, content, **options):
        path = self.path(name)
        torch.save(content, path, **options)
        return path

    def opens(self, name, read, state=None):
        state = self.state if state is None else state
        self.assertIn("weights", read, "%s: %s" % (name, str(read)[:300]))
        self.assertNotIn("error", read["weights"], "%s: %s" % (name, str(read["weights"])[:600]))
        found = {key: tensor for key, tensor in read["weights"] if tensor["dtype"].startswith(("float", "bfloat"))}
        wanted = {key: tensor for key, tensor in state.items() if tensor.is_floating_point()}
        self.assertEqual(sorted(found), sorted(wanted), name)
        for key, tensor in wanted.items():
            self.assertEqual(found[key]["shape"], list(tensor.shape), name + " " + key)
            self.assertEqual(found[key]["values"], tensor.float().flatten().tolist(), name + " " + key)

    def refused(self, name, read, *said):
        error = read["value"].get("error") if isinstance(read["value"], dict) else None
        error = error if isinstance(error, str) else read["weights"]["error"]
        for part in said:
            self.assertIn(part, error, name)


class Variants(Base):
    def test_whatever_lies_beside_the_weights(self):
        values = beside()
        self.assertGreaterEqual(len(values), 70)
        for options in ({}, {"_use_new_zipfile_serialization": False}, {"pickle_protocol": 4}):
            paths = {}
            for name, value in values.items():
                content = {"before": value, "model_state_dict": self.state, "after": [value]}
                try:
                    paths[name] = self.save(name, content, **options)
                except Exception as problem:
                    print("Python cannot save", name, options, problem)
            for name, read in zip(paths, self.read(paths.values()), strict=True):
                with self.subTest(name, **options):
                    self.opens(name, read)
                    self.assertEqual(read["key"], "model_state_dict")

    def test_wherever_the_weights_lie(self):
        state, plain = self.state, dict(self.state)
        extra = collections.OrderedDict([*state.items(), ("epoch", 3), ("arch", "net"), ("note", None),
                                         ("n_averaged", torch.tensor(4)), ("mask", torch.tensor([True]))])
        network_twice = {"model": state, "net": copy.copy(state)}
        negated = {key: Negated(-value) if value.is_floating_point() else value for key, value in state.items()}
        averaged = torch.optim.swa_utils.AveragedModel(network())
        parallel = nn.DataParallel(network())
        files = {
            "alone": state, "dict": plain, "weights": {"weights": state}, "params": {"params": plain, "lr": 1.0},
            "ema": {"ema": state, "step": 9}, "nested": {"checkpoint": {"model": state}}, "deep": {"a": {"b": {"c": [state]}}},
            "tuple": (state, 3), "list": [3, state], "int keys": {0: state, "other": 1}, "float key": {0.5: state},
            "extra keys": extra, "averaged": averaged.state_dict(), "parallel": parallel.state_dict(),
            "compiled": {"_orig_mod." + key: value for key, value in state.items()},
            "both wrappers": {"module._orig_mod." + key: value for key, value in state.items()},
            "same twice": network_twice, "best and last": {"best": state, "last": state},
            "model and ema": {"model": state, "ema": network(1).state_dict()},
            "ema first": {"ema_state_dict": network(1).state_dict(), "state_dict": state},
            "loss beside": {"loss": torch.tensor(0.25), "acc": torch.tensor(0.5), "state_dict": state},
            "attribute dict": AttributeDict(state), "default dict": collections.defaultdict(None, state),
            "namespace around": argparse.Namespace(model=state, epoch=2),
            "keep vars": network().state_dict(keep_vars=True),
            "swa and optimizer": {"swa": averaged.state_dict(), "optimizer": trained()[1].state_dict()},
            "protocol 3": state, "old": state, "old nested": {"epoch": 1, "state_dict": state},
            "whole module": network(), "whole parallel module": parallel, "module beside": {"model": network(), "epoch": 4},
            "trainer": Trainer(network()), "old whole module": network(),
            "negated views": negated, "old negated views": negated,
            "negated doubles": {key: Negated(-value.double()) if value.is_floating_point() else value
                                for key, value in state.items()},
        }
        options = {name: {"_use_new_zipfile_serialization": False} for name in files if name.startswith("old")}
        options["protocol 3"] = {"pickle_protocol": 3}
        paths = {name: self.save(name, content, **options.get(name, {})) for name, content in files.items()}
        for name, program in (("script", torch.jit.script(network())), ("trace", torch.jit.trace(network().eval(), torch.zeros(1, 1, 4, 4)))):
            paths[name] = self.path(name)
            program.save(paths[name])
        for name, read in zip(paths, self.read(paths.values()), strict=True):
            with self.subTest(name):
                if name in ("script", "trace"):  # TorchScript keeps what is not persistent too
                    read["weights"] = [one for one in read["weights"] if one[0] != "scratch"]
                self.opens(name, read)

    def test_what_cannot_be_opened_is_refused_with_a_remedy(self):
        state = self.state
        numpy_state = {key: value.numpy() for key, value in state.items()}
        files = {
            "two networks": ({"teacher": state, "student": network(1).state_dict()}, ("--key, one of 'teacher', 'student'",)),
            "generators": ([state, network(1).state_dict()], ("--key, one of '0', '1'",)),
            "two usual": ({"model": state, "net": network(1).state_dict()}, ("--key, one of 'model', 'net'",)),
            "numpy weights": (numpy_state, ("a NumPy array", "make tensors of them", "map_location='cpu'")),
            "complex": ({key: value.to(torch.complex64) for key, value in state.items() if value.is_floating_point()},
                        ("a tensor of torch.ComplexFloatStorage", "map_location='cpu'")),
            "lists": ({key: value.tolist() for key, value in state.items()}, ("make tensors of them",)),
            "no weights": ({"epoch": 3, "lr": 0.1}, ("'epoch', 'lr'", "torch.save(model.state_dict()")),
            "only an optimizer": ({"optimizer": trained()[1].state_dict()}, ("torch.save(model.state_dict()",)),
            "tensors in a list": (list(state.values()), ("a list", "torch.save({str(i): t for i, t in enumerate(")),
            "one tensor": (torch.ones(3), ("a single tensor", "torch.save(model.state_dict()")),
            "sparse": ({"fc.weight": torch.eye(3).to_sparse()}, ("sparse", "torch.save(model.state_dict()")),
            "nothing": ({}, ("an empty dictionary", "torch.save(model.state_dict()")),
            "class": (Net, ("Net", "torch.save(model.state_dict()")),
        }
        paths = {name: self.save(name, content) for name, (content, _) in files.items()}
        said = {name: parts for name, (_, parts) in files.items()}

        def other(name, content, *parts):
            paths[name], said[name] = self.path(name), parts
            with open(paths[name], "wb") as file:
                file.write(content)

        whole = io.BytesIO()
        torch.save(state, whole)
        other("pickle", pickle.dumps(numpy_state), "plain pickle", "torch.save(pickle.load(")
        other("gzip", gzip.compress(whole.getvalue()), "compressed with gzip", "unpack")
        other("cut", whole.getvalue()[:-100], "copy it, or save it, again")
        other("html", b"<!DOCTYPE html><html><body>404</body></html>", "a web page", "download it")
        other("lfs", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n", "Git LFS", "git lfs pull")
        other("nothing at all", b"", "it is empty")
        arrays = io.BytesIO()
        numpy.savez(arrays, **numpy_state)
        other("npz", arrays.getvalue(), "NumPy", "torch.from_numpy")
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("weights.pth", whole.getvalue())
        other("zip", packed.getvalue(), "around other files", "'weights.pth'")
        frozen = torch.jit.freeze(torch.jit.script(network().eval()))
        paths["frozen"], said["frozen"] = self.path("frozen"), ("no tensors of weights", "before torch.jit.freeze")
        frozen.save(paths["frozen"])
        for name, read in zip(paths, self.read(paths.values()), strict=True):
            with self.subTest(name):
                self.refused(name, read, paths[name], *said[name])
        for name in ("numpy weights", "lists"):  # the line that is said does what it says
            error = self.read([paths[name]])[0]["weights"]["error"]
            line = error.split("make tensors of them: ")[1]
            made = self.path("made of " + name)
            exec(line.replace("'FILE'", repr(paths[name])).replace("'weights.pth'", repr(made)), {"torch": torch})
            self.opens(name, self.read([made])[0])

    def test_the_key_that_a_refusal_names_opens_those_weights(self):
        second = network(1).state_dict()
        path = self.save("two", {"teacher": self.state, "student": {"model": second}, "runs": [self.state, second]})
        for key, state in (("teacher", self.state), ("student", second), ("student.model", second), ("runs.1", second)):
            with self.subTest(key):
                self.opens(key, self.read([path], key)[0], state)
        self.refused("no such key", self.read([path], "nobody")[0], "there is no 'nobody'", "'teacher'")

    def test_nothing_is_run_wherever_it_stands(self):
        marker = os.path.join(self.folder, "it ran")
        evil = Evil(marker)
        for options in ({}, {"pickle_protocol": 4}, {"_use_new_zipfile_serialization": False}):
            path = self.save("evil", {"evil": evil, "model": self.state, "more": [evil, {1: evil}]}, **options)
            self.opens("evil", self.read([path])[0])
            path = self.save("evil weights", {"fc.weight": evil}, **options)
            self.refused("evil weights", self.read([path])[0], "posix.system")
        self.assertFalse(os.path.exists(marker))


def safetensors(state, metadata=None, order=None):
    """A file by the published format: github.com/huggingface/safetensors, "Format"."""
    names = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.float64: "F64", torch.int64: "I64",
             torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL"}
    heading, data = {}, b""
    if metadata:
        heading["__metadata__"] = metadata
    for key in order or sorted(state):
        tensor = state[key].contiguous()
        content = bytes(tensor.reshape(-1).view(torch.uint8).tolist()) if tensor.numel() else b""
        heading[key] = {"dtype": names[tensor.dtype], "shape": list(tensor.shape),
                        "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(heading).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


class Safetensors(Base):
    def test_every_type_is_read(self):
        state = {"f32": torch.tensor([[1.5, -2.0]]), "f16": torch.tensor([0.1]).half(), "bf16": torch.tensor([0.1]).bfloat16(),
                 "f64": torch.tensor([0.1]).double(), "scalar": torch.tensor(3.0), "empty": torch.zeros(0, 2),
                 "i64": torch.tensor([-2 ** 40]), "i32": torch.tensor([-5], dtype=torch.int32),
                 "i16": torch.tensor([-6], dtype=torch.int16), "i8": torch.tensor([-7], dtype=torch.int8),
                 "u8": torch.tensor([200], dtype=torch.uint8), "flag": torch.tensor([True, False])}
        path = os.path.join(self.folder, "all.safetensors")
        with open(path, "wb") as file:
            file.write(safetensors(state, {"format": "pt", "note": "caf\u00e9"}))
        read = self.read([path])[0]
        self.opens("all", read, state)
        for key in ("i64", "i32", "i16", "i8", "u8", "flag"):
            self.assertEqual(read["value"][key]["integers"], [int(value) for value in state[key]])


if __name__ == "__main__":
    unittest.main(verbosity=2)
