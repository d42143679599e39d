// Writes the drawn digits' training split as IDX files, to look at them with other tools, or to train on them and test
// on real digits: see engine/data/README.md.
#include "engine/data/drawn_digits.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

using namespace convscope;

namespace {

void write_big_endian(std::ostream& out, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out.put(static_cast<char>(value >> shift));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: export_drawn_digits FOLDER SEED\n";
        return 2;
    }
    const std::filesystem::path folder = argv[1];
    std::filesystem::create_directories(folder);
    const auto data = make_drawn_digits(std::strtoull(argv[2], nullptr, 10));
    const auto count = static_cast<std::uint32_t>(data->size(Split::Train));

    std::ofstream images(folder / "train-images-idx3-ubyte", std::ios::binary);
    std::ofstream labels(folder / "train-labels-idx1-ubyte", std::ios::binary);
    for (const std::uint32_t value : {0x803U, count, 28U, 28U}) write_big_endian(images, value);
    for (const std::uint32_t value : {0x801U, count}) write_big_endian(labels, value);
    for (std::int64_t i = 0; i < data->size(Split::Train); ++i) {
        const auto image = data->image(Split::Train, i);
        images.write(reinterpret_cast<const char*>(image.data()), static_cast<std::streamsize>(image.size()));
        labels.put(static_cast<char>(data->label(Split::Train, i)));
    }
    if (images.flush() && labels.flush()) return 0;
    std::cerr << "cannot write to '" << folder.string() << "'; is the disk full?\n";
    return 1;
}
