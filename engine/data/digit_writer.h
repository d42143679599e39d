// Writes one digit as a person might, in MNIST's conventions.
#pragma once

#include "engine/core/random_stream.h"

#include <cstdint>
#include <span>

namespace convscope {

// Draws `digit` (0..9) into 28 x 28 bytes. The random numbers decide on one of the digit's ways of writing, on its
// deformation and on the pen; the same ones give the same picture. As in MNIST the ink is scaled so that its longer
// side measures 20 pixels, and then moved by whole pixels until its centre of mass is in the middle (LeCun, Cortes and
// Burges, http://yann.lecun.com/exdb/mnist/).
void write_digit(int digit, RandomStream& random, std::span<std::uint8_t> image);

}  // namespace convscope
