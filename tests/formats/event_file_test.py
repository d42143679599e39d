"""Takes an event file apart as TensorBoard does: frames and checksums by the format's description, messages by protoc
without our .proto file, and all of it by TensorBoard itself where it is installed.

usage: event_file_test.py WRITE_EVENT_FILE
"""

import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest

WRITE_EVENT_FILE = sys.argv.pop(1)


def crc32c(data):
    """Bit by bit, as RFC 3720 defines it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17 & 0xFFFFFFFF) + 0xA282EAD8) & 0xFFFFFFFF


def records(content):
    while content:
        (length,) = struct.unpack("<Q", content[:8])
        (length_crc,) = struct.unpack("<I", content[8:12])
        data = content[12:12 + length]
        (data_crc,) = struct.unpack("<I", content[12 + length:16 + length])
        assert length_crc == masked(content[:8]), "checksum of a length"
        assert data_crc == masked(data), "checksum of a record"
        yield data
        content = content[16 + length:]


def decoded(data):
    """protoc's text of a message, by field numbers; white space made plain."""
    text = subprocess.run(["protoc", "--decode_raw"], input=data, capture_output=True, check=True).stdout.decode()
    return re.sub(r"\s+", " ", text).strip()


def double(value):
    return "0x%016x" % struct.unpack("<Q", struct.pack("<d", value))


def single(value):
    return "0x%08x" % struct.unpack("<I", struct.pack("<f", value))


class EventFile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        written = subprocess.run([WRITE_EVENT_FILE, os.path.join(cls.folder.name, "tensorboard")],
                                 capture_output=True, text=True, check=True)
        cls.path = written.stdout.strip()
        with open(cls.path, "rb") as file:
            cls.records = list(records(file.read()))
        cls.texts = [decoded(data) for data in cls.records]

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_the_checksum_is_the_standard_one(self):
        self.assertEqual(crc32c(bytes(32)), 0x8A9136AA)  # RFC 3720, appendix B.4
        self.assertEqual(crc32c(bytes(range(32))), 0x46DD794E)

    def test_its_name_is_one_that_tensorboard_looks_for(self):
        self.assertRegex(os.path.basename(self.path), r"^events\.out\.tfevents\.1700000000\.")

    def test_it_begins_with_the_version_and_the_time(self):
        self.assertEqual(len(self.records), 7)
        self.assertEqual(self.texts[0], f'1: {double(1700000001.25)} 3: "brain.Event:2"')

    def test_scalars(self):
        self.assertEqual(self.texts[2],
                         f'1: {double(1700000003.25)} 2: 7 5 {{ 1 {{ 1: "loss/test" 2: {single(0.75)} }} }}')
        self.assertIn(f'2: 8 5 {{ 1 {{ 1: "loss/train" 2: {single(2.5)} }} '
                      f'1 {{ 1: "accuracy/train" 2: {single(0.125)} }} }}', self.texts[3])

    def test_an_image(self):
        self.assertRegex(self.texts[4], r'5 \{ 1 \{ 1: "first batch" 4 \{ 1: 1 2: 1 3: 1 4: "\\211PNG')

    def test_a_histogram(self):
        fields = f"1: {double(-1)} 2: {double(1)} 3: {double(4)} 4: {double(0.5)} 5: {double(2.25)}"
        self.assertIn(f'2: 9 5 {{ 1 {{ 1: "weight/conv1" 5 {{ {fields} 6: ', self.texts[5])

    def test_a_restart(self):
        # Event.session_log is field 7, its status START is 1: tensorboard/compat/proto/event.proto
        self.assertEqual(self.texts[6], f'1: {double(1700000007.25)} 2: 10 7 {{ 1: 1 }}')

    def test_the_graph(self):
        # Event.graph_def is itself a message, within a field of bytes; protoc shows it as one.
        text = self.texts[1]
        for part in ('1: "input"', '1: "conv1" 2: "conv2d" 3: "input"', '1: "act1" 2: "relu" 3: "conv1"',
                     '1: "_output_shapes"', '1: "kernel_size" 2 { 3: 5 }', '1: "parameters" 2 { 3: 260 }'):
            self.assertIn(part, text)

    def test_tensorboard_itself_reads_it(self):
        try:
            from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        except ImportError:
            self.skipTest("TensorBoard is not installed")
        events = EventAccumulator(os.path.dirname(self.path))
        events.Reload()
        tags = events.Tags()
        self.assertEqual(sorted(tags["scalars"]), ["accuracy/train", "loss/test", "loss/train"])
        self.assertEqual([(e.step, e.value) for e in events.Scalars("loss/test")], [(7, 0.75)])
        (image,) = events.Images("first batch")
        self.assertEqual((image.width, image.height), (1, 1))
        (histogram,) = events.Histograms("weight/conv1")
        self.assertEqual((histogram.histogram_value.num, histogram.histogram_value.min), (4, -1))
        self.assertEqual(len(histogram.histogram_value.bucket), 64)
        nodes = {node.name: node for node in events.Graph().node}
        self.assertEqual(nodes["act1"].input, ["conv1"])
        shapes = nodes["conv1"].attr["_output_shapes"].list.shape
        self.assertEqual([dim.size for dim in shapes[0].dim], [-1, 10, 24, 24])
        self.assertEqual([dim.size for dim in nodes["conv1"].attr["weight"].shape.dim], [10, 1, 5, 5])


if __name__ == "__main__":
    unittest.main(verbosity=2)
