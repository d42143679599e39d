// Writes one event file of known content into a folder, for event_file_test.py to judge.
#include "engine/formats/event_file.h"

#include <cstdio>
#include <limits>

using namespace convscope;

int main(int count, char** arguments) {
    if (count != 2) return 2;
    double time = 1700000000.25;
    auto opened = EventFile::open(arguments[1], [&time] { return time++; });
    if (!opened) return std::fprintf(stderr, "%s\n", opened.error().message.c_str()), 1;
    EventFile& events = opened.value();

    NetworkDescription network;
    network.input_shape = {1, 28, 28};
    LayerDescription conv;
    conv.spec.name = "conv1";
    conv.spec.kind = LayerKind::Conv2d;
    conv.spec.kernel_size = 5;
    conv.id = LayerId{0};
    conv.inputs = {kInputLayer};
    conv.output_shape = {10, 24, 24};
    conv.weight_shape = {10, 1, 5, 5};
    conv.bias_shape = {10};
    conv.parameter_count = 260;
    LayerDescription act;
    act.spec.name = "act1";
    act.id = LayerId{1};
    act.inputs = {conv.id};
    act.output_shape = conv.output_shape;
    network.layers = {conv, act};

    // The smallest PNG: one grey pixel.
    const std::string png(
        "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0\x3a\x7e\x9b\x55"
        "\0\0\0\nIDATx\x9c\x63\x60\0\0\0\2\0\1\x48\xaf\xa4\x71\0\0\0\0IEND\xae\x42\x60\x82",
        67);
    const float values[] = {-1.0F, 0.0F, 0.5F, 1.0F, std::numeric_limits<float>::quiet_NaN()};
    const EventFile::Scalar scalars[] = {{"loss/train", 2.5}, {"accuracy/train", 0.125}};
    events.add_graph(network);
    events.add_scalar("loss/test", 7, 0.75);
    events.add_scalars(8, scalars);
    events.add_image("first batch", 0, png, 1, 1, 1);
    events.add_histogram("weight/conv1", 9, values);
    events.add_restart(10);
    if (const auto written = events.flush(); !written)
        return std::fprintf(stderr, "%s\n", written.error().message.c_str()), 1;
    std::puts(events.path().c_str());
    return 0;
}
