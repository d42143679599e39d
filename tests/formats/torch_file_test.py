"""Writes files with Python's torch.save and compares what the program reads of them with what torch.load does.

usage: torch_file_test.py PRINT_TORCH_FILE [UNITTEST ARGUMENTS]
"""

import collections
import io
import json
import math
import os
import subprocess
import sys
import tempfile
import unittest

PRINT_TORCH_FILE = sys.argv.pop(1)

try:
    import torch
    from torch import nn
    torch.set_num_threads(1)
except ImportError:
    torch = None


def number(value):
    value = float(value)
    if math.isnan(value):
        return "nan"
    return ("inf" if value > 0 else "-inf") if math.isinf(value) else value


def expected(value):
    """What print_torch_file says of a value."""
    if isinstance(value, torch.Tensor):
        value = value.detach()
        integral = not value.dtype.is_floating_point
        return {"dtype": str(value.dtype).replace("torch.", ""), "shape": list(value.shape),
                "values": [number(x) for x in value.to(torch.float32).flatten()],
                "integers": [int(x) for x in value.flatten()] if integral else []}
    if isinstance(value, dict):
        return {str(key): expected(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [expected(item) for item in value]
    return number(value) if isinstance(value, float) else value


def weights(state):
    """What print_torch_file says of a state dict."""
    tensors = {name: expected(tensor) for name, tensor in state.items()}
    for tensor in tensors.values():
        del tensor["integers"]
    return [[name, tensor] for name, tensor in tensors.items()]


def network():
    torch.manual_seed(0)
    return nn.Sequential(collections.OrderedDict(
        conv1=nn.Conv2d(1, 3, 5), bn=nn.BatchNorm2d(3), act=nn.ReLU(), flat=nn.Flatten(),
        fc=nn.Linear(3 * 24 * 24, 10)))


@unittest.skipIf(torch is None, "python3-torch is not installed")
class PythonFiles(unittest.TestCase):
    maxDiff = 2000

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "file.pth")

    def tearDown(self):
        self.folder.cleanup()

    def read(self):
        printed = subprocess.run([PRINT_TORCH_FILE, self.path], capture_output=True, text=True, timeout=120)
        self.assertEqual(printed.returncode, 0, printed.stderr)
        return json.loads(printed.stdout)

    def check(self, value, state=None, **options):
        """`value` is read back as it is; `state` is what the weights in it are."""
        torch.save(value, self.path, **options)
        read = self.read()
        self.assertEqual(read["value"], expected(torch.load(self.path, weights_only=False)))
        if state is not None:
            self.assertEqual(read["weights"], weights(state))

    def refused(self, *parts):
        error = self.read()["value"]["error"]
        for part in (self.path, *parts):
            self.assertIn(part, error)

    def test_a_module_s_state_dict_in_every_protocol(self):
        state = network().state_dict()
        for protocol in (2, 3, 4, 5):
            with self.subTest(protocol=protocol):
                self.check(state, state, pickle_protocol=protocol)

    def test_a_network_of_many_layers(self):  # more than 256 memo entries
        state = nn.Sequential(*[nn.Linear(2, 2) for _ in range(100)]).state_dict()
        self.check(state, state)

    def test_dictionaries_plain_and_wrapped(self):
        state = dict(network().state_dict())
        self.check(state, state)
        for key in ("model", "state_dict", "model_state_dict", "net"):
            with self.subTest(key=key):
                self.check({"epoch": 3, key: state, "best": 0.99, "note": "caf\u00e9"}, state)

    def test_prefixes_of_wrappers_are_taken_off(self):
        state = network().state_dict()
        parallel = nn.DataParallel(network()).state_dict()
        self.assertTrue(all(name.startswith("module.") for name in parallel))
        self.check(parallel, state)
        self.check({"_orig_mod.module." + name: tensor for name, tensor in state.items()}, state)

    def test_every_type_of_element(self):
        values = [0.0, -0.0, 1.0, -2.5, 0.1, 65504.0, 1e-7, 6e-8, 3e-5, float("inf"), float("-inf"), float("nan")]
        for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
            with self.subTest(dtype=dtype):
                state = {"values": torch.tensor(values, dtype=dtype)}
                self.check(state, state)
        for dtype, numbers in ((torch.int64, [-2 ** 62 - 1, 2 ** 53 + 1]), (torch.int32, [-2 ** 31, 2 ** 31 - 1]),
                               (torch.int16, [-32768, 32767]), (torch.int8, [-128, 127]), (torch.uint8, [0, 255]),
                               (torch.bool, [True, False])):
            with self.subTest(dtype=dtype):
                state = {"numbers": torch.tensor(numbers, dtype=dtype), "weight": torch.ones(2)}
                self.check(state, state)

    def test_every_half_precision_number(self):
        bits = torch.arange(-2 ** 15, 2 ** 15, dtype=torch.int32).to(torch.int16)
        state = {"half": bits.view(torch.float16), "bfloat": bits.clone().view(torch.bfloat16)}
        self.check(state, state)

    def test_shared_and_non_contiguous_storages(self):
        base = torch.arange(120.0)
        state = {"row": base[10:30], "same": base[10:30], "block": base.view(10, 12)[2:5, 3:7],
                 "transposed": base.view(10, 12).t(), "permuted": base.view(2, 3, 4, 5).permute(3, 1, 0, 2),
                 "steps": base[::7], "expanded": torch.tensor([[1.0], [2.0]]).expand(2, 50),
                 "windows": torch.as_strided(base, (3, 3), (1, 1)), "one": torch.tensor(3.0).expand(4, 4),
                 "channels_last": base.view(2, 3, 4, 5).contiguous(memory_format=torch.channels_last)}
        self.check(state, state)

    def test_scalars_and_empty_tensors(self):
        state = {"scalar": torch.tensor(4.5), "empty": torch.zeros(0), "none": torch.zeros(3, 0, 2)}
        self.check(state, state)

    def test_parameters_that_keep_their_gradients(self):
        state = {"p": nn.Parameter(torch.ones(2, 3)), "q": torch.ones(2, requires_grad=True)}
        self.check(state, state)

    def test_a_checkpoint_with_an_optimizer(self):
        model = network()
        optimizer = torch.optim.Adam(model.parameters())
        model(torch.zeros(2, 1, 28, 28)).sum().backward()
        optimizer.step()
        self.check({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "shape": torch.Size([1, 2]),
                    "rng": torch.get_rng_state(), "done": False, "nothing": None, "big": 2 ** 40, "minus": -7,
                    "minus big": -2 ** 63, "nested": [1, [2.5, ("x", {})]]}, model.state_dict())

    def test_what_holds_no_weights_says_what_it_holds(self):
        state_dict = "torch.save(model.state_dict()"
        for value, said, remedy in (({"epoch": 1, "lr": 0.1}, "'epoch', 'lr'", state_dict),
                                    ({}, "an empty dictionary", state_dict),
                                    ([torch.ones(1)], "a list", "torch.save({str(i): t for i, t in enumerate("),
                                    (torch.ones(1), "a single tensor", state_dict)):
            torch.save(value, self.path)
            error = self.read()["weights"]["error"]
            self.assertIn(said, error)
            self.assertIn(remedy, error)

    def test_every_cut_and_many_damages_are_refused_or_harmless(self):
        buffer = io.BytesIO()
        torch.save(nn.Linear(3, 2).state_dict(), buffer)
        whole = buffer.getvalue()
        paths = []
        for at in range(0, len(whole), 13):
            flipped = whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1:]
            for name, content in (("cut", whole[:at]), ("bit", flipped)):
                paths.append(os.path.join(self.folder.name, f"{name}{at}"))
                with open(paths[-1], "wb") as file:
                    file.write(content)
        printed = subprocess.run([PRINT_TORCH_FILE, *paths], capture_output=True, text=True, timeout=120)
        self.assertEqual(printed.returncode, 0, printed.stderr)
        for path, line in zip(paths, printed.stdout.splitlines(), strict=True):
            if os.path.basename(path).startswith("cut"):
                self.assertIn(path, json.loads(line)["value"]["error"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
