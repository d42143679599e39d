#include "engine/formats/npz.h"

#include "engine/formats/zip_writer.h"

#include <utility>

namespace convscope {
namespace {

// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html: the header is padded to a multiple of 64.
std::string npy_of(const NamedArray& array) {
    std::string shape = "(";
    for (const std::int64_t size : array.shape) shape += std::to_string(size) + ",";
    std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + "), }";
    constexpr std::size_t kBefore = 10;  // magic, version, length
    while ((kBefore + header.size() + 1) % 64 != 0) header += ' ';
    header += '\n';
    std::string bytes("\x93NUMPY\x01\x00", 8);
    bytes += static_cast<char>(header.size() & 0xFFU);
    bytes += static_cast<char>(header.size() >> 8);
    bytes += header;
    bytes.append(reinterpret_cast<const char*>(array.values.data()), array.values.size_bytes());
    return bytes;
}

}  // namespace

std::string npz_of(std::span<const NamedArray> arrays) {
    std::size_t room = 1024;
    for (const NamedArray& array : arrays) room += array.values.size_bytes() + 512;
    ZipWriter archive(room);
    for (const NamedArray& array : arrays) archive.add(array.name + ".npy", npy_of(array));
    return std::move(archive).finish();
}

}  // namespace convscope
